/* SPDX-License-Identifier: MIT */

#include "options.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "common/strv.h"

/* Parses words, the program's name added. */
static int parse(Options *options, char **ret_error, const char *const *words)
{
        char *argv[16] = {(char *) "tended"};
        int argc = 1;

        for (; *words; words++)
                argv[argc++] = (char *) *words;
        return options_parse(options, argc, argv, ret_error);
}

#define PARSE(options, error, ...) parse((options), (error), (const char *const[]){__VA_ARGS__, NULL})

Test(options, nothing_given_is_the_daemon_in_the_mode_of_its_user)
{
        _cleanup_(options_done) Options options = OPTIONS_NULL;
        char *error = NULL;
        const char *const none[] = {NULL};

        cr_assert_eq(parse(&options, &error, none), 0);
        cr_assert_eq(options.action, ACTION_RUN);
        cr_assert_eq(options.mode, MODE_AUTO);
        cr_assert_null(options.config_paths);
        cr_assert_not(options.log_target_given);
}

Test(options, values_stand_in_the_next_word_or_the_same)
{
        _cleanup_(options_done) Options options = OPTIONS_NULL;
        char *error = NULL;

        cr_assert_eq(PARSE(&options, &error, "-c", "/a", "-c/b", "--config", "/c", "--config=/d=e", "--socket=/s",
                           "--log-target", "file:/logs", "--user"),
                     0);
        cr_assert_eq(strv_length(options.config_paths), 4);
        cr_assert_str_eq(options.config_paths[0], "/a");
        cr_assert_str_eq(options.config_paths[1], "/b");
        cr_assert_str_eq(options.config_paths[2], "/c");
        cr_assert_str_eq(options.config_paths[3], "/d=e");
        cr_assert_str_eq(options.socket, "/s");
        cr_assert(options.log_target_given);
        cr_assert_eq(options.log_target, LOG_TARGET_FILE);
        cr_assert_str_eq(options.log_directory, "/logs");
        cr_assert_eq(options.mode, MODE_USER);
}

Test(options, the_last_of_two_stands)
{
        _cleanup_(options_done) Options options = OPTIONS_NULL;
        char *error = NULL;

        cr_assert_eq(PARSE(&options, &error, "--socket", "/a", "--socket", "/b", "--user", "--system"), 0);
        cr_assert_str_eq(options.socket, "/b");
        cr_assert_eq(options.mode, MODE_SYSTEM);
}

Test(options, every_log_target_is_known)
{
        static const struct {
                const char *word;
                LogTarget target;
        } cases[] = {
                {"auto", LOG_TARGET_AUTO}, {"journal", LOG_TARGET_JOURNAL}, {"console", LOG_TARGET_CONSOLE},
                {"null", LOG_TARGET_NULL}, {"file:/x", LOG_TARGET_FILE},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(options_done) Options options = OPTIONS_NULL;
                char *error = NULL;

                cr_assert_eq(PARSE(&options, &error, "--log-target", cases[i].word), 0);
                cr_assert_eq(options.log_target, cases[i].target, "%s", cases[i].word);
        }
}

Test(options, what_is_wrong_is_named_with_the_nearest_right_word)
{
        static const struct {
                const char *words[3];
                const char *said[2];
        } cases[] = {
                {{"--nonsense"}, {"--nonsense"}},
                {{"--chekc"}, {"--chekc", "--check"}},
                {{"--sokcet=/x"}, {"--socket"}},
                {{"-x"}, {"-x"}},
                {{"-c"}, {"--config", "value"}},
                {{"--socket"}, {"--socket", "value"}},
                {{"--socket="}, {"--socket", "empty"}},
                {{"--user=me"}, {"--user", "no value"}},
                {{"--log-target", "jurnal"}, {"jurnal", "did you mean journal"}},
                {{"--log-target", "file:relative"}, {"file:relative", "absolute"}},
                {{"start", "web"}, {"start", "tendctl"}},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(options_done) Options options = OPTIONS_NULL;
                _cleanup_free_ char *error = NULL;

                cr_assert_eq(PARSE(&options, &error, cases[i].words[0], cases[i].words[1]), -EINVAL, "case %zu", i);
                cr_assert_not_null(error);
                for (size_t j = 0; j < 2 && cases[i].said[j]; j++)
                        cr_assert_not_null(strstr(error, cases[i].said[j]), "'%s' says nothing of %s", error,
                                           cases[i].said[j]);
        }
}

Test(options, help_and_version_come_before_what_is_wrong_behind_them)
{
        _cleanup_(options_done) Options help = OPTIONS_NULL, version = OPTIONS_NULL;
        char *error = NULL;

        cr_assert_eq(PARSE(&help, &error, "--help", "--nonsense"), 0);
        cr_assert_eq(help.action, ACTION_HELP);
        cr_assert_eq(PARSE(&version, &error, "--version"), 0);
        cr_assert_eq(version.action, ACTION_VERSION);
}

Test(options, each_option_stands_in_the_help)
{
        static const char *const names[] = {"--config", "--socket", "--log-target", "--user",
                                            "--system", "--check",  "--help",       "--version"};

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                cr_assert_not_null(strstr(options_help(), names[i]), "%s", names[i]);
}
