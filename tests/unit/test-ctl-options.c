/* SPDX-License-Identifier: MIT */
#include "ctl/options.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#define NOW UINT64_C(1795209185000000)

/* The words of one command line, split at blanks. */
typedef struct Line {
        char text[256];
        char *argv[32];
        int argc;
        Options options;
        char *error;
        int r;
} Line;

static void parse(Line *line, const char *text)
{
        *line = (Line){.argc = 1, .argv = {(char *) "tendctl"}};
        snprintf(line->text, sizeof(line->text), "%s", text);
        for (char *word = strtok(line->text, " "); word; word = strtok(NULL, " "))
                line->argv[line->argc++] = word;
        line->r = options_parse(line->argc, line->argv, NOW, &line->options, &line->error);
}

static void done(Line *line)
{
        options_done(&line->options);
        free(line->error);
}

Test(ctl_options, options_stand_before_and_behind_the_verb)
{
        static const char *const lines[] = {
                "--json --timeout 5s start web db --no-block",
                "start --json web --no-block --timeout=5s db",
                "--no-block start web --timeout 5s --json db",
                "start --no-block --json --timeout 5s -- web db",
        };

        for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
                Line line;

                parse(&line, lines[i]);
                cr_assert_eq(line.r, 0, "%s: %s", lines[i], line.error);
                cr_assert_str_eq(line.options.verb->name, "start");
                cr_assert_eq(line.options.n_arguments, 2);
                cr_assert_str_eq(line.options.arguments[0], "web");
                cr_assert_str_eq(line.options.arguments[1], "db");
                cr_assert_null(line.options.arguments[2]);
                cr_assert(line.options.json && line.options.no_block);
                cr_assert_eq(line.options.timeout, 5 * USEC_PER_SEC);
                done(&line);
        }
}

Test(ctl_options, after_two_dashes_everything_is_a_name)
{
        Line line;

        parse(&line, "status -- --json -n");
        cr_assert_eq(line.r, 0);
        cr_assert(!line.options.json);
        cr_assert_eq(line.options.n_arguments, 2);
        cr_assert_str_eq(line.options.arguments[0], "--json");
        done(&line);
}

Test(ctl_options, the_number_of_lines_may_be_left_out)
{
        static const struct {
                const char *line;
                uint64_t lines;
                size_t n_arguments;
        } cases[] = {
                {"logs web", LINES_ALL, 1},
                {"logs -n web", 10, 1},
                {"logs -n 5 web", 5, 1},
                {"logs -n5 web", 5, 1},
                {"logs web -n", 10, 1},
                {"logs -fn3 web", 3, 1},
                {"logs -n all web", LINES_ALL, 1},
                {"logs --lines=7", 7, 0},
                {"logs --lines 7 web", 7, 1},
                {"logs --lines web", 10, 1},
                {"-n 2 logs web", 2, 1},
                {"logs -nf web", 10, 1},
                {"logs -n 0 web", 0, 1},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Line line;

                parse(&line, cases[i].line);
                cr_assert_eq(line.r, 0, "%s: %s", cases[i].line, line.error);
                cr_assert_eq(line.options.lines, cases[i].lines, "%s", cases[i].line);
                cr_assert_eq(line.options.n_arguments, cases[i].n_arguments, "%s", cases[i].line);
                done(&line);
        }
}

Test(ctl_options, values_are_read)
{
        Line line;

        parse(&line, "logs --invocation -1 --since -5min --until @1795209185 -o short-iso -g x --stream stderr web");
        cr_assert_eq(line.r, 0, "%s", line.error);
        cr_assert_eq(line.options.invocation, -1);
        cr_assert_eq(line.options.since, NOW - 300 * USEC_PER_SEC);
        cr_assert_eq(line.options.until, UINT64_C(1795209185000000));
        cr_assert_eq(line.options.format, FORMAT_SHORT_ISO);
        cr_assert_str_eq(line.options.grep, "x");
        cr_assert_str_eq(line.options.stream, "stderr");
        done(&line);

        parse(&line, "kill web -s HUP --whom main");
        cr_assert_eq(line.r, 0, "%s", line.error);
        cr_assert_eq(line.options.signal, SIGHUP);
        cr_assert_str_eq(line.options.whom, "main");
        done(&line);

        parse(&line, "show web -p Id -pMainPID --property=Ready,Reason --value");
        cr_assert_eq(line.r, 0, "%s", line.error);
        cr_assert_str_eq(line.options.properties[0], "Id");
        cr_assert_str_eq(line.options.properties[1], "MainPID");
        cr_assert_str_eq(line.options.properties[2], "Ready,Reason");
        cr_assert_null(line.options.properties[3]);
        done(&line);
}

Test(ctl_options, without_options_the_defaults_hold)
{
        Line line;

        parse(&line, "kill web");
        cr_assert_eq(line.options.signal, SIGTERM);
        cr_assert_str_eq(line.options.whom, "all");
        cr_assert_eq(line.options.timeout, USEC_INFINITY);
        cr_assert_str_eq(line.options.wait_for, "ready");
        done(&line);
}

