/* SPDX-License-Identifier: MIT */

/* The way up, and being up: ExecStartPre, the main process, its readiness, ExecStartPost, running, reloading.
 *
 * TimeoutStartSec bounds each of START_PRE, START and START_POST as a whole. What fails on the way up, or is stopped
 * there, goes down by signal: ExecStop is for what had been up. */

#include "core/lifecycle-private.h"

#include <signal.h>

static usec_t start_deadline(const Step *step)
{
        return usec_add(step->now, step->policy->timeout_start_usec);
}

static bool is_oneshot(const Step *step)
{
        return step->policy->type == SERVICE_ONESHOT;
}

/* STOP and RESTART of something that runs. */
static void go_down(Step *step, void (*end)(Step *, ServiceResult, LifecycleReason))
{
        const LifecycleEvent *event = step->event;
        Lifecycle *life = step->life;
        bool restart = step->type == EVENT_RESTART;
        bool dependency = restart ? !event->by_hand : event->result == RESULT_DEPENDENCY;

        if (restart)
                note_start(step);
        life->wanted = life->again = life->restarting = restart;
        end(step, restart ? RESULT_SUCCESS : event->result, dependency ? REASON_DEPENDENCY : REASON_ASKED);
}

/* Up: running as long as the main process does, or for good where RemainAfterExit says so. */
static void settle_up(Step *step)
{
        RestartHistory *history = &step->life->history;

        if (step->life->main_alive) {
                if (history->up_since == 0)
                        history->up_since = step->now;
                enter(step, STATE_RUNNING, usec_add(history->up_since, step->policy->runtime_max_usec), REASON_NONE);
        } else if (step->policy->remain_after_exit) {
                enter(step, STATE_EXITED, USEC_INFINITY, REASON_NONE);
        } else {
                end_orderly(step, RESULT_SUCCESS, REASON_MAIN_EXITED);
        }
}

static void enter_start_post(Step *step)
{
        if (step->policy->n_commands[COMMAND_START_POST] > 0)
                enter_with_commands(step, STATE_START_POST, COMMAND_START_POST, start_deadline(step), REASON_NONE);
        else
                settle_up(step);
}

static void spawn_main(Step *step, unsigned index)
{
        Lifecycle *life = step->life;

        life->main_alive = true;
        life->empty = life->executed = false;
        life->main_command = index;
        step->effects.spawn_main = true;
        step->effects.kind = COMMAND_START;
        step->effects.index = index;
}

static void enter_start(Step *step)
{
        const LifecyclePolicy *policy = step->policy;

        /* A oneshot may have ExecStop alone. */
        if (policy->n_commands[COMMAND_START] == 0) {
                enter_start_post(step);
                return;
        }

        spawn_main(step, 0);
        if (is_oneshot(step))
                step->life->history.up_since = step->now;

        /* Type=simple is started when its process is made. With ExecStartPost it waits to be executed, as one step
         * makes one process, which nobody can tell from outside. */
        if (policy->type == SERVICE_SIMPLE && !policy->has_ready_conditions &&
            policy->n_commands[COMMAND_START_POST] == 0)
                settle_up(step);
        else
                enter(step, STATE_START, start_deadline(step), REASON_NONE);
}

void begin_run(Step *step)
{
        reset_run(step);
        step->life->run_open = true;
        step->effects.begin_run = true;
        if (step->policy->n_commands[COMMAND_START_PRE] > 0)
                enter_with_commands(step, STATE_START_PRE, COMMAND_START_PRE, start_deadline(step), REASON_NONE);
        else
                enter_start(step);
}

void step_start_pre(Step *step)
{
        switch (step->type) {
        case EVENT_CONTROL_EXITED:
                if (step->outcome != RESULT_SUCCESS)
                        end_by_signal(step, step->outcome, step->because);
                else if (!run_next_command(step))
                        enter_start(step);
                break;
        case EVENT_DEADLINE:
                end_by_signal(step, RESULT_TIMEOUT, REASON_START_TIMEOUT);
                break;
        case EVENT_STOP:
        case EVENT_RESTART:
                go_down(step, end_by_signal);
                break;
        case EVENT_START:
        case EVENT_RELOAD:
        case EVENT_RELEASE:
        case EVENT_RETRY_NOW:
        case EVENT_EXECUTED:
        case EVENT_SPAWN_FAILED:
        case EVENT_READY:
        case EVENT_MAIN_EXITED:
        case EVENT_EMPTY:
        case EVENT_LEFTOVER:
        case EVENT_RESET_FAILED:
        case EVENT_RELOADING:
        case EVENT_RELOADED:
        case EVENT_STOPPING:
        case EVENT_MAIN_PID:
        case EVENT_NO_MAIN:
        case EVENT_EXTEND_TIMEOUT:
        case EVENT_WATCHDOG:
        case EVENT_UNHEALTHY:
        case _LIFECYCLE_EVENT_N:
                break;
        }
}

