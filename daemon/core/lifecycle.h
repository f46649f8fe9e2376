/* SPDX-License-Identifier: MIT */
#pragma once

/* The life of one service as a value: `lifecycle_step(lifecycle, policy, event)` changes it and returns what is to be
 * done. It never forks, logs, reads a clock or knows another service: time and everything that happened come in the
 * event, and order between services is the caller's (a service that is wanted stands in WAITING until it is released;
 * a stop is given only when its dependents are down).
 *
 * The caller's side of the bargain: it carries out the effects (spawn, signal, deadline) before the next step, tells
 * each outcome as an event, and calls step again at `deadline`. */

#include "core/config.h"

typedef enum ServiceState {
        STATE_DEAD,
        STATE_WAITING,   /* wanted; for order, a dependency, the log or the name service: see the caller's blocker */
        STATE_CONDITION, /* ExecCondition runs */
        STATE_START_PRE,
        STATE_START,      /* the main process is started and not yet ready; of a oneshot: runs */
        STATE_START_POST, /* ready; ExecStartPost runs */
        STATE_RUNNING,
        STATE_EXITED, /* RemainAfterExit */
        STATE_RELOAD,
        STATE_STOP,          /* ExecStop runs */
        STATE_STOP_WATCHDOG, /* WatchdogSignal was sent */
        STATE_STOP_SIGTERM,  /* KillSignal was sent, or it goes down by itself */
        STATE_STOP_SIGKILL,  /* FinalKillSignal was sent */
        STATE_STOP_POST,
        STATE_FINAL_WATCHDOG, /* ExecStopPost asked to be aborted: it got WatchdogSignal */
        STATE_FINAL_SIGTERM,  /* what ExecStopPost left behind got KillSignal */
        STATE_FINAL_SIGKILL,
        STATE_FAILED,
        STATE_AUTO_RESTART, /* waits for its next try */
        _SERVICE_STATE_N,
} ServiceState;

typedef enum ActiveState {
        ACTIVE_INACTIVE,
        ACTIVE_ACTIVATING,
        ACTIVE_ACTIVE,
        ACTIVE_RELOADING,
        ACTIVE_DEACTIVATING,
        ACTIVE_FAILED,
        _ACTIVE_STATE_N,
} ActiveState;

typedef enum ServiceResult {
        RESULT_SUCCESS,
        RESULT_PROTOCOL,
        RESULT_TIMEOUT,
        RESULT_EXIT_CODE,
        RESULT_SIGNAL,
        RESULT_CORE_DUMP,
        RESULT_WATCHDOG,
        RESULT_START_LIMIT_HIT,
        RESULT_RESOURCES,
        RESULT_DEPENDENCY,     /* no failure: stopped because of another service */
        RESULT_EXEC_CONDITION, /* no failure: ExecCondition said that it is not to run */
        RESULT_HEALTH,         /* it ran, but its health checks failed */
        RESULT_OOM_KILL,       /* the kernel killed the main process for want of memory */
        _SERVICE_RESULT_N,
} ServiceResult;

/* How a process ended: waitid's si_code and si_status. */
typedef enum ProcessEnd {
        PROCESS_EXITED, /* status: exit code */
        PROCESS_KILLED, /* status: signal */
        PROCESS_DUMPED, /* status: signal */
} ProcessEnd;

typedef struct ProcessExit {
        ProcessEnd end;
        int status;
} ProcessExit;

