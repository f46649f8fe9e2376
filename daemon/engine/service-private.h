/* SPDX-License-Identifier: MIT */
#pragma once

/* A service from the inside: what the files of the engine that make it up (service, service-run, service-tell) and
 * those that arrange several of them (manager, arrange, operation, reload) share. Nothing above the engine sees it.
 */

#include "base/list.h"
#include "engine/manager.h"
#include "engine/readiness.h"
#include "engine/service.h"

/* What is to happen to a service as soon as its dependents let it. */
typedef enum StopWish {
        WISH_NONE,
        WISH_STOP,
        WISH_RESTART,
} StopWish;

struct Service {
        Manager *manager; /* weak */
        char *name;
        Config *snapshot;
        const ServiceConfig *config; /* of the snapshot */
        LoadState load;
        uint32_t index; /* in the graph; ORDER_NONE: not in the definitions any more */

        Lifecycle life;
        LifecyclePolicy policy;
        Timer timer; /* equals life.deadline after each step */

        Group *group;
        Capture *capture;
        Process *main, *control; /* owned by the process table; NULL once they have ended */
        RunRecord run;
        bool in_run;         /* between begin_run and end_run */
        bool leftover;       /* the group holds processes of an earlier daemon's run */
        bool names_given_up; /* the name service had TimeoutStartSec to answer */

        Readiness readiness;
        bool policy_is_old; /* the definition was changed in this START: `policy` is made anew at its end */
        Timer names_timer;  /* the patience with the name service */

        /* order */
        StopWish wish;
        ServiceResult wish_result;
        bool wish_by_hand;
        Service *caused_by;         /* weak: the service because of which it was stopped; NULL: none */
        bool stopped_by_dependency; /* it was wanted when D took it down: it comes back with D */
        bool attempted;             /* see OrderNode */
        bool was_up;                /* it has been ready since it was last started */
        bool was_ready;             /* this and the next two: as the last arrangement saw it */
        ServiceState settled_state;
        unsigned settled_restarts;

        /* counters from which operations see what has happened since they began */
        unsigned n_runs, n_ends, n_reloads, n_stuck;

        char *reason;
        char *members;        /* who lived in it when SIGKILL was needed, or was left running: as text */
        char *ended_command;  /* how the last command (all but the main process) ended, as text; NULL: well */
        char *failed_command; /* likewise, of the one that made the run fail */
        const char *failed_step;
        char *failed_detail;
        int failed_error;
        usec_t state_change_realtime, active_enter_realtime, inactive_enter_realtime, next_restart_realtime;

        List dirty_link; /* in the manager's list of what is to be arranged */
};

int service_new(Manager *manager, Config *snapshot, const ServiceConfig *config, Service **ret);
Service *service_free(Service *service);
DEFINE_CLEANUP(Service *, service_free);

/* Takes another definition: what is live is so at once, the rest with the next start. */
void service_set_config(Service *service, Config *snapshot, const ServiceConfig *config);
/* It is gone from the definitions. */
void service_set_gone(Service *service);

/* One thing that happened: a step of the life, and its effects. `now`, `random` and `type`'s own fields are the
 * caller's; the first two are filled in. */
void service_feed(Service *service, LifecycleEvent event);
/* Feeds an event that needs nothing but its type. */
void service_feed_type(Service *service, LifecycleEventType type);

/* service-run.c: processes and output */
int service_begin_run(Service *service);
void service_end_run(Service *service);
/* Returns false where no process could be made: `*ret_failure` is the event to feed then. */
bool service_spawn(Service *service, CommandKind kind, unsigned index, bool is_main, LifecycleEvent *ret_failure);
void service_carry_out_kill(Service *service, const LifecycleEffects *effects);
bool service_is_empty(Service *service);
/* Something of it lives that KillMode=process or SendSIGKILL=no renounced. */
bool service_left_running(Service *service);
/* Before the first start: is something of an earlier daemon left? */
bool service_adopt_leftover(Service *service);

/* service-tell.c: sentences */
void service_tell(Service *service, const LifecycleEffects *effects, const LifecycleEvent *event,
                  ServiceState before);
/* Keeps the text of how a command ended: before the step in which the life goes on to another. */
void service_note_command(Service *service, const LifecycleEvent *event);
/* Keeps the text of who lives in it now: before a SIGKILL. */
void service_note_members(Service *service);
void service_set_reason(Service *service, const char *format, ...) _printf_(2, 3);
/* How the last main process ended, as words: "exit code 3", "signal KILL". Static or `buffer`. */
const char *service_exit_text(const Service *service, char *buffer, size_t size);
void service_event(Service *service, EventId id, int priority, char *const *fields, const char *format, ...)
        _printf_(5, 6);

/* What order sees of it. */
OrderNode service_order_node(const Service *service);
