/* SPDX-License-Identifier: MIT */

/* A service at rest: what wakes it, what it does not hear, how often it is tried, and what must be gone first. */

#include "life.h"

Test(lifecycle, a_new_life_is_dead_and_wants_nothing)
{
        Life it = a_service(SERVICE_EXEC);

        IS_IN(&it, STATE_DEAD);
        cr_assert(!it.life.wanted && it.life.empty);
        cr_assert_eq(it.life.deadline, USEC_INFINITY);
        cr_assert_eq(lifecycle_active_state(&it.life), ACTIVE_INACTIVE);
}

Test(lifecycle, a_start_waits_until_it_is_released)
{
        Life it = a_service(SERVICE_EXEC);

        HAPPENS(&it, EVENT_START, .by_hand = true);
        IS_IN(&it, STATE_WAITING);
        REASON_IS(&it, REASON_ASKED);
        cr_assert(it.life.wanted);
        RUNS_NOTHING(&it);

        HAPPENS(&it, EVENT_RELEASE);
        cr_assert(it.effects.begin_run);
        RUNS_MAIN(&it, 0u);
}

Test(lifecycle, a_stop_while_it_waits_needs_nothing_else)
{
        Life it = a_service(SERVICE_EXEC);

        HAPPENS(&it, EVENT_START);
        HAPPENS(&it, EVENT_STOP);
        IS_IN(&it, STATE_DEAD);
        RESULT_IS(&it, RESULT_SUCCESS);
        REASON_IS(&it, REASON_ASKED);
        cr_assert(!it.life.wanted && !it.effects.end_run);
}

Test(lifecycle, a_required_service_that_fails_ends_the_waiting_with_result_dependency)
{
        Life it = a_service(SERVICE_EXEC);

        HAPPENS(&it, EVENT_START);
        HAPPENS(&it, EVENT_STOP, .result = RESULT_DEPENDENCY);
        IS_IN(&it, STATE_DEAD);
        RESULT_IS(&it, RESULT_DEPENDENCY);
        REASON_IS(&it, REASON_DEPENDENCY);

        HAPPENS(&it, EVENT_RESET_FAILED);
        IS_IN(&it, STATE_DEAD);
        RESULT_IS(&it, RESULT_SUCCESS);
}

Test(lifecycle, a_restart_of_what_is_down_is_a_start)
{
        Life it = a_service(SERVICE_EXEC);

        HAPPENS(&it, EVENT_RESTART, .by_hand = true);
        IS_IN(&it, STATE_WAITING);
        HAPPENS(&it, EVENT_RESTART, .by_hand = true);
        IS_IN(&it, STATE_WAITING);
        HAPPENS(&it, EVENT_RESTART);
        IS_IN(&it, STATE_WAITING);
}

Test(lifecycle, a_failed_service_stays_failed_until_it_is_started_or_reset)
{
        Life it = a_service(SERVICE_EXEC);

        is_up(&it);
        main_exits(&it, 3, true);
        IS_IN(&it, STATE_FAILED);

        HAPPENS(&it, EVENT_STOP);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_EXIT_CODE);

        HAPPENS(&it, EVENT_RESET_FAILED);
        IS_IN(&it, STATE_DEAD);
        RESULT_IS(&it, RESULT_SUCCESS);

        is_up(&it);
        main_exits(&it, 3, true);
        HAPPENS(&it, EVENT_START);
        IS_IN(&it, STATE_WAITING);
        HAPPENS(&it, EVENT_RELEASE);
        RESULT_IS(&it, RESULT_SUCCESS);
        cr_assert(!it.life.main_exit_known);
}

Test(lifecycle, what_cannot_be_changes_nothing)
{
        static const LifecycleEventType strays[] = {EVENT_RELEASE,        EVENT_RETRY_NOW, EVENT_EXECUTED,
                                                    EVENT_SPAWN_FAILED,   EVENT_READY,     EVENT_MAIN_EXITED,
                                                    EVENT_CONTROL_EXITED, EVENT_EMPTY,     EVENT_DEADLINE,
                                                    EVENT_RELOAD,         EVENT_STOP};

        for (size_t i = 0; i < ELEMENTSOF(strays); i++) {
                Life it = a_service(SERVICE_EXEC);

                HAPPENS(&it, strays[i], .empty = true, .exit = {PROCESS_EXITED, 1});
                IS_IN(&it, STATE_DEAD);
                RESULT_IS(&it, RESULT_SUCCESS);
                RUNS_NOTHING(&it);
                SENDS_NOTHING(&it);
                cr_assert(!it.life.wanted && !it.life.main_exit_known && it.life.empty);
        }
}

