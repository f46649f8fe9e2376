/* SPDX-License-Identifier: MIT */
#include "ctl/time-text.h"

#include <criterion/criterion.h>
#include <time.h>

#include "common/timespan.h"

static void utc(void)
{
        setenv("TZ", "UTC", 1);
        tzset();
}

Test(time_text, every_format_of_one_moment, .init = utc)
{
        static const struct {
                TimeFormat format;
                const char *text;
        } cases[] = {
                {TIME_FULL, "Fri 2026-11-20 21:13:05 UTC"},
                {TIME_SHORT, "Nov 20 21:13:05"},
                {TIME_PRECISE, "Nov 20 21:13:05.000042"},
                {TIME_ISO, "2026-11-20T21:13:05+0000"},
                {TIME_ISO_PRECISE, "2026-11-20T21:13:05.000042+0000"},
                {TIME_UNIX, "1795209185.000042"},
        };
        char buf[TIME_TEXT_MAX];

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                cr_assert_str_eq(time_format(buf, UINT64_C(1795209185000042), cases[i].format), cases[i].text);
                cr_assert_str_eq(time_format(buf, 0, cases[i].format), "n/a");
                cr_assert_str_eq(time_format(buf, USEC_INFINITY, cases[i].format), "n/a");
        }
}

Test(time_text, a_rough_span_has_two_units_at_most)
{
        static const struct {
                usec_t span;
                const char *text;
        } cases[] = {
                {1234567, "1.2s"},
                {59 * USEC_PER_SEC + 999999, "59s"},
                {USEC_PER_MINUTE * 5 + USEC_PER_SEC * 3, "5min 3s"},
                {USEC_PER_HOUR * 2 + USEC_PER_MINUTE * 5 + USEC_PER_SEC, "2h 5min"},
                {USEC_PER_DAY * 3 + USEC_PER_HOUR * 4 + USEC_PER_MINUTE, "3d 4h"},
                {USEC_PER_WEEK * 2 + USEC_PER_DAY + USEC_PER_HOUR, "2w 1d"},
        };
        char buf[TIME_TEXT_MAX];

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                cr_assert_str_eq(time_rough(buf, cases[i].span), cases[i].text);
}

Test(time_text, before_and_after_now_are_told_apart)
{
        usec_t now = UINT64_C(1795209185000000);
        char buf[TIME_TEXT_MAX];

        cr_assert_str_eq(time_relative(buf, now - 8 * USEC_PER_SEC, now), "8s ago");
        cr_assert_str_eq(time_relative(buf, now + 8 * USEC_PER_SEC, now), "in 8s");
        cr_assert_str_eq(time_relative(buf, now, now), "just now");
}

Test(time_text, sizes_have_one_decimal_from_a_kilobyte_on)
{
        static const struct {
                uint64_t bytes;
                const char *text;
        } cases[] = {
                {0, "0B"},      {1023, "1023B"},     {1024, "1.0K"},
                {1536, "1.5K"}, {12897484, "12.2M"}, {UINT64_MAX - 1, "15.9E"},
        };
        char buf[TIME_TEXT_MAX];

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                cr_assert_str_eq(size_format(buf, cases[i].bytes), cases[i].text);
}
