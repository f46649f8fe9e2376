/* SPDX-License-Identifier: MIT */
#pragma once

/* The manager from the inside, for the files of the engine. */

#include "base/list.h"
#include "core/admission.h"
#include "engine/manager.h"
#include "engine/service-private.h"

typedef enum ShutdownStage {
        SHUTDOWN_NONE,
        SHUTDOWN_STOPPING, /* services go down in order */
        SHUTDOWN_DRAINING, /* all are down: what they said goes into the log */
        SHUTDOWN_CLOSING,  /* the last entry is on its way */
} ShutdownStage;

struct Manager {
        Loop *loop; /* weak */
        ManagerOptions options;
        Config *config;
        Graph *graph;
        OrderNode *nodes;   /* by the graph's indices */
        Service **by_index; /* likewise; weak */
        OrderAnswer starts, fates;

        Admission admission;
        Timer admission_timer; /* when time makes room for somebody in line */
        bool admission_due;    /* somebody joined, left, or gave something back */
        bool admission_stale;  /* what those in line are said to wait for is from before */

        ProcessTable *processes;
        Tracker *tracker;
        Names *names;
        unsigned n_asked[_PROBE_KIND_N]; /* probes that are asked until they hold */
        struct Ports *ports;
        Delivery *delivery;

        Service **services; /* sorted by name */
        size_t n_services;

        List dirty;            /* services to be arranged */
        Deferred arrange;      /* does that */
        Deferred arrange_rest; /* likewise, behind everybody else: what one round leaves to the next */
        bool arranging;
        bool some_are_gone; /* at rest, and from the definitions: to be removed at the end of the round */
        List operations;
        List reloads; /* the first is being done */
        List applies; /* reloads that are taken, and whose services are on their way */
        ManagerObserver observer;
        const Caller *acting; /* whose order is being carried out; weak; NULL: nobody's */

        ShutdownStage shutdown;
        Timer patience; /* LogPatienceSec */
        usec_t start_realtime;
        unsigned n_transients; /* that were made, ever: for their names */
        unsigned n_live_transients;
};

/* Something about it changed: what waits for it is looked at, observers are told, at the end of this turn. */
void manager_mark_dirty(Manager *manager, Service *service);
/* By the graph's index. */
Service *manager_by_index(Manager *manager, uint32_t index);
/* Puts a transient service among the others, and, `in_order`, into the order between them; it is the manager's then.
 * -EINVAL: it would come before itself, `*ret_error` names who is in the cycle. */
int manager_add_service(Manager *manager, Service *service, char **ret_error);
void manager_remove_service(Manager *manager, Service *service);
/* All those that are at rest and gone from the definitions. */
void manager_remove_gone(Manager *manager);
int manager_load_config(Manager *manager, Config **ret);
/* Makes the first error of a service that can't be loaded its reason. */
void manager_explain_bad(Manager *manager, Service *service);
/* Says what the reading found, as events. */
void manager_tell_diagnostics(Manager *manager, const Diagnostics *diagnostics);

/* arrange.c: what happens between services */
void arrange_dirty(void *userdata);
/* The service's node is what it is now: after each step, and each change of a wish. */
void arrange_refresh(Manager *manager, const Service *service);
/* Everything that `service` is ordered after, and that is wanted, is ready. */
bool arrange_order_is_ready(Manager *manager, Service *service);
/* Stands in WAITING, and nobody wants it down. */
bool arrange_is_waiting(const Service *service);
/* Whom or what `service` waits for, as a sentence into its reason; true: nothing but its admission. What waits in
 * vain goes back to rest. */
bool arrange_may_start(Manager *manager, Service *service);
/* Lets it go: it is waiting, and may start. */
void arrange_release(Manager *manager, Service *service);

/* wishes.c */
typedef enum StartWay {
        START_BY_HAND,   /* named by a person, or at the daemon's start */
        START_RETURNS,   /* what it depends on is back */
        START_TRIGGERED, /* by OnFailure or OnSuccess */
} StartWay;
/* Wants `service` up, and what it needs; what conflicts with one of them goes down. */
void arrange_start(Manager *manager, Service *service, StartWay way);
/* Likewise for several at once, none twice: of those that conflict the first one starts. */
void arrange_start_together(Manager *manager, const uint32_t *roots, size_t n_roots, StartWay way);
void arrange_stop(Manager *manager, Service *service);
void arrange_stop_all(Manager *manager);
void arrange_restart(Manager *manager, Service *service);
/* Takes those along whom `happening` of `service` reaches. */
void arrange_befall(Manager *manager, Service *service, Happening happening);

/* consequences.c */
/* What the change of `service` since the last look means for others. */
void arrange_tell_others(Manager *manager, Service *service);

/* admission.c: the bounds on how many start */
int admission_new(Manager *manager);
void admission_free(Manager *manager);
/* -ENOMEM: the old bounds are in force. */
int admission_set_config(Manager *manager, const Config *config);
/* False: it stands in line now, and is let go when its turn comes. */
bool admission_may_start(Manager *manager, Service *service);
/* It doesn't wait for a bound any more. */
void admission_forget(Manager *manager, Service *service);
/* It changed: what it does not need any more is given back. */
void admission_look(Manager *manager, Service *service);
/* Lets all go whose turn it is. */
void admission_pump(Manager *manager);
/* Makes what `service`, in line, waits for its reason. */
void admission_explain(const Service *service);

/* transient.c */
/* A transient service has changed: tells who waits for it; takes it away where it is over, and frees it then. */
void transient_look(Manager *manager, Service *service);

/* shutdown.c */
void shutdown_look(Manager *manager);
void shutdown_on_log_idle(Manager *manager);
void shutdown_on_patience(void *userdata, usec_t now);

/* operation.c */
void operations_look(Manager *manager, Service *changed);
/* A service that is being taken away is down: done for who wants that, in vain for who waits for anything else. */
void operations_forget(Manager *manager, Service *gone);
void operations_free_all(Manager *manager);

/* Tells the observer that it has come, or goes. */
void manager_tell_service(Manager *manager, Service *service, bool is_new);

/* take.c */
/* Takes some (in their order) out of the services and out of the order between them; they are the caller's then.
 * -ENOMEM: they stay. */
int manager_take_out(Manager *manager, Service *const *gone, size_t n_gone);
/* Puts one that is among the services into the order between them. Else as manager_add_service(). */
int manager_take_in(Manager *manager, const Service *service, char **ret_error);
/* Puts `config` in force, with its graph and its services: all of it, or nothing and a negative errno. */
int manager_take_config(Manager *manager, Config *config);

/* reload.c */
/* The name service has answered. */
void reloads_look(Manager *manager);
void reloads_free_all(Manager *manager);
