/* SPDX-License-Identifier: MIT */

/* The command line, by a table: `--option VALUE`, `--option=VALUE`, `-cVALUE`; a wrong option gets the nearest right
 * one. */

#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/strv.h"
#include "common/suggest.h"

typedef struct OptionRow {
        const char *name; /* without its dashes */
        char letter;
        bool has_value;
        int (*apply)(Options *options, const char *value, char **ret_error);
} OptionRow;

static int apply_config(Options *options, const char *value, char **ret_error)
{
        return strv_extend(&options->config_paths, value);
}

static int apply_socket(Options *options, const char *value, char **ret_error)
{
        char *copy = strdup(value);

        if (!copy)
                return -ENOMEM;
        free(options->socket);
        options->socket = copy;
        return 0;
}

static int apply_log_target(Options *options, const char *value, char **ret_error)
{
        static const struct {
                const char *name;
                LogTarget target;
        } targets[] = {
                {"auto", LOG_TARGET_AUTO},
                {"journal", LOG_TARGET_JOURNAL},
                {"console", LOG_TARGET_CONSOLE},
                {"null", LOG_TARGET_NULL},
        };
        Suggestion suggestion = SUGGESTION(value);

        options->log_target_given = true;
        if (strncmp(value, "file:", 5) == 0 && value[5] == '/') {
                options->log_target = LOG_TARGET_FILE;
                free(options->log_directory);
                options->log_directory = strdup(value + 5);
                return options->log_directory ? 0 : -ENOMEM;
        }
        for (size_t i = 0; i < ELEMENTSOF(targets); i++) {
                if (strcmp(targets[i].name, value) == 0) {
                        options->log_target = targets[i].target;
                        return 0;
                }
                suggestion_consider(&suggestion, targets[i].name);
        }

        if (asprintf(ret_error,
                     "--log-target=%s: expected auto, journal, console, null or file: with the absolute path of a "
                     "folder%s%s%s",
                     value, suggestion.best ? "; did you mean " : "", suggestion.best ? suggestion.best : "",
                     suggestion.best ? "?" : "") < 0)
                return -ENOMEM;
        return -EINVAL;
}

static int apply_user(Options *options, const char *value, char **ret_error)
{
        options->mode = MODE_USER;
        return 0;
}

static int apply_system(Options *options, const char *value, char **ret_error)
{
        options->mode = MODE_SYSTEM;
        return 0;
}

static int apply_check(Options *options, const char *value, char **ret_error)
{
        options->action = ACTION_CHECK;
        return 0;
}

static int apply_help(Options *options, const char *value, char **ret_error)
{
        options->action = ACTION_HELP;
        return 0;
}

static int apply_version(Options *options, const char *value, char **ret_error)
{
        options->action = ACTION_VERSION;
        return 0;
}

static const OptionRow rows[] = {
        {"config", 'c', true, apply_config},       {"socket", 0, true, apply_socket},
        {"log-target", 0, true, apply_log_target}, {"user", 0, false, apply_user},
        {"system", 0, false, apply_system},        {"check", 0, false, apply_check},
        {"help", 'h', false, apply_help},          {"version", 0, false, apply_version},
};

const char *options_help(void)
{
        return "tended [OPTION…]\n"
               "tended --check [-c PATH]…\n"
               "tended run [OPTION…] -- COMMAND…\n"
               "\n"
               "Supervises long-running child services: starts them in order, logs their output line by line,\n"
               "starts again what dies, and stops everything in order. Runs in the foreground.\n"
               "\n"
               "  -c, --config PATH     definitions: a file or a folder, instead of the usual folders; repeatable\n"
               "      --socket PATH     the control socket\n"
               "      --log-target T    auto, journal, console, null or file:DIR\n"
               "      --user            places of the user; the default where not root\n"
               "      --system          places of the system; the default as root\n"
               "      --check           only read the definitions, tell every mistake, and exit 1 if there is one\n"
               "  -h, --help            this text\n"
               "      --version         the version\n"
               "\n"
               "tended run starts services for as long as a command takes: a test environment. It has a --help of "
               "its own.\n"
               "\n"
               "SIGTERM, SIGINT: ordered shutdown (a second SIGINT: at once). SIGHUP: read the definitions again.\n"
               "tendctl(1) operates it. See tended(8) and tended.service(5).\n";
}

static int unknown(const char *argument, char **ret_error)
{
        _cleanup_free_ char *name = strdup(argument + strspn(argument, "-"));
        Suggestion suggestion;
        int n;

        if (!name)
                return -ENOMEM;
        name[strcspn(name, "=")] = '\0';
        suggestion = SUGGESTION(name);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                suggestion_consider(&suggestion, rows[i].name);

        if (argument[0] != '-')
                n = asprintf(ret_error, "%s: tended takes no such argument; tendctl operates services", argument);
        else if (suggestion.best)
                n = asprintf(ret_error, "unknown option %s; did you mean --%s?", argument, suggestion.best);
        else
                n = asprintf(ret_error, "unknown option %s", argument);
        return n < 0 ? -ENOMEM : -EINVAL;
}

/* The row of an argument, and its value where it stands in the same word. */
static const OptionRow *find_row(const char *argument, const char **ret_value)
{
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const OptionRow *row = &rows[i];
                size_t length = strlen(row->name);

                if (row->letter && argument[0] == '-' && argument[1] == row->letter &&
                    (row->has_value || argument[2] == '\0')) {
                        *ret_value = argument[2] ? argument + 2 : NULL;
                        return row;
                }
                if (strncmp(argument, "--", 2) != 0 || strncmp(argument + 2, row->name, length) != 0)
                        continue;
                if (argument[2 + length] == '\0' || argument[2 + length] == '=') {
                        *ret_value = argument[2 + length] ? argument + 3 + length : NULL;
                        return row;
                }
        }
        return NULL;
}

static int parse_one(Options *options, char **argv, int *i, char **ret_error)
{
        const char *value = NULL;
        const OptionRow *row = find_row(argv[*i], &value);
        const char *problem = NULL;

        if (!row)
                return unknown(argv[*i], ret_error);
        if (row->has_value && !value)
                value = argv[*i + 1] ? argv[++*i] : NULL;

        if (row->has_value && !value)
                problem = "wants a value";
        else if (row->has_value && !*value)
                problem = "wants a value that isn't empty";
        else if (!row->has_value && value)
                problem = "takes no value";
        if (problem)
                return asprintf(ret_error, "--%s %s", row->name, problem) < 0 ? -ENOMEM : -EINVAL;
        return row->apply(options, value, ret_error);
}

int options_parse(Options *options, int argc, char **argv, char **ret_error)
{
        int r;

        for (int i = 1; i < argc; i++) {
                if (strcmp(argv[i], "run") == 0) {
                        /* What follows belongs to it. */
                        options->action = ACTION_TEST;
                        options->trial_arguments = argv + i + 1;
                        return 0;
                }
                r = parse_one(options, argv, &i, ret_error);
                if (r < 0)
                        return r;
                if (options->action == ACTION_HELP || options->action == ACTION_VERSION)
                        return 0;
        }
        return 0;
}

void options_done(Options *options)
{
        strv_free(options->config_paths);
        free(options->socket);
        free(options->log_directory);
        *options = OPTIONS_NULL;
}
