/* SPDX-License-Identifier: MIT */
#include "common/specifier.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int resolve(void *userdata, char letter, const char *name, char **ret, char **ret_error)
{
        switch (letter) {
        case 'n':
                *ret = strdup("web");
                return 0;
        case 'e':
                *ret = strdup("");
                return 0;
        case '{':
                if (asprintf(ret, "<%s>", name) < 0)
                        return -ENOMEM;
                return 0;
        case 'f':
                *ret_error = strdup("it failed");
                return -EIO;
        default:
                return -ENOENT;
        }
}

Test(specifier, letters_and_braces_are_resolved_and_the_rest_is_text)
{
        static const struct {
                const char *text, *expected;
        } cases[] = {
                {"", ""},         {"a", "a"},       {"%n", "web"},       {"a%nb%n", "awebbweb"}, {"%%n", "%n"},
                {"%%%n", "%web"}, {"%e", ""},       {"%{a.b}", "<a.b>"}, {"%{}", "<>"},          {"100%", "100%"},
                {"5% x", "5% x"}, {"%-%.", "%-%."}, {"%é", "%é"},        {"%{a}}", "<a>}"},      {"% %n", "% web"},
        };
        Specifiers specifiers = {.resolve = resolve};

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *text = NULL, *error = NULL;

                cr_assert_eq(specifier_expand(cases[i].text, &specifiers, &text, &error), 0, "%s", cases[i].text);
                cr_assert_str_eq(text, cases[i].expected);
                cr_assert_null(error);
        }
}

Test(specifier, a_mistake_is_told_in_words)
{
        static const struct {
                const char *text, *error;
                int r;
        } cases[] = {
                {"a%zb", "%z is not a specifier (write %% for a percent sign)", -EINVAL},
                {"%1", "%1 is not a specifier (write %% for a percent sign)", -EINVAL},
                {"%n%{x", "%{ is not closed by }", -EINVAL},
                {"%f", "it failed", -EIO},
        };
        Specifiers specifiers = {.resolve = resolve};

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char *text = NULL, *error;

                cr_assert_eq(specifier_expand(cases[i].text, &specifiers, &text, &error), cases[i].r);
                cr_assert_str_eq(error, cases[i].error);
                cr_assert_null(text);
                free(error);
        }
}

Test(specifier, without_anybody_who_knows_them_only_the_percent_sign_is_known)
{
        char *text, *error;

        cr_assert_eq(specifier_expand("50%%", NULL, &text, &error), 0);
        cr_assert_str_eq(text, "50%");
        free(text);
        cr_assert_eq(specifier_expand("%{a.PORT}", NULL, &text, &error), -EINVAL);
        cr_assert_str_eq(error, "%{a.PORT} is not a specifier (write %% for a percent sign)");
        free(error);
}
