/* SPDX-License-Identifier: MIT */
#pragma once

/* The manager from the inside, for the files of the engine. */

#include "base/list.h"
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

        ProcessTable *processes;
        Tracker *tracker;
        Names *names;
        Delivery *delivery;

        Service **services; /* sorted by name */
        size_t n_services;

        List dirty;            /* services to be arranged */
        Deferred arrange;      /* does that */
        Deferred arrange_rest; /* likewise, behind everybody else: what one round leaves to the next */
        bool arranging;
        List operations;
        List reloads; /* the first is being done */
        ManagerObserver observer;

        ShutdownStage shutdown;
        Timer patience; /* LogPatienceSec */
        usec_t start_realtime;
};

/* Something about it changed: what waits for it is looked at, observers are told, at the end of this turn. */
void manager_mark_dirty(Manager *manager, Service *service);
/* By the graph's index. */
Service *manager_by_index(Manager *manager, uint32_t index);
int manager_add_service(Manager *manager, Config *snapshot, const ServiceConfig *config, Service **ret);
void manager_remove_service(Manager *manager, Service *service);
int manager_load_config(Manager *manager, Config **ret);
/* Makes the first error of a service that can't be loaded its reason. */
void manager_explain_bad(Manager *manager, Service *service);
/* Says what the reading found, as events. */
void manager_tell_diagnostics(Manager *manager, const Diagnostics *diagnostics);

/* arrange.c: what happens between services */
void arrange_dirty(void *userdata);
/* Wants `service` up, and what it needs. `by_hand`: it is named by a person or at the daemon's start. */
void arrange_start(Manager *manager, Service *service, bool by_hand);
void arrange_stop(Manager *manager, Service *service);
void arrange_stop_all(Manager *manager);
void arrange_restart(Manager *manager, Service *service);
/* Everything that `service` is ordered after, and that is wanted, is ready. */
bool arrange_order_is_ready(Manager *manager, Service *service);
/* Whom `service` waits for, as a sentence into its reason; true: nothing, it may be released. */
bool arrange_may_start(Manager *manager, Service *service);

/* shutdown.c */
void shutdown_look(Manager *manager);
void shutdown_on_log_idle(Manager *manager);
void shutdown_on_patience(void *userdata, usec_t now);

/* operation.c */
void operations_look(Manager *manager, Service *changed);
/* A service that is being taken away is down: done for who wants that, in vain for who waits for anything else. */
void operations_forget(Manager *manager, Service *gone);
void operations_free_all(Manager *manager);

/* take.c */
/* Puts `config` in force, with its graph and its services: all of it, or nothing and a negative errno. */
int manager_take_config(Manager *manager, Config *config);

/* reload.c */
/* The name service has answered. */
void reloads_look(Manager *manager);
void reloads_free_all(Manager *manager);
