/* SPDX-License-Identifier: MIT */
#include "common/timestamp.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/timespan.h"

/* Friday, 2012-11-23 18:15:22 UTC, and some. */
#define NOW ((usec_t) 1353694522 * USEC_PER_SEC + 250000)
#define DAY ((usec_t) 1353628800 * USEC_PER_SEC)

static void set_zone(const char *zone)
{
        setenv("TZ", zone, 1);
        tzset();
}

typedef struct TimeCase {
        const char *s;
        usec_t usec;
} TimeCase;

static void check(const TimeCase *cases, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                usec_t usec = 0;

                cr_assert_eq(timestamp_parse(cases[i].s, NOW, &usec), 0, "'%s'", cases[i].s);
                cr_assert_eq(usec, cases[i].usec, "'%s': %" PRIu64 ", not %" PRIu64, cases[i].s, usec, cases[i].usec);
        }
}

/* The examples of systemd.time(7), and their neighbours. */
Test(timestamp, the_examples_of_the_manual_are_read)
{
        static const TimeCase cases[] = {
                {"Fri 2012-11-23 11:12:13", DAY + 40333 * USEC_PER_SEC},
                {"2012-11-23 11:12:13", DAY + 40333 * USEC_PER_SEC},
                {"2012-11-23 11:12:13 UTC", DAY + 40333 * USEC_PER_SEC},
                {"friday 12-11-23 11:12:13.5", DAY + 40333 * USEC_PER_SEC + 500000},
                {"2012-11-23", DAY},
                {"12-11-23", DAY},
                {"2012-11-23 11:12", DAY + 40320 * USEC_PER_SEC},
                {"11:12:13", DAY + 40333 * USEC_PER_SEC},
                {"11:12:13.654563", DAY + 40333 * USEC_PER_SEC + 654563},
                {"11:12:13.6545639", DAY + 40333 * USEC_PER_SEC + 654563},
                {"11:12", DAY + 40320 * USEC_PER_SEC},
                {"Nov 23 11:12:13", DAY + 40333 * USEC_PER_SEC},
                {"now", NOW},
                {"today", DAY},
                {"today UTC", DAY},
                {"yesterday", DAY - USEC_PER_DAY},
                {"tomorrow", DAY + USEC_PER_DAY},
                {"+3h30min", NOW + 12600 * USEC_PER_SEC},
                {"-5s", NOW - 5 * USEC_PER_SEC},
                {"-5min", NOW - 5 * USEC_PER_MINUTE},
                {"5min ago", NOW - 5 * USEC_PER_MINUTE},
                {"1h 5min ago", NOW - 65 * USEC_PER_MINUTE},
                {"5min left", NOW + 5 * USEC_PER_MINUTE},
                {"@1395716396", (usec_t) 1395716396 * USEC_PER_SEC},
                {"@1395716396.5", (usec_t) 1395716396 * USEC_PER_SEC + 500000},
                {"@0", 0},
        };

        set_zone("UTC");
        check(cases, ELEMENTSOF(cases));
}

Test(timestamp, local_time_is_that_of_the_zone_and_other_zones_can_be_named)
{
        static const TimeCase cases[] = {
                {"2012-11-23 11:12:13", DAY + (40333 - 3600) * USEC_PER_SEC},
                {"2012-11-23 11:12:13 CET", DAY + (40333 - 3600) * USEC_PER_SEC},
                {"2012-11-23 11:12:13 UTC", DAY + 40333 * USEC_PER_SEC},
                {"2012-11-23 11:12:13 Asia/Tokyo", DAY + (40333 - 9 * 3600) * USEC_PER_SEC},
                {"2012-11-23 11:12:13", DAY + (40333 - 3600) * USEC_PER_SEC},
                {"2012-07-01 12:00 Europe/Berlin", (usec_t) 1341136800 * USEC_PER_SEC},
                {"today", DAY - 3600 * USEC_PER_SEC},
                {"Fri 2012-11-23", DAY - 3600 * USEC_PER_SEC},
        };

        set_zone("Europe/Berlin");
        if (strcmp(tzname[0], "CET") != 0)
                cr_skip_test("no files of time zones here");
        check(cases, ELEMENTSOF(cases));
        cr_assert_str_eq(getenv("TZ"), "Europe/Berlin");
}

Test(timestamp, what_is_no_point_in_time_is_refused)
{
        static const char *const cases[] = {
                "",
                " ",
                "never",
                "2012",
                "2012-11",
                "2012-13-01",
                "25:00",
                "11",
                "11:60",
                "2012-11-23T11:12:13",
                "Thu 2012-11-23",
                "2012-11-23 11:12:13.",
                "2012-11-23 11:12:13.x",
                "2012-11-23 11:12.5",
                "@",
                "@x",
                "@infinity",
                "-",
                "-infinity",
                "infinity ago",
                "-100y",
                "+584542y",
                "ago",
                " ago",
                "5 left ago",
                "2012-11-23 11:12:13 Nowhere/Land",
                "2012-11-23 ../../etc/passwd",
                "1960-01-01",
                "today x",
                "-5min ago",
        };

        set_zone("UTC");
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                usec_t usec = 4711;

                cr_assert_lt(timestamp_parse(cases[i], NOW, &usec), 0, "'%s': %" PRIu64, cases[i], usec);
                cr_assert_eq(usec, 4711, "'%s'", cases[i]);
        }
}
