/* SPDX-License-Identifier: MIT */
#include "common/name.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

Test(name, kinds_are_told_by_the_at_sign)
{
        static const struct {
                const char *name;
                int kind;
        } cases[] = {
                {"web", NAME_PLAIN},
                {"_x", NAME_PLAIN},
                {"9", NAME_PLAIN},
                {"a.b:c-d_e", NAME_PLAIN},
                {"web.target", NAME_PLAIN},
                {"worker@", NAME_TEMPLATE},
                {"worker@2", NAME_INSTANCE},
                {"worker@a.b", NAME_INSTANCE},
                {"", -EINVAL},
                {"@", -EINVAL},
                {"@2", -EINVAL},
                {"a@b@c", -EINVAL},
                {"a@-", -EINVAL},
                {".hidden", -EINVAL},
                {"-x", -EINVAL},
                {":x", -EINVAL},
                {"a/b", -EINVAL},
                {"a b", -EINVAL},
                {"a*", -EINVAL},
                {"é", -EINVAL},
                {"a\n", -EINVAL},
                {"a\\x2d", -EINVAL},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                cr_assert_eq(name_classify(cases[i].name), cases[i].kind, "'%s'", cases[i].name);
                cr_assert_eq(name_problem(cases[i].name) == NULL, cases[i].kind >= 0, "'%s'", cases[i].name);
                cr_assert_eq(name_is_plain(cases[i].name), cases[i].kind == NAME_PLAIN, "'%s'", cases[i].name);
        }
}

Test(name, both_parts_have_at_most_a_hundred_bytes)
{
        char name[NAME_MAX_SIZE + 1];

        memset(name, 'a', sizeof(name));
        name[100] = '\0';
        cr_assert_eq(name_classify(name), NAME_PLAIN);
        name[100] = 'a';
        name[101] = '\0';
        cr_assert_eq(name_classify(name), -EINVAL);
        cr_assert_str_eq(name_problem(name), "is longer than 100 bytes");
        name[100] = '@';
        name[101] = 'a';
        name[201] = '\0';
        cr_assert_eq(name_classify(name), NAME_INSTANCE);
        cr_assert_eq(strlen(name) + 1, NAME_MAX_SIZE);
        name[201] = 'a';
        name[202] = '\0';
        cr_assert_eq(name_classify(name), -EINVAL);
}

Test(name, one_suffix_is_taken_off)
{
        static const struct {
                const char *from, *to;
        } cases[] = {
                {"web.service", "web"}, {"web", "web"},
                {"w@1.service", "w@1"}, {"a.service.service", "a.service"},
                {".service", NULL},     {"web.target", "web.target"},
                {"we/b.service", NULL}, {"webservice", "webservice"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *name = NULL;
                int r = name_normalize(cases[i].from, &name);

                if (cases[i].to) {
                        cr_assert_eq(r, 0, "%s", cases[i].from);
                        cr_assert_str_eq(name, cases[i].to);
                } else
                        cr_assert_eq(r, -EINVAL, "%s", cases[i].from);
        }
}

Test(name, an_instance_is_what_follows_the_at_sign)
{
        cr_assert_str_eq(name_instance("w@2"), "2");
        cr_assert_str_eq(name_instance("w@"), "");
        cr_assert_null(name_instance("w"));
}

Test(name, what_ends_in_target_is_one)
{
        cr_expect(name_is_target("a.target") && name_is_target("a.b.target") && name_is_target("..target"));
        cr_expect(!name_is_target(".target") && !name_is_target("target") && !name_is_target("a.targets") &&
                  !name_is_target(""));
}

Test(name, of_what_is_none_one_is_made)
{
        static const struct {
                const char *given, *name;
                bool target;
        } cases[] = {
                {"a/b", "a_b", false},
                {"", "_", false},
                {".a", "_a", false},
                {"-", "_", false},
                {"a b@c", "a_b_c", false},
                {"\xc3\xa4", "__", false},
                {"a.b:c-d_", "a.b:c-d_", false},
                {"", "_.target", true},
                {"a@1", "a_1.target", true},
                {"a/b.target", "a_b.target", true},
        };
        char longer[300], *name;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                name = name_tame(cases[i].given, cases[i].target);
                cr_expect_str_eq(name, cases[i].name, "%s", cases[i].given);
                cr_expect(name_is_plain(name));
                free(name);
        }
        memset(longer, 'x', sizeof(longer) - 1);
        longer[sizeof(longer) - 1] = '\0';
        for (int target = 0; target <= 1; target++) {
                name = name_tame(longer, target);
                cr_expect_eq(strlen(name), NAME_PART_MAX);
                cr_expect(name_is_plain(name));
                cr_expect_eq(name_is_target(name), target);
                free(name);
        }
}
