/* SPDX-License-Identifier: MIT */

/* `tendctl diff` and `tendctl apply`: what new definitions mean for what runs, and doing it. Both are one call; its
 * answer is turned into rows, one a service, in which an apply has written down how it went. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/protocol.h"
#include "ctl/change-text.h"
#include "ctl/operate.h"
#include "ctl/ring.h"

static int read_directives(sd_bus_message *reply, JsonValue *row)
{
        JsonValue *array = json_object_new_array();
        const char *name, *before, *after, *takes;
        int r;

        if (json_add(row, "Directives", array) < 0)
                return -ENOMEM;
        r = sd_bus_message_enter_container(reply, 'a', "(ssss)");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_read(reply, "(ssss)", &name, &before, &after, &takes)) > 0) {
                JsonValue *item = json_object_new_object();

                if (!item || json_object_array_add(array, item) < 0) {
                        json_object_put(item);
                        return -ENOMEM;
                }
                if (json_add(item, "Directive", json_object_new_string(name)) < 0 ||
                    json_add(item, "Before", json_object_new_string(before)) < 0 ||
                    json_add(item, "After", json_object_new_string(after)) < 0 ||
                    json_add(item, "Takes", json_object_new_string(takes)) < 0)
                        return -ENOMEM;
        }
        return r < 0 ? r : sd_bus_message_exit_container(reply);
}

static int read_change(sd_bus_message *reply, JsonValue *rows)
{
        JsonValue *row = json_object_new_object();
        const char *service, *change, *takes, *action;
        int r;

        if (!row || json_object_array_add(rows, row) < 0) {
                json_object_put(row);
                return -ENOMEM;
        }
        r = sd_bus_message_read(reply, "ssss", &service, &change, &takes, &action);
        if (r < 0)
                return r;
        if (json_add(row, "Id", json_object_new_string(service)) < 0 ||
            json_add(row, "Change", json_object_new_string(change)) < 0 ||
            json_add(row, "Takes", json_object_new_string(takes)) < 0 ||
            json_add(row, "Action", json_object_new_string(action)) < 0)
                return -ENOMEM;
        return read_directives(reply, row);
}

static int read_changes(sd_bus_message *reply, JsonValue *rows)
{
        int r;

        r = sd_bus_message_enter_container(reply, 'a', "(ssssa(ssss))");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(reply, 'r', "ssssa(ssss)")) > 0) {
                r = read_change(reply, rows);
                if (r >= 0)
                        r = sd_bus_message_exit_container(reply);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : sd_bus_message_exit_container(reply);
}

static JsonValue *find_row(JsonValue *rows, const char *service)
{
        for (size_t i = 0; i < json_object_array_length(rows); i++) {
                JsonValue *row = json_object_array_get_idx(rows, i);

                if (strcmp(row_string(row, "Id"), service) == 0)
                        return row;
        }
        return NULL;
}

/* What no change is told of was dragged along by one. */
static JsonValue *add_dragged(JsonValue *rows, const char *service, const char *action)
{
        JsonValue *row = json_object_new_object();

        if (!row || json_object_array_add(rows, row) < 0) {
                json_object_put(row);
                return NULL;
        }
        if (json_add(row, "Id", json_object_new_string(service)) < 0 ||
            json_add(row, "Change", json_object_new_string("dragged")) < 0 ||
            json_add(row, "Takes", json_object_new_string("restart")) < 0 ||
            json_add(row, "Action", json_object_new_string(action)) < 0 ||
            json_add(row, "Directives", json_object_new_array()) < 0)
                return NULL;
        return row;
}

static int read_results(sd_bus_message *reply, JsonValue *rows)
{
        const char *service, *action, *result, *state, *reason;
        int r;

        r = sd_bus_message_enter_container(reply, 'a', "(sssss)");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_read(reply, "(sssss)", &service, &action, &result, &state, &reason)) > 0) {
                JsonValue *row = find_row(rows, service);

                row = row ? row : add_dragged(rows, service, action);
                if (!row || json_add(row, "Outcome", json_object_new_string(result)) < 0 ||
                    json_add(row, "ActiveState", json_object_new_string(state)) < 0 ||
                    json_add(row, "Reason", json_object_new_string(reason)) < 0)
                        return -ENOMEM;
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
                context_note(context, "%s", warning);
        return r;
}

