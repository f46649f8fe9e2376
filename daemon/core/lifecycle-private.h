/* SPDX-License-Identifier: MIT */
#pragma once

/* The lifecycle from the inside: one step in progress, and the moves that its files share. A move changes the
 * state, and adds to the effects; each step ends with at most one spawn and one signal. */

#include "core/lifecycle.h"
#include "core/policy.h"

typedef struct Step {
        Lifecycle *life;
        const LifecyclePolicy *policy;
        const LifecycleEvent *event;
        usec_t now;

        LifecycleEventType type; /* the event's; of SPAWN_FAILED what it means: MAIN_EXITED or CONTROL_EXITED */
        ServiceResult outcome;   /* of the process that ended */
        LifecycleReason because; /* likewise */
        LifecycleEffects effects;
} Step;

/* A result that makes the service `failed` when it rests. */
static inline bool result_is_failure(ServiceResult result)
{
        return result != RESULT_SUCCESS && result != RESULT_DEPENDENCY && result != RESULT_EXEC_CONDITION;
}

/* lifecycle.c: what the others are made of */

/* A start that nobody refuses; by hand it forgets the past. */
void note_start(Step *step);
/* The first failure stands, and is why the run ends. */
void note_failure(Step *step, ServiceResult result, LifecycleReason reason);
/* Into `state`, with the next thing due at `deadline`. */
void enter(Step *step, ServiceState state, usec_t deadline, LifecycleReason reason);
/* Into `state`, to run the commands of `kind`, of which there is one at least. */
void enter_with_commands(Step *step, ServiceState state, CommandKind kind, usec_t deadline, LifecycleReason reason);
/* The next command of the list of which one has just ended. False where there is none. */
bool run_next_command(Step *step);
/* The deadline may be put off as the event asks: true where it was. */
bool extend_deadline(Step *step);
/* Forgets the last run, for a new one, or for a stop of something that is none of ours. */
void reset_run(Step *step);
/* Into WAITING. */
void wait_for_release(Step *step, LifecycleReason reason);
/* Into WAITING by Restart=. */
void try_again(Step *step, LifecycleReason reason);

/* lifecycle-rest.c: nothing of it runs */

void step_dead(Step *step);
void step_failed(Step *step);
void step_waiting(Step *step);
void step_auto_restart(Step *step);

/* lifecycle-start.c: the way up */

void begin_run(Step *step);
/* TimeoutStartSec from now. */
usec_t start_deadline(const Step *step);
/* run_next_command(), with as much time again as the one before had. */
bool run_next_in_time(Step *step);
/* STOP and RESTART of something that runs. */
void go_down(Step *step, void (*end)(Step *, ServiceResult, LifecycleReason));
/* The main process ended while a command runs: that is let finish only where the service stays up all the same. */
void end_beside_command(Step *step);
void step_before_start(Step *step);
void step_start(Step *step);
void step_start_post(Step *step);

/* lifecycle-up.c: being up */

/* Running as long as the main process does, or for good where RemainAfterExit says so. */
void settle_up(Step *step);
void step_running(Step *step);
void step_exited(Step *step);
void step_reload(Step *step);

/* lifecycle-stop.c: the way down */

/* The run ends: by ExecStop first, for what had been up, or by KillSignal at once. */
void end_orderly(Step *step, ServiceResult result, LifecycleReason reason);
void end_by_signal(Step *step, ServiceResult result, LifecycleReason reason);
/* The run ends by WatchdogSignal, so that a core tells what it hung on. */
void end_by_watchdog(Step *step);
/* It goes down by itself, and needs no signal. Nothing where there is no main process to do that. */
void end_by_itself(Step *step);
/* Before a start, what still lives of an earlier run is stopped in the service's own way. */
void clear_leftover(Step *step);
/* lifecycle-end.c: its beginning */
void step_stop(Step *step);
void step_terminating(Step *step);
void step_killing(Step *step);
void step_stop_post(Step *step);

/* What the two files of the way down share. */

/* A run's end begins: why, when, and by when all of it has to be gone. */
void begin_end(Step *step, ServiceResult result, LifecycleReason reason);
/* KillSignal's turn, where anything is left; else the next stage. */
void terminate(Step *step, LifecycleReason reason);
/* Asked for, or not, while it goes down: what becomes of it afterwards. */
void change_wish(Step *step);
/* A command on the way down has had all the time there was. */
void cut_short(Step *step);
void extend_stop(Step *step);
/* WatchdogSignal's turn, in place of KillSignal's. */
void send_watchdog_signal(Step *step);
