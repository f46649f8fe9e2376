/* SPDX-License-Identifier: MIT */
#pragma once

/* What a service says of itself over its notify socket (sd_notify), and what that means to its life; and its
 * watchdog, which waits for such words. */

#include "core/config.h"
#include "host/loop.h"
#include "host/names.h"
#include "host/notify-socket.h"

typedef struct Service Service;

/* Embedded in its service. */
typedef struct Notify {
        NotifySocket *socket; /* NULL: it may not notify, or has no run */
        NotifyAccess access;  /* of this run, like the next two */
        uid_t owner;          /* as whom its processes run */
        bool refused;         /* that somebody was not listened to has been told */
        usec_t told_since;    /* since then so much of what it says has been told; see notify_may_tell() */
        unsigned n_told;
        bool fdstore_told;
        bool triggered;        /* WATCHDOG=trigger */
        char *status;          /* STATUS=; NULL: none */
        int error;             /* ERRNO= */
        usec_t watchdog_usec;  /* WatchdogSec, or what the service made of it; 0: none */
        usec_t alive_realtime; /* of its last WATCHDOG=1; 0: none */
        Timer watchdog;
} Notify;

int notify_init(Service *service);
void notify_done(Notify *notify);

/* Before a process of a run is made: it has its socket, where it may notify. `identity` may be NULL. */
int notify_prepare(Service *service, const Identity *identity);
void notify_end_run(Service *service);
/* $NOTIFY_SOCKET of a command of this kind; NULL: none. */
const char *notify_path_for(const Service *service, CommandKind kind);
/* The life went on to another state. */
void notify_note_state(Service *service);
/* Whether the log is told of something that the service can say as often as it likes. Counts. */
bool notify_may_tell(Service *service);
/* Before something else about it is looked at that what it has said comes before: an end, a deadline. */
void notify_drain(Service *service);
