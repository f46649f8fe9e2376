/* SPDX-License-Identifier: MIT */

/* Starting and stopping take time. A person at a terminal is told after a second which service is in what state; the
 * question goes over the same connection as the call that is waited for, so it is a sign of life as well. */

#include "ctl/operate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/protocol.h"
#include "common/strv.h"
#include "common/timespan.h"
#include "ctl/display.h"
#include "ctl/property.h"
#include "ctl/services.h"
#include "ctl/time-text.h"

#define TICK USEC_PER_SEC

typedef struct Progress {
        Context *context;
        char *const *names;
        usec_t started;
        sd_bus_slot *slot;
        bool asked; /* an answer is on its way */
        bool shown; /* there is a line to be wiped */
} Progress;

static void wipe(Progress *progress)
{
        if (progress->shown)
                fputs("\r\x1b[K", stderr);
        progress->shown = false;
}

static bool is_on_its_way(JsonValue *row)
{
        const char *state = row_string(row, "ActiveState");

        return strcmp(state, "activating") == 0 || strcmp(state, "deactivating") == 0 ||
               strcmp(state, "reloading") == 0;
}

/* `web: activating (start), db: …`, as much as there is room for. */
static char *describe(JsonValue *rows, size_t *ret_n)
{
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        *ret_n = 0;
        if (!f)
                return NULL;
        for (size_t i = 0; i < json_object_array_length(rows); i++) {
                JsonValue *row = json_object_array_get_idx(rows, i);
                const char *reason = row_string(row, "Reason");
                char state[PROPERTY_STATE_MAX];

                if (!is_on_its_way(row) || (*ret_n)++ >= 5)
                        continue;
                fprintf(f, "%s%s: %s", *ret_n > 1 ? "; " : "", row_string(row, "Id"), property_state(row, state));
                if (*reason)
                        fprintf(f, ", %s", reason);
        }
        if (fclose(f) != 0) {
                free(text);
                return NULL;
        }
        return text;
}

static void draw(Progress *progress, JsonValue *rows)
{
        const Style *style = &progress->context->err;
        _cleanup_free_ char *text = NULL, *safe = NULL, *line = NULL, *cut = NULL;
        char span[TIMESPAN_MAX];
        size_t n;

        text = describe(rows, &n);
        if (!text)
                return;
        safe = display_safe(text, strlen(text), false);
        timespan_format(span, sizeof(span), time_now_monotonic() - progress->started, USEC_PER_SEC);
        if (!safe || asprintf(&line, "[%s] %s%s", span, n > 0 ? safe : "waiting", n > 5 ? "; ..." : "") < 0)
                return;
        cut = display_cut(line, style->columns > 1 ? style->columns - 1 : 79, style_ellipsis(style));
        if (!cut)
                return;
        fprintf(stderr, "\r\x1b[K%s%s%s", style_on(style, STYLE_DIM), cut, style_off(style, STYLE_DIM));
        (void) fflush(stderr);
        progress->shown = true;
}

static int on_states(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error)
{
        Progress *progress = userdata;
        _cleanup_json_ JsonValue *rows = NULL;

        progress->asked = false;
        if (!sd_bus_message_is_method_error(reply, NULL) && property_read_rows(reply, &rows) >= 0)
                draw(progress, rows);
        return 1;
}

static void on_tick(void *userdata)
{
        static const char *const wanted[] = {"Id", "ActiveState", "SubState", "Reason", NULL};
        Progress *progress = userdata;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;

        if (progress->asked)
                return;
        if (services_new_query(progress->context, progress->names, (char *const *) wanted, &call) < 0)
                return;
        progress->slot = sd_bus_slot_unref(progress->slot);
        if (client_send(progress->context->client, call, on_states, progress, &progress->slot) >= 0)
                progress->asked = true;
}

static int set_timed_out(const Context *context, sd_bus_error *error)
{
        const char *verb = context->options->verb->name;
        char span[TIMESPAN_MAX];

        timespan_format(span, sizeof(span), context->options->timeout, 1);
        if (strcmp(verb, "wait") == 0)
                return failure_set(error, -ETIMEDOUT, TENDED_ERROR_TIMED_OUT, "timed out after %s: not %s yet", span,
                                   context->options->wait_for);
        return failure_set(error, -ETIMEDOUT, TENDED_ERROR_TIMED_OUT,
                           "timed out after %s: %s has not ended, and goes on", span, verb);
}

int operate_call(Context *context, sd_bus_message *call, char *const *names, sd_bus_message **ret_reply,
                 sd_bus_error *ret_error)
{
        const Options *options = context->options;
        Progress progress = {.context = context, .names = names, .started = time_now_monotonic()};
        ClientWait wait = {.timeout = options->timeout};
        int r;

        if (context->err.terminal && context->err.colours && !options->quiet && !options->json)
                wait = (ClientWait){
                        .timeout = options->timeout, .on_tick = on_tick, .tick = TICK, .userdata = &progress};

        r = client_call_long(context->client, call, &wait, ret_reply, ret_error);
        sd_bus_slot_unref(progress.slot);
        wipe(&progress);
        return r == -ETIMEDOUT ? set_timed_out(context, ret_error) : r;
}

static int append_options(const Context *context, sd_bus_message *call)
{
        if (!context->options->no_block)
                return sd_bus_message_append(call, "a{sv}", 0);
        return sd_bus_message_append(call, "a{sv}", 1, "no-block", "b", 1);
}

int operate(Context *context, const char *member, char *const *names, const char *word, sd_bus_message **ret_reply,
            sd_bus_error *ret_error)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r;

        r = client_new_call(context->client, member, &call);
        if (r < 0)
                return r;
        r = sd_bus_message_append_strv(call, (char **) names);
        if (r < 0)
                return r;
        if (word) {
                r = sd_bus_message_append_basic(call, 's', word);
                if (r < 0)
                        return r;
        }
        r = append_options(context, call);
        if (r < 0)
                return r;
        return operate_call(context, call, names, ret_reply, ret_error);
}

int operate_next_row(sd_bus_message *reply, bool *started, OperationRow *ret)
{
        int r;

        if (!*started) {
                r = sd_bus_message_enter_container(reply, 'a', "(ssss)");
                if (r < 0)
                        return r;
                *started = true;
        }
        return sd_bus_message_read(reply, "(ssss)", &ret->name, &ret->result, &ret->active_state, &ret->reason);
}

int operate_row_to_json(const OperationRow *row, JsonValue *array)
{
        JsonValue *object = json_object_new_object();

        if (!object || json_object_array_add(array, object) < 0) {
                json_object_put(object);
                return -ENOMEM;
        }
        if (json_add(object, "Id", json_object_new_string(row->name)) < 0 ||
            json_add(object, "Outcome", json_object_new_string(row->result)) < 0 ||
            json_add(object, "ActiveState", json_object_new_string(row->active_state)) < 0 ||
            json_add(object, "Reason", json_object_new_string(row->reason)) < 0)
                return -ENOMEM;
        return 0;
}
