/* SPDX-License-Identifier: MIT */
#pragma once

/* The daemon, put together and run. */

#include "engine/manager.h"
#include "options.h"

/* Somebody who goes along with a daemon's life: the test environment. All calls come from the daemon's loop. */
typedef struct DaemonCompanion {
        const char *folder;   /* everything that the daemon makes is below it */
        bool logs_to_console; /* lines go to stdout, besides where they go */
        /* The definitions are read, nothing is started. Negative: nothing will be, and the daemon ends. */
        int (*on_made)(void *userdata, Loop *loop, Manager *manager);
        /* What starts with the daemon is wanted up. */
        void (*on_started)(void *userdata);
        void (*on_change)(void *userdata, Service *service);
        void (*on_shutdown_done)(void *userdata);
        /* The loop has ended; it and the manager go now. */
        void (*on_end)(void *userdata);
        void *userdata;
} DaemonCompanion;

/* Runs until it is ended. Returns the exit status: 0 ended on request, 1 failed at start, 3 another daemon has the
 * socket. Errors go to stderr. `companion` NULL: none. */
int daemon_run(const Options *options, const DaemonCompanion *companion);
/* Reads the definitions and tells every mistake. Returns the exit status. */
int daemon_check(const Options *options);
