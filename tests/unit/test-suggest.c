/* SPDX-License-Identifier: MIT */
#include "common/suggest.h"

#include <criterion/criterion.h>
#include <string.h>

Test(suggest, distances_count_edits_and_swaps)
{
        static const struct {
                const char *a, *b;
                unsigned distance;
        } cases[] = {
                {"", "", 0},         {"abc", "abc", 0},        {"abc", "ABC", 0}, {"abc", "abd", 1},
                {"abc", "ab", 1},    {"abc", "xabc", 1},       {"abc", "acb", 1}, {"abc", "bac", 1},
                {"abcd", "badc", 2}, {"kitten", "sitting", 3}, {"", "abc", 3},    {"ca", "abc", 3},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                cr_assert_eq(edit_distance(cases[i].a, cases[i].b, 10), cases[i].distance, "%s %s", cases[i].a,
                             cases[i].b);
                cr_assert_eq(edit_distance(cases[i].b, cases[i].a, 10), cases[i].distance, "%s %s", cases[i].b,
                             cases[i].a);
        }
        cr_assert_eq(edit_distance("abcdef", "uvwxyz", 2), 3);
}

Test(suggest, the_nearest_word_is_found_and_a_far_one_is_none)
{
        static const char *const words[] = {"Restart",      "RestartSec", "ExecStart",      "ExecStop",
                                            "ExecStopPost", "User",       "Group",          "Environment",
                                            "no",           "on-failure", "TimeoutStopSec", NULL};
        static const struct {
                const char *word, *best;
        } cases[] = {
                {"Restrat", "Restart"},
                {"restartsec", "RestartSec"},
                {"RestartSecs", "RestartSec"},
                {"ExecStrat", "ExecStart"},
                {"ExcStop", "ExecStop"},
                {"Env", "Environment"},
                {"TimeoutStop", "TimeoutStopSec"},
                {"Enviroment", "Environment"},
                {"onfailure", "on-failure"},
                {"Usr", "User"},
                {"Description", NULL},
                {"Foo", NULL},
                {"x", NULL},
                {"", NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const char *best = suggest(cases[i].word, (char *const *) words);

                if (cases[i].best) {
                        cr_assert_not_null(best, "%s", cases[i].word);
                        cr_assert_str_eq(best, cases[i].best, "%s", cases[i].word);
                } else
                        cr_assert_null(best, "%s: %s", cases[i].word, best);
        }
}

Test(suggest, a_word_that_shares_no_letter_is_not_near)
{
        const char *words[] = {"y", "no", NULL};

        cr_assert_null(suggest("x", (char **) words));
        cr_assert_null(suggest("ab", (char **) words));
        cr_assert_str_eq(suggest("mo", (char **) words), "no");
}

Test(suggest, a_word_of_any_length_is_borne)
{
        char word[4096];

        memset(word, 'a', sizeof(word) - 1);
        word[sizeof(word) - 1] = '\0';
        cr_assert_eq(edit_distance(word, "a", 3), 4);
        word[64] = '\0';
        cr_assert_eq(edit_distance(word, word, 3), 0);
        word[64] = 'a';
        word[65] = '\0';
        cr_assert_eq(edit_distance(word, word, 3), 4);
}
