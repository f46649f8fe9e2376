/* SPDX-License-Identifier: MIT */

/* Being up: running as long as the main process does, or for good with RemainAfterExit; reloading, on request or by
 * the service's own word.
 *
 * From here a service ends by itself, by somebody's wish, or because it has run for too long, has not reported to its
 * watchdog, or is unhealthy. What it says of itself is believed: RELOADING=1 is a reload until READY=1, and
 * STOPPING=1 a stop that it needs no signal for. */

#include "core/lifecycle-private.h"

#include <signal.h>

void settle_up(Step *step)
{
        RestartHistory *history = &step->life->history;
        usec_t end;

        if (step->life->main_alive) {
                if (history->up_since == 0)
                        history->up_since = step->now;
                end = usec_add(history->up_since, step->policy->runtime_max_usec);
                enter(step, STATE_RUNNING, MAX(end, step->life->runtime_end), REASON_NONE);
        } else if (step->policy->remain_after_exit) {
                enter(step, STATE_EXITED, USEC_INFINITY, REASON_NONE);
        } else {
                end_orderly(step, RESULT_SUCCESS, REASON_MAIN_EXITED);
        }
}

static void begin_reload(Step *step)
{
        const LifecyclePolicy *policy = step->policy;

        step->life->reload_result = RESULT_SUCCESS;
        if (policy->n_commands[COMMAND_RELOAD] > 0) {
                enter_with_commands(step, STATE_RELOAD, COMMAND_RELOAD, start_deadline(step), REASON_ASKED);
        } else if (policy->reload_signal > 0 && step->life->main_alive) {
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
        case EVENT_RELOADING:
                step->life->says_reloading = true;
                step->life->reload_result = RESULT_SUCCESS;
                enter(step, STATE_RELOAD, start_deadline(step), REASON_NONE);
                break;
        case EVENT_STOPPING:
                end_by_itself(step);
                break;
        case EVENT_EXTEND_TIMEOUT:
                if (extend_deadline(step))
                        step->life->runtime_end = step->life->deadline;
                break;
        case EVENT_WATCHDOG:
                end_by_watchdog(step);
                break;
        case EVENT_UNHEALTHY:
                end_orderly(step, RESULT_HEALTH, REASON_UNHEALTHY);
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
        case EVENT_RELOADED:
        case EVENT_MAIN_PID:
        case EVENT_NO_MAIN:
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
        case EVENT_RELOAD:
                begin_reload(step);
                break;
        case EVENT_UNHEALTHY:
                end_orderly(step, RESULT_HEALTH, REASON_UNHEALTHY);
                break;
        case EVENT_START:
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
        case _LIFECYCLE_EVENT_N:
                break;
        }
}

/* A reload that failed changes nothing but its own result. */
static void finish_reload(Step *step, ServiceResult result)
{
        step->life->says_reloading = false;
        settle_up(step);
        step->life->reload_result = result;
        step->effects.reload_done = true;
        if (result != RESULT_SUCCESS)
                step->effects.reason = REASON_RELOAD_FAILED;
}

static void end_reload_command(Step *step)
{
        if (step->life->reload_result != RESULT_SUCCESS)
                settle_up(step);
        else if (step->outcome != RESULT_SUCCESS)
                finish_reload(step, step->outcome);
        else if (run_next_in_time(step))
                return;
        else if (step->life->says_reloading)
                /* ExecReload has only told it to: it says itself when it is done. */
                step->life->deadline = start_deadline(step);
        else
                finish_reload(step, RESULT_SUCCESS);
}

/* The answer is given now; the state is left when the command is really gone. */
static void give_up_reload(Step *step)
{
        if (!step->life->control_alive) {
                finish_reload(step, RESULT_TIMEOUT);
                return;
        }
        step->life->says_reloading = false;
        step->life->reload_result = RESULT_TIMEOUT;
        step->effects.reload_done = true;
        step->effects.kill = TARGET_CONTROL;
        step->effects.signal = SIGKILL;
        enter(step, STATE_RELOAD, USEC_INFINITY, REASON_RELOAD_FAILED);
}

/* The service ends in the middle of it. */
static void break_off_reload(Step *step)
{
        step->life->says_reloading = false;
        if (step->life->reload_result != RESULT_SUCCESS)
                return;
        step->life->reload_result = RESULT_PROTOCOL;
        step->effects.reload_done = true;
}

static void end_in_reload(Step *step)
{
        bool goes_down = step->outcome != RESULT_SUCCESS || !step->policy->remain_after_exit;

        step->life->says_reloading = false;
        if (!goes_down && !step->life->control_alive) {
                /* Nobody is left to say that it has reloaded. */
                finish_reload(step, RESULT_PROTOCOL);
                return;
        }
        end_beside_command(step);
        if (goes_down)
                break_off_reload(step);
}

void step_reload(Step *step)
{
        Lifecycle *life = step->life;

        switch (step->type) {
        case EVENT_CONTROL_EXITED:
                end_reload_command(step);
                break;
        case EVENT_RELOADING:
                life->says_reloading = life->main_alive && life->reload_result == RESULT_SUCCESS;
                break;
        case EVENT_RELOADED:
                life->says_reloading = false;
                if (!life->control_alive)
                        finish_reload(step, RESULT_SUCCESS);
                break;
        case EVENT_DEADLINE:
                give_up_reload(step);
                break;
        case EVENT_EXTEND_TIMEOUT:
                (void) extend_deadline(step);
                break;
        case EVENT_MAIN_EXITED:
                end_in_reload(step);
                break;
        case EVENT_STOP:
        case EVENT_RESTART:
                go_down(step, end_by_signal);
                break_off_reload(step);
                break;
        case EVENT_STOPPING:
                end_by_itself(step);
                if (life->state != STATE_RELOAD)
                        break_off_reload(step);
                break;
        case EVENT_WATCHDOG:
                end_by_watchdog(step);
                break_off_reload(step);
                break;
        case EVENT_UNHEALTHY:
                end_by_signal(step, RESULT_HEALTH, REASON_UNHEALTHY);
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
        case EVENT_MAIN_PID:
        case EVENT_NO_MAIN:
        case _LIFECYCLE_EVENT_N:
                break;
        }
}
