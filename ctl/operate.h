/* SPDX-License-Identifier: MIT */
#pragma once

/* Calls that take as long as they take: a progress line for a person, a bound where --timeout gives one. */

#include "ctl/context.h"

/* One row of an answer: a service, how it went, its state, and why. Borrowed from the message. */
typedef struct OperationRow {
        const char *name, *result, *active_state, *reason;
} OperationRow;

/* Sends `call` and waits for its answer; `names` are those whose states the progress line tells (empty: all).
 * -ETIMEDOUT: --timeout is over, with a sentence that says what goes on. Else as client_call(). */
int operate_call(Context *context, sd_bus_message *call, char *const *names, sd_bus_message **ret_reply,
                 sd_bus_error *ret_error);

/* Calls `member` (as names, [s word,] a{sv} options) -> a(ssss). `word` NULL: there is none. */
int operate(Context *context, const char *member, char *const *names, const char *word, sd_bus_message **ret_reply,
            sd_bus_error *ret_error);

/* Reads a(ssss) row by row: 1, or 0 at its end. Enters the array at the first call (`*started` false). */
int operate_next_row(sd_bus_message *reply, bool *started, OperationRow *ret);
/* Adds it to an array, for --json. */
int operate_row_to_json(const OperationRow *row, JsonValue *array);