Test(lifecycle, a_deadline_that_was_moved_is_not_over)
{
        Life it = a_service(SERVICE_EXEC);

        begins(&it);
        it.now = it.life.deadline - 1;
        HAPPENS(&it, EVENT_DEADLINE);
        IS_IN(&it, STATE_START);
        it.now++;
        HAPPENS(&it, EVENT_DEADLINE);
        IS_IN(&it, STATE_STOP_SIGTERM);
}

Test(lifecycle, a_group_is_not_empty_while_a_process_of_it_lives)
{
        Life it = a_service(SERVICE_EXEC);

        is_up(&it);
        HAPPENS(&it, EVENT_EMPTY);
        cr_assert(!it.life.empty);
        IS_IN(&it, STATE_RUNNING);
}

static Life a_restarting_service(usec_t delay)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.restart = RESTART_ON_FAILURE;
        it.policy.restart_usec = delay;
        is_up(&it);
        return it;
}

Test(lifecycle, a_crash_is_followed_by_a_pause_and_another_try)
{
        Life it = a_restarting_service(SEC);

        main_exits(&it, 1, true);
        IS_IN(&it, STATE_AUTO_RESTART);
        REASON_IS(&it, REASON_RESTART_POLICY);
        cr_assert_eq(it.life.restart_reason, RESTART_REASON_COVERED);
        cr_assert_eq(it.life.end_reason, REASON_MAIN_EXITED);
        cr_assert(it.life.wanted && it.effects.end_run);
        IS_DUE(&it, SEC);
        cr_assert_eq(it.life.history.n_restarts, 0u);

        deadline_comes(&it);
        IS_IN(&it, STATE_WAITING);
        cr_assert_eq(it.life.history.n_restarts, 1u);
        HAPPENS(&it, EVENT_RELEASE);
        RUNS_MAIN(&it, 0u);
}

Test(lifecycle, without_a_delay_a_restart_takes_one_step)
{
        Life it = a_restarting_service(0);

        main_dies(&it, SIGKILL, true);
        IS_IN(&it, STATE_WAITING);
        REASON_IS(&it, REASON_RESTART_POLICY);
        cr_assert(it.effects.end_run);
        cr_assert_eq(it.life.history.n_restarts, 1u);
}

Test(lifecycle, a_pause_is_cut_short_by_whoever_wants_it_up)
{
        static const struct {
                LifecycleEvent event;
                unsigned n_restarts;
        } cases[] = {
                {{.type = EVENT_RETRY_NOW}, 1},
                {{.type = EVENT_START}, 1},
                {{.type = EVENT_RESTART}, 1},
                {{.type = EVENT_START, .by_hand = true}, 0},
                {{.type = EVENT_RESTART, .by_hand = true}, 0},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Life it = a_restarting_service(SEC);

                main_exits(&it, 1, true);
                happens_event(&it, cases[i].event);
                IS_IN(&it, STATE_WAITING);
                cr_assert_eq(it.life.deadline, USEC_INFINITY);
                cr_assert_eq(it.life.history.n_restarts, cases[i].n_restarts);
        }
}

Test(lifecycle, a_stop_in_the_pause_ends_the_trying_and_keeps_the_result)
{
        Life it = a_restarting_service(SEC);

        main_exits(&it, 1, true);
        HAPPENS(&it, EVENT_RESET_FAILED);
        IS_IN(&it, STATE_AUTO_RESTART);
        RESULT_IS(&it, RESULT_SUCCESS);

        it = a_restarting_service(SEC);
        main_exits(&it, 1, true);
        HAPPENS(&it, EVENT_STOP);
        IS_IN(&it, STATE_DEAD);
        RESULT_IS(&it, RESULT_EXIT_CODE);
        cr_assert_eq(it.life.deadline, USEC_INFINITY);
}

