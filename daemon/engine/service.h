/* SPDX-License-Identifier: MIT */
#pragma once

/* One service: its definition, its life (core/lifecycle), its processes, its output. Feeds what happens into the
 * lifecycle and carries out what comes back. What happens between services is the manager's. */

#include "core/config.h"
#include "core/directive-change.h"
#include "core/health.h"
#include "core/lifecycle.h"
#include "engine/capture.h"
#include "host/group.h"
#include "host/process.h"

typedef struct Manager Manager;
typedef struct Service Service;
typedef struct Cause Cause;
struct Caller;
struct TalkOptions;

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
        usec_t begin_realtime;
} RunRecord;

/* The last run that is over. */
typedef struct LastRun {
        bool known; /* there was one */
        Id128 invocation_id;
        ServiceResult result;
        usec_t begin_realtime, end_realtime;
        char *text; /* how it ended, a clause; NULL: without a word */
} LastRun;

const char *service_name(const Service *service);
const ServiceConfig *service_config(const Service *service);
LoadState service_load_state(const Service *service);
const Lifecycle *service_lifecycle(const Service *service);
/* A target that is up is just `active`, as systemd has it. */
const char *service_sub_state(const Service *service);
const RunRecord *service_run(const Service *service);
Group *service_group(const Service *service);
Capture *service_capture(const Service *service);
bool service_is_ready(const Service *service);
/* A sentence: why it is in this state, and what it waits for; the service's. Empty where there is nothing to say. */
const char *service_reason(const Service *service);
/* What this run's start waits for, or has waited for in vain, each probe with its last error
 * ("ReadyTCP=127.0.0.1:6390: connection refused"); the service's. NULL: nothing. */
const char *service_ready_error(const Service *service);
/* What its health checks say. */
HealthState service_health(const Service *service);
/* Why the last check failed; the service's. NULL: it did not. */
const char *service_health_error(const Service *service);
/* CLOCK_REALTIME, 0 where not set. */
usec_t service_state_change_realtime(const Service *service);
usec_t service_active_enter_realtime(const Service *service);
usec_t service_inactive_enter_realtime(const Service *service);
usec_t service_next_restart_realtime(const Service *service);
/* Made by `tendctl run`, not by a definition file: it goes when it is over. */
bool service_is_transient(const Service *service);
/* Sends `signal` to the main process or to all; -ESRCH where nothing runs. */
int service_kill(Service *service, bool all, int signal);
void service_reset_failed(Service *service);
/* What it says of itself: STATUS=, "" where it has said nothing; ERRNO=, 0; when it said last that it is alive
 * (CLOCK_REALTIME, 0: never). */
const char *service_status_text(const Service *service);
int service_status_errno(const Service *service);
usec_t service_watchdog_realtime(const Service *service);
/* A client that talks with it: its end of the socket. `coming`, `running` are filled in, but that `coming` may be
 * asked for. -ESRCH: nothing runs that could be told anything; others as dialogue_talk(). */
int service_talk(Service *service, const struct TalkOptions *options, int *ret_fd);
/* Who talks with it, in a few words; empty where nobody does. */
void service_describe_talks(const Service *service, char *buffer, size_t size);

/* Who or what brought it where it is. */
const Cause *service_cause(const Service *service);
/* The service that stands in the way of its start; NULL: none does. */
const char *service_waits_for(const Service *service);
const LastRun *service_last_run(const Service *service);
/* The definition has been changed under the run in progress, in something that only another run can have. */
bool service_needs_restart(const Service *service);
/* In what; each item's `before` is what the run was begun with. */
const DirectiveChanges *service_pending(const Service *service);
/* What happens next by itself, as a clause, "" for nothing; when (CLOCK_REALTIME, 0: never). */
usec_t service_next_action(const Service *service, char *buffer, size_t size);
/* `caller` has sent it a signal: what that ends is his doing. */
void service_note_kill(Service *service, const struct Caller *caller, int signal);