/* What an apply could not do, as start and its sisters tell it. */
static int tell_failures(Context *context, JsonValue *rows)
{
        int status = STATUS_DONE;

        for (size_t i = 0; i < json_object_array_length(rows); i++) {
                JsonValue *row = json_object_array_get_idx(rows, i);
                const char *outcome = row_string(row, "Outcome"), *reason = row_string(row, "Reason");
                const char *name = row_string(row, "Id");
                _cleanup_free_ char *text = NULL;

                if (strcmp(outcome, "failed") != 0 && strcmp(outcome, "dependency") != 0 &&
                    strcmp(outcome, "timeout") != 0)
                        continue;
                status = STATUS_FAILED;
                if (asprintf(&text, "%s: %s failed%s%s (it is %s now)", name, row_string(row, "Action"),
                             *reason ? ": " : "", reason, row_string(row, "ActiveState")) < 0)
                        return STATUS_FAILED;
                failure_print(context->options->json, TENDED_ERROR_FAILED, text);
                if (!context->options->json && !context->options->quiet && strcmp(outcome, "failed") == 0)
                        (void) ring_print_last(context, stderr, &context->err, name, 10, NULL);
        }
        return status;
}

static int print(Context *context, JsonValue *rows, bool dry_run)
{
        _cleanup_free_ char *sum = NULL;
        int r;

        if (context->options->quiet)
                return 0;
        if (context->options->json)
                return json_print_rows(rows);
        if (json_object_array_length(rows) == 0) {
                puts("Nothing has changed.");
                return 0;
        }
        for (size_t i = 0; i < json_object_array_length(rows); i++) {
                _cleanup_free_ char *text = NULL;

                r = change_format(json_object_array_get_idx(rows, i), &context->out, &text);
                if (r < 0)
                        return r;
                fputs(text, stdout);
        }
        if (!dry_run)
                return 0;
        r = change_format_sum(rows, &sum);
        if (r < 0)
                return r;
        puts(sum);
        return 0;
}

static int append_options(const Context *context, sd_bus_message *call, bool dry_run)
{
        int r;

        r = sd_bus_message_open_container(call, 'a', "{sv}");
        if (r >= 0 && dry_run)
                r = sd_bus_message_append(call, "{sv}", "dry-run", "b", 1);
        if (r >= 0 && context->options->no_block)
                r = sd_bus_message_append(call, "{sv}", "no-block", "b", 1);
        return r < 0 ? r : sd_bus_message_close_container(call);
}

static int ask(Context *context, bool dry_run, JsonValue *rows, sd_bus_error *ret_error)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
        static char *const everything[] = {NULL};
        int r;

        r = client_new_call(context->client, "Apply", &call);
        if (r >= 0)
                r = append_options(context, call, dry_run);
        if (r >= 0)
                r = operate_call(context, call, everything, &reply, ret_error);
        if (r >= 0)
                r = read_changes(reply, rows);
        if (r >= 0)
                r = read_results(reply, rows);
        return r < 0 ? r : print_warnings(context, reply);
}

int verb_apply(Context *context)
{
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        bool is_diff = strcmp(context->options->verb->name, "diff") == 0;
        bool dry_run = is_diff || options_given(context->options, OPTION_DRY_RUN);
        _cleanup_json_ JsonValue *rows = json_object_new_array();
        int status, r;

        if (!rows)
                return context_fail(context, NULL, -ENOMEM);
        status = context_connect(context);
        if (status != STATUS_DONE)
                return status;

        r = ask(context, dry_run, rows, &error);
        if (r >= 0)
                r = print(context, rows, dry_run);
        if (r < 0)
                return context_fail(context, &error, r);
        if (is_diff)
                return json_object_array_length(rows) > 0 ? STATUS_CHANGES : STATUS_DONE;
        return tell_failures(context, rows);
}