/* Crashes at once, again and again; how many runs there were. */
static unsigned crash_until_it_gives_up(Life *it, bool uncounted)
{
        unsigned n_runs = 1;

        for (;; n_runs++) {
                HAPPENS(it, EVENT_MAIN_EXITED, .exit = {PROCESS_EXITED, 1}, .empty = true, .uncounted = uncounted);
                if (it->life.state == STATE_FAILED || n_runs == 100)
                        return n_runs;
                deadline_comes(it);
                HAPPENS(it, EVENT_RELEASE);
                HAPPENS(it, EVENT_EXECUTED);
        }
}

Test(lifecycle, the_start_limit_ends_a_loop_of_crashes)
{
        Life it = a_restarting_service(SEC);

        cr_assert_eq(crash_until_it_gives_up(&it, false), 5u);
        RESULT_IS(&it, RESULT_START_LIMIT_HIT);
        REASON_IS(&it, REASON_START_LIMIT);
        cr_assert_eq(it.life.restart_reason, RESTART_REASON_LIMIT);
        cr_assert_eq(it.life.main_exit.status, 1);
        cr_assert(!it.life.wanted && it.effects.end_run);
        cr_assert_eq(it.life.history.n_restarts, 4u);
}

Test(lifecycle, a_start_by_hand_is_never_refused_and_forgets)
{
        Life it = a_restarting_service(SEC);

        (void) crash_until_it_gives_up(&it, false);
        is_up(&it);
        cr_assert_eq(it.life.history.n_restarts, 0u);
        cr_assert_eq(crash_until_it_gives_up(&it, false), 5u);
}

Test(lifecycle, a_start_by_hand_while_it_waits_gives_it_all_its_tries_back)
{
        Life it = a_restarting_service(SEC);

        main_exits(&it, 1, true);
        deadline_comes(&it);
        IS_IN(&it, STATE_WAITING);
        HAPPENS(&it, EVENT_START, .by_hand = true);
        cr_assert_eq(it.life.history.n_restarts, 0u);
        HAPPENS(&it, EVENT_START);
        HAPPENS(&it, EVENT_RELEASE);
        HAPPENS(&it, EVENT_EXECUTED);
        cr_assert_eq(crash_until_it_gives_up(&it, false), 5u);
}

Test(lifecycle, exits_that_are_another_services_fault_do_not_count)
{
        Life it = a_restarting_service(SEC);

        cr_assert_eq(crash_until_it_gives_up(&it, true), 100u);
        cr_assert_neq(it.life.state, STATE_FAILED);
}

Test(lifecycle, a_start_timeout_that_is_another_services_fault_does_not_count)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.restart = RESTART_ALWAYS;
        it.policy.start_limit_interval_usec = USEC_INFINITY;
        begins(&it);
        for (int i = 0; i < 20; i++) {
                it.now = it.life.deadline;
                HAPPENS(&it, EVENT_DEADLINE, .uncounted = true);
                main_dies(&it, SIGTERM, true);
                IS_IN(&it, STATE_AUTO_RESTART);
                deadline_comes(&it);
                HAPPENS(&it, EVENT_RELEASE);
        }
}

Test(lifecycle, a_reload_during_another_services_trouble_says_nothing_about_the_end)
{
        Life it = a_restarting_service(SEC);

        it.policy.n_commands[COMMAND_RELOAD] = 1;
        it.policy.start_limit_burst = 1;
        HAPPENS(&it, EVENT_RELOAD);
        HAPPENS(&it, EVENT_CONTROL_EXITED, .uncounted = true);
        main_exits(&it, 1, true);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_START_LIMIT_HIT);
}

