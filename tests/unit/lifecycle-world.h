/* SPDX-License-Identifier: MIT */
#pragma once

/* A small world for a life to live in: which processes there are, what can happen to them, and what the effects of a
 * step do to them. For the walk through all lives. */

#include <signal.h>
#include <string.h>

#include "core/lifecycle.h"

#define BASE     (USEC_PER_SEC * 1000000)
#define TIMEOUT  (10 * USEC_PER_SEC) /* of whatever has one */
#define LONG_AGO TIMEOUT

/* What is the case, and what the promises need to know of the past. */
typedef struct World {
        bool main, control, others; /* processes that live: the main one, a command, anything else of the group */
        bool fresh;                 /* nothing has been started yet: an earlier daemon's processes may be found */
        bool foreign;               /* the others are such */
        bool run_open;
        bool was_up;        /* in this run */
        bool reloading;     /* somebody waits for the end of a reload */
        bool stop_post_ran; /* in this run */
        bool stopped;       /* the last word was a stop */
        bool again;         /* somebody asked for it while it went, or was to go, down */
} World;

typedef struct Node {
        Lifecycle life;
        World world;
        uint32_t parent; /* UINT32_MAX: none */
        uint8_t event;   /* that led here */
} Node;

/* An event with what the world does at the same time. */
typedef struct Happening {
        const char *name;
        LifecycleEvent event;
        bool leaves_others; /* the process that ends leaves a child of its own behind */
} Happening;

#define EXIT(code)                     \
        {                              \
                PROCESS_EXITED, (code) \
        }

static const Happening happenings[] = {
        {"start by hand", {.type = EVENT_START, .by_hand = true}},
        {"start", {.type = EVENT_START}},
        {"stop", {.type = EVENT_STOP}},
        {"stop by dependency", {.type = EVENT_STOP, .result = RESULT_DEPENDENCY}},
        {"restart by hand", {.type = EVENT_RESTART, .by_hand = true}},
        {"restart", {.type = EVENT_RESTART}},
        {"reload", {.type = EVENT_RELOAD}},
        {"release", {.type = EVENT_RELEASE}},
        {"retry now", {.type = EVENT_RETRY_NOW}},
        {"executed", {.type = EVENT_EXECUTED}},
        {"ready", {.type = EVENT_READY}},
        {"main exits 0", {.type = EVENT_MAIN_EXITED, .exit = EXIT(0)}},
        {"main exits 0, leaving a child", {.type = EVENT_MAIN_EXITED, .exit = EXIT(0)}, true},
        {"main exits 1", {.type = EVENT_MAIN_EXITED, .exit = EXIT(1)}},
        {"main exits 1, leaving a child", {.type = EVENT_MAIN_EXITED, .exit = EXIT(1)}, true},
        {"main dies of SIGTERM", {.type = EVENT_MAIN_EXITED, .exit = {PROCESS_KILLED, SIGTERM}}},
        {"main is not executed",
         {.type = EVENT_SPAWN_FAILED, .exit = EXIT(203), .result = RESULT_EXIT_CODE, .of_main = true}},
        {"main is not made", {.type = EVENT_SPAWN_FAILED, .result = RESULT_RESOURCES, .of_main = true}},
        {"command exits 0", {.type = EVENT_CONTROL_EXITED, .exit = EXIT(0)}},
        {"command exits 0, leaving a child", {.type = EVENT_CONTROL_EXITED, .exit = EXIT(0)}, true},
        {"command exits 1", {.type = EVENT_CONTROL_EXITED, .exit = EXIT(1)}},
        {"command is not made", {.type = EVENT_SPAWN_FAILED, .result = RESULT_RESOURCES}},
        {"group is empty", {.type = EVENT_EMPTY}},
        {"deadline", {.type = EVENT_DEADLINE}},
        {"leftovers are found", {.type = EVENT_LEFTOVER}},
        {"command exits 255", {.type = EVENT_CONTROL_EXITED, .exit = EXIT(255)}},
        {"reset-failed", {.type = EVENT_RESET_FAILED}},
        {"says that it reloads", {.type = EVENT_RELOADING}},
        {"says that it has reloaded", {.type = EVENT_RELOADED}},
        {"says that it goes down", {.type = EVENT_STOPPING}},
        {"one of the others is the main process", {.type = EVENT_MAIN_PID}},
        {"one of the others is the main process, and others are left", {.type = EVENT_MAIN_PID}, true},
        {"nobody knows the main process", {.type = EVENT_NO_MAIN, .result = RESULT_RESOURCES}},
        {"asks for more time", {.type = EVENT_EXTEND_TIMEOUT, .extension = 2 * TIMEOUT}},
        {"fails its watchdog", {.type = EVENT_WATCHDOG}},
        {"is unhealthy", {.type = EVENT_UNHEALTHY}},
};