typedef enum LifecycleEventType {
        EVENT_START,        /* somebody wants it up. `by_hand`: clears restart counter, delay and start limit */
        EVENT_STOP,         /* it shall go down and stay down; `result` DEPENDENCY where another service's fault */
        EVENT_RESTART,      /* down, then wanted again; `by_hand` as in START */
        EVENT_RELOAD,       /* run ExecReload or send ReloadSignal; nothing where it is not RUNNING or EXITED */
        EVENT_RELEASE,      /* WAITING: nothing stands in the way of its start */
        EVENT_RETRY_NOW,    /* AUTO_RESTART: try at once, without waiting for the delay */
        EVENT_EXECUTED,     /* the main process was executed (the control processes' executions are not told) */
        EVENT_SPAWN_FAILED, /* a process was not made, or not executed and is gone; `exit.status` is systemd's exit
                               code for the step that failed */
        EVENT_READY,        /* all Ready* conditions hold (sent only where `policy->has_ready_conditions`) */
        EVENT_MAIN_EXITED,
        EVENT_CONTROL_EXITED,
        EVENT_EMPTY,    /* no process that this service must not leave behind is left */
        EVENT_DEADLINE, /* `deadline` is over */
        EVENT_LEFTOVER, /* a resting state, before the first start: processes of an earlier daemon's run live: stop
                           them, then go on */
        EVENT_RESET_FAILED,
        EVENT_RELOADING, /* it says that it reads its configuration again (RELOADING=1) … */
        EVENT_RELOADED,  /* … and that this is done (READY=1 after that) */
        EVENT_STOPPING,  /* it says that it goes down by itself (STOPPING=1): nobody needs to ask it to */
        EVENT_MAIN_PID,  /* the main process is known from here on, or is another one than before; it lives */
        EVENT_NO_MAIN,   /* of Type=forking, in answer to `find_main`: which process is the main one can't be found
                            out; `result` */
        EVENT_EXTEND_TIMEOUT, /* what is in progress may take `extension` from now on, if that is longer */
        EVENT_WATCHDOG,       /* it said nothing for WatchdogSec, or asks for it (WATCHDOG=trigger): WatchdogSignal */
        EVENT_UNHEALTHY,      /* its health checks failed: acts like a failure of the main process, but for the
                                 orderly way down */
        _LIFECYCLE_EVENT_N,
} LifecycleEventType;

typedef struct LifecycleEvent {
        LifecycleEventType type;
        usec_t now; /* CLOCK_MONOTONIC */
        ProcessExit exit;
        ServiceResult result; /* of EVENT_STOP: SUCCESS or DEPENDENCY; of EVENT_SPAWN_FAILED: RESOURCES where no
                                 process could be made, else EXIT_CODE; of EVENT_NO_MAIN: RESOURCES or PROTOCOL */
        usec_t extension;     /* of EVENT_EXTEND_TIMEOUT */
        bool by_hand;
        bool of_main;     /* of SPAWN_FAILED: it was the main process. Needed only where a main process and a
                             command live at once */
        bool is_unknown;  /* of MAIN_EXITED: how it ended nobody can know; it counts as a success */
        bool oom_killed;  /* of MAIN_EXITED: the kernel killed it for want of memory */
        bool empty;       /* of *_EXITED and SPAWN_FAILED: nothing else of the service is left now */
        bool probe_lives; /* likewise: the process of a probe is still there, which KillMode=process does not
                             renounce; EMPTY follows */
        bool uncounted;   /* a run that this ends does not count against the start limit (something it is ordered
                             after is not ready); of START: a consequence of another service's fate, which doesn't
                             either */
        uint32_t random;  /* for the jitter of a restart's delay */
} LifecycleEvent;

/* What the definition says about a life, without pointers. Made from a ServiceConfig by lifecycle_policy(). */
typedef struct LifecyclePolicy {
        ServiceType type;
        unsigned n_commands[_COMMAND_KIND_N];
        uint64_t ignore_failure[_COMMAND_KIND_N]; /* bit i: command i has the prefix '-' (the first 64) */
        bool has_ready_conditions;
        bool has_pid_file; /* of Type=forking: PIDFile says which process is the main one */
        bool remain_after_exit;
        RestartPolicy restart;
        usec_t restart_usec, restart_max_delay_usec, restart_reset_usec;
        unsigned restart_steps, restart_jitter;
        ExitStatusSet restart_prevent, restart_force, success;
        usec_t start_limit_interval_usec;
        unsigned start_limit_burst;
        int kill_signal, restart_kill_signal, final_kill_signal, watchdog_signal, reload_signal;
        bool send_sigkill, send_sighup;
        KillMode kill_mode;
        bool has_stop_input; /* there is one, and somebody to hear it: the caller's to say with each step */
        usec_t stop_input_usec;
        usec_t timeout_start_usec, timeout_stop_usec, timeout_abort_usec, runtime_max_usec, kill_patience_usec;
} LifecyclePolicy;

