/* SPDX-License-Identifier: MIT */
#include "ctl/table.h"

#include <criterion/criterion.h>
#include <string.h>

#include "ctl/display.h"

static const TableColumn columns[] = {
        {.header = "", .tight = true},       {.header = "NAME"},
        {.header = "PID", .right = true},    {.header = "EMPTY"},
        {.header = "TEXT", .shrinks = true},
};

static Table *make(const char *const *cells)
{
        Table *table;

        cr_assert_geq(table_new(columns, ELEMENTSOF(columns), &table), 0);
        for (; *cells; cells++)
                cr_assert_geq(table_add(table, *cells, STYLE_GOOD), 0);
        return table;
}

static void expect(const char *const *cells, const Style *style, bool header, const char *expected)
{
        Table *table = make(cells);
        char *text;

        cr_assert_geq(table_format(table, style, header, &text), 0);
        cr_assert_str_eq(text, expected);
        free(text);
        table_free(table);
}

static const char *const rows[] = {"●", "web", "12", "", "serves", "×", "größer", "4711", "", "", NULL};

Test(table, columns_are_as_wide_as_their_widest_cell)
{
        expect(rows, &(Style){.utf8 = true}, true,
               "  NAME     PID  TEXT\n"
               "● web       12  serves\n"
               "× größer  4711\n");
}

Test(table, without_a_header_only_rows_are_printed)
{
        expect(rows, &(Style){.utf8 = true}, false, "● web       12  serves\n× größer  4711\n");
}

Test(table, without_rows_the_header_stands_alone)
{
        static const char *const none[] = {NULL};

        expect(none, &(Style){0}, true, "NAME  PID  EMPTY  TEXT\n");
}

Test(table, colours_change_nothing_but_colours)
{
        static const char *const cells[] = {"", "a", "1", "", "b", NULL};

        expect(cells, &(Style){.colours = true}, false,
               "\x1b[0;1;32ma\x1b[0m  \x1b[0;1;32m1\x1b[0m  \x1b[0;1;32mb\x1b[0m\n");
}

Test(table, a_narrow_terminal_cuts_what_may_be_cut)
{
        static const char *const cells[] = {"", "name", "1", "", "a long text that does not fit at all", NULL};

        for (unsigned width = 20; width < 60; width++) {
                Table *table = make(cells);
                char *text;

                cr_assert_geq(table_format(table, &(Style){.utf8 = true, .columns = width}, false, &text), 0);
                text[strcspn(text, "\n")] = '\0';
                cr_assert_leq(display_width(text), width);
                free(text);
                table_free(table);
        }
}

Test(table, a_cell_can_do_nothing_to_the_terminal)
{
        static const char *const cells[] = {"", "\x1b[2Ja\nb", "1", "", "", NULL};

        expect(cells, &(Style){0}, false, "\\x1b[2Ja\\x0ab  1\n");
}