static bool is_deactivating(ServiceState state)
{
        return service_state_info(state)->active == ACTIVE_DEACTIVATING;
}

static bool is_resting(ServiceState state)
{
        return service_state_info(state)->resting;
}

static bool can_happen(const Node *node, const LifecyclePolicy *policy, const Happening *happening)
{
        const World *world = &node->world;
        const Lifecycle *life = &node->life;
        bool lives = world->run_open && (world->main || world->control || world->others);
        bool forks = policy->type == SERVICE_FORKING && life->state == STATE_START;
        /* What a service says has nothing to do with Restart=, but for the end that it leads to: one setting is
         * enough, where the walk through all of them would take minutes. */
        bool talks = lives && policy->restart == RESTART_ON_FAILURE;

        switch (happening->event.type) {
        case EVENT_RELEASE:
                return life->state == STATE_WAITING;
        case EVENT_EXECUTED:
                return world->main && !life->executed;
        case EVENT_READY:
                return policy->has_ready_conditions && (world->main || forks) && life->state == STATE_START &&
                       !life->ready;
        case EVENT_MAIN_EXITED:
                return world->main && !(happening->leaves_others && world->others);
        case EVENT_SPAWN_FAILED:
                return happening->event.of_main ? world->main && !life->executed : world->control;
        case EVENT_CONTROL_EXITED:
                return world->control && !(happening->leaves_others && world->others) &&
                       (happening->event.exit.status != 255 || life->state == STATE_CONDITION);
        case EVENT_EMPTY:
                return !world->main && !world->control && world->others;
        case EVENT_DEADLINE:
                return life->deadline != USEC_INFINITY;
        case EVENT_LEFTOVER:
                return world->fresh && is_resting(life->state) && !world->others;
        case EVENT_MAIN_PID:
                return (forks || talks) && world->run_open && world->others && !world->foreign &&
                       policy->type != SERVICE_ONESHOT && service_state_info(life->state)->may_have_main;
        case EVENT_NO_MAIN:
                return forks && world->others && !world->main && !world->control;
        case EVENT_EXTEND_TIMEOUT:
                /* Where there are few commands: it doubles the states. */
                return talks && policy->n_commands[COMMAND_RELOAD] == 0;
        case EVENT_RELOADING:
        case EVENT_RELOADED:
        case EVENT_STOPPING:
        case EVENT_WATCHDOG:
        case EVENT_UNHEALTHY:
                return talks;
        case EVENT_START:
        case EVENT_STOP:
        case EVENT_RESTART:
        case EVENT_RELOAD:
        case EVENT_RETRY_NOW:
        case EVENT_RESET_FAILED:
        case _LIFECYCLE_EVENT_N:
                return true;
        }
        return false;
}

