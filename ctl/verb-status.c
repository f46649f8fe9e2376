/* SPDX-License-Identifier: MIT */

/* `tendctl status`: without names the overview, with names each in detail. For programs both are the rows. */

#include <stdio.h>
#include <string.h>

#include "common/strv.h"
#include "ctl/pager.h"
#include "ctl/property.h"
#include "ctl/services.h"
#include "ctl/status-print.h"
#include "ctl/unattributed.h"

/* What a person is shown beyond the common properties. */
static const char *const detail_properties[] = {
        "Id",
        "Description",
        "LoadState",
        "ActiveState",
        "SubState",
        "Result",
        "Ready",
        "Reason",
        "Health",
        "HealthError",
        "MainPID",
        "ControlPID",
        "StatusText",
        "StatusErrno",
        "NRestarts",
        "NextRestartTimestamp",
        "NeedRestart",
        "InvocationID",
        "ActiveEnterTimestamp",
        "StateChangeTimestamp",
        "ExecMainPID",
        "ExecMainStartTimestamp",
        "ExecMainExitTimestamp",
        "ExecMainCode",
        "ExecMainStatus",
        "Attached",
        "ControlGroup",
        "Pool",
        "MemoryCurrent",
        "TasksCurrent",
        "FragmentPath",
        "DropInPaths",
        NULL,
};

/* The lines of the overview, and no more: there may be a thousand. */
static const char *const overview_properties[] = {
        "Id",
        "LoadState",
        "ActiveState",
        "SubState",
        "Reason",
        "MainPID",
        "NRestarts",
        "NextRestartTimestamp",
        "NeedRestart",
        "ActiveEnterTimestamp",
        "StateChangeTimestamp",
        "MemoryCurrent",
        NULL,
};

/* NULL: what programs get. */
static char *const *wanted_properties(const Context *context, bool named)
{
        if (context->options->json)
                return NULL;
        return (char *const *) (named ? detail_properties : overview_properties);
}

static int overview(Context *context, JsonValue *rows)
{
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_json_ JsonValue *manager = NULL;
        int r;

        r = client_manager_properties(context->client, &reply, &error);
        if (r >= 0)
                r = property_read_row(reply, &manager);
        if (r >= 0)
                r = status_print_overview(context, manager, rows);
        /* Where there are cgroups, nobody gets lost. */
        if (r >= 0 && strcmp(row_string(manager, "ProcessTracking"), "cgroup") != 0)
                r = unattributed_print(context, &error);
        return r < 0 ? context_fail(context, &error, r) : STATUS_DONE;
}

static int details(Context *context, JsonValue *rows)
{
        int status = STATUS_DONE, r;

        for (size_t i = 0; i < json_object_array_length(rows); i++) {
                if (i > 0)
                        putchar('\n');
                r = status_print_service(context, json_object_array_get_idx(rows, i));
                if (r < 0)
                        return status_worse(status, context_fail(context, NULL, r));
        }
        return status;
}

static bool all_active(JsonValue *rows)
{
        for (size_t i = 0; i < json_object_array_length(rows); i++) {
                const char *state = row_string(json_object_array_get_idx(rows, i), "ActiveState");

                if (strcmp(state, "active") != 0 && strcmp(state, "reloading") != 0)
                        return false;
        }
        return true;
}

static int print(Context *context, JsonValue *rows, bool named)
{
        Pager pager;
        int status;

        if (context->options->quiet)
                return STATUS_DONE;
        if (context->options->json) {
                int r = json_print_rows(rows);

                return r < 0 ? context_fail(context, NULL, r) : STATUS_DONE;
        }
        pager_open(context, &pager);
        status = named ? details(context, rows) : overview(context, rows);
        pager_close(&pager);
        return status;
}

int verb_status(Context *context)
{
        _cleanup_json_ JsonValue *rows = NULL;
        bool named = strv_length(context_names(context)) > 0;
        int status;

        status = context_connect(context);
        if (status != STATUS_DONE)
                return status;
        status = services_list(context, context_names(context), wanted_properties(context, named), &rows);
        if (!rows)
                return status;

        status = status_worse(status, print(context, rows, named));
        return named && !all_active(rows) ? status_worse(status, STATUS_NOT_SO) : status;
}