/* Automatic starts of late, for the start limit: how many, since when. */
typedef struct RestartHistory {
        usec_t interval_begin;
        unsigned n_in_interval;
        unsigned n_delays;   /* consecutive restarts that grew the delay */
        usec_t last_delay;   /* without jitter */
        usec_t up_since;     /* when it became ready (a oneshot: was begun) in this run; 0: not yet */
        unsigned n_restarts; /* NRestarts */
} RestartHistory;

/* Why a run that ended by itself is or isn't followed by another. */
typedef enum RestartReason {
        RESTART_REASON_NONE,      /* the question did not arise: stopped, or asked for anyway */
        RESTART_REASON_PREVENTED, /* RestartPreventExitStatus */
        RESTART_REASON_FORCED,    /* RestartForceExitStatus */
        RESTART_REASON_COVERED,   /* Restart= is for such an end */
        RESTART_REASON_UNCOVERED, /* Restart= is not */
        RESTART_REASON_LIMIT,     /* the start limit is hit */
        RESTART_REASON_CONDITION, /* ExecCondition said that it is not to run */
        _RESTART_REASON_N,
} RestartReason;

/* Why a state was entered: what log and status say. */
typedef enum LifecycleReason {
        REASON_NONE,
        REASON_ASKED,          /* started, stopped, restarted by a person, an order or a shutdown */
        REASON_MAIN_EXITED,    /* see main_exit */
        REASON_COMMAND_FAILED, /* an Exec*Pre/Post/… command failed */
        REASON_NOT_EXECUTED,   /* exec or a step before it failed */
        REASON_NO_PROCESS,     /* clone failed */
        REASON_START_TIMEOUT,
        REASON_STOP_TIMEOUT,
        REASON_RUNTIME_MAX,
        REASON_RELOAD_FAILED,
        REASON_RESTART_POLICY, /* will be tried again at `deadline` */
        REASON_START_LIMIT,
        REASON_DEPENDENCY, /* stopped or restarted because of another service */
        REASON_LEFTOVER,
        REASON_UNKILLABLE, /* KillPatienceSec is over and processes live */
        REASON_CONDITION,  /* ExecCondition said that it is not to run */
        REASON_STOPPING,   /* it goes down by itself, and has said so */
        REASON_WATCHDOG,
        REASON_UNHEALTHY,
        REASON_NO_MAIN, /* Type=forking: there is no main process, or nobody knows which it is */
        REASON_RESET,   /* failed, until somebody said that it doesn't matter */
        _LIFECYCLE_REASON_N,
} LifecycleReason;

