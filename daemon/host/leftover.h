/* SPDX-License-Identifier: MIT */
#pragma once

/* Processes that an earlier daemon on this socket left behind where it had no cgroups. They are no children of ours,
 * so all of /proc is looked through. */

#include "host/process-names.h"
#include "host/state-file.h"

typedef struct Census Census; /* everybody, as of one look */

typedef struct Leftover {
        pid_t pid; /* of the main process */
        uint64_t start;
        Id128 invocation_id; /* null: only the main process' own word counts */
        ProcessNames known;
} Leftover;

/* NULL. */
Census *census_free(Census *census);
DEFINE_CLEANUP(Census *, census_free);

/* `*census` serves for several calls where nothing has changed; NULL there: one is made. `by_id`: look for the run's
 * INVOCATION_ID too. Returns 1 where something lives, 0 where not. */
int leftover_init(Leftover *leftover, const StateFile *state, bool by_id, Census **census);
void leftover_done(Leftover *leftover);
bool leftover_is_empty(Leftover *leftover);
int leftover_collect(Leftover *leftover, ProcessNames *list);
int leftover_signal(Leftover *leftover, int signal);
/* A descriptor that becomes readable when one of them ends; the caller closes it. -ESRCH: none lives. */
int leftover_open_one(Leftover *leftover);
