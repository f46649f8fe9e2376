/* SPDX-License-Identifier: MIT */

/* `tendctl wait`: until the services are ready (or --for something else), or can't become so any more. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/protocol.h"
#include "ctl/operate.h"
#include "ctl/services.h"

typedef struct Outcome {
        JsonValue *rows;
        int status;
} Outcome;

static int wait_for_names(Context *context, char *const *names, void *userdata, sd_bus_error *ret_error)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        Outcome *outcome = userdata;
        bool started = false;
        OperationRow row;
        int r;

        r = operate(context, "Wait", names, context->options->wait_for, &reply, ret_error);
        if (r < 0)
                return r;
        while ((r = operate_next_row(reply, &started, &row)) > 0) {
                _cleanup_free_ char *text = NULL;

                r = operate_row_to_json(&row, outcome->rows);
                if (r < 0)
                        return r;
                if (strcmp(row.result, "done") == 0)
                        continue;
                outcome->status = status_worse(outcome->status, STATUS_FAILED);
                if (asprintf(&text, "%s will not become %s: it is %s%s%s", row.name, context->options->wait_for,
                             row.active_state, *row.reason ? ": " : "", row.reason) < 0)
                        return -ENOMEM;
                failure_print(context->options->json, TENDED_ERROR_FAILED, text);
        }
        return r;
}

int verb_wait(Context *context)
{
        _cleanup_json_ JsonValue *rows = json_object_new_array();
        Outcome outcome = {.rows = rows};
        int status, r;

        if (!rows)
                return context_fail(context, NULL, -ENOMEM);
        status = context_connect(context);
        if (status != STATUS_DONE)
                return status;

        status = services_call(context, context_names(context), wait_for_names, &outcome);
        if (status == STATUS_DONE || status == STATUS_NO_SUCH_SERVICE)
                services_note_patterns(context, context_names(context), rows);
        if (context->options->json && !context->options->quiet && status != STATUS_NO_DAEMON) {
                r = json_print_rows(rows);
                if (r < 0)
                        return context_fail(context, NULL, r);
        }
        return status_worse(status, outcome.status);
}
