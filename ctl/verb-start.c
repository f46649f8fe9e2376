/* SPDX-License-Identifier: MIT */

/* `tendctl start`, `stop`, `restart`, `try-restart`, `reload`: asks, waits, and where something failed says what,
 * why, and what the service printed last. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/protocol.h"
#include "ctl/operate.h"
#include "ctl/ring.h"
#include "ctl/services.h"

typedef struct VerbWords {
        const char *verb, *member, *did; /* `web could not be started` */
} VerbWords;

static const VerbWords words[] = {
        {"start", "Start", "started"},       {"stop", "Stop", "stopped"},
        {"restart", "Restart", "restarted"}, {"try-restart", "TryRestart", "restarted"},
        {"reload", "Reload", "reloaded"},
};

static const VerbWords *find_words(const char *verb)
{
        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (strcmp(words[i].verb, verb) == 0)
                        return &words[i];
        assert_not_reached();
}

static const char *error_of(const char *result)
{
        static const struct {
                const char *result, *error;
        } errors[] = {
                {"dependency", TENDED_ERROR_DEPENDENCY_FAILED},
                {"not-supported", TENDED_ERROR_NOT_SUPPORTED},
                {"not-active", TENDED_ERROR_NOT_ACTIVE},
        };

        for (size_t i = 0; i < ELEMENTSOF(errors); i++)
                if (strcmp(result, errors[i].result) == 0)
                        return errors[i].error;
        return TENDED_ERROR_FAILED;
}

/* Everything there is to say about a service that did not do what it was told. */
static void explain(Context *context, const VerbWords *word, const OperationRow *row)
{
        const char *error = error_of(row->result);
        _cleanup_free_ char *text = NULL;

        if (asprintf(&text, "%s could not be %s%s%s (it is %s now)", row->name, word->did, *row->reason ? ": " : "",
                     row->reason, row->active_state) < 0)
                return;
        failure_print(context->options->json, error, text);
        /* What its log says has to do with its own failures alone. */
        if (context->options->json || context->options->quiet || strcmp(error, TENDED_ERROR_FAILED) != 0)
                return;

        /* Where it may not be read there is nothing to be added. */
        if (ring_print_last(context, stderr, &context->err, row->name, 10, NULL) > 0)
                fprintf(stderr, "More: tendctl status %s, tendctl logs %s\n", row->name, row->name);
}

static bool is_failure(const OperationRow *row)
{
        static const char *const failures[] = {"failed", "dependency", "timeout", "not-supported", "not-active"};

        for (size_t i = 0; i < ELEMENTSOF(failures); i++)
                if (strcmp(row->result, failures[i]) == 0)
                        return true;
        return false;
}

typedef struct Outcome {
        const VerbWords *word;
        JsonValue *rows;
        int status;
} Outcome;

static int take_row(Context *context, Outcome *outcome, const OperationRow *row)
{
        int r = operate_row_to_json(row, outcome->rows);

        if (r < 0)
                return r;
        if (is_failure(row)) {
                outcome->status = status_worse(outcome->status, STATUS_FAILED);
                explain(context, outcome->word, row);
        } else if (*row->reason && strcmp(row->result, "pending") != 0) {
                context_note(context, "%s: %s", row->name, row->reason);
        }
        return 0;
}

static int operate_names(Context *context, char *const *names, void *userdata, sd_bus_error *ret_error)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        Outcome *outcome = userdata;
        bool started = false;
        OperationRow row;
        int r;

        r = operate(context, outcome->word->member, names, NULL, &reply, ret_error);
        if (r < 0)
                return r;
        while ((r = operate_next_row(reply, &started, &row)) > 0) {
                r = take_row(context, outcome, &row);
                if (r < 0)
                        return r;
        }
        return r;
}

int verb_start(Context *context)
{
        _cleanup_json_ JsonValue *rows = json_object_new_array();
        Outcome outcome = {.word = find_words(context->options->verb->name), .rows = rows};
        int status, r;

        if (!rows)
                return context_fail(context, NULL, -ENOMEM);
        status = context_connect(context);
        if (status != STATUS_DONE)
                return status;

        status = services_call(context, context_names(context), operate_names, &outcome);
        if (status == STATUS_DONE || status == STATUS_NO_SUCH_SERVICE)
                services_note_patterns(context, context_names(context), rows);
        if (context->options->json && !context->options->quiet &&
            (status == STATUS_DONE || json_object_array_length(rows) > 0)) {
                r = json_print_rows(rows);
                if (r < 0)
                        return context_fail(context, NULL, r);
        }
        return status_worse(status, outcome.status);
}