static void look_started(Step *step)
{
        const Lifecycle *life = step->life;
        const LifecyclePolicy *policy = step->policy;
        bool needs_exec = policy->type != SERVICE_SIMPLE || policy->n_commands[COMMAND_START_POST] > 0;

        if (is_oneshot(step) || (needs_exec && !life->executed) || (policy->has_ready_conditions && !life->ready))
                return;
        enter_start_post(step);
}

static void end_in_start(Step *step)
{
        const Lifecycle *life = step->life;

        if (step->outcome != RESULT_SUCCESS) {
                end_by_signal(step, step->outcome, step->because);
        } else if (is_oneshot(step)) {
                if (life->main_command + 1 < step->policy->n_commands[COMMAND_START])
                        spawn_main(step, life->main_command + 1);
                else
                        enter_start_post(step);
        } else if (step->policy->has_ready_conditions) {
                /* It says that all is well, but was never what it was meant to become. */
                end_by_signal(step, RESULT_PROTOCOL, step->because);
        } else {
                /* So quick that its end was seen before its exec. */
                settle_up(step);
        }
}

void step_start(Step *step)
{
        switch (step->type) {
        case EVENT_READY:
                step->life->ready = true;
                look_started(step);
                break;
        case EVENT_EXECUTED:
                look_started(step);
                break;
        case EVENT_MAIN_EXITED:
                end_in_start(step);
                break;
        case EVENT_DEADLINE:
                end_by_signal(step, RESULT_TIMEOUT, REASON_START_TIMEOUT);
                break;
        case EVENT_STOP:
        case EVENT_RESTART:
                go_down(step, end_by_signal);
                break;
        case EVENT_START:
        case EVENT_RELOAD:
        case EVENT_RELEASE:
        case EVENT_RETRY_NOW:
        case EVENT_SPAWN_FAILED:
        case EVENT_CONTROL_EXITED:
        case EVENT_EMPTY:
        case EVENT_LEFTOVER:
        case EVENT_RESET_FAILED:
        case EVENT_RELOADING:
        case EVENT_RELOADED:
        case EVENT_STOPPING:
        case EVENT_MAIN_PID:
        case EVENT_NO_MAIN:
        case EVENT_EXTEND_TIMEOUT:
        case EVENT_WATCHDOG:
        case EVENT_UNHEALTHY:
        case _LIFECYCLE_EVENT_N:
                break;
        }
}

/* The main process ended while a command runs: that is let finish only where the service stays up all the same. */
static void end_beside_command(Step *step)
{
        if (step->outcome != RESULT_SUCCESS || !step->policy->remain_after_exit)
                end_by_signal(step, step->outcome, step->because);
}

void step_start_post(Step *step)
{
        switch (step->type) {
        case EVENT_CONTROL_EXITED:
                if (step->outcome != RESULT_SUCCESS)
                        end_by_signal(step, step->outcome, step->because);
                else if (!run_next_command(step))
                        settle_up(step);
                break;
        case EVENT_MAIN_EXITED:
                end_beside_command(step);
                break;
        case EVENT_DEADLINE:
                end_by_signal(step, RESULT_TIMEOUT, REASON_START_TIMEOUT);
                break;
        case EVENT_STOP:
        case EVENT_RESTART:
                go_down(step, end_by_signal);
                break;
        case EVENT_START:
        case EVENT_RELOAD:
        case EVENT_RELEASE:
        case EVENT_RETRY_NOW:
        case EVENT_EXECUTED:
        case EVENT_SPAWN_FAILED:
        case EVENT_READY:
        case EVENT_EMPTY:
        case EVENT_LEFTOVER:
        case EVENT_RESET_FAILED:
        case EVENT_RELOADING:
        case EVENT_RELOADED:
        case EVENT_STOPPING:
        case EVENT_MAIN_PID:
        case EVENT_NO_MAIN:
        case EVENT_EXTEND_TIMEOUT:
        case EVENT_WATCHDOG:
        case EVENT_UNHEALTHY:
        case _LIFECYCLE_EVENT_N:
                break;
        }
}

static void begin_reload(Step *step)
{
        const LifecyclePolicy *policy = step->policy;

        step->life->reload_result = RESULT_SUCCESS;
        if (policy->n_commands[COMMAND_RELOAD] > 0) {
                enter_with_commands(step, STATE_RELOAD, COMMAND_RELOAD, start_deadline(step), REASON_ASKED);
        } else if (policy->reload_signal > 0) {
                step->effects.kill = TARGET_MAIN;
                step->effects.signal = policy->reload_signal;
                step->effects.reload_done = true;
        }
}

