/* SPDX-License-Identifier: MIT */

/* The life of a service: the entry of each step, and the states in which nothing of it runs.
 *
 * A step first takes note of what the event says about processes (who is alive, how it ended), so that a process'
 * death is never missed, whatever the state; what cannot be (an exit of what isn't alive, a deadline that was moved)
 * ends there. Then the state decides: one function each, with a switch over all events and no default, so that a new
 * event does not compile until every state has an answer. The way up is in lifecycle-start.c, the way down in
 * lifecycle-stop.c; what a state is stands in lifecycle-info.c.
 *
 * P4 is kept in one place: RELEASE, the only beginning of a run, finds a main or control process that an earlier stop
 * had to renounce, and stops it first. */

#include "core/lifecycle-private.h"

void enter(Step *step, ServiceState state, usec_t deadline, LifecycleReason reason)
{
        step->life->state = state;
        step->life->deadline = deadline;
        step->effects.reason = reason;
}

static void spawn_control(Step *step, CommandKind kind, unsigned index)
{
        Lifecycle *life = step->life;

        life->control_alive = true;
        life->empty = false;
        life->control_kind = kind;
        life->command = index;
        step->effects.spawn_control = true;
        step->effects.kind = kind;
        step->effects.index = index;
}

void enter_with_commands(Step *step, ServiceState state, CommandKind kind, usec_t deadline, LifecycleReason reason)
{
        enter(step, state, deadline, reason);
        spawn_control(step, kind, 0);
}

bool run_next_command(Step *step)
{
        const Lifecycle *life = step->life;

        if (life->command + 1 >= step->policy->n_commands[life->control_kind])
                return false;
        spawn_control(step, life->control_kind, life->command + 1);
        return true;
}

void note_start(Step *step)
{
        const LifecycleEvent *event = step->event;
        RestartHistory *history = &step->life->history;
        bool counted = event->by_hand || (step->type == EVENT_START && !event->uncounted);

        if (event->by_hand)
                policy_forget(history);
        /* The limit is for what starts itself: a wish is counted, never refused. */
        if (counted)
                (void) policy_count_start(step->policy, history, step->now);
        step->life->restart_reason = RESTART_REASON_NONE;
}

void note_failure(Step *step, ServiceResult result, LifecycleReason reason)
{
        if (step->life->result != RESULT_SUCCESS || result == RESULT_SUCCESS)
                return;
        step->life->result = result;
        step->life->end_reason = reason;
}

void reset_run(Step *step)
{
        Lifecycle *life = step->life;

        life->ready = life->restarting = life->uncounted = false;
        life->timed_out_kill = life->renounced = life->stop_post_done = life->stuck = false;
        life->result = life->reload_result = RESULT_SUCCESS;
        life->end_reason = REASON_NONE;
        life->restart_reason = RESTART_REASON_NONE;
        life->main_exit_known = false;
        life->history.up_since = 0;
}

void wait_for_release(Step *step, LifecycleReason reason)
{
        step->life->wanted = true;
        step->life->again = false;
        enter(step, STATE_WAITING, USEC_INFINITY, reason);
}

void try_again(Step *step, LifecycleReason reason)
{
        step->life->history.n_restarts++;
        wait_for_release(step, reason);
}

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

static void step_dead(Step *step)
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

static void step_failed(Step *step)
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
                enter(step, STATE_DEAD, USEC_INFINITY, REASON_ASKED);
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

static void step_waiting(Step *step)
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

static void step_auto_restart(Step *step)
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

static bool ignores_failure(const LifecyclePolicy *policy, CommandKind kind, unsigned index)
{
        return index < 64 && (policy->ignore_failure[kind] >> index & 1);
}

/* A process that wasn't made did not end: it has no exit status that a prefix or a setting could pardon. */
static ServiceResult judge(const Step *step, CommandKind kind, unsigned index, bool is_daemon)
{
        const LifecycleEvent *event = step->event;

        if (event->type == EVENT_SPAWN_FAILED && event->result == RESULT_RESOURCES)
                return RESULT_RESOURCES;
        if (ignores_failure(step->policy, kind, index))
                return RESULT_SUCCESS;
        return policy_judge_exit(step->policy, event->exit, is_daemon);
}

static LifecycleReason judge_reason(const LifecycleEvent *event, LifecycleReason exited)
{
        if (event->type != EVENT_SPAWN_FAILED)
                return exited;
        return event->result == RESULT_RESOURCES ? REASON_NO_PROCESS : REASON_NOT_EXECUTED;
}

