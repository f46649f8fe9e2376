/* SPDX-License-Identifier: MIT */

/* The methods that bring new definitions: DaemonReload takes them, Apply does what they ask for as well, and Apply
 * with "dry-run" tells what it would do. The engine says what changed and how it went; here that becomes rows. */

#include <errno.h>
#include <string.h>

#include "common/protocol.h"
#include "common/strv.h"
#include "control/call-options.h"
#include "control/errors.h"
#include "control/manager-methods.h"
#include "control/requests.h"
#include "control/wire.h"

/* Of an error's sentence, which holds every error of every file. */
#define REPORT_MAX (64 * 1024)
/* Of one value of a directive: enough to know it again. */
#define VALUE_MAX  200

/* A value, cut where it is long. */
static int append_value(sd_bus_message *reply, const char *value)
{
        _cleanup_free_ char *cut = NULL;

        if (strlen(value) <= VALUE_MAX)
                return wire_append_string(reply, value);
        if (asprintf(&cut, "%.*s...", diagnostic_shown(value, VALUE_MAX), value) < 0)
                return -ENOMEM;
        return wire_append_string(reply, cut);
}

static int append_directives(sd_bus_message *reply, const DirectiveChanges *changes)
{
        int r;

        r = sd_bus_message_open_container(reply, 'a', "(ssss)");
        for (size_t i = 0; r >= 0 && i < changes->n; i++) {
                const DirectiveChange *change = &changes->items[i];

                r = sd_bus_message_open_container(reply, 'r', "ssss");
                if (r >= 0)
                        r = sd_bus_message_append(reply, "s", change->name);
                if (r >= 0)
                        r = append_value(reply, change->before);
                if (r >= 0)
                        r = append_value(reply, change->after);
                if (r >= 0)
                        r = sd_bus_message_append(reply, "s", change_takes_to_string(change->takes));
                if (r >= 0)
                        r = sd_bus_message_close_container(reply);
        }
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_changes(sd_bus_message *reply, const ServiceChange *changes, size_t n)
{
        int r;

        r = sd_bus_message_open_container(reply, 'a', "(ssssa(ssss))");
        for (size_t i = 0; r >= 0 && i < n; i++) {
                const ServiceChange *change = &changes[i];

                /* Said otherwise, it means the same. */
                if (strcmp(change->takes, "nothing") == 0 && change->directives.n == 0)
                        continue;
                r = sd_bus_message_open_container(reply, 'r', "ssssa(ssss)");
                if (r >= 0)
                        r = sd_bus_message_append(reply, "ssss", change->service, change->change, change->takes,
                                                  change->action);
                if (r >= 0)
                        r = append_directives(reply, &change->directives);
                if (r >= 0)
                        r = sd_bus_message_close_container(reply);
        }
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

/* As DaemonReload tells them: what an earlier one has told already is not told again. */
static int append_short_changes(sd_bus_message *reply, const ServiceChange *changes, size_t n)
{
        int r;

        r = sd_bus_message_open_container(reply, 'a', "(sss)");
        for (size_t i = 0; r >= 0 && i < n; i++)
                if (strcmp(changes[i].change, "pending") != 0 && strcmp(changes[i].change, "wanted") != 0)
                        r = sd_bus_message_append(reply, "(sss)", changes[i].service, changes[i].change,
                                                  changes[i].takes);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_applied(sd_bus_message *reply, const ApplyResult *results, size_t n)
{
        int r;

        r = sd_bus_message_open_container(reply, 'a', "(sssss)");
        for (size_t i = 0; r >= 0 && i < n; i++) {
                const ApplyResult *result = &results[i];

                r = sd_bus_message_open_container(reply, 'r', "sssss");
                if (r >= 0)
                        r = sd_bus_message_append(reply, "ssss", result->service, result->action, result->result,
                                                  result->active_state);
                if (r >= 0)
                        r = wire_append_string(reply, result->reason);
                if (r >= 0)
                        r = sd_bus_message_close_container(reply);
        }
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int collect(const Diagnostics *diagnostics, Severity severity, char ***ret)
{
        _cleanup_(strv_freep) char **lines = NULL;
        size_t size = 0;

        for (size_t i = 0; i < diagnostics->n && size < REPORT_MAX; i++) {
                char *line;

                if (diagnostics->items[i].severity != severity)
                        continue;
                line = diagnostic_format(&diagnostics->items[i]);
                if (!line)
                        return -ENOMEM;
                size += strlen(line) + 1;
                if (strv_consume(&lines, line) < 0)
                        return -ENOMEM;
        }
        *ret = TAKE_PTR(lines);
        return 0;
}

typedef int (*append_fn)(sd_bus_message *reply, const ReloadOutcome *outcome);

static int append_reload(sd_bus_message *reply, const ReloadOutcome *outcome)
{
        return append_short_changes(reply, outcome->changes, outcome->n_changes);
}

static int append_apply(sd_bus_message *reply, const ReloadOutcome *outcome)
{
        int r = append_changes(reply, outcome->changes, outcome->n_changes);

        return r < 0 ? r : append_applied(reply, outcome->applied, outcome->n_applied);
}

static int answer_changes(sd_bus_message *call, const ReloadOutcome *outcome, append_fn append)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(strv_freep) char **warnings = NULL;
        int r;

        r = collect(outcome->diagnostics, SEVERITY_WARNING, &warnings);
        if (r < 0)
                return r;
        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = append(reply, outcome);
        if (r >= 0)
                r = wire_append_strv(reply, warnings);
        return r < 0 ? r : sd_bus_message_send(reply);
}

static int answer_errors(const Diagnostics *diagnostics, sd_bus_error *error)
{
        _cleanup_(strv_freep) char **errors = NULL;
        _cleanup_free_ char *text = NULL, *clean = NULL;
        int r;

        r = collect(diagnostics, SEVERITY_ERROR, &errors);
        if (r < 0)
                return r;
        text = strv_join(errors, "\n");
        if (!text)
                return -ENOMEM;
        r = wire_clean(text, &clean);
        if (r < 0)
                return r;
        return control_error(error, TENDED_ERROR_BAD_SETTING, "%s", *clean ? clean : "out of memory");
}

static int answer(sd_bus_message *call, const ReloadOutcome *outcome, append_fn append, sd_bus_error *error)
{
        if (outcome->result >= 0)
                return answer_changes(call, outcome, append);
        if (outcome->result == -EBADMSG)
                return answer_errors(outcome->diagnostics, error);
        return control_error_errno(error, outcome->result, "Can't reload");
}

static int answer_reload(sd_bus_message *call, const ReloadOutcome *outcome, sd_bus_error *error)
{
        return answer(call, outcome, append_reload, error);
}

static int answer_apply(sd_bus_message *call, const ReloadOutcome *outcome, sd_bus_error *error)
{
        return answer(call, outcome, append_apply, error);
}

int method_daemon_reload(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        static const ReloadRequest request = {.verb = "daemon-reload", .answer = answer_reload};
        Connection *connection = userdata;
        int r;

        r = connection_check_privileged(connection, error);
        return r < 0 ? r : request_reload(connection, call, &request, error);
}

int method_apply(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        Connection *connection = userdata;
        CallOptions options;
        int r;

        /* What changes may hold secrets: who may not change anything may not look either. */
        r = connection_check_privileged(connection, error);
        if (r < 0)
                return r;
        r = call_options_read(call, OPTION_DRY_RUN | OPTION_NO_BLOCK, &options, error);
        if (r < 0)
                return r;
        return request_reload(connection, call,
                              &(ReloadRequest){.verb = "apply",
                                               .answer = answer_apply,
                                               .options = {.mode = options.dry_run ? RELOAD_LOOK : RELOAD_APPLY,
                                                           .no_block = options.no_block}},
                              error);
}
