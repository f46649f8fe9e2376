/* SPDX-License-Identifier: MIT */
#pragma once

/* The words in which the tests tell a service's life: a service with its clock, things that happen to it, and what is
 * to be seen then. */

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "core/lifecycle.h"

#define SEC USEC_PER_SEC

typedef struct Life {
        Lifecycle life;
        LifecyclePolicy policy;
        LifecycleEffects effects; /* of the last step */
        usec_t now;
} Life;

/* systemd's defaults, one command, and no restart. */
static inline Life a_service(ServiceType type)
{
        return (Life){
                .life = LIFECYCLE_NULL,
                .now = 1000 * SEC,
                .policy = {.type = type,
                           .n_commands = {[COMMAND_START] = 1},
                           .restart_usec = 100 * USEC_PER_MSEC,
                           .restart_max_delay_usec = USEC_INFINITY,
                           .restart_reset_usec = USEC_INFINITY,
                           .start_limit_interval_usec = 10 * SEC,
                           .start_limit_burst = 5,
                           .kill_signal = SIGTERM,
                           .restart_kill_signal = SIGTERM,
                           .final_kill_signal = SIGKILL,
                           .watchdog_signal = SIGABRT,
                           .timeout_abort_usec = 30 * SEC,
                           .send_sigkill = true,
                           .timeout_start_usec = 90 * SEC,
                           .timeout_stop_usec = 80 * SEC,
                           .runtime_max_usec = USEC_INFINITY,
                           .kill_patience_usec = 5 * SEC},
        };
}

static inline void happens_event(Life *it, LifecycleEvent event)
{
        event.now = it->now;
        it->effects = lifecycle_step(&it->life, &it->policy, &event);
}

/* HAPPENS(&it, EVENT_STOP, .by_hand = true) */
#define HAPPENS(it, ...) happens_event((it), (LifecycleEvent){.type = __VA_ARGS__})

static inline void main_exits(Life *it, int code, bool empty)
{
        HAPPENS(it, EVENT_MAIN_EXITED, .exit = {PROCESS_EXITED, code}, .empty = empty);
}

static inline void main_dies(Life *it, int signal, bool empty)
{
        HAPPENS(it, EVENT_MAIN_EXITED, .exit = {PROCESS_KILLED, signal}, .empty = empty);
}

static inline void command_exits(Life *it, int code, bool empty)
{
        HAPPENS(it, EVENT_CONTROL_EXITED, .exit = {PROCESS_EXITED, code}, .empty = empty);
}

static inline void deadline_comes(Life *it)
{
        cr_assert_neq(it->life.deadline, USEC_INFINITY, "in %s nothing is due",
                      service_state_info(it->life.state)->name);
        it->now = MAX(it->now, it->life.deadline);
        HAPPENS(it, EVENT_DEADLINE);
}

/* Started by hand and released. */
static inline void begins(Life *it)
{
        HAPPENS(it, EVENT_START, .by_hand = true);
        cr_assert_eq(it->life.state, STATE_WAITING);
        HAPPENS(it, EVENT_RELEASE);
        cr_assert(it->effects.begin_run);
}

/* Started by hand and up, whatever its type. */
static inline void is_up(Life *it)
{
        begins(it);
        if (it->life.state == STATE_START && it->policy.type != SERVICE_ONESHOT)
                HAPPENS(it, EVENT_EXECUTED);
        cr_assert_eq(it->life.state, STATE_RUNNING);
}

#define IS_IN(it, expected)                                                 \
        cr_assert((it)->life.state == (expected), "it is in %s, not in %s", \
                  service_state_info((it)->life.state)->name, service_state_info(expected)->name)
#define RESULT_IS(it, expected)                                                \
        cr_assert((it)->life.result == (expected), "the result is %s, not %s", \
                  service_result_to_string((it)->life.result), service_result_to_string(expected))
#define REASON_IS(it, expected)                                                   \
        cr_assert((it)->effects.reason == (expected), "the reason is %s, not %s", \
                  lifecycle_reason_to_string((it)->effects.reason), lifecycle_reason_to_string(expected))
#define RUNS_COMMAND(it, expected_kind, expected_index)                       \
        cr_assert((it)->effects.spawn_control && !(it)->effects.spawn_main && \
                  (it)->effects.kind == (expected_kind) && (it)->effects.index == (expected_index))
#define RUNS_MAIN(it, expected_index)                                                                                \
        cr_assert((it)->effects.spawn_main && !(it)->effects.spawn_control && (it)->effects.kind == COMMAND_START && \
                  (it)->effects.index == (expected_index))
#define RUNS_NOTHING(it) cr_assert(!(it)->effects.spawn_main && !(it)->effects.spawn_control)
#define SENDS(it, expected_target, expected_signal)                                                     \
        cr_assert((it)->effects.kill == (expected_target) && (it)->effects.signal == (expected_signal), \
                  "it sends signal %d to target %u", (it)->effects.signal, (it)->effects.kill)
#define SENDS_NOTHING(it) SENDS(it, TARGET_NONE, 0)
#define IS_DUE(it, span)  cr_assert_eq((it)->life.deadline, usec_add((it)->now, (span)))
