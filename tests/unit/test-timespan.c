/* SPDX-License-Identifier: MIT */
#include "common/timespan.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <inttypes.h>

#include "cases.h"

Test(timespan, spans_are_read_and_written_as_systemd_does)
{
        CaseFile file = cases_open("values.txt");
        char buf[TIMESPAN_MAX], *text, span[256] = "";
        const char *word;
        usec_t usec = 0;
        unsigned n = 0;

        while (cases_next(&file, &word, &text)) {
                if (strcmp(word, "span") == 0) {
                        snprintf(span, sizeof(span), "%s", text);
                        usec = 4711;
                        n++;
                } else if (strcmp(word, "refused") == 0 && *span) {
                        cr_assert_lt(timespan_parse(span, USEC_PER_SEC, &usec), 0, "'%s'", span);
                        cr_assert_eq(usec, 4711, "'%s'", span);
                } else if (strcmp(word, "answer") == 0 && *span) {
                        usec_t expected = strcmp(text, "infinity") == 0 ? USEC_INFINITY : strtoull(text, NULL, 10);

                        cr_assert_eq(timespan_parse(span, USEC_PER_SEC, &usec), 0, "'%s'", span);
                        cr_assert_eq(usec, expected, "'%s': %" PRIu64 ", not %" PRIu64, span, usec, expected);
                } else if (strcmp(word, "human") == 0)
                        cr_assert_str_eq(timespan_format(buf, sizeof(buf), usec, 1), text, "'%s'", span);
                else if (strcmp(word, "value") == 0)
                        span[0] = '\0';
        }
        cases_close(&file);
        cr_assert_gt(n, 100);
}

Test(timespan, a_bare_number_counts_in_the_unit_that_is_asked_for)
{
        static const struct {
                const char *s;
                usec_t unit, usec;
        } cases[] = {
                {"5", 1, 5},   {"5", USEC_PER_MSEC, 5000},    {"1.5", USEC_PER_MINUTE, 90 * USEC_PER_SEC},
                {"1.5", 1, 1}, {"1s 5", 1, USEC_PER_SEC + 5},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                usec_t usec;

                cr_assert_eq(timespan_parse(cases[i].s, cases[i].unit, &usec), 0);
                cr_assert_eq(usec, cases[i].usec, "'%s'", cases[i].s);
        }
}

Test(timespan, what_does_not_fit_is_out_of_range_and_what_is_none_is_invalid)
{
        usec_t usec;

        cr_assert_eq(timespan_parse("-1", USEC_PER_SEC, &usec), -ERANGE);
        cr_assert_eq(timespan_parse("584543y", USEC_PER_SEC, &usec), -ERANGE);
        cr_assert_eq(timespan_parse("99999999999999999999", 1, &usec), -ERANGE);
        cr_assert_eq(timespan_parse("9223372036854775807us 9223372036854775807us 1us", 1, &usec), -ERANGE);
        cr_assert_eq(timespan_parse("", USEC_PER_SEC, &usec), -EINVAL);
        cr_assert_eq(timespan_parse("never", USEC_PER_SEC, &usec), -EINVAL);
}

Test(timespan, accuracy_leaves_out_what_is_finer)
{
        static const struct {
                usec_t usec, accuracy;
                const char *text;
        } cases[] = {
                {1500000, USEC_PER_MSEC, "1.500s"},
                {1500000, USEC_PER_SEC, "1s"},
                {1000499, USEC_PER_MSEC, "1.000s"},
                {499, USEC_PER_MSEC, "499us"},
                {90061000000, USEC_PER_SEC, "1d 1h 1min 1s"},
                {90061500000, USEC_PER_MINUTE, "1d 1h 1min"},
                {0, USEC_PER_SEC, "0"},
                {USEC_INFINITY, 1, "infinity"},
        };
        char buf[TIMESPAN_MAX];

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                cr_assert_str_eq(timespan_format(buf, sizeof(buf), cases[i].usec, cases[i].accuracy), cases[i].text);
}

Test(timespan, what_is_written_fits_its_buffer_and_is_read_again)
{
        char buf[TIMESPAN_MAX], small[TIMESPAN_MAX];
        uint64_t random = 1;

        for (unsigned i = 0; i < 20000; i++) {
                usec_t span, again;

                random = random * 6364136223846793005u + 1442695040888963407u;
                span = random >> (i % 64);
                cr_assert_eq(timespan_parse(timespan_format(buf, sizeof(buf), span, 1), USEC_PER_SEC, &again), 0,
                             "%s", buf);
                cr_assert_eq(again, span, "%s", buf);
                for (size_t size = 1; size < 20; size++) {
                        timespan_format(small, size, span, 1);
                        cr_assert_eq(strncmp(buf, small, strlen(small)), 0);
                        cr_assert_lt(strlen(small), size);
                }
        }
        cr_assert_lt(strlen(timespan_format(buf, sizeof(buf), USEC_INFINITY - 1, 1)), TIMESPAN_MAX - 1);
}
