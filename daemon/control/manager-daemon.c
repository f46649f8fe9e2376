/* SPDX-License-Identifier: MIT */

/* The methods that do something with the daemon: new definitions, and the end. */

#include <errno.h>
#include <string.h>

#include "common/protocol.h"
#include "common/strv.h"
#include "control/call-options.h"
#include "control/errors.h"
#include "control/manager-methods.h"
#include "control/requests.h"
#include "control/wire.h"
#include "engine/manager.h"

/* Of an error's sentence, which holds every error of every file. */
#define REPORT_MAX (64 * 1024)

static int append_changes(sd_bus_message *reply, const ServiceChange *changes, size_t n)
{
        int r;

        r = sd_bus_message_open_container(reply, 'a', "(sss)");
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = sd_bus_message_append(reply, "(sss)", changes[i].service, changes[i].change, changes[i].takes);
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

static int answer_changes(sd_bus_message *call, const ReloadOutcome *outcome)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(strv_freep) char **warnings = NULL;
        int r;

        r = collect(outcome->diagnostics, SEVERITY_WARNING, &warnings);
        if (r < 0)
                return r;
        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = append_changes(reply, outcome->changes, outcome->n_changes);
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

static int answer_reload(sd_bus_message *call, const ReloadOutcome *outcome, sd_bus_error *error)
{
        if (outcome->result >= 0)
                return answer_changes(call, outcome);
        if (outcome->result == -EBADMSG)
                return answer_errors(outcome->diagnostics, error);
        return control_error_errno(error, outcome->result, "Can't reload");
}

int method_daemon_reload(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        Connection *connection = userdata;
        int r;

        r = connection_check_privileged(connection, error);
        return r < 0 ? r : request_reload(connection, call, answer_reload, error);
}

int method_shutdown(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        Connection *connection = userdata;
        CallOptions options;
        int r;

        r = connection_check_privileged(connection, error);
        if (r < 0)
                return r;
        r = call_options_read(call, OPTION_NOW, &options, error);
        if (r < 0)
                return r;

        r = request_shutdown(connection, call, error);
        if (r < 0)
                return r;
        manager_shutdown(connection->manager, options.now);
        return r;
}
