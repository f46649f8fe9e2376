/* SPDX-License-Identifier: MIT */
#pragma once

/* Services that `tendctl run` makes: of a command and directives instead of a definition file. Each is a service like
 * any other, with a snapshot of its own, and is taken away when it is over and who waited for it knows how it ended;
 * one that nobody waited for and that failed is kept to be looked at, the last TRANSIENT_KEPT_MAX of them. */

#include "engine/service.h"

typedef struct Transient Transient;

#define TRANSIENT_KEPT_MAX 100
/* So many may there be at once: more are refused. */
#define TRANSIENT_MAX      20000

/* How it is, or has ended. All is the service's. */
typedef struct TransientReport {
        const char *name;
        pid_t pid;    /* of its main process; 0: none has executed the command */
        bool waits;   /* for its start: for a slot of its pool, or anything else */
        bool running; /* it is executed, and not over */
        bool over;
        int status; /* as a shell has it: 128+N for a signal, 124 timed out, 125 never run, 126, 127 */
        const char *result, *reason;
} TransientReport;

typedef struct TransientRequest {
        const char *name;   /* "": made of the command and a number */
        const char *folder; /* absolute: where it starts in a test environment, and %Y */
        char *const *command;
        char *const *directives; /* KEY=VALUE */
        int fds[3];              /* stdin, stdout and stderr; copied; -EBADF: as the directives say */
        const struct Caller *caller;
        /* Called when something about it has changed, the last time when it is over; never from within
         * transient_new(). */
        void (*on_change)(void *userdata, const TransientReport *report);
        void *userdata;
        bool waited; /* until it is over */
        bool held;   /* not started, and never taken away before transient_leave() */
} TransientRequest;

/* Makes the service, and wants it up. -EINVAL: `*ret_error` says what is wrong, a line each; -EEXIST: there is a
 * service of this name; -EAGAIN: there are TRANSIENT_MAX already; -ESHUTDOWN. The service owns it. */
int transient_new(Manager *manager, const TransientRequest *request, Transient **ret, char **ret_error);
/* Nobody listens any more: on_change is not called. `stop`: and nobody wants it any more. Takes NULL, returns NULL.
 */
Transient *transient_leave(Transient *transient, bool stop);
const char *transient_name(const Transient *transient);
