/* SPDX-License-Identifier: MIT */

/* The life of a service: the entry of each step, and the moves that all states share.
 *
 * A step first takes note of what the event says about processes (who is alive, how it ended), so that a process'
 * death is never missed, whatever the state; what cannot be (an exit of what isn't alive, a deadline that was moved)
 * ends there. Then the state decides: one function each, with a switch over all events and no default, so that a new
 * event does not compile until every state has an answer. The states of rest are in lifecycle-rest.c, the way up in
 * lifecycle-start.c, being up in lifecycle-up.c, the way down in lifecycle-stop.c; what a state is stands in
 * lifecycle-info.c. */

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

bool extend_deadline(Step *step)
{
        Lifecycle *life = step->life;
        usec_t at = usec_add(step->now, step->event->extension);

        if (life->deadline == USEC_INFINITY || at <= life->deadline)
                return false;
        life->deadline = at;
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
        life->says_reloading = life->by_itself = false;
        life->runtime_end = 0;
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
        life->probe_alive = !life->empty && step->event->probe_lives;
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
        if (step->outcome == RESULT_SIGNAL && step->event->oom_killed)
                step->outcome = RESULT_OOM_KILL;
        step->because = judge_reason(step->event, REASON_MAIN_EXITED);
        life->main_alive = false;
        if (step->outcome != RESULT_RESOURCES) {
                life->main_exit = step->event->exit;
                life->main_exit_known = !step->event->is_unknown;
        }
        note_group(step);
        /* Of a run that is over already, nothing is to be said any more. */
        if (life->run_open)
                note_failure(step, step->outcome, step->because);
        return true;
}

/* systemd.service(5): 1 to 254 says that the service is not to run, 255 and a signal that the question failed. So
 * does, other than with systemd, a command that could not be executed. */
static bool is_no(const Step *step)
{
        const LifecycleEvent *event = step->event;

        return step->life->control_kind == COMMAND_CONDITION && event->type == EVENT_CONTROL_EXITED &&
               step->outcome == RESULT_EXIT_CODE && event->exit.status < 255;
}

static bool note_control_exited(Step *step)
{
        Lifecycle *life = step->life;

        if (!life->control_alive)
                return false;

        step->type = EVENT_CONTROL_EXITED;
        step->outcome = judge(step, life->control_kind, life->command, false);
        step->because = judge_reason(step->event, REASON_COMMAND_FAILED);
        if (is_no(step)) {
                step->outcome = RESULT_EXEC_CONDITION;
                step->because = REASON_CONDITION;
        }
        life->control_alive = false;
        note_group(step);
        return true;
}

/* Of a run that is over, or not so far yet, nobody is to name the main process; a oneshot has its commands. */
static bool note_main_pid(Step *step)
{
        Lifecycle *life = step->life;

        if (!life->run_open || step->policy->type == SERVICE_ONESHOT ||
            !service_state_info(life->state)->may_have_main)
                return false;
        life->main_alive = life->executed = true;
        life->empty = false;
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
        case EVENT_MAIN_PID:
                return note_main_pid(step);
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
                return step_before_start(step);
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