Test(lifecycle, a_new_run_has_nothing_of_the_last_one)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.has_ready_conditions = true;
        it.policy.runtime_max_usec = 100 * SEC;
        it.policy.restart_kill_signal = SIGINT;
        it.policy.restart = RESTART_ALWAYS;
        begins(&it);
        HAPPENS(&it, EVENT_EXECUTED);
        HAPPENS(&it, EVENT_READY);
        IS_IN(&it, STATE_RUNNING);
        it.now += 50 * SEC;
        HAPPENS(&it, EVENT_RESTART, .by_hand = true);
        SENDS(&it, TARGET_GROUP, SIGINT);
        main_dies(&it, SIGINT, true);
        HAPPENS(&it, EVENT_RELEASE);
        HAPPENS(&it, EVENT_EXECUTED);
        IS_IN(&it, STATE_START);
        HAPPENS(&it, EVENT_READY);
        IS_DUE(&it, 100 * SEC);
        cr_assert_eq(it.life.end_reason, REASON_NONE);

        main_exits(&it, 0, false);
        SENDS(&it, TARGET_GROUP, SIGTERM);
        HAPPENS(&it, EVENT_EMPTY);
        cr_assert_eq(it.life.restart_reason, RESTART_REASON_COVERED);
        HAPPENS(&it, EVENT_START, .by_hand = true);
        cr_assert_eq(it.life.restart_reason, RESTART_REASON_NONE);
        HAPPENS(&it, EVENT_RELEASE);
        main_dies(&it, SIGTERM, true);
        deadline_comes(&it);
        cr_assert_eq(it.life.restart_reason, RESTART_REASON_COVERED);
        HAPPENS(&it, EVENT_RELEASE);
        cr_assert_eq(it.life.restart_reason, RESTART_REASON_NONE);
}

Test(lifecycle, an_end_of_what_does_not_live_is_no_end)
{
        Life it = a_service(SERVICE_ONESHOT);

        it.policy.n_commands[COMMAND_START_POST] = 1;
        begins(&it);
        main_exits(&it, 0, true);
        IS_IN(&it, STATE_START_POST);
        main_exits(&it, 1, true);
        IS_IN(&it, STATE_START_POST);
        RESULT_IS(&it, RESULT_SUCCESS);
        cr_assert(it.life.control_alive && !it.life.empty);
}

Test(lifecycle, starts_that_follow_another_service_do_not_count)
{
        Life it = a_service(SERVICE_EXEC);

        for (int i = 0; i < 20; i++) {
                HAPPENS(&it, EVENT_START, .uncounted = true);
                HAPPENS(&it, EVENT_RELEASE);
                HAPPENS(&it, EVENT_EXECUTED);
                HAPPENS(&it, EVENT_RESTART);
                main_dies(&it, SIGTERM, true);
                IS_IN(&it, STATE_WAITING);
                HAPPENS(&it, EVENT_STOP, .result = RESULT_DEPENDENCY);
        }
        cr_assert_eq(it.life.history.n_in_interval, 0u);
        HAPPENS(&it, EVENT_START);
        cr_assert_eq(it.life.history.n_in_interval, 1u);
}

Test(lifecycle, processes_of_an_earlier_daemon_go_before_the_first_start)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.kill_mode = KILL_PROCESS; /* its own main process, but another daemon's: it must go all the same */
        it.policy.n_commands[COMMAND_STOP] = it.policy.n_commands[COMMAND_STOP_POST] = 1;
        HAPPENS(&it, EVENT_LEFTOVER);
        IS_IN(&it, STATE_STOP_SIGTERM);
        REASON_IS(&it, REASON_LEFTOVER);
        SENDS(&it, TARGET_GROUP, SIGTERM);

        HAPPENS(&it, EVENT_START, .by_hand = true);
        IS_IN(&it, STATE_STOP_SIGTERM);
        deadline_comes(&it);
        SENDS(&it, TARGET_GROUP, SIGKILL);
        HAPPENS(&it, EVENT_EMPTY);
        IS_IN(&it, STATE_WAITING);
        cr_assert(!it.effects.end_run, "it was none of ours");
        HAPPENS(&it, EVENT_RELEASE);
        cr_assert(it.effects.begin_run);
        RESULT_IS(&it, RESULT_SUCCESS);
}

Test(lifecycle, leftovers_without_a_wish_end_dead)
{
        static const LifecycleEventType before[] = {EVENT_START, EVENT_STOP};

        for (size_t i = 0; i < ELEMENTSOF(before); i++) {
                Life it = a_service(SERVICE_EXEC);

                HAPPENS(&it, before[i]);
                HAPPENS(&it, EVENT_LEFTOVER);
                HAPPENS(&it, EVENT_LEFTOVER);
                IS_IN(&it, STATE_STOP_SIGTERM);
                HAPPENS(&it, EVENT_EMPTY);
                IS_IN(&it, before[i] == EVENT_START ? STATE_WAITING : STATE_DEAD);
        }
}

