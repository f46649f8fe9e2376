/* SPDX-License-Identifier: MIT */
#include "core/diagnostic.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static void check_format(const Diagnostic *diagnostic, const char *wanted)
{
        char *text = diagnostic_format(diagnostic);

        cr_expect_str_eq(text, wanted);
        free(text);
}

Test(diagnostic, is_told_with_its_place)
{
        Diagnostics all = {0};

        diagnostics_add(&all, SEVERITY_ERROR, (Where){"a.ini", 3}, "web", "%s is wrong", "it");
        diagnostics_add(&all, SEVERITY_WARNING, (Where){"a.ini", 3}, NULL, "beware");
        diagnostics_add(&all, SEVERITY_WARNING, (Where){"a.ini", 0}, NULL, "of the file");
        diagnostics_add(&all, SEVERITY_ERROR, (Where){0}, NULL, "of nothing");
        cr_assert_eq(all.n, 4);
        cr_assert_eq(all.n_errors, 2);
        cr_assert_str_eq(all.items[0].service, "web");
        check_format(&all.items[0], "a.ini:3: it is wrong");
        check_format(&all.items[1], "a.ini:3: warning: beware");
        check_format(&all.items[2], "a.ini: warning: of the file");
        check_format(&all.items[3], "of nothing");
        diagnostics_done(&all);
        cr_assert_eq(all.n, 0);
}

Test(diagnostic, are_sorted_by_place_and_stay_in_order_within_a_line)
{
        Diagnostics all = {0};

        for (unsigned i = 0; i < 1000; i++)
                diagnostics_add(&all, SEVERITY_ERROR, (Where){i % 3 ? "b" : "a", (i * 7919) % 10}, NULL, "%04u", i);
        diagnostics_sort(&all);
        for (size_t i = 1; i < all.n; i++) {
                const Diagnostic *x = &all.items[i - 1], *y = &all.items[i];
                int file = strcmp(x->file, y->file);

                cr_assert(file < 0 || (file == 0 && x->line < y->line) ||
                          (file == 0 && x->line == y->line && strcmp(x->text, y->text) < 0));
        }
        diagnostics_sort(&(Diagnostics){0});
        diagnostics_done(&all);
}

Test(diagnostic, moves_no_cursor)
{
        Diagnostics all = {0};

        diagnostics_add(&all, SEVERITY_ERROR, (Where){0}, NULL, "a\x1b[2Jb\nc\x7f");
        cr_assert_str_eq(all.items[0].text, "a?[2Jb?c?");
        diagnostics_done(&all);
}

Test(diagnostic, repeats_no_half_letters)
{
        cr_assert_eq(diagnostic_shown("abc", 3), 3);
        cr_assert_eq(diagnostic_shown("abcd", 3), 3);
        cr_assert_eq(diagnostic_shown("abö", 3), 2);
        cr_assert_eq(diagnostic_shown("a€€", 5), 4);
        cr_assert_eq(diagnostic_shown("", 5), 0);
        cr_assert_eq(diagnostic_shown("\x80\x80\x80", 2), 0, "what is no UTF-8 at all");
}
