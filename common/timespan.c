/* SPDX-License-Identifier: MIT */
/* Spans of time as people write them, and back. A span is a sum of numbers with units, in any order, blanks between
 * them or not. The arithmetic is that of integers, so that what is read equals what systemd reads, to the
 * microsecond. */

#include "common/timespan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WHITESPACE " \t\n\r"

typedef struct Unit {
        const char *name;
        usec_t usec;
} Unit;

/* The unit at the start of `s`, the longest that fits. */
static const Unit *find_unit(const char *s)
{
        static const Unit units[] = {
                {"us", 1},
                {"usec", 1},
                {"µs", 1}, /* U+00B5, micro sign */
                {"μs", 1}, /* U+03BC, Greek letter mu */
                {"ms", USEC_PER_MSEC},
                {"msec", USEC_PER_MSEC},
                {"s", USEC_PER_SEC},
                {"sec", USEC_PER_SEC},
                {"second", USEC_PER_SEC},
                {"seconds", USEC_PER_SEC},
                {"m", USEC_PER_MINUTE},
                {"min", USEC_PER_MINUTE},
                {"minute", USEC_PER_MINUTE},
                {"minutes", USEC_PER_MINUTE},
                {"h", USEC_PER_HOUR},
                {"hr", USEC_PER_HOUR},
                {"hour", USEC_PER_HOUR},
                {"hours", USEC_PER_HOUR},
                {"d", USEC_PER_DAY},
                {"day", USEC_PER_DAY},
                {"days", USEC_PER_DAY},
                {"w", USEC_PER_WEEK},
                {"week", USEC_PER_WEEK},
                {"weeks", USEC_PER_WEEK},
                {"M", USEC_PER_MONTH},
                {"month", USEC_PER_MONTH},
                {"months", USEC_PER_MONTH},
                {"y", USEC_PER_YEAR},
                {"year", USEC_PER_YEAR},
                {"years", USEC_PER_YEAR},
        };
        const Unit *best = NULL;

        for (size_t i = 0; i < ELEMENTSOF(units); i++)
                if (strncmp(s, units[i].name, strlen(units[i].name)) == 0 &&
                    (!best || strlen(units[i].name) > strlen(best->name)))
                        best = &units[i];
        return best;
}

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

/* Adds factor * unit, both finite, to *sum. */
static int add_product(usec_t *sum, usec_t factor, usec_t unit)
{
        usec_t product;

        if (__builtin_mul_overflow(factor, unit, &product) || __builtin_add_overflow(*sum, product, &product) ||
            product == USEC_INFINITY)
                return -ERANGE;
        *sum = product;
        return 0;
}

/* One number with its unit, added to *sum. */
static int read_term(const char **s, usec_t default_unit, usec_t *sum)
{
        const char *p = *s, *fraction = NULL, *number_end;
        usec_t whole = 0, unit = default_unit;
        const Unit *found;
        int r;

        if (*p == '-')
                return -ERANGE;
        if (*p == '+' && is_digit(p[1]))
                p++;
        if (!is_digit(*p) && *p != '.')
                return -EINVAL;
        for (; is_digit(*p); p++)
                if (__builtin_mul_overflow(whole, (usec_t) 10, &whole) ||
                    __builtin_add_overflow(whole, (usec_t) (*p - '0'), &whole) || whole > INT64_MAX)
                        return -ERANGE;
        if (*p == '.') {
                fraction = ++p;
                if (!is_digit(*fraction))
                        return -EINVAL;
                p += strspn(p, "0123456789");
        }

        number_end = p;
        p += strspn(p, WHITESPACE);
        found = find_unit(p);
        if (found) {
                unit = found->usec;
                p += strlen(found->name);
        } else if (p == number_end && *p)
                /* `12.34.56` and `5x`, but not `12 34`. */
                return -EINVAL;

        /* A whole number of units must be less than what infinity holds of them, even where it would just fit. */
        r = whole >= USEC_INFINITY / unit ? -ERANGE : add_product(sum, whole, unit);
        for (; r >= 0 && fraction && is_digit(*fraction); fraction++)
                r = add_product(sum, (usec_t) (*fraction - '0'), unit /= 10);
        *s = p;
        return r;
}

int timespan_parse(const char *s, usec_t default_unit, usec_t *ret)
{
        static const char infinity[] = "infinity";
        usec_t sum = 0;
        int r;

        s += strspn(s, WHITESPACE);
        if (strncmp(s, infinity, strlen(infinity)) == 0) {
                s += strlen(infinity);
                if (s[strspn(s, WHITESPACE)])
                        return -EINVAL;
                *ret = USEC_INFINITY;
                return 0;
        }
        if (!*s)
                return -EINVAL;

        for (; *s; s += strspn(s, WHITESPACE)) {
                r = read_term(&s, default_unit, &sum);
                if (r < 0)
                        return r;
        }
        *ret = sum;
        return 0;
}

/* The count of decimals that a unit's fraction has at this accuracy; 0 where it has none. *rest becomes that
 * fraction. */
static int decimals(usec_t unit, usec_t accuracy, usec_t *rest)
{
        int n = 0;

        for (; unit > 1; unit /= 10)
                n++;
        for (; accuracy > 1; accuracy /= 10) {
                *rest /= 10;
                n--;
        }
        return MAX(n, 0);
}

char *timespan_format(char *buf, size_t size, usec_t span, usec_t accuracy)
{
        static const Unit units[] = {
                {"y", USEC_PER_YEAR}, {"month", USEC_PER_MONTH}, {"w", USEC_PER_WEEK},
                {"d", USEC_PER_DAY},  {"h", USEC_PER_HOUR},      {"min", USEC_PER_MINUTE},
                {"s", USEC_PER_SEC},  {"ms", USEC_PER_MSEC},     {"us", 1},
        };
        size_t n = 0;

        assert(size > 0);

        if (span == 0 || span == USEC_INFINITY) {
                snprintf(buf, size, "%s", span == 0 ? "0" : "infinity");
                return buf;
        }

        buf[0] = '\0';
        for (size_t i = 0; i < ELEMENTSOF(units) && span > 0 && n + 1 < size; i++) {
                usec_t whole = span / units[i].usec, rest = span % units[i].usec, fraction = rest;
                const char *blank = n > 0 ? " " : "";
                int digits = 0, printed;

                if (n > 0 && span < accuracy)
                        break;
                if (whole == 0)
                        continue;
                if (span < USEC_PER_MINUTE && rest > 0)
                        digits = decimals(units[i].usec, accuracy, &fraction);

                if (digits > 0) {
                        printed = snprintf(buf + n, size - n, "%s%" PRIu64 ".%0*" PRIu64 "%s", blank, whole, digits,
                                           fraction, units[i].name);
                        span = 0;
                } else {
                        printed = snprintf(buf + n, size - n, "%s%" PRIu64 "%s", blank, whole, units[i].name);
                        span = rest;
                }
                n += MIN((size_t) MAX(printed, 0), size - n - 1);
        }
        return buf;
}