Test(lifecycle, leftovers_are_stopped_from_each_resting_state)
{
        Life it = a_restarting_service(SEC);

        main_exits(&it, 1, true);
        IS_IN(&it, STATE_AUTO_RESTART);
        HAPPENS(&it, EVENT_LEFTOVER);
        IS_IN(&it, STATE_STOP_SIGTERM);
        HAPPENS(&it, EVENT_EMPTY);
        IS_IN(&it, STATE_WAITING);

        it = a_service(SERVICE_EXEC);
        is_up(&it);
        main_exits(&it, 1, true);
        IS_IN(&it, STATE_FAILED);
        HAPPENS(&it, EVENT_LEFTOVER);
        IS_IN(&it, STATE_STOP_SIGTERM);
        HAPPENS(&it, EVENT_EMPTY);
        IS_IN(&it, STATE_DEAD);
}

Test(lifecycle, a_main_process_that_was_renounced_is_stopped_before_there_is_another)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.send_sigkill = false;
        it.policy.n_commands[COMMAND_STOP_POST] = 1;
        is_up(&it);
        HAPPENS(&it, EVENT_STOP);
        deadline_comes(&it);
        IS_IN(&it, STATE_STOP_POST);
        command_exits(&it, 0, false);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_TIMEOUT);
        cr_assert(it.life.main_alive && it.life.renounced && it.effects.end_run);

        HAPPENS(&it, EVENT_START, .by_hand = true);
        HAPPENS(&it, EVENT_RELEASE);
        IS_IN(&it, STATE_STOP_SIGTERM);
        REASON_IS(&it, REASON_LEFTOVER);
        RUNS_NOTHING(&it);

        main_exits(&it, 1, true);
        IS_IN(&it, STATE_WAITING);
        RESULT_IS(&it, RESULT_SUCCESS);
        HAPPENS(&it, EVENT_RELEASE);
        RUNS_MAIN(&it, 0u);
}

Test(lifecycle, a_start_that_an_old_main_process_does_not_make_way_for_fails)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.send_sigkill = false;
        is_up(&it);
        HAPPENS(&it, EVENT_STOP);
        deadline_comes(&it);
        HAPPENS(&it, EVENT_START, .by_hand = true);
        HAPPENS(&it, EVENT_RELEASE);
        deadline_comes(&it);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_TIMEOUT);
        REASON_IS(&it, REASON_STOP_TIMEOUT);

        /* When it goes at last, nothing more is said of it. */
        main_exits(&it, 1, true);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_TIMEOUT);
        cr_assert(it.life.empty);
}

Test(lifecycle, a_renounced_command_is_stopped_before_another_run)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.send_sigkill = false;
        it.policy.n_commands[COMMAND_START_PRE] = 1;
        begins(&it);
        HAPPENS(&it, EVENT_STOP);
        deadline_comes(&it);
        IS_IN(&it, STATE_FAILED);
        cr_assert(it.life.control_alive);
        HAPPENS(&it, EVENT_START);
        HAPPENS(&it, EVENT_RESET_FAILED);
        IS_IN(&it, STATE_WAITING);
        RESULT_IS(&it, RESULT_SUCCESS);
        HAPPENS(&it, EVENT_RELEASE);
        IS_IN(&it, STATE_STOP_SIGTERM);
        HAPPENS(&it, EVENT_EMPTY);
        IS_IN(&it, STATE_STOP_SIGTERM);
        command_exits(&it, 0, true);
        IS_IN(&it, STATE_WAITING);
}

Test(lifecycle, leftovers_that_do_not_go_are_tried_again_with_the_next_start)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.send_sigkill = false;
        HAPPENS(&it, EVENT_START);
        HAPPENS(&it, EVENT_LEFTOVER);
        deadline_comes(&it);
        IS_IN(&it, STATE_FAILED);
        HAPPENS(&it, EVENT_START, .by_hand = true);
        HAPPENS(&it, EVENT_RELEASE);
        IS_IN(&it, STATE_STOP_SIGTERM);
        SENDS(&it, TARGET_GROUP, SIGTERM);
        HAPPENS(&it, EVENT_EMPTY);
        HAPPENS(&it, EVENT_RELEASE);
        RUNS_MAIN(&it, 0u);
}

