/* SPDX-License-Identifier: MIT */
/* Points in time as people write them: relative to now, by words, or by date and clock, in local time, in UTC or in a
 * zone that is named behind them. A weekday in front must be the right one. */

#include "common/timestamp.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "common/timespan.h"

#define ZONE_FOLDER   "/usr/share/zoneinfo/"
/* The end of the year 9999. */
#define TIMESTAMP_MAX ((usec_t) 253402214399 * USEC_PER_SEC)

/* `s` without the suffix, in `buf`; NULL where it has another end or does not fit. */
static const char *cut_suffix(const char *s, const char *suffix, char *buf, size_t size)
{
        size_t n = strlen(s), n_suffix = strlen(suffix);

        if (n < n_suffix || n - n_suffix >= size || strcasecmp(s + n - n_suffix, suffix) != 0)
                return NULL;
        memcpy(buf, s, n - n_suffix);
        buf[n - n_suffix] = '\0';
        return buf;
}

static int relative(const char *span, bool later, usec_t now, usec_t *ret)
{
        usec_t distance;
        int r;

        r = timespan_parse(span, USEC_PER_SEC, &distance);
        if (r < 0)
                return r;
        if (later ? distance > TIMESTAMP_MAX - MIN(now, TIMESTAMP_MAX) : distance > now)
                return -EINVAL;
        *ret = later ? now + distance : now - distance;
        return 0;
}

/* `+5min`, `-5min`, `5min ago`, `5min left`, `now`, `@seconds`. -ENOENT: none of these. */
static int parse_relative(const char *s, usec_t now, usec_t *ret)
{
        char buf[128];
        usec_t since;
        int r;

        if (strcmp(s, "now") == 0) {
                *ret = now;
                return 0;
        }
        if (*s == '@') {
                r = timespan_parse(s + 1, USEC_PER_SEC, &since);
                if (r < 0 || since > TIMESTAMP_MAX)
                        return -EINVAL;
                *ret = since;
                return 0;
        }
        if (*s == '+' || *s == '-')
                return relative(s + 1, *s == '+', now, ret);
        if (cut_suffix(s, " ago", buf, sizeof(buf)))
                return relative(buf, false, now, ret);
        if (cut_suffix(s, " left", buf, sizeof(buf)))
                return relative(buf, true, now, ret);
        return -ENOENT;
}

/* A fraction of a second, up to six digits that count. */
static int parse_fraction(const char *s, usec_t *ret)
{
        usec_t fraction = 0, unit = USEC_PER_SEC;

        if (!isdigit((unsigned char) *s))
                return -EINVAL;
        for (; isdigit((unsigned char) *s); s++)
                fraction += (usec_t) (*s - '0') * (unit /= 10);
        if (*s)
                return -EINVAL;
        *ret = fraction;
        return 0;
}

/* Date and clock into *tm, which holds today's to begin with. */
static int parse_clock(const char *s, struct tm *tm, usec_t *ret_fraction)
{
        static const struct {
                const char *format;
                bool has_seconds, has_clock;
        } forms[] = {
                {"%y-%m-%d %H:%M:%S", true, true}, {"%Y-%m-%d %H:%M:%S", true, true}, {"%b %d %H:%M:%S", true, true},
                {"%y-%m-%d %H:%M", false, true},   {"%Y-%m-%d %H:%M", false, true},   {"%y-%m-%d", false, false},
                {"%Y-%m-%d", false, false},        {"%H:%M:%S", true, true},          {"%H:%M", false, true},
        };

        for (size_t i = 0; i < ELEMENTSOF(forms); i++) {
                struct tm parsed = *tm;
                const char *end = strptime(s, forms[i].format, &parsed);

                if (!end || (*end && !(*end == '.' && forms[i].has_seconds)))
                        continue;
                if (*end && parse_fraction(end + 1, ret_fraction) < 0)
                        return -EINVAL;
                if (!forms[i].has_seconds)
                        parsed.tm_sec = 0;
                if (!forms[i].has_clock)
                        parsed.tm_min = parsed.tm_hour = 0;
                *tm = parsed;
                return 0;
        }
        return -EINVAL;
}

