/* SPDX-License-Identifier: MIT */

#include "run-report.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static char *format(const ReportCase *cases, size_t n)
{
        char *text = NULL;

        cr_assert_eq(report_format(cases, n, 2500000, "2026-01-02T03:04:05Z", &text), 0);
        return text;
}

Test(run_report, nothing_is_a_suite_without_cases)
{
        _cleanup_free_ char *text = format(NULL, 0);

        cr_assert_str_eq(text,
                         "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                         "<testsuites name=\"tended run\" tests=\"0\" failures=\"0\" errors=\"0\" skipped=\"0\" "
                         "time=\"2.500000\">\n"
                         "  <testsuite name=\"tended run\" tests=\"0\" failures=\"0\" errors=\"0\" skipped=\"0\" "
                         "time=\"2.500000\" timestamp=\"2026-01-02T03:04:05Z\">\n"
                         "  </testsuite>\n</testsuites>\n");
}

Test(run_report, each_kind_of_case_has_its_form_and_is_counted)
{
        const ReportCase cases[] = {
                {.class_name = "tended.service", .name = (char *) "web", .usec = 12},
                {.class_name = "tended.service",
                 .name = (char *) "db",
                 .problem = (char *) "exit code 1",
                 .output = (char *) "last\n"},
                {.class_name = "tended.command", .name = (char *) "pytest -q", .skipped = true},
        };
        _cleanup_free_ char *text = format(cases, 3);

        cr_assert(strstr(text, "tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\""), "%s", text);
        cr_assert(strstr(text, "    <testcase classname=\"tended.service\" name=\"web\" time=\"0.000012\"/>\n"));
        cr_assert(strstr(text, "name=\"db\" time=\"0.000000\">\n      <failure message=\"exit code 1\"/>\n"
                               "      <system-out>last\n</system-out>\n    </testcase>\n"),
                  "%s", text);
        cr_assert(strstr(text, "name=\"pytest -q\" time=\"0.000000\">\n      <skipped/>\n    </testcase>\n"));
}

Test(run_report, what_xml_cannot_hold_is_replaced_or_spelled)
{
        static const struct {
                const char *text, *attribute;
        } rows[] = {
                {"<a href='x'>&\"", "&lt;a href='x'&gt;&amp;&quot;"},
                {"two\nlines\ttab", "two&#10;lines\ttab"},
                {"\033[31mred\001", "?[31mred?"},
                {"拿铁 é 😀", "拿铁 é 😀"},
                {"bad \xff\xc3", "bad ??"},
                {"\xc0\x80 overlong", "?? overlong"},
                {"\xed\xa0\x80 surrogate", "??? surrogate"},
                {"\xef\xbf\xbf none", "??? none"},
                {"\xf4\x90\x80\x80", "????"},
                {"\r", "?"},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const ReportCase report_case = {.class_name = "c", .name = (char *) rows[i].text};
                _cleanup_free_ char *text = format(&report_case, 1), *expected = NULL;

                cr_assert(asprintf(&expected, " name=\"%s\" ", rows[i].attribute) > 0);
                cr_assert(strstr(text, expected), "case %zu: %s", i, text);
        }
}
