/* SPDX-License-Identifier: MIT */
#pragma once

/* Who or what brought a service where it is: a person or program with a name for the kernel, another service, the
 * definition, or the service itself. What `why` begins with. */

#include "core/order.h"
#include "engine/manager.h"

typedef enum CauseType {
        CAUSE_NONE,
        CAUSE_DAEMON,  /* it came with the daemon, or goes with it */
        CAUSE_CALLER,  /* somebody asked for it */
        CAUSE_SERVICE, /* another service's fate, or its need */
        CAUSE_RESTART, /* Restart=, after its own end */
        CAUSE_ITSELF,  /* its own end, or a span of time of its definition */
        _CAUSE_TYPE_N,
} CauseType;

typedef struct Cause {
        CauseType type;
        usec_t realtime;
        uid_t uid; /* of CAUSE_CALLER; (uid_t) -1 else */
        pid_t pid; /* likewise; 0 else */
        const char *verb;
        char command[COMMAND_NAME_MAX];
        char *service; /* of CAUSE_SERVICE; NULL else */
        char *text;    /* a clause: all of it in words; NULL: "" */
} Cause;

#define CAUSE_NULL ((Cause){.uid = (uid_t) -1})

void cause_done(Cause *cause);
/* "daemon", "caller", "service", "restart", "itself"; "" where nothing is known. */
const char *cause_type_to_string(CauseType type);

/* By the order that is being carried out (manager_begin_order()); without one by the daemon's start or end. */
void service_caused_by_order(Service *service);
/* Because of `other`: `how` is what it does to this one ("stopped", "restarted", "started"). What had caused that of
 * the other one stays known. */
void service_caused_by_service(Service *service, const Service *other, const char *how);
/* By itself, or by its Restart= (after which it stands in auto-restart); `why` is the clause behind the type's own
 * words, "" for none. */
void service_caused_by_itself(Service *service, CauseType type, const char *why);

/* From here to manager_end_order() what happens to services is the order of `caller`, who lives until then. */
void manager_begin_order(Manager *manager, const Caller *caller);
void manager_end_order(Manager *manager);
/* Says in the log who asked for what: of a service, or (NULL) of the daemon. Nothing where nobody did (NULL). */
void manager_tell_caller(Manager *manager, const Service *service, const Caller *caller);
/* service_reset_failed(), told only where there is something to forget: without names it is for all services. */
void manager_reset_failed(Manager *manager, Service *service, const Caller *caller);
/* "process 4711 (tendctl) of user 1000". Returns `buffer`. */
#define CALLER_TEXT_MAX 96
const char *caller_format(const Caller *caller, char buffer[CALLER_TEXT_MAX]);
