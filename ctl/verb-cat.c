/* SPDX-License-Identifier: MIT */

/* `tendctl cat`: definitions as they were read. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/name.h"
#include "common/strv.h"
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

typedef struct Sources {
        Context *context;
        JsonValue *rows;
        size_t n;
} Sources;

/* Adds it to the rows, for programs, or prints it. */
static int show(Sources *sources, const char *name, sd_bus_error *ret_error)
{
        const Options *options = sources->context->options;
        _cleanup_free_ char *text = NULL;
        _cleanup_json_ JsonValue *row = NULL;
        int r;

        r = cat(sources->context, name, &text, ret_error);
        if (r < 0)
                return r;
        if (!options->json && !options->quiet)
                printf("%s%s%s", sources->n > 0 ? "\n" : "", text,
                       *text && text[strlen(text) - 1] != '\n' ? "\n" : "");
        sources->n++;
        if (!options->json)
                return 0;
        row = json_object_new_object();
        if (!row)
                return -ENOMEM;
        r = json_add(row, "Id", json_object_new_string_len(name, (int) name_stem_length(name)));
        if (r >= 0)
                r = json_add(row, "Definition", json_object_new_string(text));
        if (r < 0)
                return r;
        return json_object_array_add(sources->rows, TAKE_PTR(row)) < 0 ? -ENOMEM : 0;
}

static int show_or_fail(Sources *sources, const char *name)
{
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = show(sources, name, &error);
        return r < 0 ? context_fail(sources->context, &error, r) : STATUS_DONE;
}

static int show_matching(Sources *sources, const char *pattern)
{
        static const char *const id_only[] = {"Id", NULL};
        const char *const one[] = {pattern, NULL};
        _cleanup_json_ JsonValue *rows = NULL;
        int status = services_list(sources->context, (char *const *) one, (char *const *) id_only, &rows);

        for (size_t i = 0; rows && i < json_object_array_length(rows); i++)
                status = status_worse(status,
                                      show_or_fail(sources, row_string(json_object_array_get_idx(rows, i), "Id")));
        return status;
}

/* A name need not be a service's: templates and pools have definitions, too. */
static int show_all(Sources *sources)
{
        int status = STATUS_DONE;

        STRV_FOREACH (name, context_names(sources->context))
                status = status_worse(status, services_is_glob(*name) ? show_matching(sources, *name)
                                                                      : show_or_fail(sources, *name));
        if (sources->context->options->json && !sources->context->options->quiet &&
            json_print_rows(sources->rows) < 0)
                return status_worse(status, context_fail(sources->context, NULL, -ENOMEM));
        return status;
}

int verb_cat(Context *context)
{
        _cleanup_json_ JsonValue *rows = json_object_new_array();
        Sources sources = {.context = context, .rows = rows};
        Pager pager;
        int status;

        if (!rows)
                return context_fail(context, NULL, -ENOMEM);
        status = context_connect(context);
        if (status != STATUS_DONE)
                return status;
        pager_open(context, &pager);
        status = show_all(&sources);
        pager_close(&pager);
        return status;
}
