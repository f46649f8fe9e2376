/* SPDX-License-Identifier: MIT */
#include "common/parse.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>

#include "cases.h"

/* What we make of the value of a directive. */
static int read_value(const char *directive, const char *value, int *ret)
{
        int64_t number;
        unsigned mode;
        int r;

        if (strcmp(directive, "KillSignal") == 0)
                return signal_parse(value, ret);
        if (strcmp(directive, "SyslogLevel") == 0)
                return level_parse(value, ret);
        if (strcmp(directive, "UMask") == 0) {
                r = mode_parse(value, &mode);
                if (r >= 0)
                        *ret = (int) mode;
                return r;
        }
        if (strcmp(directive, "Nice") == 0)
                r = integer_parse(value, -20, 19, &number);
        else
                r = integer_parse(value, -1000, 1000, &number);
        if (r >= 0)
                *ret = (int) number;
        return r;
}

Test(parse, single_values_are_read_as_systemd_does)
{
        CaseFile file = cases_open("values.txt");
        char question[2][256], answer[256];
        unsigned n = 0;

        while (cases_next_value(&file, " KillSignal UMask Nice OOMScoreAdjust SyslogLevel ", question, answer)) {
                int value = 4711, r = read_value(question[0], question[1], &value);

                if (*answer) {
                        cr_assert_eq(r, 0, "%s=%s", question[0], question[1]);
                        cr_assert_eq(value, atoi(answer), "%s=%s: %i", question[0], question[1], value);
                } else {
                        cr_assert_lt(r, 0, "%s=%s", question[0], question[1]);
                        cr_assert_eq(value, 4711, "%s=%s", question[0], question[1]);
                }
                n++;
        }
        cases_close(&file);
        cr_assert_gt(n, 90);
}

Test(parse, booleans_are_twelve_words_in_any_case)
{
        static const char *const yes[] = {"1", "yes", "y", "true", "t", "on", "YES", "On", "tRUE"};
        static const char *const no[] = {"0", "no", "n", "false", "f", "off", "NO", "OFF", "False"};
        static const char *const none[] = {"", " ", "2", "10", "yess", "ye", " yes", "yes ", "enable", "-1", "00"};
        bool b;

        for (size_t i = 0; i < ELEMENTSOF(yes); i++) {
                cr_assert_eq(boolean_parse(yes[i], &b), 0, "%s", yes[i]);
                cr_assert(b, "%s", yes[i]);
                cr_assert_eq(boolean_parse(no[i], &b), 0, "%s", no[i]);
                cr_assert(!b, "%s", no[i]);
        }
        for (size_t i = 0; i < ELEMENTSOF(none); i++)
                cr_assert_eq(boolean_parse(none[i], &b), -EINVAL, "'%s'", none[i]);
}

Test(parse, a_number_out_of_bounds_is_told_from_what_is_none)
{
        int64_t i;
        uint64_t u;
        unsigned percent;

        cr_assert_eq(integer_parse("9223372036854775808", INT64_MIN, INT64_MAX, &i), -ERANGE);
        cr_assert_eq(integer_parse("-9223372036854775808", INT64_MIN, INT64_MAX, &i), 0);
        cr_assert_eq(i, INT64_MIN);
        cr_assert_eq(integer_parse("5", 6, 7, &i), -ERANGE);
        cr_assert_eq(integer_parse("5x", 6, 7, &i), -EINVAL);
        cr_assert_eq(integer_parse("", 0, 1, &i), -EINVAL);
        cr_assert_eq(unsigned_parse("18446744073709551615", UINT64_MAX, &u), 0);
        cr_assert_eq(u, UINT64_MAX);
        cr_assert_eq(unsigned_parse("18446744073709551616", UINT64_MAX, &u), -ERANGE);
        cr_assert_eq(unsigned_parse("-1", UINT64_MAX, &u), -ERANGE);
        cr_assert_eq(unsigned_parse("-0", UINT64_MAX, &u), 0);
        cr_assert_eq(unsigned_parse("11", 10, &u), -ERANGE);
        cr_assert_eq(percent_parse("100%", 100, &percent), 0);
        cr_assert_eq(percent, 100);
        cr_assert_eq(percent_parse("101%", 100, &percent), -ERANGE);
        cr_assert_eq(percent_parse("-1%", 100, &percent), -ERANGE);
        cr_assert_eq(percent_parse("10", 100, &percent), -EINVAL);
        cr_assert_eq(percent_parse("%", 100, &percent), -EINVAL);
        cr_assert_eq(percent_parse("", 100, &percent), -EINVAL);
}

Test(parse, every_signal_has_a_text_that_leads_back_to_it)
{
        char buf[SIGNAL_NAME_MAX];
        int signal;

        for (int i = 1; i <= 64; i++) {
                cr_assert_eq(signal_parse(signal_format(buf, i), &signal), 0, "%i", i);
                cr_assert_eq(signal, i);
        }
        cr_assert_str_eq(signal_format(buf, SIGTERM), "SIGTERM");
        cr_assert_str_eq(signal_format(buf, 37), "SIGRTMIN+3");
        cr_assert_str_eq(signal_format(buf, 33), "33");
        cr_assert_str_eq(signal_format(buf, INT32_MIN), "-2147483648");
}

Test(parse, every_level_has_a_name)
{
        int level;

        for (int i = 0; i < 8; i++) {
                cr_assert_eq(level_parse(level_to_string(i), &level), 0);
                cr_assert_eq(level, i);
        }
        cr_assert_null(level_to_string(-1));
        cr_assert_null(level_to_string(8));
}
