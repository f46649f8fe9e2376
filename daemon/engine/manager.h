/* SPDX-License-Identifier: MIT */
#pragma once

/* The owner of everything that runs: the config's snapshot, its graph, the services, and what the host lends them. */

#include "core/config.h"
#include "core/order.h"
#include "engine/delivery.h"
#include "engine/operation.h"
#include "host/group.h"
#include "host/loop.h"
#include "host/names.h"
#include "host/process.h"

typedef struct Manager Manager;
typedef struct Service Service;

/* The strings are the caller's and outlive the manager. */
typedef struct ManagerOptions {
        bool system;                   /* system mode, not user mode */
        bool is_trial;                 /* a test environment: services start in their definition's folder, and none is
                                          left running, whatever its definition asks for */
        bool logs_to_console;          /* lines go to stdout, too, where the log goes into files */
        char **config_paths;           /* -c; NULL: the search of the mode */
        const char *socket_path;       /* absolute */
        const char *run_folder;        /* state/, notify/ */
        const char *executor, *helper; /* paths of our own programs */
        LogTarget log_target;          /* of --log-target; AUTO where not given */
        const char *log_directory;
        bool log_target_given;
        const char *default_folder;                        /* where a service runs that names no WorkingDirectory */
        const char *runtime_root, *state_root, *logs_root; /* of RuntimeDirectory, StateDirectory, LogsDirectory */
        struct rlimit nofile;                              /* as the daemon was started with */
} ManagerOptions;

#define COMMAND_NAME_MAX 16 /* as the kernel cuts it, with its end */

/* Who asked for something, as the kernel tells it. */
typedef struct Caller {
        uid_t uid;
        pid_t pid;                      /* 0: in another pid namespace */
        const char *verb;               /* static, but for a signal that is sent */
        char command[COMMAND_NAME_MAX]; /* what the process is called; "": not known */
} Caller;

int manager_new(Loop *loop, const ManagerOptions *options, Manager **ret);
Manager *manager_free(Manager *manager);
DEFINE_CLEANUP(Manager *, manager_free);

/* Starts what is to start with the daemon. */
int manager_start(Manager *manager);
/* Calls `done` when each of the services that started with the daemon is ready or has failed. */
int manager_when_started(Manager *manager, operation_done_fn done, void *userdata);
/* Ordered stop of everything; then the loop is left. `now`: SIGKILL at once. */
void manager_shutdown(Manager *manager, bool now);
bool manager_is_shutting_down(const Manager *manager);

/* TENDED_PORT_SERVICE_NAME=… for every port that is reserved, with a newline between two. The caller frees it. */
int manager_port_variables(Manager *manager, char **ret);

Loop *manager_loop(Manager *manager);
Delivery *manager_delivery(Manager *manager);
Tracker *manager_tracker(Manager *manager);
const ManagerOptions *manager_options(const Manager *manager);
const Config *manager_config(const Manager *manager);
usec_t manager_start_realtime(const Manager *manager);

/* All services, sorted by name, those included that are gone from the definitions but still run. */
size_t manager_n_services(const Manager *manager);
Service *manager_service(Manager *manager, size_t index);
/* NULL where there is none. `web.service` means `web`. */
Service *manager_find(Manager *manager, const char *name);

/* `services`, and behind them those that belong to the targets among them; each once. `*ret` is the caller's to free.
 */
int manager_expand_targets(Manager *manager, Service *const *services, size_t n, Service ***ret, size_t *ret_n);

/* The observer of changes (control): called once a turn for each service that changed. */
typedef struct ManagerObserver {
        void (*on_change)(void *userdata, Service *service);
        void (*on_services)(void *userdata); /* the set of services changed */
        /* `service` has come into being, or is about to go; may be NULL. */
        void (*on_service)(void *userdata, Service *service, bool is_new);
        void (*on_shutdown_done)(void *userdata);
        void *userdata;
} ManagerObserver;
void manager_set_observer(Manager *manager, const ManagerObserver *observer);
