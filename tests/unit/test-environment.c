/* SPDX-License-Identifier: MIT */
#include "common/environment.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/strv.h"

static char **make(const char *const *assignments)
{
        char **environment = NULL;

        for (; *assignments; assignments++)
                cr_assert_eq(environment_set(&environment, *assignments), 0);
        return environment;
}
#define MAKE(...) make((const char *const[]){__VA_ARGS__, NULL})

static void check(char **environment, const char *expected)
{
        char *joined = strv_join(environment, "|");

        cr_assert_str_eq(joined, expected);
        free(joined);
}

Test(environment, names_and_assignments_have_rules)
{
        static const char *const good[] = {"A=1", "_=", "a9_=x y", "A==", "A=\n\t\x1b", "A=é"};
        static const char *const bad[] = {"",      "=",    "=x",  "A",      "9A=1",  "A-B=1",
                                          "A B=1", " A=1", "É=1", "A=\xff", "A=\xc3"};

        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                cr_assert(environment_assignment_is_valid(good[i]), "%s", good[i]);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                cr_assert(!environment_assignment_is_valid(bad[i]), "%s", bad[i]);
        cr_assert(environment_name_is_valid("A_9"));
        cr_assert(!environment_name_is_valid("A=1"));
        cr_assert(!environment_name_is_valid(""));
}

Test(environment, utf8_is_what_unicode_says)
{
        static const char *const good[] = {"", "a", "é", "日本", "😀", "\x7f", "\xf4\x8f\xbf\xbd"};
        static const char *const bad[] = {
                "\x80",
                "\xff",
                "\xc3",
                "\xc3x",
                "\xe2\x82",
                "\xf0\x9f\x98", /* cut short, or without a beginning */
                "\xc0\x80",
                "\xc1\xbf",
                "\xe0\x80\x80",
                "\xf0\x80\x80\x80", /* longer than needed */
                "\xed\xa0\x80",
                "\xef\xbf\xbe",
                "\xef\xb7\x90", /* surrogate, noncharacters */
                "\xf4\x90\x80\x80",
                "\xf8\x88\x80\x80\x80",
                "a\x80",
        };

        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                cr_assert(utf8_is_valid(good[i]), "%s", good[i]);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                cr_assert(!utf8_is_valid(bad[i]), "%zu", i);
}

Test(environment, a_later_value_takes_the_place_of_an_earlier_one)
{
        _cleanup_(strv_freep) char **environment = MAKE("A=1", "B=2", "A=3", "AB=4", "A=");
        _cleanup_(strv_freep) char **more = MAKE("C=5", "B=");

        check(environment, "A=|B=2|AB=4");
        cr_assert_eq(environment_merge(&environment, more), 0);
        check(environment, "A=|B=|AB=4|C=5");
        cr_assert_str_eq(environment_get(environment, "C"), "5");
        cr_assert_str_eq(environment_get(environment, "A"), "");
        cr_assert_null(environment_get(environment, "D"));
        cr_assert_null(environment_get(environment, ""));
        cr_assert_str_eq(environment_get_n(environment, "ABC", 2), "4");
        cr_assert_eq(environment_merge(&environment, NULL), 0);
}

Test(environment, unsetting_takes_names_or_exact_assignments)
{
        _cleanup_(strv_freep) char **environment = MAKE("A=1", "B=2", "C=3", "AA=4", "D=", "E=x=y");
        const char *names[] = {"A", "B=3", "C=3", "D=", "E=x", "NONE", NULL};

        environment_unset(environment, (char **) names);
        check(environment, "B=2|AA=4|E=x=y");
        cr_assert_eq(environment_set(&environment, "F=6"), 0);
        check(environment, "B=2|AA=4|E=x=y|F=6");
        environment_unset(NULL, (char **) names);
}

Test(environment, the_number_of_variables_is_bounded)
{
        _cleanup_(strv_freep) char **environment = NULL;
        char assignment[32];
        size_t n = 0;
        int r;

        do {
                snprintf(assignment, sizeof(assignment), "V%zu=x", n++);
                r = environment_set(&environment, assignment);
        } while (r >= 0);
        cr_assert_eq(r, -E2BIG);
        cr_assert_eq(strv_length(environment), ENVIRONMENT_MAX);
        cr_assert_eq(environment_set(&environment, "V0=y"), 0);
}
