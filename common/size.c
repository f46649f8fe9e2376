/* SPDX-License-Identifier: MIT */
/* Sizes and resource limits. A size is a sum of terms whose suffixes fall (`1G 500M`), base 1024; what a limit counts
 * (bytes, seconds, pieces) stands in one table. */

#include "common/size.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "common/parse.h"
#include "common/timespan.h"

#define WHITESPACE " \t\n\r"

/* Falling; the last suffix is the one that may be left out. */
static const struct {
        char suffix;
        unsigned shift;
} size_units[] = {
        {'E', 60}, {'P', 50}, {'T', 40}, {'G', 30}, {'M', 20}, {'K', 10}, {'B', 0}, {'\0', 0},
};

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

static int read_whole(const char **s, uint64_t *ret)
{
        const char *p = *s;
        uint64_t value = 0;

        for (; is_digit(*p); p++)
                if (__builtin_mul_overflow(value, (uint64_t) 10, &value) ||
                    __builtin_add_overflow(value, (uint64_t) (*p - '0'), &value))
                        return -ERANGE;
        if (p == *s)
                return -EINVAL;
        *s = p;
        *ret = value;
        return 0;
}

/* The digits behind a dot, of which there may be none. */
static int read_fraction(const char **s, double *ret)
{
        const char *begin = *s;
        uint64_t digits;
        double fraction;
        int r;

        if (!is_digit(*begin)) {
                *ret = 0;
                return 0;
        }
        r = read_whole(s, &digits);
        if (r < 0)
                return r;
        /* Digit by digit, so that it is rounded as systemd rounds. */
        fraction = (double) digits;
        for (const char *p = begin; p < *s; p++)
                fraction /= 10;
        *ret = fraction;
        return 0;
}

/* One number with its suffix; *first_unit is the greatest that it may have, and moves behind it. */
static int read_term(const char **s, size_t *first_unit, uint64_t *sum)
{
        const char *p = *s;
        double fraction = 0;
        uint64_t whole, term;
        size_t i = *first_unit;
        int r;

        if (*p == '-')
                return is_digit(p[1]) ? -ERANGE : -EINVAL;
        if (*p == '+')
                p++;
        r = read_whole(&p, &whole);
        if (r < 0)
                return r;
        if (*p == '.') {
                p++;
                r = read_fraction(&p, &fraction);
                if (r < 0)
                        return r;
        }
        p += strspn(p, WHITESPACE);

        while (i < ELEMENTSOF(size_units) && size_units[i].suffix && size_units[i].suffix != *p)
                i++;
        if (i >= ELEMENTSOF(size_units))
                return -EINVAL;
        if (whole + (fraction > 0) < whole || whole + (fraction > 0) > UINT64_MAX >> size_units[i].shift)
                return -ERANGE;
        term = (whole << size_units[i].shift) + (uint64_t) (fraction * (double) (UINT64_C(1) << size_units[i].shift));
        if (__builtin_add_overflow(*sum, term, sum))
                return -ERANGE;

        *s = size_units[i].suffix ? p + 1 : p;
        *first_unit = i + 1;
        return 0;
}

int size_parse(const char *s, uint64_t *ret)
{
        size_t unit = 0;
        uint64_t sum = 0;
        int r;

        do {
                s += strspn(s, WHITESPACE);
                r = read_term(&s, &unit, &sum);
                if (r < 0)
                        return r;
        } while (*s);
        *ret = sum;
        return 0;
}

static int parse_seconds(const char *s, uint64_t *ret)
{
        usec_t span;
        int r;

        r = timespan_parse(s, USEC_PER_SEC, &span);
        if (r < 0)
                return r;
        *ret = span == USEC_INFINITY ? RLIM_INFINITY : span / USEC_PER_SEC + (span % USEC_PER_SEC > 0);
        return 0;
}

static int parse_microseconds(const char *s, uint64_t *ret)
{
        return timespan_parse(s, 1, ret);
}

