/* SPDX-License-Identifier: MIT */
#include "core/start-set.h"

#include <criterion/criterion.h>

#include "define.h"

static void check(const char *text, const char *wanted)
{
        Config *config = define(text);
        char started[256] = "";
        bool *set;

        cr_assert_eq(start_set_new(config, &set), 0);
        for (size_t i = 0; i < config->n_services; i++)
                if (set[i]) {
                        strcat(started, *started ? " " : "");
                        strcat(started, config->services[i]->name);
                }
        cr_expect_str_eq(started, wanted, "%s\nstarts %s instead of %s", text, started, wanted);
        free(set);
        config_unref(config);
}

#define S(name) "[service " name "]\nExecStart=/bin/true\n"

Test(start_set, without_a_default_target_it_is_all_that_do_not_decline)
{
        check("", "");
        check(S("a") S("b") "AutoStart=no\n" S("c"), "a c");
        check(S("a") "Nonsense=1\n" S("b"), "b");
        check(S("a") "AutoStart=no\n[target other]\nWants=a\n", "");
}

Test(start_set, with_a_default_target_it_is_what_that_pulls_in)
{
        check(S("a") S("b") S("c") "[target default]\nWants=b\n", "b default.target");
        check(S("a") "Requires=c\n" S("b") S("c") "AutoStart=no\n[target default]\nWants=a\n", "a c default.target");
        check(S("a") S("b") "[target all]\nWants=a b\n[target default]\nRequires=all.target\n",
              "a all.target b default.target");
}

Test(start_set, what_starts_pulls_in_what_it_needs)
{
        check(S("a") "Requires=b\n" S("b") "AutoStart=no\nWants=c\n" S("c") "AutoStart=no\n", "a b c");
}

Test(start_set, a_mistake_in_the_default_target_does_not_keep_its_members_down)
{
        check(S("a") "AutoStart=no\n" S("b") "[target default]\nRequires=a nobody\nWants=a\n", "a");
}

Test(start_set, of_two_that_conflict_the_first_one_starts)
{
        check(S("a") "Conflicts=c\n" S("b") S("c") "Wants=d\n" S("d") "AutoStart=no\n", "a b");
        check(S("a") "Conflicts=b\nNonsense=1\nWants=c\n" S("b") S("c") "AutoStart=no\n[target default]\nWants=a b\n",
              "b default.target");
        check(S("a") S("b") "Conflicts=a\n[target default]\nWants=a\nRequires=b\n", "b default.target");
}

/* The first thing that is said of `text`, or "". */
static void check_said(const char *text, const char *wanted)
{
        Config *config = define(text);
        const Diagnostics *diagnostics = &config->diagnostics;

        cr_assert_eq(diagnostics->n, *wanted ? 1u : 0u, "%s\n%s", text,
                     diagnostics->n ? diagnostics->items[0].text : "");
        if (*wanted)
                cr_expect_str_eq(diagnostics->items[0].text, wanted);
        config_unref(config);
}

Test(start_set, who_is_not_started_for_a_conflict_is_told_of)
{
        check_said(S("a") S("b") "Conflicts=a\n",
                   "a and b conflict, and would both start with the daemon: only a is started");
        check_said(S("a") S("b") "AutoStart=no\nConflicts=a\n", "");
        check_said(S("a") "Conflicts=b\n" S("b") "[target default]\nWants=b\n", "");
        check_said(S("a") "Conflicts=b\n" S("b") "[target default]\nWants=b\nRequires=a\n",
                   "a and b conflict, and would both start with the daemon: only a is started");
}