/* The world changes as the event says, before the step. */
static LifecycleEvent happen(World *world, const Lifecycle *life, const Happening *happening)
{
        LifecycleEvent event = happening->event;
        bool main_ends = event.type == EVENT_MAIN_EXITED || (event.type == EVENT_SPAWN_FAILED && event.of_main);
        bool control_ends =
                event.type == EVENT_CONTROL_EXITED || (event.type == EVENT_SPAWN_FAILED && !event.of_main);

        event.now = event.type == EVENT_DEADLINE ? MAX(BASE, life->deadline) : BASE;
        if (main_ends)
                world->main = false;
        if (control_ends)
                world->control = false;
        if (event.type == EVENT_MAIN_PID) {
                /* One that was the main process before is one of the others now. */
                world->others = world->main;
                world->main = true;
        }
        if (happening->leaves_others)
                world->others = true;
        if (event.type == EVENT_EMPTY)
                world->others = world->foreign = false;
        if (event.type == EVENT_LEFTOVER)
                world->others = world->foreign = true;
        if (main_ends || control_ends)
                event.empty = !world->main && !world->control && !world->others;
        if (event.type == EVENT_STOP) {
                world->stopped = true;
                world->again = false;
        }
        if (event.type == EVENT_START || event.type == EVENT_RESTART) {
                world->stopped = false;
                world->again =
                        is_deactivating(life->state) || (event.type == EVENT_RESTART && !is_resting(life->state));
        }
        return event;
}

/* The world changes as the effects say, after the step. */
static void carry_out(World *world, const Lifecycle *life, ServiceState before, const LifecycleEffects *effects)
{
        if (effects->begin_run) {
                world->run_open = true;
                world->fresh = world->was_up = world->stop_post_ran = world->again = false;
        }
        if (effects->spawn_main)
                world->main = true;
        if (effects->spawn_control)
                world->control = true;
        if (effects->spawn_control && effects->kind == COMMAND_STOP_POST)
                world->stop_post_ran = true;
        if (life->state == STATE_RUNNING || life->state == STATE_EXITED)
                world->was_up = true;
        if (life->state == STATE_RELOAD && before != STATE_RELOAD)
                world->reloading = true;
        if (effects->reload_done)
                world->reloading = false;
        if (effects->end_run)
                world->run_open = false;
}

static void shift(usec_t *time, usec_t now)
{
        if (*time != USEC_INFINITY && *time != 0)
                *time = MAX(usec_sub(*time + BASE, now), BASE - LONG_AGO);
}

/* Sets aside what a life keeps for its readers only, or until something else overwrites it. */
static void forget_past(Lifecycle *life)
{
        bool failed = life->state == STATE_FAILED;

        life->main_exit_known = false;
        memset(&life->main_exit, 0, sizeof(life->main_exit));
        life->restart_reason = RESTART_REASON_NONE;
        life->history.n_restarts = life->history.n_delays = 0;
        life->history.last_delay = 0;
        if (life->end_reason != REASON_NONE)
                life->end_reason = REASON_ASKED;
        if (!life->main_alive) {
                life->main_command = 0;
                life->executed = false;
        }
        if (life->state != STATE_START)
                life->ready = false;
        if (!life->control_alive) {
                life->control_kind = 0;
                life->command = 0;
        }
        if (life->state != STATE_RUNNING && life->state != STATE_RELOAD)
                life->history.up_since = life->runtime_end = 0;
        if (life->state != STATE_RELOAD)
                life->reload_result = RESULT_SUCCESS;
        if (!is_deactivating(life->state))
                life->stop_deadline = USEC_INFINITY;
        if (is_resting(life->state)) {
                life->result = failed ? RESULT_EXIT_CODE : RESULT_SUCCESS;
                life->timed_out_kill = life->renounced = life->stop_post_done = life->restarting = false;
                life->end_reason = REASON_NONE;
        }
}

/* The same life at another time. */
static void normalise(Node *node, usec_t now)
{
        Lifecycle *life = &node->life;

        shift(&life->deadline, now);
        shift(&life->stop_deadline, now);
        shift(&life->history.up_since, now);
        shift(&life->runtime_end, now);
        life->history.interval_begin = life->history.n_in_interval > 0 ? BASE : 0;
        forget_past(life);
        if (!node->world.run_open)
                node->world.was_up = node->world.stop_post_ran = false;
        if (is_resting(life->state))
                node->world.again = false;
}
