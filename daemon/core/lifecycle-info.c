/* SPDX-License-Identifier: MIT */

/* What the states, results and reasons of a life are and are called: systemd's words where it has one. One row each;
 * the tests walk through all short lives and compare. */

#include <signal.h>

#include "core/lifecycle.h"

static const ServiceStateInfo states[_SERVICE_STATE_N] = {
        [STATE_DEAD] = {.name = "dead", .active = ACTIVE_INACTIVE, .resting = true},
        [STATE_WAITING] = {.name = "waiting", .active = ACTIVE_ACTIVATING, .resting = true},
        [STATE_CONDITION] = {.name = "condition",
                             .active = ACTIVE_ACTIVATING,
                             .may_have_control = true,
                             .has_deadline = true},
        [STATE_START_PRE] = {.name = "start-pre",
                             .active = ACTIVE_ACTIVATING,
                             .may_have_control = true,
                             .has_deadline = true},
        [STATE_START] = {.name = "start",
                         .active = ACTIVE_ACTIVATING,
                         .may_have_main = true,
                         .may_have_control = true,
                         .has_deadline = true},
        [STATE_START_POST] = {.name = "start-post",
                              .active = ACTIVE_ACTIVATING,
                              .may_have_main = true,
                              .may_have_control = true,
                              .has_deadline = true},
        [STATE_RUNNING] = {.name = "running", .active = ACTIVE_ACTIVE, .may_have_main = true, .has_deadline = true},
        [STATE_EXITED] = {.name = "exited", .active = ACTIVE_ACTIVE},
        [STATE_RELOAD] = {.name = "reload",
                          .active = ACTIVE_RELOADING,
                          .may_have_main = true,
                          .may_have_control = true,
                          .has_deadline = true},
        [STATE_STOP] = {.name = "stop",
                        .active = ACTIVE_DEACTIVATING,
                        .may_have_main = true,
                        .may_have_control = true,
                        .has_deadline = true},
        [STATE_STOP_WATCHDOG] = {.name = "stop-watchdog",
                                 .active = ACTIVE_DEACTIVATING,
                                 .may_have_main = true,
                                 .may_have_control = true,
                                 .has_deadline = true},
        [STATE_STOP_SIGTERM] = {.name = "stop-sigterm",
                                .active = ACTIVE_DEACTIVATING,
                                .may_have_main = true,
                                .may_have_control = true,
                                .has_deadline = true},
        [STATE_STOP_SIGKILL] = {.name = "stop-sigkill",
                                .active = ACTIVE_DEACTIVATING,
                                .may_have_main = true,
                                .may_have_control = true,
                                .has_deadline = true},
        [STATE_STOP_POST] = {.name = "stop-post",
                             .active = ACTIVE_DEACTIVATING,
                             .may_have_control = true,
                             .has_deadline = true},
        [STATE_FINAL_WATCHDOG] = {.name = "final-watchdog",
                                  .active = ACTIVE_DEACTIVATING,
                                  .may_have_control = true,
                                  .has_deadline = true},
        [STATE_FINAL_SIGTERM] = {.name = "final-sigterm",
                                 .active = ACTIVE_DEACTIVATING,
                                 .may_have_control = true,
                                 .has_deadline = true},
        [STATE_FINAL_SIGKILL] = {.name = "final-sigkill",
                                 .active = ACTIVE_DEACTIVATING,
                                 .may_have_main = true,
                                 .may_have_control = true,
                                 .has_deadline = true},
        [STATE_FAILED] = {.name = "failed", .active = ACTIVE_FAILED, .resting = true},
        [STATE_AUTO_RESTART] = {.name = "auto-restart",
                                .active = ACTIVE_ACTIVATING,
                                .has_deadline = true,
                                .resting = true},
};

static const char *const active_states[_ACTIVE_STATE_N] = {
        [ACTIVE_INACTIVE] = "inactive",   [ACTIVE_ACTIVATING] = "activating",     [ACTIVE_ACTIVE] = "active",
        [ACTIVE_RELOADING] = "reloading", [ACTIVE_DEACTIVATING] = "deactivating", [ACTIVE_FAILED] = "failed",
};

static const char *const results[_SERVICE_RESULT_N] = {
        [RESULT_SUCCESS] = "success",
        [RESULT_PROTOCOL] = "protocol",
        [RESULT_TIMEOUT] = "timeout",
        [RESULT_EXIT_CODE] = "exit-code",
        [RESULT_SIGNAL] = "signal",
        [RESULT_CORE_DUMP] = "core-dump",
        [RESULT_WATCHDOG] = "watchdog",
        [RESULT_START_LIMIT_HIT] = "start-limit-hit",
        [RESULT_RESOURCES] = "resources",
        [RESULT_DEPENDENCY] = "dependency",
        [RESULT_EXEC_CONDITION] = "exec-condition",
        [RESULT_HEALTH] = "health",
        [RESULT_OOM_KILL] = "oom-kill",
};

