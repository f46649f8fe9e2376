/* SPDX-License-Identifier: MIT */
#pragma once

/* Calls whose answer takes its time. */

#include <systemd/sd-bus.h>

#include "control/connection.h"
#include "engine/operation.h"
#include "engine/reload.h"
#include "engine/transient.h"

typedef struct RequestOptions {
        OperationVerb verb;
        const char *verb_name; /* for the log */
        bool no_block;
} RequestOptions;

/* Carries the verb out on the services, and answers `call` when it is done. Returns 1, as a handler does whose answer
 * comes later. */
int request_operation(Connection *connection, sd_bus_message *call, const RequestOptions *options,
                      Service *const *services, size_t n, sd_bus_error *error);
/* Reads the definitions again; `answer` makes the reply out of what came of it (an sd-bus error or a message).
 * Returns 1. */
typedef int (*reload_answer_fn)(sd_bus_message *call, const ReloadOutcome *outcome, sd_bus_error *error);
typedef struct ReloadRequest {
        const char *verb; /* for the log */
        reload_answer_fn answer;
        ReloadOptions options;
} ReloadRequest;
int request_reload(Connection *connection, sd_bus_message *call, const ReloadRequest *wanted, sd_bus_error *error);
/* Makes a transient service, and answers `call` when it is over (`wanted->waited`), or when it runs or is known to
 * wait. Where the connection ends before it is over, it is stopped. Returns 1. */
int request_run(Connection *connection, sd_bus_message *call, const TransientRequest *wanted, sd_bus_error *error);
/* The connection's transient services go on without it; their names are appended to `names`, their calls are not
 * answered. */
int requests_detach_runs(Connection *connection, char ***names);
/* Answers `call` by requests_answer_shutdown(). Returns 1. */
int request_shutdown(Connection *connection, sd_bus_message *call, sd_bus_error *error);

void requests_answer_shutdown(Connection *connection);
/* Nobody waits any more. */
void requests_cancel(Connection *connection);
