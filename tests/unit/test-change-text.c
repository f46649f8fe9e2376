/* SPDX-License-Identifier: MIT */
#include "ctl/change-text.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const Style plain = {.utf8 = true};

static void expect(const char *row, const char *wanted)
{
        _cleanup_json_ JsonValue *object = json_tokener_parse(row);
        char *text;

        cr_assert(object, "%s", row);
        cr_assert_eq(change_format(object, &plain, &text), 0);
        cr_expect_str_eq(text, wanted, "\n%sinstead of\n%s", text, wanted);
        free(text);
}

#define ROW(change, takes, action, directives)                                                   \
        "{\"Id\":\"web\",\"Change\":\"" change "\",\"Takes\":\"" takes "\",\"Action\":\"" action \
        "\",\"Directives\":[" directives "]}"
#define DIRECTIVE(name, before, after, takes)                                            \
        "{\"Directive\":\"" name "\",\"Before\":\"" before "\",\"After\":\"" after "\"," \
        "\"Takes\":\"" takes "\"}"

Test(change_text, one_line_says_what_it_comes_to)
{
        expect(ROW("added", "next-start", "start", ""), "web is new: to be started\n");
        expect(ROW("added", "next-start", "", ""), "web is new: not started by itself\n");
        expect(ROW("removed", "restart", "stop", ""), "web is gone: to be stopped\n");
        expect(ROW("removed", "restart", "", ""), "web is gone: it doesn't run\n");
        expect(ROW("changed", "live", "", ""), "web is changed: in effect without a restart\n");
        expect(ROW("changed", "next-start", "", ""), "web is changed: in effect at its next start\n");
        expect(ROW("changed", "restart", "restart", ""), "web is changed: restart needed\n");
        expect(ROW("wanted", "live", "start", ""), "web comes with the daemon from now on: to be started\n");
}

Test(change_text, what_was_done_is_told_as_done)
{
        static const struct {
                const char *action, *outcome, *wanted;
        } cases[] = {
                {"start", "done", "started"},          {"stop", "done", "stopped"},
                {"restart", "done", "restarted"},      {"start", "failed", "start failed"},
                {"stop", "failed", "stop failed"},     {"restart", "dependency", "restart failed"},
                {"start", "pending", "to be started"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char row[256], wanted[64];

                snprintf(row, sizeof(row),
                         "{\"Id\":\"web\",\"Change\":\"changed\",\"Takes\":\"restart\",\"Action\":\"%s\","
                         "\"Outcome\":\"%s\"}",
                         cases[i].action, cases[i].outcome);
                snprintf(wanted, sizeof(wanted), "web is changed: %s\n", cases[i].wanted);
                expect(row, wanted);
        }
}

Test(change_text, directives_stand_below_with_their_values)
{
        expect(ROW("changed", "restart", "restart",
                   DIRECTIVE("ExecStart", "/bin/a", "/bin/b", "restart") "," DIRECTIVE("Description", "", "new",
                                                                                       "live")),
               "web is changed: restart needed\n"
               "    ExecStart: /bin/a -> /bin/b (restart needed)\n"
               "    Description: (none) -> new (in effect without a restart)\n");
}

Test(change_text, long_values_are_cut_and_foreign_ones_do_nothing_to_a_terminal)
{
        expect(ROW("changed", "live", "",
                   DIRECTIVE("X", "0123456789012345678901234567890123456789012345678901234567890123456789",
                             "\\u001b[2J", "live")),
               "web is changed: in effect without a restart\n"
               "    X: 01234567890123456789012345678901234567890123456789012345678… -> \\x1b[2J (in effect without a "
               "restart)\n");
}

Test(change_text, the_sum_counts_what_would_be_done)
{
        static const struct {
                const char *rows, *wanted;
        } cases[] = {
                {"[]", "An apply would touch no service."},
                {"[{\"Action\":\"\"}]", "An apply would touch no service."},
                {"[{\"Action\":\"stop\"},{\"Action\":\"start\"},{\"Action\":\"start\"}]",
                 "An apply would stop 1, restart 0 and start 2."},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_json_ JsonValue *rows = json_tokener_parse(cases[i].rows);
                char *text;

                cr_assert_eq(change_format_sum(rows, &text), 0);
                cr_expect_str_eq(text, cases[i].wanted);
                free(text);
        }
}
