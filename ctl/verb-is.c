/* SPDX-License-Identifier: MIT */

/* `tendctl is-active`, `is-ready`, `is-failed`: a question for scripts. The answer is the exit status, 0 only if it
 * is so of all; the words on stdout are for people. */

#include <stdio.h>
#include <string.h>

#include "ctl/services.h"

static bool is_so(const char *verb, JsonValue *row)
{
        const char *state = row_string(row, "ActiveState");

        if (strcmp(verb, "is-ready") == 0)
                return row_bool(row, "Ready");
        if (strcmp(verb, "is-failed") == 0)
                return strcmp(state, "failed") == 0;
        return strcmp(state, "active") == 0 || strcmp(state, "reloading") == 0;
}

static void print_answer(const Context *context, const char *verb, JsonValue *row)
{
        if (context->options->quiet)
                return;
        if (strcmp(verb, "is-ready") == 0)
                printf("%s\n", row_bool(row, "Ready") ? "ready" : "not-ready");
        else
                printf("%s\n", row_string(row, "ActiveState"));
}

int verb_is(Context *context)
{
        const char *verb = context->options->verb->name;
        _cleanup_json_ JsonValue *rows = NULL;
        int status, r;

        status = context_connect(context);
        if (status != STATUS_DONE)
                return status;
        status = services_list(context, context_names(context), NULL, &rows);
        if (!rows)
                return status;

        for (size_t i = 0; i < json_object_array_length(rows); i++) {
                JsonValue *row = json_object_array_get_idx(rows, i);

                if (!is_so(verb, row))
                        status = status_worse(status, STATUS_NOT_SO);
                if (!context->options->json)
                        print_answer(context, verb, row);
        }
        if (context->options->json && !context->options->quiet) {
                r = json_print_rows(rows);
                if (r < 0)
                        return status_worse(status, context_fail(context, NULL, r));
        }
        return status;
}
