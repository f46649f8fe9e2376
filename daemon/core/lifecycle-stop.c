/* SPDX-License-Identifier: MIT */

/* The way down: ExecStop, KillSignal, SIGKILL, ExecStopPost, what that left behind, and then rest, or another try.
 *
 * Each stage ends when nothing is left, which is the group's emptiness, or with KillMode=process the end of the main
 * and control process. ExecStop and KillSignal share one TimeoutStopSec, ExecStopPost and the KillSignal that may
 * follow it another; SIGKILL has KillPatienceSec. After that the service is stuck: FINAL_SIGKILL without a deadline,
 * left only when the kernel lets go of the last process. SendSIGKILL=no ends the waiting at the timeout and renounces
 * what lives. How a command ends that was signalled here does not matter.
 *
 * A service that failed its watchdog gets WatchdogSignal and TimeoutAbortSec in the place of KillSignal. One that
 * says that it goes down by itself gets no signal at all, but has no more time than others. */

#include "core/lifecycle-private.h"

#include <signal.h>

static bool kills_group(const Step *step)
{
        return step->policy->kill_mode == KILL_CONTROL_GROUP || step->life->leftover;
}

static bool is_gone(const Step *step)
{
        const Lifecycle *life = step->life;

        if (life->main_alive || life->control_alive)
                return false;
        return life->empty || (step->policy->kill_mode == KILL_PROCESS && !life->leftover && !life->probe_alive);
}

/* KillMode=mixed: those that are to be spoken to have ended, the others get no word. */
static bool only_others_live(const Step *step)
{
        const Lifecycle *life = step->life;

        return step->policy->kill_mode == KILL_MIXED && !life->leftover && !life->main_alive && !life->control_alive;
}

static void send_signal(Step *step, KillTarget target, int signal, bool is_last)
{
        step->effects.kill = target;
        step->effects.signal = signal;
        /* A stopped process has to be woken to see the signal; none is needed, or wanted, after the last one. */
        step->effects.with_sigcont = !is_last && signal != SIGKILL && signal != SIGCONT;
        step->effects.with_sighup = !is_last && step->policy->send_sighup && signal != SIGHUP;
}

static void come_to_rest(Step *step, LifecycleReason reason)
{
        Lifecycle *life = step->life;

        life->wanted = false;
        enter(step, result_is_failure(life->result) ? STATE_FAILED : STATE_DEAD, USEC_INFINITY, reason);
}

/* Nobody stopped it: Restart= has the word. */
static void restart_or_rest(Step *step, bool was_run)
{
        Lifecycle *life = step->life;
        const ProcessExit *exit = was_run && life->main_exit_known ? &life->main_exit : NULL;
        usec_t delay, at;

        if (!policy_shall_restart(step->policy, life->result, exit, &life->restart_reason)) {
                come_to_rest(step, life->end_reason);
                return;
        }

        delay = policy_take_delay(step->policy, &life->history, step->event->random);
        at = usec_add(step->now, delay);
        /* Counted as of the time when it will be tried: whether the limit forbids that is known now, and said now. */
        if (!life->uncounted && !policy_count_start(step->policy, &life->history, at)) {
                life->result = RESULT_START_LIMIT_HIT;
                life->restart_reason = RESTART_REASON_LIMIT;
                come_to_rest(step, REASON_START_LIMIT);
        } else if (delay == 0) {
                try_again(step, REASON_RESTART_POLICY);
        } else {
                enter(step, STATE_AUTO_RESTART, at, REASON_RESTART_POLICY);
        }
}

static void finish(Step *step)
{
        Lifecycle *life = step->life;
        bool was_run = life->run_open;

        life->run_open = false;
        step->effects.end_run = was_run;

        if (life->again)
                wait_for_release(step, life->end_reason);
        else if (life->wanted)
                restart_or_rest(step, was_run);
        else
                come_to_rest(step, life->end_reason);
}

