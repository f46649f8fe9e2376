/* SPDX-License-Identifier: MIT */

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "run.h"

/* The words are the caller's, and live as long as the options. */
static int parse(TrialOptions *options, char **ret_error, char **words)
{
        *options = TRIAL_OPTIONS_NULL;
        return trial_options_parse(options, words, ret_error);
}

Test(run_options, all_that_can_be_given)
{
        _cleanup_(trial_options_done) TrialOptions options = TRIAL_OPTIONS_NULL;
        char *words[] = {(char *) "-ca",          (char *) "--config",  (char *) "b",
                         (char *) "--timeout=5s", (char *) "--logs",    (char *) "always",
                         (char *) "--strict",     (char *) "--log-dir", (char *) "/var/tmp/log",
                         (char *) "--report",     (char *) "/tmp/r",    (char *) "--",
                         (char *) "pytest",       (char *) "-q",        NULL};
        char *error = NULL;

        cr_assert_eq(parse(&options, &error, words), 0, "%s", error);
        cr_assert_str_eq(options.config_paths[0], "a");
        cr_assert_str_eq(options.config_paths[1], "b");
        cr_assert_null(options.config_paths[2]);
        cr_assert_eq(options.timeout, 5 * USEC_PER_SEC);
        cr_assert_eq(options.logs, TRIAL_LOGS_ALWAYS);
        cr_assert(options.strict);
        cr_assert_str_eq(options.log_directory, "/var/tmp/log");
        cr_assert_str_eq(options.report, "/tmp/r");
        cr_assert_str_eq(options.command[0], "pytest");
        cr_assert_str_eq(options.command[1], "-q");
        cr_assert_null(options.command[2]);
}

Test(run_options, the_first_word_that_is_no_option_begins_the_command)
{
        _cleanup_(trial_options_done) TrialOptions options = TRIAL_OPTIONS_NULL;
        char *words[] = {(char *) "-c", (char *) "a", (char *) "make", (char *) "--strict", NULL}, *error = NULL;

        cr_assert_eq(parse(&options, &error, words), 0, "%s", error);
        cr_assert_not(options.strict);
        cr_assert_str_eq(options.command[0], "make");
        cr_assert_str_eq(options.command[1], "--strict");
        cr_assert_eq(options.timeout, 90 * USEC_PER_SEC);
        cr_assert_eq(options.logs, TRIAL_LOGS_FAILED);
}

Test(run_options, mistakes_are_told)
{
        static const struct {
                const char *words[4], *said;
        } rows[] = {
                {{"--timeot", "5s"}, "did you mean --timeout?"},
                {{"-x"}, "behind --"},
                {{"--timeout", "soon", "--", "x"}, "a span of time"},
                {{"--logs=sometimes", "--", "x"}, "always, failed or never"},
                {{"--strict=yes"}, "takes no value"},
                {{"--report"}, "wants a value"},
                {{"-c", "a", "--"}, "which command"},
                {{"-c", "a"}, "which command"},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(trial_options_done) TrialOptions options = TRIAL_OPTIONS_NULL;
                _cleanup_free_ char *error = NULL;
                char *words[5] = {NULL};

                for (size_t j = 0; j < 4 && rows[i].words[j]; j++)
                        words[j] = (char *) rows[i].words[j];
                cr_assert_eq(parse(&options, &error, words), -EINVAL, "case %zu", i);
                cr_assert(error && strstr(error, rows[i].said), "case %zu: %s", i, error);
        }
}

Test(run_options, relative_places_are_made_absolute)
{
        _cleanup_(trial_options_done) TrialOptions options = TRIAL_OPTIONS_NULL;
        char *words[] = {(char *) "-c",        (char *) "a", (char *) "--report", (char *) "r",
                         (char *) "--log-dir", (char *) "l", (char *) "x",        NULL};
        char *error = NULL;

        cr_assert_eq(parse(&options, &error, words), 0, "%s", error);
        cr_assert_eq(options.report[0], '/');
        cr_assert_eq(options.log_directory[0], '/');
}
