/* SPDX-License-Identifier: MIT */

#include "core/priority.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct {
        const char *line;
        size_t prefix;
        uint8_t level;
} cases[] = {
        {"<0>x", 3, 0},  {"<7>x", 3, 7},    {"<3>", 3, 3},    {"<07>x", 4, 7}, {"<007>x", 5, 7}, {"<8>x", 0, 0},
        {"<30>x", 0, 0}, {"<0007>x", 0, 0}, {"<>x", 0, 0},    {"<", 0, 0},     {"<3", 0, 0},     {"", 0, 0},
        {"3>x", 0, 0},   {" <3>x", 0, 0},   {"<a>x", 0, 0},   {"<3>>x", 3, 3}, {"<-1>", 0, 0},   {"<3 >x", 0, 0},
        {"<<3>x", 0, 0}, {"<999>", 0, 0},   {"<3><4>", 3, 3}, {"<000>", 5, 0}, {"<3\n>", 0, 0},
};

Test(priority, a_prefix_is_what_journald_takes_for_one_however_the_line_is_cut)
{
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                size_t size = strlen(cases[i].line);

                for (size_t cut = 0; cut <= size; cut++) {
                        uint8_t level = 99;
                        size_t prefix = priority_parse(cases[i].line, cut, cases[i].line + cut, size - cut, &level);

                        cr_assert_eq(prefix, cases[i].prefix, "'%s' cut at %zu: %zu", cases[i].line, cut, prefix);
                        cr_assert_eq(level, prefix > 0 ? cases[i].level : 99, "'%s': %d", cases[i].line, level);
                }
        }
}
