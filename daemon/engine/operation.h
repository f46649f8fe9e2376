/* SPDX-License-Identifier: MIT */
#pragma once

/* What somebody asked for and waits for: a verb on some services, answered when each of them is done. It ends early
 * when its asker goes away; what was asked for goes on. */

#include "common/macro.h"

typedef struct Manager Manager;
typedef struct Service Service;
typedef struct Operation Operation;
struct Caller;

typedef enum OperationVerb {
        VERB_START,
        VERB_STOP,
        VERB_RESTART,
        VERB_TRY_RESTART,
        VERB_RELOAD,
        VERB_WAIT_READY,
        VERB_WAIT_ACTIVE,
        VERB_WAIT_INACTIVE,
        VERB_WAIT_FAILED,
        _OPERATION_VERB_N,
} OperationVerb;

/* How it went with one service. */
typedef struct OperationResult {
        Service *service; /* weak; NULL: it has been taken away */
        char *name;
        const char *result; /* "done", "failed", "dependency", "timeout", "skipped", "pending" */
        char *reason;       /* a sentence; NULL where all is well */
        bool is_member;     /* it was not named itself, but a target that it belongs to */
        bool settled;
} OperationResult;

typedef void (*operation_done_fn)(void *userdata, const OperationResult *results, size_t n);

/* Carries the verb out on each of `services` (which it orders itself; of a target, where the verb is not START, on
 * its members, too, which have results of their own behind the others), and calls `done` once, never from within this
 * call; frees itself then. With `no_block` done comes at once, with "pending". */
int operation_new(Manager *manager, OperationVerb verb, const struct Caller *caller, Service *const *services,
                  size_t n, bool no_block, operation_done_fn done, void *userdata, Operation **ret);
/* The asker is gone: done is not called. Returns NULL. */
Operation *operation_cancel(Operation *operation);
