/* SPDX-License-Identifier: MIT */
#include "core/directive-change.h"

#include <criterion/criterion.h>

#include "define.h"

static DirectiveChanges differ(const char *before, const char *after, Config **ret_old, Config **ret_new)
{
        DirectiveChanges changes = {NULL, 0};

        *ret_old = define(before);
        *ret_new = define(after);
        cr_assert_eq(directive_changes_find(&(DefinedBy){defined(*ret_old, "a"), &(*ret_old)->daemon},
                                            &(DefinedBy){defined(*ret_new, "a"), &(*ret_new)->daemon}, &changes),
                     0);
        return changes;
}

static char *in_words(const DirectiveChanges *changes)
{
        Text text = TEXT_NULL;
        char *all;

        for (size_t i = 0; i < changes->n; i++) {
                const DirectiveChange *change = &changes->items[i];
                char line[512];

                snprintf(line, sizeof(line), "%s%s: %s -> %s (%s)", i > 0 ? "\n" : "", change->name, change->before,
                         change->after, change_takes_to_string(change->takes));
                text_add_string(&text, line);
        }
        cr_assert_eq(text_take(&text, &all), 0);
        return all;
}

#define A "[service a]\nExecStart=/bin/a 1\n"

Test(directive_change, each_directive_that_differs_is_told_in_the_words_of_a_definition)
{
        static const struct {
                const char *before, *after, *told;
        } cases[] = {
                {A, A, ""},
                {A, A "# a comment\n", ""},
                {A, A "Restart=no\n", ""},
                {A, "[service a]\nExecStart=/bin/a 2\n", "ExecStart: /bin/a 1 -> /bin/a 2 (restart)"},
                {A, A "FinalKillSignal=INT\n", "FinalKillSignal: SIGKILL -> SIGINT (live)"},
                {A, A "Restart=always\nUMask=077\n", "Restart: no -> always (live)\nUMask: 0022 -> 0077 (restart)"},
                /* What follows from another one is told as well. */
                {A, A "TimeoutStopSec=5\n",
                 "TimeoutStopSec: 1min 30s -> 5s (live)\nTimeoutAbortSec: 1min 30s -> 5s (live)"},
                {A "ExecStop=/x\n", A "ExecStop=/x\nExecStop=/y 'a b'\n", "ExecStop: /x -> /x ; /y 'a b' (live)"},
                /* What looks the same is told apart. */
                {A "LimitNOFILE=10:100\n", A "LimitNOFILE=20:100\n", "LimitNOFILE: 10 -> 20 (restart)"},
                {"[daemon]\nDefaultEnvironment=A=1\n" A, A, "DefaultEnvironment: A=1 ->  (restart)"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Config *old, *new;
                DirectiveChanges changes = differ(cases[i].before, cases[i].after, &old, &new);
                char *told = in_words(&changes);

                cr_expect_str_eq(told, cases[i].told, "case %zu: %s", i, told);
                free(told);
                directive_changes_done(&changes);
                config_unref(old);
                config_unref(new);
        }
}

Test(directive_change, commands_that_differ_in_a_prefix_are_told_apart)
{
        Config *old, *new;
        DirectiveChanges changes = differ(A, "[service a]\nExecStart=-/bin/a 1\n", &old, &new);

        cr_assert_eq(changes.n, 1);
        cr_assert_str_neq(changes.items[0].before, changes.items[0].after);
        directive_changes_done(&changes);
        config_unref(old);
        config_unref(new);
}

/* A run that goes on through several readings. */
static void follow(DirectiveChanges *pending, const char *before, const char *after)
{
        Config *old, *new;
        DirectiveChanges changes = differ(before, after, &old, &new);

        cr_assert_eq(directive_changes_follow(pending, &changes), 0);
        directive_changes_done(&changes);
        config_unref(old);
        config_unref(new);
}

static void expect(const DirectiveChanges *pending, const char *wanted)
{
        char *told = in_words(pending);

        cr_expect_str_eq(told, wanted, "%s instead of %s", told, wanted);
        free(told);
}

#define B "[service a]\nExecStart=/bin/a 2\nRestart=always\n"
#define C "[service a]\nExecStart=/bin/a 3\nUMask=077\n"

Test(directive_change, a_run_is_behind_with_what_it_was_begun_with)
{
        DirectiveChanges pending = {NULL, 0};

        follow(&pending, A, B);
        expect(&pending, "ExecStart: /bin/a 1 -> /bin/a 2 (restart)");
        follow(&pending, B, C);
        expect(&pending, "ExecStart: /bin/a 1 -> /bin/a 3 (restart)\nUMask: 0022 -> 0077 (restart)");
        follow(&pending, C, C);
        expect(&pending, "ExecStart: /bin/a 1 -> /bin/a 3 (restart)\nUMask: 0022 -> 0077 (restart)");
        /* Back to where it began, by another way. */
        follow(&pending, C, A);
        expect(&pending, "");
        directive_changes_done(&pending);
}

Test(directive_change, what_is_in_force_at_once_is_never_pending)
{
        DirectiveChanges pending = {NULL, 0};

        follow(&pending, A, A "Restart=always\nExecStartPre=/x\nDescription=d\n");
        expect(&pending, "");
        directive_changes_done(&pending);
}
