/* SPDX-License-Identifier: MIT */

/* Times and sizes for people. Everything that is shown is local time, with the zone where there is room for it. */

#include "ctl/time-text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/timespan.h"

usec_t time_now(void)
{
        struct timespec now;

        clock_gettime(CLOCK_REALTIME, &now);
        return (usec_t) now.tv_sec * USEC_PER_SEC + (usec_t) now.tv_nsec / 1000;
}

usec_t time_now_monotonic(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (usec_t) now.tv_sec * USEC_PER_SEC + (usec_t) now.tv_nsec / 1000;
}

char *time_format(char buf[TIME_TEXT_MAX], usec_t realtime, TimeFormat format)
{
        time_t seconds = (time_t) (realtime / USEC_PER_SEC);
        unsigned fraction = (unsigned) (realtime % USEC_PER_SEC);
        char date[TIME_TEXT_MAX / 2], zone[16] = "";
        struct tm tm;

        if (realtime == 0 || realtime == USEC_INFINITY || !localtime_r(&seconds, &tm))
                return strcpy(buf, "n/a");

        switch (format) {
        case TIME_FULL:
                (void) strftime(buf, TIME_TEXT_MAX, "%a %Y-%m-%d %H:%M:%S %Z", &tm);
                return buf;
        case TIME_SHORT:
                (void) strftime(buf, TIME_TEXT_MAX, "%b %d %H:%M:%S", &tm);
                return buf;
        case TIME_PRECISE:
                (void) strftime(date, sizeof(date), "%b %d %H:%M:%S", &tm);
                break;
        case TIME_ISO:
                (void) strftime(buf, TIME_TEXT_MAX, "%Y-%m-%dT%H:%M:%S%z", &tm);
                return buf;
        case TIME_ISO_PRECISE:
                (void) strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
                (void) strftime(zone, sizeof(zone), "%z", &tm);
                break;
        case TIME_UNIX:
                (void) strftime(date, sizeof(date), "%s", &tm);
                break;
        case _TIME_FORMAT_N:
                assert_not_reached();
        }
        (void) snprintf(buf, TIME_TEXT_MAX, "%s.%06u%s", date, fraction, zone);
        return buf;
}

char *time_rough(char buf[TIME_TEXT_MAX], usec_t span)
{
        usec_t accuracy = USEC_PER_SEC;

        if (span >= USEC_PER_WEEK)
                accuracy = USEC_PER_DAY;
        else if (span >= USEC_PER_DAY)
                accuracy = USEC_PER_HOUR;
        else if (span >= USEC_PER_HOUR)
                accuracy = USEC_PER_MINUTE;
        else if (span < 10 * USEC_PER_SEC)
                accuracy = 100 * USEC_PER_MSEC;
        return timespan_format(buf, TIME_TEXT_MAX, span / accuracy * accuracy, accuracy);
}

char *time_relative(char buf[TIME_TEXT_MAX], usec_t realtime, usec_t now)
{
        char span[TIME_TEXT_MAX];

        if (realtime > now) {
                (void) snprintf(buf, TIME_TEXT_MAX, "in %.50s", time_rough(span, realtime - now));
                return buf;
        }
        if (now - realtime < 100 * USEC_PER_MSEC)
                return strcpy(buf, "just now");
        (void) snprintf(buf, TIME_TEXT_MAX, "%.50s ago", time_rough(span, now - realtime));
        return buf;
}

char *size_format(char buf[TIME_TEXT_MAX], uint64_t bytes)
{
        static const char units[] = "BKMGTPE";
        uint64_t whole = bytes, tenths = 0;
        size_t unit = 0;

        while (whole >= 1024 && units[unit + 1]) {
                tenths = whole % 1024 * 10 / 1024;
                whole /= 1024;
                unit++;
        }
        if (unit == 0)
                (void) snprintf(buf, TIME_TEXT_MAX, "%u%c", (unsigned) whole, units[unit]);
        else
                (void) snprintf(buf, TIME_TEXT_MAX, "%u.%u%c", (unsigned) whole, (unsigned) tenths, units[unit]);
        return buf;
}
