/* SPDX-License-Identifier: MIT */

/* The way up: ExecCondition, ExecStartPre, the main process, its readiness, ExecStartPost.
 *
 * With Type=forking the process of ExecStart is a command like the others, and the main process is what it leaves
 * behind: who that is the caller finds out (`find_main`), and START goes on until it is told.
 *
 * Each command has TimeoutStartSec, and so has the main process to become ready. What fails on the way up, or is
 * stopped there, goes down by signal: ExecStop is for what had been up. */

#include "core/lifecycle-private.h"

usec_t start_deadline(const Step *step)
{
        return usec_add(step->now, step->policy->timeout_start_usec);
}

bool run_next_in_time(Step *step)
{
        if (!run_next_command(step))
                return false;
        step->life->deadline = start_deadline(step);
        return true;
}

static bool is_oneshot(const Step *step)
{
        return step->policy->type == SERVICE_ONESHOT;
}

static bool is_forking(const Step *step)
{
        return step->policy->type == SERVICE_FORKING;
}

void go_down(Step *step, void (*end)(Step *, ServiceResult, LifecycleReason))
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

        if (is_forking(step)) {
                step->life->executed = false;
                enter_with_commands(step, STATE_START, COMMAND_START, start_deadline(step), REASON_NONE);
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

static void enter_start_pre(Step *step)
{
        if (step->policy->n_commands[COMMAND_START_PRE] > 0)
                enter_with_commands(step, STATE_START_PRE, COMMAND_START_PRE, start_deadline(step), REASON_NONE);
        else
                enter_start(step);
}

void begin_run(Step *step)
{
        reset_run(step);
        step->life->run_open = true;
        step->effects.begin_run = true;
        if (step->policy->n_commands[COMMAND_CONDITION] > 0)
                enter_with_commands(step, STATE_CONDITION, COMMAND_CONDITION, start_deadline(step), REASON_NONE);
        else
                enter_start_pre(step);
}

/* CONDITION, START_PRE: a command runs, and no main process. */
void step_before_start(Step *step)
{
        switch (step->type) {
        case EVENT_CONTROL_EXITED:
                if (step->outcome != RESULT_SUCCESS)
                        end_by_signal(step, step->outcome, step->because);
                else if (run_next_in_time(step))
                        break;
                else if (step->life->state == STATE_CONDITION)
                        enter_start_pre(step);
                else
                        enter_start(step);
                break;
        case EVENT_DEADLINE:
                end_by_signal(step, RESULT_TIMEOUT, REASON_START_TIMEOUT);
                break;
        case EVENT_EXTEND_TIMEOUT:
                (void) extend_deadline(step);
                break;
        case EVENT_WATCHDOG:
                end_by_watchdog(step);
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
        bool command_runs = is_forking(step) && life->control_alive;

        if (is_oneshot(step) || command_runs || (needs_exec && !life->executed) ||
            (policy->has_ready_conditions && !life->ready))
                return;
        enter_start_post(step);
}

/* Of Type=forking: the start command has ended, and nothing of the service is left. */
static void look_vanished(Step *step)
{
        bool was_meant_to_stay = step->policy->has_pid_file || step->policy->has_ready_conditions;

        if (was_meant_to_stay)
                end_by_signal(step, RESULT_PROTOCOL, REASON_NO_MAIN);
        else
                settle_up(step);
}

static void end_start_command(Step *step)
{
        const Lifecycle *life = step->life;

        if (step->outcome != RESULT_SUCCESS)
                end_by_signal(step, step->outcome, step->because);
        else if (life->empty)
                look_vanished(step);
        else if (life->main_alive)
                look_started(step);
        else
                step->effects.find_main = true;
}

static void end_in_start(Step *step)
{
        const Lifecycle *life = step->life;

        if (step->outcome != RESULT_SUCCESS) {
                end_by_signal(step, step->outcome, step->because);
        } else if (life->control_alive) {
                /* Type=forking named a main process before its start command has ended: there may be another. */
                step->life->executed = false;
        } else if (is_oneshot(step)) {
                if (life->main_command + 1 < step->policy->n_commands[COMMAND_START]) {
                        spawn_main(step, life->main_command + 1);
                        step->life->deadline = start_deadline(step);
                } else {
                        enter_start_post(step);
                }
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
        case EVENT_MAIN_PID:
                look_started(step);
                break;
        case EVENT_NO_MAIN:
                if (is_forking(step) && !step->life->main_alive)
                        end_by_signal(step, step->event->result, REASON_NO_MAIN);
                break;
        case EVENT_MAIN_EXITED:
                end_in_start(step);
                break;
        case EVENT_CONTROL_EXITED:
                if (is_forking(step))
                        end_start_command(step);
                break;
        case EVENT_EMPTY:
                if (is_forking(step) && step->life->empty)
                        look_vanished(step);
                break;
        case EVENT_DEADLINE:
                end_by_signal(step, RESULT_TIMEOUT, REASON_START_TIMEOUT);
                break;
        case EVENT_EXTEND_TIMEOUT:
                (void) extend_deadline(step);
                break;
        case EVENT_WATCHDOG:
                end_by_watchdog(step);
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
        case EVENT_LEFTOVER:
        case EVENT_RESET_FAILED:
        case EVENT_RELOADING:
        case EVENT_RELOADED:
        case EVENT_STOPPING:
        case EVENT_UNHEALTHY:
        case _LIFECYCLE_EVENT_N:
                break;
        }
}

void end_beside_command(Step *step)
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
                else if (!run_next_in_time(step))
                        settle_up(step);
                break;
        case EVENT_MAIN_EXITED:
                end_beside_command(step);
                break;
        case EVENT_DEADLINE:
                end_by_signal(step, RESULT_TIMEOUT, REASON_START_TIMEOUT);
                break;
        case EVENT_EXTEND_TIMEOUT:
                (void) extend_deadline(step);
                break;
        case EVENT_WATCHDOG:
                end_by_watchdog(step);
                break;
        case EVENT_UNHEALTHY:
                end_by_signal(step, RESULT_HEALTH, REASON_UNHEALTHY);
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
        case _LIFECYCLE_EVENT_N:
                break;
        }
}
