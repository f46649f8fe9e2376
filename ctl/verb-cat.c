/* SPDX-License-Identifier: MIT */

/* `tendctl cat`: definitions as they were read. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl/pager.h"
#include "ctl/services.h"

static int cat(Context *context, const char *name, char **ret, sd_bus_error *ret_error)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
        const char *text;
        char *copy;
        int r;

        r = client_new_call(context->client, "Cat", &call);
        if (r < 0)
                return r;
        r = sd_bus_message_append(call, "s", name);
        if (r < 0)
                return r;
        r = client_call(context->client, call, &reply, ret_error);
        if (r < 0)
                return r;
        r = sd_bus_message_read(reply, "s", &text);
        if (r < 0)
                return r;
        copy = strdup(text);
        if (!copy)
                return -ENOMEM;
        *ret = copy;
        return 0;
}

/* Adds it to the row, for programs, or prints it. */
static int show(Context *context, JsonValue *row, size_t index, sd_bus_error *ret_error)
{
        _cleanup_free_ char *text = NULL;
        int r;

        r = cat(context, row_string(row, "Id"), &text, ret_error);
        if (r < 0)
                return r;
        if (context->options->json)
                return json_add(row, "Definition", json_object_new_string(text));
        if (!context->options->quiet)
                printf("%s%s%s", index > 0 ? "\n" : "", text, *text && text[strlen(text) - 1] != '\n' ? "\n" : "");
        return 0;
}

static int cat_rows(Context *context, JsonValue *rows)
{
        int status = STATUS_DONE, r;

        for (size_t i = 0; i < json_object_array_length(rows); i++) {
                _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;

                r = show(context, json_object_array_get_idx(rows, i), i, &error);
                if (r < 0)
                        return status_worse(status, context_fail(context, &error, r));
        }
        if (context->options->json && !context->options->quiet) {
                r = json_print_rows(rows);
                if (r < 0)
                        return context_fail(context, NULL, r);
        }
        return status;
}

int verb_cat(Context *context)
{
        static const char *const id_only[] = {"Id", NULL};
        _cleanup_json_ JsonValue *rows = NULL;
        Pager pager;
        int status;

        status = context_connect(context);
        if (status != STATUS_DONE)
                return status;
        status = services_list(context, context_names(context), (char *const *) id_only, &rows);
        if (!rows)
                return status;

        pager_open(context, &pager);
        status = status_worse(status, cat_rows(context, rows));
        pager_close(&pager);
        return status;
}
