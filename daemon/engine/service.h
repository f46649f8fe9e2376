/* SPDX-License-Identifier: MIT */
#pragma once

/* One service: its definition, its life (core/lifecycle), its processes, its output. Feeds what happens into the
 * lifecycle and carries out what comes back. What happens between services is the manager's. */

#include "core/config.h"
#include "core/lifecycle.h"
#include "engine/capture.h"
#include "host/group.h"
#include "host/process.h"

typedef struct Manager Manager;
typedef struct Service Service;

typedef enum LoadState {
        LOAD_LOADED,
        LOAD_BAD_SETTING,
        LOAD_NOT_FOUND, /* gone from the definitions, still running */
        _LOAD_STATE_N,
} LoadState;

/* The last run, or the one in progress. */
typedef struct RunRecord {
        Id128 invocation_id;
        bool known;     /* there was one */
        pid_t main_pid; /* 0: none lives */
        pid_t control_pid;
        pid_t last_main_pid;                            /* of the last main process, ended or not */
        usec_t main_start_realtime, main_exit_realtime; /* 0: not */
} RunRecord;

const char *service_name(const Service *service);
const ServiceConfig *service_config(const Service *service);
LoadState service_load_state(const Service *service);
const Lifecycle *service_lifecycle(const Service *service);
const RunRecord *service_run(const Service *service);
Group *service_group(const Service *service);
Capture *service_capture(const Service *service);
bool service_is_ready(const Service *service);
/* A sentence: why it is in this state, and what it waits for; the service's. Empty where there is nothing to say. */
const char *service_reason(const Service *service);
/* CLOCK_REALTIME, 0 where not set. */
usec_t service_state_change_realtime(const Service *service);
usec_t service_active_enter_realtime(const Service *service);
usec_t service_inactive_enter_realtime(const Service *service);
usec_t service_next_restart_realtime(const Service *service);
/* Sends `signal` to the main process or to all; -ESRCH where nothing runs. */
int service_kill(Service *service, bool all, int signal);
void service_reset_failed(Service *service);