static int parse_count(const char *s, uint64_t *ret)
{
        return unsigned_parse(s, RLIM_INFINITY - 1, ret);
}

static int parse_bytes(const char *s, uint64_t *ret)
{
        uint64_t size;
        int r;

        r = size_parse(s, &size);
        if (r < 0)
                return r;
        if (size == RLIM_INFINITY)
                return -ERANGE;
        *ret = size;
        return 0;
}

/* RLIMIT_NICE counts from 1 (nice 19) to 40 (nice -20); with a sign it is a nice level, without the raw limit. */
static int parse_nice(const char *s, uint64_t *ret)
{
        uint64_t value;
        int r;

        if (*s == '+') {
                r = unsigned_parse(s + 1, 19, &value);
                value = 20 - value;
        } else if (*s == '-') {
                r = unsigned_parse(s + 1, 20, &value);
                value = 20 + value;
        } else
                r = unsigned_parse(s, 40, &value);
        if (r < 0)
                return r;
        *ret = value;
        return 0;
}

static const struct {
        const char *name;
        int (*parse)(const char *s, uint64_t *ret);
} limits[RLIM_NLIMITS] = {
        [RLIMIT_CPU] = {"CPU", parse_seconds},         [RLIMIT_FSIZE] = {"FSIZE", parse_bytes},
        [RLIMIT_DATA] = {"DATA", parse_bytes},         [RLIMIT_STACK] = {"STACK", parse_bytes},
        [RLIMIT_CORE] = {"CORE", parse_bytes},         [RLIMIT_RSS] = {"RSS", parse_bytes},
        [RLIMIT_NOFILE] = {"NOFILE", parse_count},     [RLIMIT_AS] = {"AS", parse_bytes},
        [RLIMIT_NPROC] = {"NPROC", parse_count},       [RLIMIT_MEMLOCK] = {"MEMLOCK", parse_bytes},
        [RLIMIT_LOCKS] = {"LOCKS", parse_count},       [RLIMIT_SIGPENDING] = {"SIGPENDING", parse_count},
        [RLIMIT_MSGQUEUE] = {"MSGQUEUE", parse_bytes}, [RLIMIT_NICE] = {"NICE", parse_nice},
        [RLIMIT_RTPRIO] = {"RTPRIO", parse_count},     [RLIMIT_RTTIME] = {"RTTIME", parse_microseconds},
};

static int parse_one_limit(int resource, const char *s, uint64_t *ret)
{
        /* There is no infinite nice level. */
        if (strcmp(s, "infinity") == 0 && resource != RLIMIT_NICE) {
                *ret = RLIM_INFINITY;
                return 0;
        }
        return limits[resource].parse(s, ret);
}

int limit_parse(int resource, const char *s, uint64_t *ret_soft, uint64_t *ret_hard)
{
        _cleanup_free_ char *copy = NULL;
        uint64_t soft, hard;
        char *colon;
        int r;

        assert(resource >= 0 && resource < RLIM_NLIMITS);

        copy = strdup(s);
        if (!copy)
                return -ENOMEM;
        colon = strchr(copy, ':');
        if (colon)
                *colon++ = '\0';

        r = parse_one_limit(resource, copy, &soft);
        if (r < 0)
                return r;
        hard = soft;
        if (colon) {
                r = parse_one_limit(resource, colon, &hard);
                if (r < 0)
                        return r;
        }
        if (soft > hard)
                return -EILSEQ;
        *ret_soft = soft;
        *ret_hard = hard;
        return 0;
}

int limit_from_string(const char *name)
{
        for (int i = 0; i < RLIM_NLIMITS; i++)
                if (strcmp(limits[i].name, name) == 0)
                        return i;
        return -EINVAL;
}

const char *limit_to_string(int resource)
{
        return resource >= 0 && resource < RLIM_NLIMITS ? limits[resource].name : NULL;
}
