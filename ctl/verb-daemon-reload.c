/* SPDX-License-Identifier: MIT */

/* `tendctl daemon-reload`: what changed in the definitions, and what it takes to have it. No process is touched. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl/operate.h"
#include "ctl/table.h"

typedef struct Change {
        const char *service, *change, *takes; /* borrowed from the message */
} Change;

static const TableColumn columns[] = {{.header = "SERVICE"}, {.header = "CHANGE"}, {.header = "TAKES"}};

/* What the daemon's word means for the person who changed the file. */
static const char *takes_in_words(const char *service, const char *takes)
{
        if (strncmp(service, "[daemon] ", 9) == 0 && strcmp(takes, "restart") == 0)
                return "restart of the daemon needed";
        if (service[0] == '[' && strcmp(takes, "next-start") == 0)
                return "in effect at the next start of each service";
        if (strcmp(takes, "live") == 0)
                return "in effect now";
        if (strcmp(takes, "next-start") == 0)
                return "in effect at its next start";
        if (strcmp(takes, "restart") == 0)
                return "restart needed";
        return "";
}

static int add_json(JsonValue *array, const Change *change)
{
        JsonValue *object = json_object_new_object();

        if (!object || json_object_array_add(array, object) < 0) {
                json_object_put(object);
                return -ENOMEM;
        }
        if (json_add(object, "Id", json_object_new_string(change->service)) < 0 ||
            json_add(object, "Change", json_object_new_string(change->change)) < 0 ||
            json_add(object, "Takes", json_object_new_string(change->takes)) < 0)
                return -ENOMEM;
        return 0;
}

static int add_row(Table *table, const Change *change)
{
        int r;

        r = table_add(table, change->service, STYLE_PLAIN);
        if (r < 0)
                return r;
        r = table_add(table, change->change, STYLE_BOLD);
        if (r < 0)
                return r;
        return table_add(table, takes_in_words(change->service, change->takes),
                         strcmp(change->takes, "restart") == 0 ? STYLE_WARN : STYLE_PLAIN);
}

static int read_changes(sd_bus_message *reply, Table *table, JsonValue *array)
{
        Change change;
        int r;

        r = sd_bus_message_enter_container(reply, 'a', "(sss)");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_read(reply, "(sss)", &change.service, &change.change, &change.takes)) > 0) {
                r = add_json(array, &change);
                if (r < 0)
                        return r;
                r = add_row(table, &change);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : sd_bus_message_exit_container(reply);
}

static int print_warnings(const Context *context, sd_bus_message *reply)
{
        const char *warning;
        int r;

        r = sd_bus_message_enter_container(reply, 'a', "s");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_read(reply, "s", &warning)) > 0)
                if (!context->options->quiet && !context->options->json)
                        fprintf(stderr, "%s\n", warning);
        return r;
}

static int print_report(Context *context, sd_bus_message *reply)
{
        _cleanup_(table_freep) Table *table = NULL;
        _cleanup_json_ JsonValue *array = json_object_new_array();
        _cleanup_free_ char *text = NULL;
        int r;

        if (!array)
                return -ENOMEM;
        r = table_new(columns, ELEMENTSOF(columns), &table);
        if (r < 0)
                return r;
        r = read_changes(reply, table, array);
        if (r < 0)
                return r;
        r = print_warnings(context, reply);
        if (r < 0 || context->options->quiet)
                return r;

        if (context->options->json)
                return json_print_rows(array);
        if (json_object_array_length(array) == 0) {
                puts("Nothing has changed.");
                return 0;
        }
        r = table_format(table, &context->out, true, &text);
        if (r < 0)
                return r;
        fputs(text, stdout);
        return 0;
}

int verb_daemon_reload(Context *context)
{
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
        static char *const everything[] = {NULL};
        int status, r;

        status = context_connect(context);
        if (status != STATUS_DONE)
                return status;

        r = client_new_call(context->client, "DaemonReload", &call);
        if (r >= 0)
                r = operate_call(context, call, everything, &reply, &error);
        if (r >= 0)
                r = print_report(context, reply);
        return r < 0 ? context_fail(context, &error, r) : STATUS_DONE;
}
