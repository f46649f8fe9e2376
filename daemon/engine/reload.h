/* SPDX-License-Identifier: MIT */
#pragma once

/* New definitions: read as a whole, and taken as a whole or not at all. */

#include "core/diagnostic.h"
#include "engine/manager.h"

typedef struct Reload Reload;

/* Change of the definitions, per service. */
typedef struct ServiceChange {
        char *service;
        const char *change; /* "added", "removed", "changed" */
        const char *takes;  /* "live", "next-start", "restart", "nothing" */
} ServiceChange;

/* What came of it. All is the reload's own, and gone after the call. */
typedef struct ReloadOutcome {
        int result; /* 0; -EBADMSG: there are errors, in the diagnostics, and nothing is changed; another errno */
        const ServiceChange *changes;
        size_t n_changes;
        const Diagnostics *diagnostics;
} ReloadOutcome;

typedef void (*reload_done_fn)(void *userdata, const ReloadOutcome *outcome);

/* Reads the definitions again, looks up the users and groups that they name (for 2 s at most), and takes them where
 * nothing is wrong. Those who ask at the same time are served one after another. `done` is called once, from the
 * loop; the reload frees itself behind it. No process is touched. */
int reload_new(Manager *manager, const Caller *caller, reload_done_fn done, void *userdata, Reload **ret);
/* The asker is gone: done is not called, what was asked for goes on. Takes NULL. Returns NULL. */
Reload *reload_cancel(Reload *reload);