/* A service with all commands, in `state`. */
static Life a_service_in(ServiceState state)
{
        static const struct {
                LifecycleEventType type;
                ServiceState state;
        } way[] = {{EVENT_START, STATE_WAITING},
                   {EVENT_RELEASE, STATE_CONDITION},
                   {EVENT_CONTROL_EXITED, STATE_START_PRE},
                   {EVENT_CONTROL_EXITED, STATE_START},
                   {EVENT_EXECUTED, STATE_START_POST},
                   {EVENT_CONTROL_EXITED, STATE_RUNNING}};
        Life it = a_service(SERVICE_EXEC);

        for (CommandKind kind = 0; kind < _COMMAND_KIND_N; kind++)
                it.policy.n_commands[kind] = 1;
        it.policy.remain_after_exit = state == STATE_EXITED;
        it.policy.restart = state == STATE_AUTO_RESTART ? RESTART_ALWAYS : RESTART_NO;
        if (state == STATE_DEAD)
                return it;
        for (size_t i = 0; i < ELEMENTSOF(way); i++) {
                HAPPENS(&it, way[i].type, .empty = true);
                if (it.life.state == state)
                        return it;
        }
        if (state == STATE_RELOAD) {
                HAPPENS(&it, EVENT_RELOAD);
                return it;
        }
        if (state == STATE_EXITED) {
                main_exits(&it, 0, true);
                return it;
        }
        if (state == STATE_STOP_WATCHDOG) {
                HAPPENS(&it, EVENT_WATCHDOG);
                return it;
        }
        if (state == STATE_FAILED || state == STATE_AUTO_RESTART)
                main_exits(&it, 1, true);
        else
                HAPPENS(&it, EVENT_STOP);
        if (state == STATE_STOP_SIGTERM || state == STATE_STOP_SIGKILL)
                command_exits(&it, 0, false);
        if (state == STATE_STOP_SIGKILL)
                deadline_comes(&it);
        if (state == STATE_STOP || state == STATE_STOP_SIGTERM || state == STATE_STOP_SIGKILL)
                return it;
        if (it.life.main_alive)
                main_exits(&it, 0, false);
        command_exits(&it, 0, true);
        if (state == STATE_FINAL_WATCHDOG) {
                HAPPENS(&it, EVENT_WATCHDOG);
                return it;
        }
        if (state == STATE_FINAL_SIGTERM || state == STATE_FINAL_SIGKILL)
                command_exits(&it, 0, false);
        if (state == STATE_FINAL_SIGKILL)
                deadline_comes(&it);
        return it;
}

