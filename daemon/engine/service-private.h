/* SPDX-License-Identifier: MIT */
#pragma once

/* A service from the inside: what the files of the engine that make it up (service, service-run, service-tell) and
 * those that arrange several of them (manager, arrange, operation, reload) share. Nothing above the engine sees it.
 */

#include <errno.h>

#include "base/list.h"
#include "core/admission.h"
#include "engine/cause.h"
#include "engine/dialogue.h"
#include "engine/health-watch.h"
#include "engine/main-process.h"
#include "engine/manager.h"
#include "engine/notify.h"
#include "engine/readiness.h"
#include "engine/service.h"

/* What is to happen to a service as soon as its dependents let it. */
typedef enum StopWish {
        WISH_NONE,
        WISH_STOP,
        WISH_RESTART,
} StopWish;

/* In which way `caused_by` keeps a service from being up. */
typedef enum DragKind {
        DRAG_NONE,
        DRAG_DOWN,     /* it is down, and this one depends on it */
        DRAG_RESTARTS, /* likewise, for a while */
        DRAG_MISSING,  /* it had to be up already */
        DRAG_CONFLICT, /* it was started, and they conflict */
        DRAG_RIVAL,    /* likewise, and both were to be started together */
} DragKind;

struct Service {
        Manager *manager; /* weak */
        char *name;
        Config *snapshot;
        const ServiceConfig *config; /* of the snapshot */
        LoadState load;
        uint32_t index; /* in the graph; ORDER_NONE: it stands in none */

        Lifecycle life;
        LifecyclePolicy policy;
        Timer timer; /* equals life.deadline after each step */

        Group *group;
        Capture *capture;
        Dialogue *dialogue;      /* NULL: nobody has talked with it yet */
        Process *main, *control; /* owned by the process table; NULL once they have ended */
        Process *probe_process;  /* likewise, of a probe: see service-probe.c */
        Probe *probe;            /* weak: who wants to know of its end; NULL: nobody */
        MainSearch search;
        Notify notify;
        uint64_t oom_kills; /* that the kernel has counted in its group, as far as they were seen */
        RunRecord run;
        bool in_run;         /* between begin_run and end_run */
        char **folders;      /* RuntimeDirectory, of all commands of this run: the definition may have changed */
        bool leftover;       /* the group holds processes of an earlier daemon's run */
        bool names_given_up; /* the name service had TimeoutStartSec to answer */

        /* why: see service-why.c */
        Cause cause;
        LastRun last_run;
        DirectiveChanges pending; /* what the run was begun with, and the definition has no more */
        bool pending_unknown;     /* there was no memory for that */
        char *killed_by;          /* who sent killed_signal through us; NULL: nobody did, in this run */
        int killed_signal;

        Readiness readiness;
        HealthWatch health;
        bool policy_is_old; /* the definition was changed in this run: what is left of the old `policy` goes at its
                               end */
        Timer names_timer;  /* the patience with the name service */

        /* order */
        StopWish wish;
        ServiceResult wish_result;
        bool wish_by_hand;
        Service *caused_by;         /* weak: the service because of which it was stopped; NULL: none */
        DragKind dragged;           /* how that is */
        bool stopped_by_dependency; /* it was wanted when D took it down: it comes back with D */
        bool attempted;             /* see OrderNode */
        bool failure_is_news;       /* that is so since the operations looked last */
        bool was_up;                /* it has been ready since it was last started */
        bool was_ready;             /* this and the next two: as the last arrangement saw it */
        ServiceState settled_state;
        unsigned settled_restarts, settled_ends;
        bool automatic;          /* of the next start: nobody asked for it, RestartBudget is for it */
        bool retry_soon;         /* something that it needs became ready in this try: another follows at once */
        RestartHistory triggers; /* how often OnFailure and OnSuccess have started it */
        char **monitor;          /* MONITOR_…, of the service that did; NULL: none did */
        AdmissionTicket ticket;

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

        struct Transient *transient; /* NULL: it has a definition of its own */
        bool in_order;               /* of a transient one: it names others, or one such names it */

        List dirty_link; /* in the manager's list of what is to be arranged */
};

int service_new(Manager *manager, Config *snapshot, const ServiceConfig *config, Service **ret);
Service *service_free(Service *service);
DEFINE_CLEANUP(Service *, service_free);

