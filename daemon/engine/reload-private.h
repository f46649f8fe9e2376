/* SPDX-License-Identifier: MIT */
#pragma once

/* A reload from the inside: what reading (reload.c) and applying (apply.c) share. */

#include "base/list.h"
#include "engine/manager-private.h"
#include "engine/reload.h"

/* What an apply does, one operation each, begun in this order. */
typedef enum ApplyStep {
        APPLY_STOP,
        APPLY_RESTART,
        APPLY_START,
        APPLY_FOLLOW, /* what goes with those that are restarted is waited for */
        _APPLY_STEP_N,
} ApplyStep;

typedef struct ApplyPart {
        struct Reload *reload; /* weak */
        Operation *operation;  /* frees itself when it is done; NULL: none is open */
} ApplyPart;

struct Reload {
        Manager *manager; /* weak */
        List link;        /* of those that read, or wait for that; then of those that apply */
        Caller caller;
        ReloadOptions options;
        reload_done_fn done;
        void *userdata;
        Config *config; /* read */
        Plan plan;
        Timer patience;
        Deferred begin;

        ApplyPart parts[_APPLY_STEP_N];
        unsigned n_open;
        ApplyResult *results;
        size_t n_results;
};

/* The definitions are taken: asks for what the plan wants done. `reload_answer()` follows, not from within the call.
 */
int apply_begin(Reload *reload);
void apply_done(Reload *reload);
/* Tells the asker what came of it, and frees the reload. */
void reload_answer(Reload *reload, int result);
