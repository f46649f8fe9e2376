/* SPDX-License-Identifier: MIT */

#include "core/glob.h"

#include <criterion/criterion.h>
#include <fnmatch.h>
#include <string.h>

Test(glob, matches_are_those_of_fnmatch)
{
        static const char *const patterns[] = {
                "",     "*",     "**",     "?",    "a",       "a*",    "*a", "*a*",  "a*b",  "a?b",    "*a*b*",
                "[ab]", "[a-c]", "[!a-c]", "[]a]", "[!]a]",   "[a",    "a[", "[a-]", "[-a]", "a\\*b",  "\\?",
                "*[b]", "web*",  "w?b",    "*@1",  "w*@[12]", "a*a*b", "?*", "*?",   "a**b", "\\a\\b", "[!a]*",
        };
        static const char *const names[] = {
                "",  "a", "b", "ab", "ba",  "aab",   "abab",  "a*b",    "axb", "axxb", "[",        "[a", "a[",
                "]", "-", "?", "!",  "web", "web@1", "web@2", "web@12", "wxb", "abc",  "aaaaaaab", "d",
        };

        for (size_t i = 0; i < ELEMENTSOF(patterns); i++)
                for (size_t j = 0; j < ELEMENTSOF(names); j++)
                        cr_assert_eq(glob_match(patterns[i], names[j]), fnmatch(patterns[i], names[j], 0) == 0,
                                     "'%s' and '%s'", patterns[i], names[j]);
}

Test(glob, a_hostile_pattern_costs_little, .timeout = 5)
{
        char pattern[401] = "", name[201];

        for (int i = 0; i < 199; i++)
                strcat(pattern, "*a");
        strcat(pattern, "b");
        memset(name, 'a', 200);
        name[200] = '\0';
        for (int i = 0; i < 1000; i++)
                cr_assert_not(glob_match(pattern, name));
}

Test(glob, a_plain_name_is_no_pattern)
{
        static const char *const plain[] = {"", "web", "web@1", "a.b:c-d_e", "web.service"};
        static const char *const patterns[] = {"*", "we?", "[ab]", "a\\b"};

        for (size_t i = 0; i < ELEMENTSOF(plain); i++)
                cr_assert_not(glob_is_pattern(plain[i]));
        for (size_t i = 0; i < ELEMENTSOF(patterns); i++)
                cr_assert(glob_is_pattern(patterns[i]));
}
