/* SPDX-License-Identifier: MIT */
#include "ctl/display.h"

#include <criterion/criterion.h>
#include <string.h>

Test(display, width_counts_columns_and_not_bytes)
{
        static const struct {
                const char *text;
                size_t width;
        } cases[] = {
                {"", 0},  {"abc", 3},      {"äöü", 3},  {"e\xcc\x81", 1},        {"日本", 4}, {"😀", 2},
                {"●", 1}, {"\xff\xfe", 2}, {"a\tb", 3}, {"\xe2\x80\x8bzero", 4}, {"…", 1},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                cr_assert_eq(display_width(cases[i].text), cases[i].width, "%s", cases[i].text);
}

Test(display, only_utf8_is_decoded)
{
        static const char *const bad[] = {"\x80",
                                          "\xc0\x80",
                                          "\xc1\xbf",
                                          "\xe0\x80\x80",
                                          "\xed\xa0\x80",
                                          "\xf4\x90\x80\x80",
                                          "\xf8\x88\x80\x80\x80",
                                          "\xe2\x82",
                                          "\xc3("};
        uint32_t c;

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                cr_assert(!utf8_is_valid(bad[i], strlen(bad[i])), "case %zu", i);
        cr_assert(utf8_is_valid("a\0b", 3));
        cr_assert_eq(utf8_decode("€", 3, &c), 3);
        cr_assert_eq(c, 0x20ac);
        cr_assert_eq(utf8_decode("\xf0\x9f\x98\x80", 4, &c), 4);
        cr_assert_eq(c, 0x1f600);
        cr_assert_lt(utf8_decode("", 0, &c), 0);
}

Test(display, a_cut_never_splits_a_character_and_never_is_too_wide)
{
        static const char text[] = "a日本é\xff語z";

        for (size_t width = 0; width < 14; width++) {
                char *cut = display_cut(text, width, "…");

                cr_assert_leq(display_width(cut), width);
                if (width >= display_width(text))
                        cr_assert_str_eq(cut, text);
                else if (width > 0)
                        cr_assert(strlen(cut) >= 3 && strcmp(cut + strlen(cut) - 3, "…") == 0, "%zu: %s", width, cut);
                free(cut);
        }
}

Test(display, what_could_act_on_a_terminal_is_spelled_out)
{
        static const struct {
                const char *text;
                size_t size;
                bool newlines;
                const char *safe;
        } cases[] = {
                {"plain ä", 8, false, "plain ä"},
                {"\x1b[31mred\x1b[0m", 12, false, "red"},
                {"\x1b]0;title\x07", 10, false, "\\x1b]0;title\\x07"},
                {"\x1b[2J", 4, false, "\\x1b[2J"},
                {"a\0b", 3, false, "a\\x00b"},
                {"a\rb\x7f", 4, false, "a\\x0db\\x7f"},
                {"tab\tstays", 9, false, "tab\tstays"},
                {"a\nb", 3, false, "a\\x0ab"},
                {"a\nb", 3, true, "a\nb"},
                {"\xff\xc3", 2, false, "\\xff\\xc3"},
                {"\xc2\x9b"
                 "31m",
                 5, false, "\\u009b31m"},
                {"\xe2\x80\xae"
                 "gnp",
                 6, false, "\\u202egnp"},
                {"\x1b[", 2, false, "\\x1b["},
                {"\x1b[1;31", 6, false, "\\x1b[1;31"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char *safe = display_safe(cases[i].text, cases[i].size, cases[i].newlines);

                cr_assert_str_eq(safe, cases[i].safe, "case %zu", i);
                cr_assert(display_is_safe(safe, strlen(safe), cases[i].newlines), "case %zu", i);
                cr_assert_eq(display_is_safe(cases[i].text, cases[i].size, cases[i].newlines),
                             strlen(safe) == cases[i].size && memcmp(safe, cases[i].text, cases[i].size) == 0,
                             "case %zu", i);
                free(safe);
        }
}

Test(display, every_two_bytes_become_harmless)
{
        for (unsigned a = 0; a < 256; a++)
                for (unsigned b = 0; b < 256; b++) {
                        char text[2] = {(char) a, (char) b};
                        char *safe = display_safe(text, 2, false);

                        cr_assert(display_is_safe(safe, strlen(safe), false), "%02x %02x", a, b);
                        free(safe);
                }
}
