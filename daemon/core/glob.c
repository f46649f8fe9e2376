/* SPDX-License-Identifier: MIT */

/* Patterns of names, as fnmatch(3) without flags knows them, but bounded: the C library's goes through all divisions
 * of a name between the stars of a pattern, and patterns come from anybody who can reach the control socket. Here
 * only the last star is ever tried again, which is enough: what stood before it has matched as early as it could. */

#include "core/glob.h"

#include <string.h>

bool glob_is_pattern(const char *s)
{
        return strpbrk(s, "*?[\\") != NULL;
}

/* The end of the set that begins behind the `[` at `p`; NULL where it has none (the `[` is a letter then). A `]` that
 * comes first belongs to the set. */
static const char *set_end(const char *p)
{
        if (*p == '!' || *p == '^')
                p++;
        if (*p == ']')
                p++;
        return strchr(p, ']');
}

static bool set_contains(const char *p, const char *end, unsigned char c)
{
        bool negated = *p == '!' || *p == '^', found = false;

        if (negated)
                p++;
        for (; p < end; p++) {
                unsigned char low = (unsigned char) *p, high = low;

                if (p + 2 < end && p[1] == '-') {
                        high = (unsigned char) p[2];
                        p += 2;
                }
                if (c >= low && c <= high)
                        found = true;
        }
        return found != negated;
}

/* Does the element at `*p` (no star) take the letter `c`? Moves `*p` behind the element where it does. */
static bool element_takes(const char **p, char c)
{
        const char *end;

        switch (**p) {
        case '\0':
                return false;
        case '?':
                (*p)++;
                return true;
        case '[':
                end = set_end(*p + 1);
                if (!end)
                        break;
                if (!set_contains(*p + 1, end, (unsigned char) c))
                        return false;
                *p = end + 1;
                return true;
        case '\\':
                if ((*p)[1] == '\0')
                        break;
                if ((*p)[1] != c)
                        return false;
                *p += 2;
                return true;
        default:
                break;
        }
        if (**p != c)
                return false;
        (*p)++;
        return true;
}

bool glob_match(const char *pattern, const char *s)
{
        const char *behind_star = NULL, *star_s = NULL;

        while (*s) {
                if (*pattern == '*') {
                        behind_star = ++pattern;
                        star_s = s;
                } else if (element_takes(&pattern, *s)) {
                        s++;
                } else if (behind_star) {
                        /* The star takes one letter more. */
                        pattern = behind_star;
                        s = ++star_s;
                } else {
                        return false;
                }
        }
        while (*pattern == '*')
                pattern++;
        return *pattern == '\0';
}
