/* SPDX-License-Identifier: MIT */
#pragma once

/* New definitions: read as a whole, and taken as a whole or not at all; what they mean for what runs is told, and
 * done where that is asked for. */

#include "core/diagnostic.h"
#include "engine/manager.h"
#include "engine/plan.h"

typedef struct Reload Reload;

/* How it went with one service of an apply. */
typedef struct ApplyResult {
        char *service;
        const char *action;       /* "stop", "restart", "start" */
        const char *result;       /* as OperationResult's */
        const char *active_state; /* then */
        char *reason;             /* a sentence; NULL where all is well */
} ApplyResult;

/* What came of it. All is the reload's own, and gone after the call. */
typedef struct ReloadOutcome {
        int result; /* 0; -EBADMSG: there are errors, in the diagnostics, and nothing is changed; another errno */
        const ServiceChange *changes;
        size_t n_changes;
        const ApplyResult *applied;
        size_t n_applied;
        const Diagnostics *diagnostics;
} ReloadOutcome;

typedef void (*reload_done_fn)(void *userdata, const ReloadOutcome *outcome);

typedef enum ReloadMode {
        RELOAD_TAKE,  /* no process is touched */
        RELOAD_APPLY, /* what was removed is stopped, what needs it restarted, what was added started */
        RELOAD_LOOK,  /* nothing is taken and nothing told but to the caller: what an apply would do */
        _RELOAD_MODE_N,
} ReloadMode;

typedef struct ReloadOptions {
        ReloadMode mode;
        bool no_block; /* an apply is done when everything is asked for */
} ReloadOptions;

/* Reads the definitions again, looks up the users and groups that they name (for 2 s at most), and takes them where
 * nothing is wrong. Those who ask at the same time are served one after another; nobody waits for the services of an
 * apply before his own. `done` is called once, from the loop; the reload frees itself behind it. */
int reload_new(Manager *manager, const Caller *caller, reload_done_fn done, void *userdata, Reload **ret);
/* Which way: at once, before the loop goes on. */
void reload_set_options(Reload *reload, const ReloadOptions *options);
/* The asker is gone: done is not called, what was asked for goes on. Takes NULL. Returns NULL. */
Reload *reload_cancel(Reload *reload);
