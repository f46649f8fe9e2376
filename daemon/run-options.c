/* SPDX-License-Identifier: MIT */

/* The command line of `tended run`: options up to the first word that is none, or up to `--`; the rest is the
 * command, which keeps every dash it has. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/socket-path.h"
#include "common/strv.h"
#include "common/suggest.h"
#include "common/timespan.h"
#include "run.h"

typedef struct TrialOption {
        const char *name;
        char letter;
        bool has_value;
        int (*apply)(TrialOptions *options, const char *value, char **ret_error);
} TrialOption;

static int apply_config(TrialOptions *options, const char *value, char **ret_error)
{
        return strv_extend(&options->config_paths, value);
}

static int apply_timeout(TrialOptions *options, const char *value, char **ret_error)
{
        int r = timespan_parse(value, USEC_PER_SEC, &options->timeout);

        if (r < 0 &&
            asprintf(ret_error, "--timeout=%s: expected a span of time, as in 90, 1min 30s, infinity", value) < 0)
                return -ENOMEM;
        return r < 0 ? -EINVAL : 0;
}

static int apply_logs(TrialOptions *options, const char *value, char **ret_error)
{
        static const char *const words[] = {
                [TRIAL_LOGS_FAILED] = "failed",
                [TRIAL_LOGS_ALWAYS] = "always",
                [TRIAL_LOGS_NEVER] = "never",
        };

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (strcmp(words[i], value) == 0) {
                        options->logs = (TrialLogs) i;
                        return 0;
                }
        return asprintf(ret_error, "--logs=%s: expected always, failed or never", value) < 0 ? -ENOMEM : -EINVAL;
}

static int apply_log_directory(TrialOptions *options, const char *value, char **ret_error)
{
        free(options->log_directory);
        options->log_directory = NULL;
        return socket_path_absolute(value, &options->log_directory);
}

static int apply_report(TrialOptions *options, const char *value, char **ret_error)
{
        free(options->report);
        options->report = NULL;
        return socket_path_absolute(value, &options->report);
}

static int apply_strict(TrialOptions *options, const char *value, char **ret_error)
{
        options->strict = true;
        return 0;
}

static int apply_help(TrialOptions *options, const char *value, char **ret_error)
{
        options->help = true;
        return 0;
}

static const TrialOption rows[] = {
        {"config", 'c', true, apply_config}, {"timeout", 0, true, apply_timeout},
        {"logs", 0, true, apply_logs},       {"log-dir", 0, true, apply_log_directory},
        {"report", 0, true, apply_report},   {"strict", 0, false, apply_strict},
        {"help", 'h', false, apply_help},
};

const char *trial_options_help(void)
{
        return "tended run [OPTION…] -- COMMAND…\n"
               "\n"
               "Starts services, waits until all are ready, runs the command, stops everything, and leaves nothing\n"
               "behind. Exits as the command did.\n"
               "\n"
               "  -c, --config PATH     definitions: a file or a folder; repeatable. Without it ./tended.ini, or "
               "else\n"
               "                        ./conf.d\n"
               "      --timeout SPAN    until all is ready (90s); then everything is stopped, and the status is 124\n"
               "      --logs WHEN       what services print, on stderr: always, failed (the default: what they "
               "printed\n"
               "                        while the command ran, when it has failed), or never\n"
               "      --log-dir DIR     keep what services print there, a file each\n"
               "      --report FILE     write a report on services and command, as JUnit XML\n"
               "      --strict          end the command when a service fails (status 125)\n"
               "  -h, --help            this text\n"
               "\n"
               "The command finds the daemon through $TENDED_SOCKET, and ports through $TENDED_PORT_SERVICE_NAME.\n"
               "See tended(8) and tended.service(5).\n";
}

static int refuse(const char *argument, char **ret_error)
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
        if (suggestion.best)
                n = asprintf(ret_error, "unknown option %s; did you mean --%s?", argument, suggestion.best);
        else
                n = asprintf(ret_error, "unknown option %s (options of the command stand behind --)", argument);
        return n < 0 ? -ENOMEM : -EINVAL;
}

static const TrialOption *find_row(const char *argument, const char **ret_value)
{
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const TrialOption *row = &rows[i];
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

/* One option; `*argument` moves to the last word that it took. */
static int parse_one(TrialOptions *options, char ***argument, char **ret_error)
{
        const char *value = NULL, *problem = NULL;
        const TrialOption *row = find_row(**argument, &value);

        if (!row)
                return refuse(**argument, ret_error);
        if (row->has_value && !value)
                value = (*argument)[1] ? *++*argument : NULL;
        if (row->has_value && (!value || !*value))
                problem = "wants a value";
        else if (!row->has_value && value)
                problem = "takes no value";
        if (problem)
                return asprintf(ret_error, "--%s %s", row->name, problem) < 0 ? -ENOMEM : -EINVAL;
        return row->apply(options, value, ret_error);
}

/* Without -c: what lies in the working folder, never what belongs to the system. */
static int find_definitions(TrialOptions *options, char **ret_error)
{
        static const char *const places[] = {"tended.ini", "conf.d"};

        for (size_t i = 0; i < ELEMENTSOF(places); i++)
                if (access(places[i], F_OK) == 0)
                        return strv_extend(&options->config_paths, places[i]);
        *ret_error = strdup("there is neither ./tended.ini nor ./conf.d; name the definitions by -c");
        return *ret_error ? -EINVAL : -ENOMEM;
}

int trial_options_parse(TrialOptions *options, char **arguments, char **ret_error)
{
        char **argument = arguments;
        int r;

        for (; *argument && (*argument)[0] == '-' && strcmp(*argument, "--") != 0; argument++) {
                r = parse_one(options, &argument, ret_error);
                if (r < 0)
                        return r;
                if (options->help)
                        return 0;
        }
        if (*argument && strcmp(*argument, "--") == 0)
                argument++;
        options->command = argument;
        if (!*argument) {
                *ret_error = strdup("which command? tended run [OPTION…] -- COMMAND…");
                return *ret_error ? -EINVAL : -ENOMEM;
        }
        return options->config_paths ? 0 : find_definitions(options, ret_error);
}

void trial_options_done(TrialOptions *options)
{
        strv_free(options->config_paths);
        free(options->log_directory);
        free(options->report);
        *options = TRIAL_OPTIONS_NULL;
}