typedef struct Lifecycle {
        ServiceState state;
        usec_t deadline;      /* USEC_INFINITY: nothing is due */
        usec_t stop_deadline; /* shared by ExecStop and KillSignal, then by ExecStopPost and KillSignal */

        bool wanted; /* up, coming up, or to come back: false in DEAD and FAILED, and from a STOP on */
        bool again;  /* asked for while it went down: comes back whatever Restart= says */

        bool main_alive, control_alive, empty;
        bool probe_alive;         /* where that is why it isn't empty */
        bool executed, ready;     /* of the current START; of Type=forking: the main process is known */
        CommandKind control_kind; /* of the last command */
        unsigned command;         /* its index in its list */
        unsigned main_command;    /* index of the last main process' command in ExecStart */

        /* the run in progress, or the stop in progress */
        bool run_open;       /* begun, and its end not yet told */
        bool leftover;       /* an earlier daemon's processes: all must go before a start, whatever KillMode says */
        bool restarting;     /* the stop in progress is half of a restart: RestartKillSignal */
        bool timed_out_kill; /* SIGKILL was needed in the stop in progress, or would have been */
        bool renounced;      /* SendSIGKILL=no left processes behind */
        bool stop_input;     /* StopInput was given, and has its time: in STOP, before ExecStop */
        bool stop_post_done; /* ExecStopPost had its turn */
        bool stuck;          /* SIGKILL did not help: FINAL_SIGKILL without a deadline */
        bool uncounted;      /* see the event */
        bool says_reloading; /* RELOADING=1 has come, and no READY=1 since */
        bool by_itself;      /* the stop in progress is its own (STOPPING=1): it was sent no signal */
        usec_t runtime_end;  /* no earlier than this is RuntimeMaxSec over: see EVENT_EXTEND_TIMEOUT */

        ServiceResult result; /* of the run that ends or has ended; the first failure stands */
        ServiceResult reload_result;
        LifecycleReason end_reason; /* why the last run ended */
        RestartReason restart_reason;
        ProcessExit main_exit; /* of the run's last main process */
        bool main_exit_known;
        RestartHistory history;
} Lifecycle;

#define LIFECYCLE_NULL ((Lifecycle){.deadline = USEC_INFINITY, .stop_deadline = USEC_INFINITY, .empty = true})

typedef enum KillTarget {
        TARGET_NONE,
        TARGET_CONTROL, /* the control process alone: a reload that hangs */
        TARGET_MAIN,    /* main and control process */
        TARGET_GROUP,   /* everything of the service */
} KillTarget;

typedef struct LifecycleEffects {
        bool begin_run;                 /* before the spawn: a new invocation */
        bool spawn_main, spawn_control; /* commands[kind].items[index]; at most one of the two */
        CommandKind kind;
        unsigned index;
        bool find_main;  /* of Type=forking: the start command has ended well; look for what it left behind, and
                            answer with EVENT_MAIN_PID or EVENT_NO_MAIN */
        KillTarget kill; /* not TARGET_NONE: send `signal`, then SIGCONT and SIGHUP where they are asked for */
        int signal;
        bool with_sigcont, with_sighup;
        bool end_run;     /* the run is over: all of it is gone or renounced, its exit record is due */
        bool reload_done; /* see reload_result */
        bool stop_input;  /* give it StopInput */
        bool stop_stuck;  /* after SIGKILL and KillPatienceSec something lives: tell the waiters */
        LifecycleReason reason;
} LifecycleEffects;

LifecyclePolicy lifecycle_policy(const ServiceConfig *config, usec_t kill_patience_usec);
/* The only function that changes a Lifecycle. Looks at nothing but its arguments. */
LifecycleEffects lifecycle_step(Lifecycle *lifecycle, const LifecyclePolicy *policy, const LifecycleEvent *event);

/* What a state is: one row each, from which status, order and tests take it. */
typedef struct ServiceStateInfo {
        const char *name; /* SubState */
        ActiveState active;
        bool may_have_main, may_have_control; /* processes that may live in it */
        bool has_deadline;                    /* may have one */
        bool resting;                         /* nothing of it lives but what was renounced: DEAD, FAILED,
                                                 WAITING, AUTO_RESTART */
} ServiceStateInfo;

const ServiceStateInfo *service_state_info(ServiceState state);
const char *active_state_to_string(ActiveState state);
const char *service_result_to_string(ServiceResult result);
const char *lifecycle_reason_to_string(LifecycleReason reason);
const char *restart_reason_to_string(RestartReason reason);
/* ACTIVE is told only when ready; FAILED and DEAD by state. */
static inline ActiveState lifecycle_active_state(const Lifecycle *lifecycle)
{
        return service_state_info(lifecycle->state)->active;
}