/* Takes another definition: what is live is so at once, the rest with the next start. */
void service_set_config(Service *service, Config *snapshot, const ServiceConfig *config);
/* It is gone from the definitions. */
void service_set_gone(Service *service);
/* It is gone from the definitions, and down, and nobody waits for a stop of it that is still to come. */
bool service_is_past(const Service *service);

/* One thing that happened: a step of the life, and its effects. `now`, `random` and `type`'s own fields are the
 * caller's; the first two are filled in. */
void service_feed(Service *service, LifecycleEvent event);
/* Feeds an event that needs nothing but its type. */
void service_feed_type(Service *service, LifecycleEventType type);
/* Nothing of it lives any more. */
void service_note_empty(Service *service);

/* service-run.c: processes and output */
int service_begin_run(Service *service);
void service_end_run(Service *service);
/* Returns false where no process could be made: `*ret_failure` is the event to feed then. */
bool service_spawn(Service *service, CommandKind kind, unsigned index, bool is_main, LifecycleEvent *ret_failure);
/* The next process makes the folders that its definition names; they go with the run. -ENOMEM. */
int service_note_folders(Service *service);
void service_carry_out_kill(Service *service, const LifecycleEffects *effects);
bool service_is_empty(Service *service);
/* Where its main process is noted for a daemon that comes after this one. */
void service_state_path(const Service *service, char *buffer, size_t size);
/* Who is told of the life of its main process or command. */
ProcessHandler service_process_handler(Service *service);
/* Where its processes start when it names no WorkingDirectory. */
const char *service_default_folder(const Service *service);
/* ports.c: PortsHold=no: before its start, and when a run is over. */
void service_let_ports_go(Service *service);
void service_take_ports_back(Service *service);
/* Something of it lives that KillMode=process or SendSIGKILL=no renounced. */
bool service_left_running(Service *service);
/* Before the first start: is something of an earlier daemon left? */
bool service_adopt_leftover(Service *service);

/* service-talk.c: its streams */

/* The service's side of what a process reads and writes; -EBADF: as the definition says. */
typedef struct SpawnStreams {
        int input_fd, output_fd, error_fd;
} SpawnStreams;

#define SPAWN_STREAMS_NULL ((SpawnStreams){-EBADF, -EBADF, -EBADF})

int service_open_streams(Service *service, bool is_main, SpawnStreams *ret);
/* transient.c: the descriptors that came with it. False: none came. */
bool transient_open_streams(Service *service, SpawnStreams *streams);
struct Transient *transient_free(struct Transient *transient);
void spawn_streams_done(SpawnStreams *streams);
/* The main process has ended. */
void service_end_streams(Service *service, const ProcessOutcome *outcome);
/* It has a StopInput, and somebody reads its stdin. */
bool service_hears_stop_input(const Service *service);
void service_give_stop_input(Service *service);
/* It came to rest: whoever waits for a run waits in vain. */
void service_streams_rest(Service *service);

/* service-tell.c: sentences */
void service_tell(Service *service, const LifecycleEffects *effects, const LifecycleEvent *event,
                  ServiceState before);
/* Keeps the text of how a command ended: before the step in which the life goes on to another. */
void service_note_command(Service *service, const LifecycleEvent *event);
/* Keeps the text of who lives in it now: before a SIGKILL. */
void service_note_members(Service *service);
void service_set_reason(Service *service, const char *format, ...) _printf_(2, 3);
/* How a process ended, as words: "exit code 3 (…)", "signal SIGKILL". `buffer`. */
const char *process_exit_text(const ProcessExit *exit, char *buffer, size_t size);
/* How the last main process ended, as words: "exit code 3", "signal KILL". Static or `buffer`. */
const char *service_exit_text(const Service *service, char *buffer, size_t size);
void service_event(Service *service, EventId id, int priority, char *const *fields, const char *format, ...)
        _printf_(5, 6);

/* Tells those who watch (see watchers.h) in which state it is. */
void service_tell_state(Service *service);
/* How the last run ended, as a clause; "" where it was asked for. Static or `buffer`. */
const char *service_end_clause(const Service *service, char *buffer, size_t size);

/* service-why.c */
/* A step from `before` that nobody asked for: it is its own cause. */
void service_note_own_end(Service *service, const LifecycleEvent *event, ServiceState before);
/* The run ends: it is kept as the last one. */
void service_note_last_run(Service *service);
/* Another definition is about to be in force: what of it the run in progress has not is kept. -ENOMEM. */
int service_note_definition(Service *service, const Config *snapshot, const ServiceConfig *config);

/* What order sees of it. */
OrderNode service_order_node(const Service *service);