static const char *const reasons[_LIFECYCLE_REASON_N] = {
        [REASON_NONE] = "none",
        [REASON_ASKED] = "asked",
        [REASON_MAIN_EXITED] = "main-exited",
        [REASON_COMMAND_FAILED] = "command-failed",
        [REASON_NOT_EXECUTED] = "not-executed",
        [REASON_NO_PROCESS] = "no-process",
        [REASON_START_TIMEOUT] = "start-timeout",
        [REASON_STOP_TIMEOUT] = "stop-timeout",
        [REASON_RUNTIME_MAX] = "runtime-max",
        [REASON_RELOAD_FAILED] = "reload-failed",
        [REASON_RESTART_POLICY] = "restart-policy",
        [REASON_START_LIMIT] = "start-limit",
        [REASON_DEPENDENCY] = "dependency",
        [REASON_LEFTOVER] = "leftover",
        [REASON_UNKILLABLE] = "unkillable",
        [REASON_CONDITION] = "condition",
        [REASON_STOPPING] = "stopping",
        [REASON_WATCHDOG] = "watchdog",
        [REASON_UNHEALTHY] = "unhealthy",
        [REASON_NO_MAIN] = "no-main",
        [REASON_RESET] = "reset",
};

static const char *const restart_reasons[_RESTART_REASON_N] = {
        [RESTART_REASON_NONE] = "",
        [RESTART_REASON_PREVENTED] = "RestartPreventExitStatus names this exit status",
        [RESTART_REASON_FORCED] = "RestartForceExitStatus names this exit status",
        [RESTART_REASON_COVERED] = "Restart is set for such an end",
        [RESTART_REASON_UNCOVERED] = "Restart is not set for such an end",
        [RESTART_REASON_LIMIT] = "it was started too often (StartLimitBurst)",
        [RESTART_REASON_CONDITION] = "ExecCondition said that it is not to run",
};

const ServiceStateInfo *service_state_info(ServiceState state)
{
        assert(state < _SERVICE_STATE_N);
        return &states[state];
}

const char *active_state_to_string(ActiveState state)
{
        assert(state < _ACTIVE_STATE_N);
        return active_states[state];
}

const char *service_result_to_string(ServiceResult result)
{
        assert(result < _SERVICE_RESULT_N);
        return results[result];
}

const char *lifecycle_reason_to_string(LifecycleReason reason)
{
        assert(reason < _LIFECYCLE_REASON_N);
        return reasons[reason];
}

const char *restart_reason_to_string(RestartReason reason)
{
        assert(reason < _RESTART_REASON_N);
        return restart_reasons[reason];
}

static int or_default(int signal, int initial)
{
        return signal > 0 ? signal : initial;
}

LifecyclePolicy lifecycle_policy(const ServiceConfig *config, usec_t kill_patience_usec)
{
        /* An empty assignment means systemd's default. */
        int kill_signal = or_default(config->kill_signal, SIGTERM);
        LifecyclePolicy policy = {
                .type = config->type,
                /* A oneshot is ready when it has succeeded; a condition on a process that has ended could not come
                 * true any more. */
                .has_ready_conditions = config->type != SERVICE_ONESHOT &&
                                        (config->type == SERVICE_NOTIFY || config->ready_line ||
                                         config->ready_after_usec > 0 || probe_settings_any(&config->ready)),
                .has_pid_file = config->type == SERVICE_FORKING && config->pid_file,
                .remain_after_exit = config->remain_after_exit,
                .stop_input_usec = config->stop_input_usec,
                .restart = config->restart,
                .restart_usec = config->restart_usec,
                .restart_max_delay_usec = config->restart_max_delay_usec,
                .restart_reset_usec = config->restart_reset_usec,
                .restart_steps = config->restart_steps,
                .restart_jitter = config->restart_jitter,
                .restart_prevent = config->restart_prevent,
                .restart_force = config->restart_force,
                .success = config->success,
                .start_limit_interval_usec = config->start_limit_interval_usec,
                .start_limit_burst = config->start_limit_burst,
                .kill_signal = kill_signal,
                .restart_kill_signal = or_default(config->restart_kill_signal, kill_signal),
                .final_kill_signal = or_default(config->final_kill_signal, SIGKILL),
                .watchdog_signal = or_default(config->watchdog_signal, SIGABRT),
                .reload_signal = config->reload_signal,
                .send_sigkill = config->send_sigkill,
                .send_sighup = config->send_sighup,
                .kill_mode = config->kill_mode,
                .timeout_start_usec = config->timeout_start_usec,
                .timeout_stop_usec = config->timeout_stop_usec,
                .timeout_abort_usec = config->timeout_abort_usec,
                .runtime_max_usec = config->runtime_max_usec,
                .kill_patience_usec = kill_patience_usec,
        };

        for (CommandKind kind = 0; kind < _COMMAND_KIND_N; kind++) {
                const CommandList *list = &config->commands[kind];

                policy.n_commands[kind] = (unsigned) list->n;
                for (size_t i = 0; i < list->n && i < 64; i++)
                        if (list->items[i].ignore_failure)
                                policy.ignore_failure[kind] |= UINT64_C(1) << i;
        }
        return policy;
}
