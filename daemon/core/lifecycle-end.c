/* SPDX-License-Identifier: MIT */

/* The beginning of the way down: what is told the service before any signal. StopInput comes first and has
 * StopInputSec; when the main process has ended, or that is over, ExecStop runs; KillSignal follows. All of them
 * share one TimeoutStopSec. */

#include "core/lifecycle-private.h"

void begin_end(Step *step, ServiceResult result, LifecycleReason reason)
{
        Lifecycle *life = step->life;

        life->end_reason = reason;
        life->uncounted = step->event->uncounted;
        note_failure(step, result, reason);
        policy_note_end(step->policy, &life->history, step->now);
        life->stop_deadline = usec_add(step->now, step->policy->timeout_stop_usec);
}

static void run_stop_commands(Step *step)
{
        const Lifecycle *life = step->life;

        if (step->policy->n_commands[COMMAND_STOP] > 0)
                enter_with_commands(step, STATE_STOP, COMMAND_STOP, life->stop_deadline, life->end_reason);
        else
                terminate(step, life->end_reason);
}

void end_orderly(Step *step, ServiceResult result, LifecycleReason reason)
{
        Lifecycle *life = step->life;

        begin_end(step, result, reason);
        if (!step->policy->has_stop_input || !life->main_alive || life->control_alive) {
                run_stop_commands(step);
                return;
        }
        life->stop_input = true;
        step->effects.stop_input = true;
        enter(step, STATE_STOP, MIN(life->stop_deadline, usec_add(step->now, step->policy->stop_input_usec)), reason);
}

void end_by_signal(Step *step, ServiceResult result, LifecycleReason reason)
{
        begin_end(step, result, reason);
        terminate(step, reason);
}

/* STOP, after StopInput was given and before anything else is done. */
static void step_stop_input(Step *step)
{
        switch (step->type) {
        case EVENT_MAIN_EXITED:
        case EVENT_DEADLINE:
                step->life->stop_input = false;
                run_stop_commands(step);
                break;
        case EVENT_WATCHDOG:
                step->life->stop_input = false;
                note_failure(step, RESULT_WATCHDOG, REASON_WATCHDOG);
                send_watchdog_signal(step);
                break;
        case EVENT_START:
        case EVENT_STOP:
        case EVENT_RESTART:
                change_wish(step);
                break;
        case EVENT_CONTROL_EXITED:
        case EVENT_EXTEND_TIMEOUT:
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
        case EVENT_UNHEALTHY:
        case _LIFECYCLE_EVENT_N:
                break;
        }
}

void step_stop(Step *step)
{
        if (step->life->stop_input) {
                step_stop_input(step);
                return;
        }
        switch (step->type) {
        case EVENT_CONTROL_EXITED:
                note_failure(step, step->outcome, step->because);
                if (step->outcome != RESULT_SUCCESS || !run_next_command(step))
                        terminate(step, step->life->end_reason);
                break;
        case EVENT_DEADLINE:
                cut_short(step);
                break;
        case EVENT_WATCHDOG:
                note_failure(step, RESULT_WATCHDOG, REASON_WATCHDOG);
                send_watchdog_signal(step);
                break;
        case EVENT_EXTEND_TIMEOUT:
                extend_stop(step);
                break;
        case EVENT_START:
        case EVENT_STOP:
        case EVENT_RESTART:
                change_wish(step);
                break;
        case EVENT_RELOAD:
        case EVENT_RELEASE:
        case EVENT_RETRY_NOW:
        case EVENT_EXECUTED:
        case EVENT_SPAWN_FAILED:
        case EVENT_READY:
        case EVENT_MAIN_EXITED: /* ExecStop did it: it may finish */
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
