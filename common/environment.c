/* SPDX-License-Identifier: MIT */
/* Environments. Vectors are searched from one end to the other: they are short, and their length is bounded. */

#include "common/environment.h"

#include <errno.h>
#include <string.h>

#include "common/escape.h"
#include "common/strv.h"

/* The length of a valid name at the start of `s`; 0 where there is none. */
static size_t name_length(const char *s)
{
        size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

        return *s >= '0' && *s <= '9' ? 0 : n;
}

bool environment_name_is_valid(const char *name)
{
        size_t n = name_length(name);

        return n > 0 && name[n] == '\0';
}

bool environment_assignment_is_valid(const char *assignment)
{
        size_t n = name_length(assignment);

        return n > 0 && assignment[n] == '=' && utf8_is_valid(assignment + n + 1);
}

bool utf8_is_valid(const char *s)
{
        static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

        while (*s) {
                unsigned char lead = (unsigned char) *s;
                unsigned n = lead < 0x80   ? 1
                             : lead < 0xc0 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf8 ? 4
                                           : 0;
                uint32_t c;

                if (n == 0)
                        return false;
                c = n == 1 ? lead : lead & (0x7fu >> n);
                for (unsigned i = 1; i < n; i++) {
                        /* The terminator is no continuation either, so that this stops at the end. */
                        if (((unsigned char) s[i] & 0xc0) != 0x80)
                                return false;
                        c = c << 6 | ((unsigned char) s[i] & 0x3f);
                }
                if (c < least[n] || !codepoint_is_valid(c))
                        return false;
                s += n;
        }
        return true;
}

bool environment_has_name(const char *assignment, const char *name)
{
        size_t n = strcspn(name, "=");

        return strncmp(assignment, name, n) == 0 && assignment[n] == '=';
}

const char *environment_get_n(char *const *environment, const char *name, size_t length)
{
        if (length == 0)
                return NULL;
        STRV_FOREACH (i, environment)
                if (strncmp(*i, name, length) == 0 && (*i)[length] == '=')
                        return *i + length + 1;
        return NULL;
}

const char *environment_get(char *const *environment, const char *name)
{
        return environment_get_n(environment, name, strlen(name));
}

int environment_set(char ***environment, const char *assignment)
{
        size_t n = 0;
        char *copy;

        for (char **i = *environment; i && *i; i++, n++) {
                if (!environment_has_name(*i, assignment))
                        continue;
                copy = strdup(assignment);
                if (!copy)
                        return -ENOMEM;
                free(*i);
                *i = copy;
                return 0;
        }
        if (n >= ENVIRONMENT_MAX)
                return -E2BIG;
        return strv_consume_n(environment, &n, strdup(assignment));
}

int environment_merge(char ***environment, char *const *more)
{
        int r;

        STRV_FOREACH (i, more) {
                r = environment_set(environment, *i);
                if (r < 0)
                        return r;
        }
        return 0;
}

static bool is_unset(const char *assignment, char *const *names)
{
        STRV_FOREACH (name, names)
                if (strchr(*name, '=') ? strcmp(assignment, *name) == 0 : environment_has_name(assignment, *name))
                        return true;
        return false;
}

void environment_unset(char **environment, char *const *names)
{
        char **kept = environment;

        for (char **i = environment; i && *i; i++)
                if (is_unset(*i, names))
                        free(*i);
                else
                        *kept++ = *i;
        if (kept)
                *kept = NULL;
}