Test(ctl_options, a_mistake_is_told_with_what_was_probably_meant)
{
        static const struct {
                const char *line, *part;
        } cases[] = {
                {"starrt web", "\"start\"?"},
                {"statusx", "\"status\"?"},
                {"qqqqqqqq", "--help"},
                {"--jsno status", "--json?"},
                {"logs --folow web", "--follow?"},
                {"logs -x web", "unknown option -x"},
                {"logs -o shrot", "\"short\"?"},
                {"logs -o help", "not one of short, short-iso, short-iso-precise, short-precise, short-full, "
                                 "short-unix, with-service, cat, json, json-pretty, verbose, export"},
                {"wait web --for foo", "\"foo\" is not one of ready, active, inactive, failed"},
                {"kill web --whom nobody", "\"nobody\" is not one of main, all"},
                {"logs --stream=stdot", "\"stdout\"?"},
                {"wait web --for readyy", "\"ready\"?"},
                {"start", "needs the name"},
                {"start web --lines 3", "has no option --lines"},
                {"shutdown now", "takes no arguments"},
                {"--timeout 5x wait web", "is not a span"},
                {"wait web --timeout", "needs an argument"},
                {"status --json=yes", "takes no argument"},
                {"kill web -s NOSUCH", "is not a signal"},
                {"logs --since never", "is not a point in time"},
                {"logs --invocation 3", "is not 0"},
                {"logs --lines=x", "is not a number"},
                {"logs -f --verify web", "--follow"},
                {"logs --verify --since -5min web", "whole runs"},
                {"logs --until today --verify web", "whole runs"},
                {"--socket= status", "empty path"},
                {"", "which verb"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Line line;

                parse(&line, cases[i].line);
                cr_assert_eq(line.r, -EINVAL, "%s", cases[i].line);
                cr_assert(line.error && strstr(line.error, cases[i].part), "%s: %s", cases[i].line, line.error);
                done(&line);
        }
}

Test(ctl_options, help_and_version_are_understood_everywhere)
{
        static const char *const lines[] = {"--help",      "start --help", "--help start",  "start -h web",
                                            "send --help", "--version",    "--version logs"};

        for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
                Line line;

                parse(&line, lines[i]);
                cr_assert_eq(line.r, 0, "%s: %s", lines[i], line.error);
                done(&line);
        }
}

Test(ctl_options, a_verb_that_is_not_built_is_known_whatever_follows)
{
        Line line;

        parse(&line, "daemon-reexec -5 --whatever");
        cr_assert_eq(line.r, 0, "%s", line.error);
        cr_assert_str_eq(line.options.verb->name, "daemon-reexec");
        cr_assert_null(line.options.verb->run);
        done(&line);
}

Test(ctl_options, what_is_no_option_of_send_and_ask_is_text)
{
        Line line;

        parse(&line, "send web -5 --whatever -n -f --timeout 3s");
        cr_assert_eq(line.r, 0, "%s", line.error);
        cr_assert_eq(line.options.n_arguments, 4);
        cr_assert_str_eq(line.options.arguments[1], "-5");
        cr_assert_str_eq(line.options.arguments[2], "--whatever");
        cr_assert_str_eq(line.options.arguments[3], "-f");
        cr_assert(line.options.no_newline);
        cr_assert_eq(line.options.timeout, 3 * USEC_PER_SEC);
        done(&line);

        parse(&line, "ask web --until ^>>> --lines 3");
        cr_assert_eq(line.r, -EINVAL);
        done(&line);

        parse(&line, "ask web -n -1");
        cr_assert_eq(line.r, 0, "%s", line.error);
        cr_assert(line.options.no_newline);
        cr_assert_str_eq(line.options.arguments[1], "-1");
        done(&line);

        parse(&line, "read web -n 5");
        cr_assert_eq(line.r, 0, "%s", line.error);
        cr_assert_eq(line.options.lines, 5);
        done(&line);
}

Test(ctl_options, an_error_before_json_is_told_as_json)
{
        Line line;

        parse(&line, "--bogus status --json");
        cr_assert_eq(line.r, -EINVAL);
        cr_assert(line.options.json);
        done(&line);

        parse(&line, "--bogus status -- --json");
        cr_assert(!line.options.json);
        done(&line);
}

Test(ctl_options, every_option_of_a_verb_is_one_that_exists)
{
        for (size_t i = 0; i < n_verbs; i++) {
                cr_assert_eq(verb_find(verbs[i].name), &verbs[i]);
                cr_assert_eq(verbs[i].options & OPTIONS_COMMON, 0, "%s", verbs[i].name);
                cr_assert_eq(verbs[i].options >> _OPTION_N, 0, "%s", verbs[i].name);
        }
        for (size_t i = 0; i < _OPTION_N; i++) {
                cr_assert(option_infos[i].name && option_infos[i].help);
                cr_assert_eq(option_infos[i].argument != ARGUMENT_NONE, option_infos[i].value != NULL, "%s",
                             option_infos[i].name);
        }
}
