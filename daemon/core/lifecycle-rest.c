/* SPDX-License-Identifier: MIT */

/* The states in which nothing of a service runs: down, failed, waiting to be released, waiting for its next try.
 *
 * P4 is kept in one place: RELEASE, the only beginning of a run, finds a main or control process that an earlier stop
 * had to renounce, and stops it first. */

#include "core/lifecycle-private.h"

static void start_from_rest(Step *step)
{
        note_start(step);
        wait_for_release(step, REASON_ASKED);
}

/* Nothing runs yet: there is nothing to end but the wish. */
static void stop_from_rest(Step *step)
{
        Lifecycle *life = step->life;
        bool dependency = step->event->result == RESULT_DEPENDENCY;

        if (dependency)
                life->result = RESULT_DEPENDENCY;
        life->end_reason = dependency ? REASON_DEPENDENCY : REASON_ASKED;
        life->wanted = false;
        enter(step, STATE_DEAD, USEC_INFINITY, life->end_reason);
}

void step_dead(Step *step)
{
        switch (step->type) {
        case EVENT_START:
        case EVENT_RESTART:
                start_from_rest(step);
                break;
        case EVENT_LEFTOVER:
                clear_leftover(step);
                break;
        case EVENT_RESET_FAILED:
                step->life->result = RESULT_SUCCESS;
                break;
        case EVENT_STOP:
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

void step_failed(Step *step)
{
        switch (step->type) {
        case EVENT_START:
        case EVENT_RESTART:
                start_from_rest(step);
                break;
        case EVENT_LEFTOVER:
                clear_leftover(step);
                break;
        case EVENT_RESET_FAILED:
                /* Forgotten is not done: nobody may take it for a success. */
                step->life->result = RESULT_SUCCESS;
                step->life->end_reason = REASON_RESET;
                enter(step, STATE_DEAD, USEC_INFINITY, REASON_RESET);
                break;
        case EVENT_STOP: /* as in systemd it has failed until somebody says that it doesn't matter */
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

void step_waiting(Step *step)
{
        const Lifecycle *life = step->life;

        switch (step->type) {
        case EVENT_RELEASE:
                if (life->main_alive || life->control_alive || life->leftover)
                        clear_leftover(step);
                else
                        begin_run(step);
                break;
        case EVENT_START:
        case EVENT_RESTART:
                /* It is on its way already; a person's word gives it all its tries back. */
                if (step->event->by_hand)
                        note_start(step);
                break;
        case EVENT_STOP:
                stop_from_rest(step);
                break;
        case EVENT_LEFTOVER:
                clear_leftover(step);
                break;
        case EVENT_RESET_FAILED:
                step->life->result = RESULT_SUCCESS;
                break;
        case EVENT_RELOAD:
        case EVENT_RETRY_NOW:
        case EVENT_EXECUTED:
        case EVENT_SPAWN_FAILED:
        case EVENT_READY:
        case EVENT_MAIN_EXITED:
        case EVENT_CONTROL_EXITED:
        case EVENT_EMPTY:
        case EVENT_DEADLINE:
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

void step_auto_restart(Step *step)
{
        switch (step->type) {
        case EVENT_DEADLINE:
        case EVENT_RETRY_NOW:
                try_again(step, REASON_RESTART_POLICY);
                break;
        case EVENT_START:
        case EVENT_RESTART:
                /* This try was counted when it was planned. */
                if (step->event->by_hand)
                        start_from_rest(step);
                else
                        try_again(step, REASON_ASKED);
                break;
        case EVENT_STOP:
                stop_from_rest(step);
                break;
        case EVENT_LEFTOVER:
                clear_leftover(step);
                break;
        case EVENT_RESET_FAILED:
                step->life->result = RESULT_SUCCESS;
                break;
        case EVENT_RELOAD:
        case EVENT_RELEASE:
        case EVENT_EXECUTED:
        case EVENT_SPAWN_FAILED:
        case EVENT_READY:
        case EVENT_MAIN_EXITED:
        case EVENT_CONTROL_EXITED:
        case EVENT_EMPTY:
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