void step_running(Step *step)
{
        switch (step->type) {
        case EVENT_MAIN_EXITED:
                /* ExecStop asks a service to end that can be asked: as in systemd, not after a failure. */
                if (step->outcome != RESULT_SUCCESS)
                        end_by_signal(step, step->outcome, step->because);
                else
                        settle_up(step);
                break;
        case EVENT_DEADLINE:
                end_orderly(step, RESULT_TIMEOUT, REASON_RUNTIME_MAX);
                break;
        case EVENT_RELOAD:
                begin_reload(step);
                break;
        case EVENT_STOP:
        case EVENT_RESTART:
                go_down(step, end_orderly);
                break;
        case EVENT_START:
        case EVENT_RELEASE:
        case EVENT_RETRY_NOW:
        case EVENT_EXECUTED:
        case EVENT_SPAWN_FAILED:
        case EVENT_READY:
        case EVENT_CONTROL_EXITED:
        case EVENT_EMPTY:
        case EVENT_LEFTOVER:
        case EVENT_RESET_FAILED:
        case EVENT_RELOADING:
        case EVENT_RELOADED:
        case EVENT_STOPPING:
        case EVENT_MAIN_PID:
        case EVENT_NO_MAIN:
        case EVENT_EXTEND_TIMEOUT:
        case EVENT_WATCHDOG:
        case EVENT_UNHEALTHY:
        case _LIFECYCLE_EVENT_N:
                break;
        }
}

void step_exited(Step *step)
{
        switch (step->type) {
        case EVENT_STOP:
        case EVENT_RESTART:
                go_down(step, end_orderly);
                break;
        case EVENT_START:
        case EVENT_RELOAD:
        case EVENT_RELEASE:
        case EVENT_RETRY_NOW:
        case EVENT_EXECUTED:
        case EVENT_SPAWN_FAILED:
        case EVENT_READY:
        case EVENT_MAIN_EXITED:
        case EVENT_CONTROL_EXITED:
        case EVENT_EMPTY:
        case EVENT_DEADLINE:
        case EVENT_LEFTOVER:
        case EVENT_RESET_FAILED:
        case EVENT_RELOADING:
        case EVENT_RELOADED:
        case EVENT_STOPPING:
        case EVENT_MAIN_PID:
        case EVENT_NO_MAIN:
        case EVENT_EXTEND_TIMEOUT:
        case EVENT_WATCHDOG:
        case EVENT_UNHEALTHY:
        case _LIFECYCLE_EVENT_N:
                break;
        }
}

/* A reload that failed changes nothing but its own result. */
static void finish_reload(Step *step, ServiceResult result)
{
        settle_up(step);
        step->life->reload_result = result;
        step->effects.reload_done = true;
        if (result != RESULT_SUCCESS)
                step->effects.reason = REASON_RELOAD_FAILED;
}

/* The answer is given now; the state is left when the command is really gone. */
static void give_up_reload(Step *step)
{
        step->life->reload_result = RESULT_TIMEOUT;
        step->effects.reload_done = true;
        step->effects.kill = TARGET_CONTROL;
        step->effects.signal = SIGKILL;
        enter(step, STATE_RELOAD, USEC_INFINITY, REASON_RELOAD_FAILED);
}

/* The service ends in the middle of it. */
static void break_off_reload(Step *step)
{
        if (step->life->reload_result != RESULT_SUCCESS)
                return;
        step->life->reload_result = RESULT_PROTOCOL;
        step->effects.reload_done = true;
}

void step_reload(Step *step)
{
        switch (step->type) {
        case EVENT_CONTROL_EXITED:
                if (step->life->reload_result != RESULT_SUCCESS)
                        settle_up(step);
                else if (step->outcome != RESULT_SUCCESS || !run_next_command(step))
                        finish_reload(step, step->outcome);
                break;
        case EVENT_DEADLINE:
                give_up_reload(step);
                break;
        case EVENT_MAIN_EXITED:
                end_beside_command(step);
                if (step->life->state != STATE_RELOAD)
                        break_off_reload(step);
                break;
        case EVENT_STOP:
        case EVENT_RESTART:
                go_down(step, end_by_signal);
                break_off_reload(step);
                break;
        case EVENT_START:
        case EVENT_RELOAD:
        case EVENT_RELEASE:
        case EVENT_RETRY_NOW:
        case EVENT_EXECUTED:
        case EVENT_SPAWN_FAILED:
        case EVENT_READY:
        case EVENT_EMPTY:
        case EVENT_LEFTOVER:
        case EVENT_RESET_FAILED:
        case EVENT_RELOADING:
        case EVENT_RELOADED:
        case EVENT_STOPPING:
        case EVENT_MAIN_PID:
        case EVENT_NO_MAIN:
        case EVENT_EXTEND_TIMEOUT:
        case EVENT_WATCHDOG:
        case EVENT_UNHEALTHY:
        case _LIFECYCLE_EVENT_N:
                break;
        }
}