/* A weekday and a blank at the start: returns what follows, and the day (-1: none). */
static const char *skip_weekday(const char *s, int *ret_weekday)
{
        static const char *const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                           "Thursday", "Friday", "Saturday"};
        size_t n = strcspn(s, " ");

        *ret_weekday = -1;
        for (int i = 0; i < 7; i++)
                if (s[n] == ' ' && (n == 3 || n == strlen(days[i])) && strncasecmp(s, days[i], n) == 0) {
                        *ret_weekday = i;
                        return s + n + 1;
                }
        return s;
}

/* A point in the zone that the process has now, or in UTC. */
static int parse_absolute(const char *s, usec_t now, bool utc, int dst, usec_t *ret)
{
        static const char *const words[] = {"yesterday", "today", "tomorrow"};
        time_t seconds = (time_t) (now / USEC_PER_SEC);
        usec_t fraction = 0;
        int weekday = -1, r = -ENOENT;
        struct tm tm;

        if (!(utc ? gmtime_r(&seconds, &tm) : localtime_r(&seconds, &tm)))
                return -EINVAL;
        tm.tm_isdst = dst;
        for (int i = 0; i < (int) ELEMENTSOF(words); i++)
                if (strcmp(s, words[i]) == 0) {
                        tm.tm_mday += i - 1;
                        tm.tm_sec = tm.tm_min = tm.tm_hour = 0;
                        r = 0;
                }
        if (r < 0) {
                s = skip_weekday(s, &weekday);
                r = parse_clock(s, &tm, &fraction);
                if (r < 0)
                        return r;
        }

        seconds = utc ? timegm(&tm) : mktime(&tm);
        if (seconds < 0 || (usec_t) seconds > TIMESTAMP_MAX / USEC_PER_SEC)
                return -EINVAL;
        if (weekday >= 0 && tm.tm_wday != weekday)
                return -EINVAL;
        *ret = (usec_t) seconds * USEC_PER_SEC + fraction;
        return 0;
}

/* Is it the name of a zone's file? No dots, so that nothing outside of the folder is looked at. */
static bool zone_exists(const char *zone)
{
        char path[sizeof(ZONE_FOLDER) + 64];
        int n;

        for (const char *c = zone; *c; c++)
                if (!isalnum((unsigned char) *c) && !strchr("/_+-", *c))
                        return false;
        if (!isalpha((unsigned char) *zone))
                return false;
        n = snprintf(path, sizeof(path), ZONE_FOLDER "%s", zone);
        return n > 0 && (size_t) n < sizeof(path) && access(path, R_OK) == 0;
}

/* A point in another zone: the process is moved there and back, as libc knows no other way. */
static int parse_in_zone(const char *s, const char *zone, usec_t now, usec_t *ret)
{
        _cleanup_free_ char *saved = NULL;
        const char *old = getenv("TZ");
        int r;

        if (old) {
                saved = strdup(old);
                if (!saved)
                        return -ENOMEM;
        }
        if (setenv("TZ", zone, 1) < 0)
                return -ENOMEM;
        tzset();
        r = parse_absolute(s, now, false, -1, ret);
        if (saved)
                setenv("TZ", saved, 1);
        else
                unsetenv("TZ");
        tzset();
        return r;
}

int timestamp_parse(const char *s, usec_t now, usec_t *ret)
{
        const char *blank = strrchr(s, ' ');
        char buf[128];
        int r;

        r = parse_relative(s, now, ret);
        if (r != -ENOENT)
                return r;

        if (cut_suffix(s, " UTC", buf, sizeof(buf)))
                return parse_absolute(buf, now, true, -1, ret);
        tzset();
        for (int dst = 0; dst <= 1; dst++)
                if (blank && tzname[dst][0] && strcasecmp(blank + 1, tzname[dst]) == 0 &&
                    cut_suffix(s, blank, buf, sizeof(buf)))
                        return parse_absolute(buf, now, false, dst, ret);
        if (blank && zone_exists(blank + 1) && cut_suffix(s, blank, buf, sizeof(buf)))
                return parse_in_zone(buf, blank + 1, now, ret);
        return parse_absolute(s, now, false, -1, ret);
}