Test(lifecycle, no_state_hears_what_is_not_meant_for_it)
{
        static const struct {
                LifecycleEventType type;
                ServiceState heard_in[5]; /* DEAD at the end: no more */
        } cases[] = {
                {EVENT_RELEASE, {STATE_WAITING}},
                {EVENT_RETRY_NOW, {STATE_AUTO_RESTART}},
                {EVENT_RELOAD, {STATE_RUNNING, STATE_EXITED}},
                {EVENT_RELOADING, {STATE_RUNNING, STATE_RELOAD}},
                {EVENT_STOPPING, {STATE_RUNNING, STATE_RELOAD}},
                {EVENT_NO_MAIN, {STATE_DEAD}},
                {EVENT_READY, {STATE_START}},
                {EVENT_LEFTOVER, {STATE_WAITING, STATE_FAILED, STATE_AUTO_RESTART, STATE_DEAD}},
                {EVENT_START,
                 {STATE_FAILED, STATE_AUTO_RESTART}}, /* and where it goes down: it changes what comes after */
                {EVENT_RESTART, {STATE_FAILED}},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                for (ServiceState state = 1; state < _SERVICE_STATE_N; state++) {
                        ActiveState active = service_state_info(state)->active;
                        bool start = cases[i].type == EVENT_START || cases[i].type == EVENT_RESTART;
                        bool heard = (cases[i].type == EVENT_RESTART && state != STATE_WAITING) ||
                                     (start && active == ACTIVE_DEACTIVATING);
                        Life it = a_service_in(state);
                        Lifecycle before = it.life;

                        IS_IN(&it, state);
                        for (size_t k = 0; k < ELEMENTSOF(cases[i].heard_in); k++)
                                heard |= cases[i].heard_in[k] == state;
                        HAPPENS(&it, cases[i].type);
                        cr_expect_eq(memcmp(&before, &it.life, sizeof(before)) != 0, heard, "event %u in %s",
                                     cases[i].type, service_state_info(state)->name);
                }
}

Test(lifecycle, reset_failed_leaves_what_lives_alone)
{
        for (ServiceState state = 0; state < _SERVICE_STATE_N; state++) {
                Life it = a_service_in(state);

                it.life.history.n_restarts = 3;
                HAPPENS(&it, EVENT_RESET_FAILED);
                IS_IN(&it, state == STATE_FAILED ? STATE_DEAD : state);
                RUNS_NOTHING(&it);
                SENDS_NOTHING(&it);
                cr_assert_eq(it.life.history.n_restarts, 0u);
        }
}

Test(lifecycle, the_table_has_systemds_words)
{
        static const char *const names[] = {
                "dead",          "waiting",       "condition",    "start-pre",    "start",
                "start-post",    "running",       "exited",       "reload",       "stop",
                "stop-watchdog", "stop-sigterm",  "stop-sigkill", "stop-post",    "final-watchdog",
                "final-sigterm", "final-sigkill", "failed",       "auto-restart",
        };

        cr_assert_eq(ELEMENTSOF(names), (size_t) _SERVICE_STATE_N);
        for (ServiceState state = 0; state < _SERVICE_STATE_N; state++)
                cr_assert_str_eq(service_state_info(state)->name, names[state]);
        cr_assert_str_eq(active_state_to_string(ACTIVE_DEACTIVATING), "deactivating");
        cr_assert_str_eq(service_result_to_string(RESULT_START_LIMIT_HIT), "start-limit-hit");
}

Test(lifecycle, everything_has_a_name)
{
        for (ActiveState state = 0; state < _ACTIVE_STATE_N; state++)
                cr_assert_not_null(active_state_to_string(state));
        for (ServiceResult result = 0; result < _SERVICE_RESULT_N; result++)
                cr_assert_not_null(service_result_to_string(result));
        for (LifecycleReason reason = 0; reason < _LIFECYCLE_REASON_N; reason++)
                cr_assert_not_null(lifecycle_reason_to_string(reason));
        for (RestartReason reason = 0; reason < _RESTART_REASON_N; reason++)
                cr_assert_not_null(restart_reason_to_string(reason));
}

Test(lifecycle, a_policy_is_made_of_a_definition)
{
        Command commands[70] = {
                [1] = {.ignore_failure = true}, [63] = {.ignore_failure = true}, [64] = {.ignore_failure = true}};
        ServiceConfig config = {.type = SERVICE_EXEC,
                                .commands = {[COMMAND_STOP] = {commands, 70}},
                                .kill_signal = SIGQUIT,
                                .ready_line = (char *) "up",
                                .timeout_stop_usec = 7};
        LifecyclePolicy policy = lifecycle_policy(&config, 5 * SEC);

        cr_assert_eq(policy.n_commands[COMMAND_STOP], 70u);
        cr_assert_eq(policy.ignore_failure[COMMAND_STOP], UINT64_C(1) << 63 | 2);
        cr_assert_eq(policy.restart_kill_signal, SIGQUIT);
        cr_assert_eq(policy.kill_patience_usec, 5 * SEC);
        cr_assert_eq(policy.timeout_stop_usec, 7u);
        cr_assert(policy.has_ready_conditions);

        cr_assert_eq(policy.final_kill_signal, SIGKILL);
        config.restart_kill_signal = SIGINT;
        cr_assert_eq(lifecycle_policy(&config, 0).restart_kill_signal, SIGINT);

        /* The success of a oneshot is its readiness. */
        config.type = SERVICE_ONESHOT;
        cr_assert(!lifecycle_policy(&config, 0).has_ready_conditions);

        config.type = SERVICE_SIMPLE;
        config.ready_line = NULL;
        cr_assert(!lifecycle_policy(&config, 0).has_ready_conditions);
        config.ready_after_usec = 1;
        cr_assert(lifecycle_policy(&config, 0).has_ready_conditions);

        config.kill_signal = config.restart_kill_signal = 0;
        cr_assert_eq(lifecycle_policy(&config, 0).kill_signal, SIGTERM);
        cr_assert_eq(lifecycle_policy(&config, 0).restart_kill_signal, SIGTERM);
}