static void note_group(Step *step)
{
        Lifecycle *life = step->life;

        life->empty = !life->main_alive && !life->control_alive && (step->type == EVENT_EMPTY || step->event->empty);
        if (life->empty)
                life->leftover = false;
}

static bool note_main_exited(Step *step)
{
        Lifecycle *life = step->life;

        if (!life->main_alive)
                return false;

        step->type = EVENT_MAIN_EXITED;
        step->outcome = judge(step, COMMAND_START, life->main_command, step->policy->type != SERVICE_ONESHOT);
        step->because = judge_reason(step->event, REASON_MAIN_EXITED);
        life->main_alive = false;
        if (step->outcome != RESULT_RESOURCES) {
                life->main_exit = step->event->exit;
                life->main_exit_known = true;
        }
        note_group(step);
        /* Of a run that is over already, nothing is to be said any more. */
        if (life->run_open)
                note_failure(step, step->outcome, step->because);
        return true;
}

static bool note_control_exited(Step *step)
{
        Lifecycle *life = step->life;

        if (!life->control_alive)
                return false;

        step->type = EVENT_CONTROL_EXITED;
        step->outcome = judge(step, life->control_kind, life->command, false);
        step->because = judge_reason(step->event, REASON_COMMAND_FAILED);
        life->control_alive = false;
        note_group(step);
        return true;
}

/* Takes down what the event says about processes. False where it says something that cannot be. */
static bool take_note(Step *step)
{
        Lifecycle *life = step->life;

        switch (step->type) {
        case EVENT_MAIN_EXITED:
                return note_main_exited(step);
        case EVENT_CONTROL_EXITED:
                return note_control_exited(step);
        case EVENT_SPAWN_FAILED:
                /* A command is made after the main process: where both live, it is the command but for a word. */
                if (life->control_alive && !(life->main_alive && step->event->of_main))
                        return note_control_exited(step);
                return note_main_exited(step);
        case EVENT_EMPTY:
                note_group(step);
                return true;
        case EVENT_DEADLINE:
                return step->now >= life->deadline;
        case EVENT_EXECUTED:
                life->executed = life->main_alive;
                return true;
        case EVENT_RESET_FAILED:
                policy_forget(&life->history);
                return true;
        case EVENT_START:
        case EVENT_STOP:
        case EVENT_RESTART:
        case EVENT_RELOAD:
        case EVENT_RELEASE:
        case EVENT_RETRY_NOW:
        case EVENT_READY:
        case EVENT_LEFTOVER:
        case EVENT_RELOADING:
        case EVENT_RELOADED:
        case EVENT_STOPPING:
        case EVENT_MAIN_PID:
        case EVENT_NO_MAIN:
        case EVENT_EXTEND_TIMEOUT:
        case EVENT_WATCHDOG:
        case EVENT_UNHEALTHY:
                return true;
        case _LIFECYCLE_EVENT_N:
                break;
        }
        assert_not_reached();
}

static void decide(Step *step)
{
        switch (step->life->state) {
        case STATE_DEAD:
                return step_dead(step);
        case STATE_WAITING:
                return step_waiting(step);
        case STATE_CONDITION:
        case STATE_START_PRE:
                return step_start_pre(step);
        case STATE_START:
                return step_start(step);
        case STATE_START_POST:
                return step_start_post(step);
        case STATE_RUNNING:
                return step_running(step);
        case STATE_EXITED:
                return step_exited(step);
        case STATE_RELOAD:
                return step_reload(step);
        case STATE_STOP:
                return step_stop(step);
        case STATE_STOP_WATCHDOG:
        case STATE_STOP_SIGTERM:
        case STATE_FINAL_WATCHDOG:
        case STATE_FINAL_SIGTERM:
                return step_terminating(step);
        case STATE_STOP_SIGKILL:
        case STATE_FINAL_SIGKILL:
                return step_killing(step);
        case STATE_STOP_POST:
                return step_stop_post(step);
        case STATE_FAILED:
                return step_failed(step);
        case STATE_AUTO_RESTART:
                return step_auto_restart(step);
        case _SERVICE_STATE_N:
                break;
        }
        assert_not_reached();
}

LifecycleEffects lifecycle_step(Lifecycle *lifecycle, const LifecyclePolicy *policy, const LifecycleEvent *event)
{
        Step step = {
                .life = lifecycle,
                .policy = policy,
                .event = event,
                .now = event->now,
                .type = event->type,
        };

        if (take_note(&step))
                decide(&step);
        return step.effects;
}