/* Nothing is left of this stage. */
static void go_on(Step *step)
{
        Lifecycle *life = step->life;

        life->stuck = false;
        /* Beside a command that had to be renounced there runs no other. */
        if (!life->run_open || life->control_alive || life->stop_post_done ||
            step->policy->n_commands[COMMAND_STOP_POST] == 0) {
                finish(step);
                return;
        }
        life->stop_post_done = true;
        life->stop_deadline = usec_add(step->now, step->policy->timeout_stop_usec);
        enter_with_commands(step, STATE_STOP_POST, COMMAND_STOP_POST, life->stop_deadline, life->end_reason);
}

static void kill_rest(Step *step, LifecycleReason reason)
{
        bool own_only = step->policy->kill_mode == KILL_PROCESS && !step->life->leftover;

        send_signal(step, own_only ? TARGET_MAIN : TARGET_GROUP, step->policy->final_kill_signal, true);
        enter(step, step->life->stop_post_done ? STATE_FINAL_SIGKILL : STATE_STOP_SIGKILL,
              usec_add(step->now, step->policy->kill_patience_usec), reason);
}

static void renounce_rest(Step *step)
{
        step->life->renounced = true;
        /* A start that waits for these processes would wait for ever. */
        if (!step->life->run_open)
                step->life->again = false;
        go_on(step);
}

static void note_timeout(Step *step)
{
        Lifecycle *life = step->life;

        life->timed_out_kill = true;
        if (!result_is_failure(life->result))
                life->result = RESULT_SUCCESS;
        note_failure(step, RESULT_TIMEOUT, REASON_STOP_TIMEOUT);
}

void terminate(Step *step, LifecycleReason reason)
{
        const Lifecycle *life = step->life;
        const LifecyclePolicy *policy = step->policy;

        if (is_gone(step)) {
                go_on(step);
        } else if (only_others_live(step)) {
                if (policy->send_sigkill)
                        kill_rest(step, reason);
                else
                        renounce_rest(step);
        } else {
                send_signal(step, kills_group(step) ? TARGET_GROUP : TARGET_MAIN,
                            life->restarting ? policy->restart_kill_signal : policy->kill_signal, false);
                enter(step, life->stop_post_done ? STATE_FINAL_SIGTERM : STATE_STOP_SIGTERM, life->stop_deadline,
                      reason);
        }
}

/* Into STOP_WATCHDOG, or FINAL_WATCHDOG: the turn of WatchdogSignal, in place of KillSignal's. */
void send_watchdog_signal(Step *step)
{
        Lifecycle *life = step->life;

        life->stop_deadline = usec_add(step->now, step->policy->timeout_abort_usec);
        send_signal(step, kills_group(step) ? TARGET_GROUP : TARGET_MAIN, step->policy->watchdog_signal, false);
        step->effects.with_sighup = false;
        enter(step, life->stop_post_done ? STATE_FINAL_WATCHDOG : STATE_STOP_WATCHDOG, life->stop_deadline,
              REASON_WATCHDOG);
}

void end_by_watchdog(Step *step)
{
        begin_end(step, RESULT_WATCHDOG, REASON_WATCHDOG);
        if (is_gone(step) || only_others_live(step))
                terminate(step, REASON_WATCHDOG);
        else
                send_watchdog_signal(step);
}

void end_by_itself(Step *step)
{
        if (!step->life->main_alive)
                return;
        begin_end(step, RESULT_SUCCESS, REASON_STOPPING);
        step->life->by_itself = true;
        enter(step, STATE_STOP_SIGTERM, step->life->stop_deadline, REASON_STOPPING);
}

/* On the way down all stages of one kind share a deadline. */
void extend_stop(Step *step)
{
        if (extend_deadline(step))
                step->life->stop_deadline = step->life->deadline;
}

void clear_leftover(Step *step)
{
        Lifecycle *life = step->life;

        reset_run(step);
        life->again = life->wanted;
        if (step->type == EVENT_LEFTOVER) {
                life->leftover = true;
                life->empty = false;
        }
        end_by_signal(step, RESULT_SUCCESS, REASON_LEFTOVER);
}

/* Asked for, or not, while it goes down: what becomes of it afterwards. */
void change_wish(Step *step)
{
        Lifecycle *life = step->life;
        bool wanted = step->type != EVENT_STOP;

        if (wanted)
                note_start(step);
        else if (life->wanted)
                note_failure(step, step->event->result, REASON_DEPENDENCY);
        life->wanted = life->again = wanted;
}

/* A command on the way down has had all the time there was; KillSignal's turn is over with it. */
void cut_short(Step *step)
{
        note_timeout(step);
        if (step->policy->send_sigkill) {
                kill_rest(step, REASON_STOP_TIMEOUT);
                return;
        }
        /* KillSignal is all that there is: it gets a little time of its own. */
        step->life->stop_deadline = usec_add(step->now, step->policy->kill_patience_usec);
        terminate(step, REASON_STOP_TIMEOUT);
}

static void look_whether_gone(Step *step)
{
        Lifecycle *life = step->life;
        /* It has ended by itself; who is left has not been asked to yet. */
        bool left_others = life->by_itself && !life->main_alive;

        if (left_others)
                life->by_itself = false;
        if (left_others || is_gone(step) || only_others_live(step))
                terminate(step, life->end_reason);
}

/* STOP_SIGTERM, FINAL_SIGTERM, STOP_WATCHDOG, FINAL_WATCHDOG */
void step_terminating(Step *step)
{
        switch (step->type) {
        case EVENT_MAIN_EXITED:
        case EVENT_CONTROL_EXITED:
        case EVENT_EMPTY:
                look_whether_gone(step);
                break;
        case EVENT_DEADLINE:
                step->life->by_itself = false;
                note_timeout(step);
                if (step->policy->send_sigkill)
                        kill_rest(step, REASON_STOP_TIMEOUT);
                else
                        renounce_rest(step);
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
        case EVENT_LEFTOVER:
        case EVENT_RESET_FAILED:
        case EVENT_RELOADING:
        case EVENT_RELOADED:
        case EVENT_STOPPING:
        case EVENT_MAIN_PID:
        case EVENT_NO_MAIN:
        case EVENT_WATCHDOG:
        case EVENT_UNHEALTHY:
        case _LIFECYCLE_EVENT_N:
                break;
        }
}

static void tell_stuck(Step *step)
{
        step->effects.stop_stuck = true;
        step->effects.reason = REASON_UNKILLABLE;
}

/* STOP_SIGKILL, FINAL_SIGKILL */
void step_killing(Step *step)
{
        switch (step->type) {
        case EVENT_MAIN_EXITED:
        case EVENT_CONTROL_EXITED:
        case EVENT_EMPTY:
                if (is_gone(step))
                        go_on(step);
                break;
        case EVENT_DEADLINE:
                note_timeout(step);
                step->life->stuck = true;
                enter(step, STATE_FINAL_SIGKILL, USEC_INFINITY, REASON_UNKILLABLE);
                tell_stuck(step);
                break;
        case EVENT_START:
        case EVENT_STOP:
        case EVENT_RESTART:
                change_wish(step);
                /* Who asks for a stop now is to know at once that it can't be had. */
                if (step->life->stuck && step->type == EVENT_STOP)
                        tell_stuck(step);
                break;
        case EVENT_RELOAD:
        case EVENT_RELEASE:
        case EVENT_RETRY_NOW:
        case EVENT_EXECUTED:
        case EVENT_SPAWN_FAILED:
        case EVENT_READY:
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

void step_stop_post(Step *step)
{
        switch (step->type) {
        case EVENT_CONTROL_EXITED:
                note_failure(step, step->outcome, step->because);
                if (step->outcome == RESULT_SUCCESS && run_next_command(step))
                        break;
                if (step->life->renounced)
                        finish(step);
                else
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
        case EVENT_MAIN_EXITED: /* a renounced one, at last */
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
