/* SPDX-License-Identifier: MIT */

/* The way up, being up, and reloading. */

#include "life.h"

Test(lifecycle_start, a_simple_service_runs_when_its_process_is_made)
{
        Life it = a_service(SERVICE_SIMPLE);

        begins(&it);
        IS_IN(&it, STATE_RUNNING);
        RUNS_MAIN(&it, 0u);
        cr_assert_eq(it.life.deadline, USEC_INFINITY);
}

Test(lifecycle_start, an_exec_service_runs_when_it_is_executed)
{
        Life it = a_service(SERVICE_EXEC);

        begins(&it);
        IS_IN(&it, STATE_START);
        IS_DUE(&it, 90 * SEC);
        HAPPENS(&it, EVENT_EXECUTED);
        IS_IN(&it, STATE_RUNNING);
        cr_assert_eq(it.life.deadline, USEC_INFINITY);
}

Test(lifecycle_start, conditions_keep_a_service_in_start_until_they_hold)
{
        static const ServiceType types[] = {SERVICE_SIMPLE, SERVICE_EXEC};

        for (size_t i = 0; i < ELEMENTSOF(types); i++) {
                Life it = a_service(types[i]);

                it.policy.has_ready_conditions = true;
                begins(&it);
                HAPPENS(&it, EVENT_EXECUTED);
                IS_IN(&it, STATE_START);
                HAPPENS(&it, EVENT_READY);
                IS_IN(&it, STATE_RUNNING);
        }
}

Test(lifecycle_start, a_simple_service_that_is_ready_need_not_be_seen_executed)
{
        Life it = a_service(SERVICE_SIMPLE);

        it.policy.has_ready_conditions = true;
        begins(&it);
        HAPPENS(&it, EVENT_READY);
        IS_IN(&it, STATE_RUNNING);
}

Test(lifecycle_start, an_exec_service_may_be_ready_before_its_exec_is_seen)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.has_ready_conditions = true;
        begins(&it);
        HAPPENS(&it, EVENT_READY);
        IS_IN(&it, STATE_START);
        HAPPENS(&it, EVENT_EXECUTED);
        IS_IN(&it, STATE_RUNNING);
}

Test(lifecycle_start, a_simple_service_with_start_post_waits_for_its_exec)
{
        Life it = a_service(SERVICE_SIMPLE);

        it.policy.n_commands[COMMAND_START_POST] = 1;
        begins(&it);
        IS_IN(&it, STATE_START);
        HAPPENS(&it, EVENT_EXECUTED);
        IS_IN(&it, STATE_START_POST);
        RUNS_COMMAND(&it, COMMAND_START_POST, 0u);
        command_exits(&it, 0, false);
        IS_IN(&it, STATE_RUNNING);
}

Test(lifecycle_start, the_commands_before_and_after_run_one_by_one)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.n_commands[COMMAND_START_PRE] = it.policy.n_commands[COMMAND_START_POST] = 2;
        begins(&it);
        IS_IN(&it, STATE_START_PRE);
        RUNS_COMMAND(&it, COMMAND_START_PRE, 0u);
        IS_DUE(&it, 90 * SEC);
        it.now += SEC;
        command_exits(&it, 0, true);
        IS_IN(&it, STATE_START_PRE);
        RUNS_COMMAND(&it, COMMAND_START_PRE, 1u);
        IS_DUE(&it, 90 * SEC); /* each has all of it */
        command_exits(&it, 0, true);
        IS_IN(&it, STATE_START);
        RUNS_MAIN(&it, 0u);
        IS_DUE(&it, 90 * SEC);
        HAPPENS(&it, EVENT_EXECUTED);
        RUNS_COMMAND(&it, COMMAND_START_POST, 0u);
        command_exits(&it, 0, false);
        RUNS_COMMAND(&it, COMMAND_START_POST, 1u);
        command_exits(&it, 0, false);
        IS_IN(&it, STATE_RUNNING);
}

Test(lifecycle_start, a_command_that_fails_ends_the_start)
{
        static const CommandKind kinds[] = {COMMAND_START_PRE, COMMAND_START_POST};

        for (size_t i = 0; i < ELEMENTSOF(kinds); i++) {
                Life it = a_service(SERVICE_EXEC);

                it.policy.n_commands[kinds[i]] = 2;
                it.policy.n_commands[COMMAND_STOP] = it.policy.n_commands[COMMAND_STOP_POST] = 1;
                begins(&it);
                if (kinds[i] == COMMAND_START_POST)
                        HAPPENS(&it, EVENT_EXECUTED);
                command_exits(&it, 4, kinds[i] == COMMAND_START_PRE);
                RESULT_IS(&it, RESULT_EXIT_CODE);
                REASON_IS(&it, REASON_COMMAND_FAILED);
                /* No ExecStop for what had not been up, but ExecStopPost. */
                if (kinds[i] == COMMAND_START_POST) {
                        IS_IN(&it, STATE_STOP_SIGTERM);
                        main_dies(&it, SIGTERM, true);
                }
                IS_IN(&it, STATE_STOP_POST);
                RUNS_COMMAND(&it, COMMAND_STOP_POST, 0u);
                command_exits(&it, 0, true);
                IS_IN(&it, STATE_FAILED);
                REASON_IS(&it, REASON_COMMAND_FAILED);
        }
}

Test(lifecycle_start, a_command_may_not_die_of_sigterm)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.n_commands[COMMAND_START_PRE] = 1;
        begins(&it);
        HAPPENS(&it, EVENT_CONTROL_EXITED, .exit = {PROCESS_KILLED, SIGTERM}, .empty = true);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_SIGNAL);
}

Test(lifecycle_start, a_dash_pardons_a_commands_failure)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.n_commands[COMMAND_START_PRE] = 2;
        it.policy.ignore_failure[COMMAND_START_PRE] = 1 << 1;
        begins(&it);
        command_exits(&it, 0, true);
        command_exits(&it, 1, true);
        IS_IN(&it, STATE_START);

        it = a_service(SERVICE_EXEC);
        it.policy.n_commands[COMMAND_START_PRE] = 70;
        it.policy.ignore_failure[COMMAND_START_PRE] = UINT64_MAX;
        begins(&it);
        for (int i = 0; i < 64; i++)
                command_exits(&it, 1, true);
        IS_IN(&it, STATE_START_PRE);
        command_exits(&it, 1, true); /* the 65th has no place for its dash */
        IS_IN(&it, STATE_FAILED);
}

Test(lifecycle_start, a_dash_does_not_pardon_that_there_was_no_process)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.n_commands[COMMAND_START_PRE] = 1;
        it.policy.ignore_failure[COMMAND_START_PRE] = 1;
        begins(&it);
        HAPPENS(&it, EVENT_SPAWN_FAILED, .result = RESULT_RESOURCES, .empty = true);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_RESOURCES);
        REASON_IS(&it, REASON_NO_PROCESS);
        cr_assert(!it.life.main_exit_known && it.effects.end_run);
}

Test(lifecycle_start, each_stage_of_a_start_has_its_timeout)
{
        static const ServiceState states[] = {STATE_START_PRE, STATE_START, STATE_START_POST};

        for (size_t i = 0; i < ELEMENTSOF(states); i++) {
                Life it = a_service(SERVICE_EXEC);

                it.policy.n_commands[COMMAND_START_PRE] = it.policy.n_commands[COMMAND_START_POST] = 1;
                it.policy.n_commands[COMMAND_STOP] = 1;
                begins(&it);
                if (states[i] != STATE_START_PRE)
                        command_exits(&it, 0, true);
                if (states[i] == STATE_START_POST)
                        HAPPENS(&it, EVENT_EXECUTED);
                IS_IN(&it, states[i]);
                deadline_comes(&it);
                IS_IN(&it, STATE_STOP_SIGTERM);
                SENDS(&it, TARGET_GROUP, SIGTERM);
                RESULT_IS(&it, RESULT_TIMEOUT);
                REASON_IS(&it, REASON_START_TIMEOUT);
                IS_DUE(&it, 80 * SEC);
        }
}

Test(lifecycle_start, a_start_without_a_bound_has_no_deadline)
{
        Life it = a_service(SERVICE_ONESHOT);

        it.policy.timeout_start_usec = USEC_INFINITY;
        begins(&it);
        cr_assert_eq(it.life.deadline, USEC_INFINITY);
}

Test(lifecycle_start, what_cannot_be_executed_has_failed)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.n_commands[COMMAND_STOP] = 1;
        begins(&it);
        HAPPENS(&it, EVENT_SPAWN_FAILED, .result = RESULT_EXIT_CODE, .exit = {PROCESS_EXITED, 203}, .of_main = true,
                .empty = true);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_EXIT_CODE);
        REASON_IS(&it, REASON_NOT_EXECUTED);
        cr_assert(it.life.main_exit_known);
        cr_assert_eq(it.life.main_exit.status, 203);
}

Test(lifecycle_start, a_simple_service_that_cannot_be_executed_had_not_been_up)
{
        Life it = a_service(SERVICE_SIMPLE);

        it.policy.n_commands[COMMAND_STOP] = 1;
        begins(&it);
        IS_IN(&it, STATE_RUNNING);
        HAPPENS(&it, EVENT_SPAWN_FAILED, .result = RESULT_EXIT_CODE, .exit = {PROCESS_EXITED, 203}, .empty = true);
        IS_IN(&it, STATE_FAILED);
        RUNS_NOTHING(&it);
}

Test(lifecycle_start, a_service_that_was_not_made_is_tried_again_where_restart_says_so)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.restart = RESTART_ON_FAILURE;
        begins(&it);
        HAPPENS(&it, EVENT_SPAWN_FAILED, .result = RESULT_RESOURCES, .empty = true);
        IS_IN(&it, STATE_AUTO_RESTART);
        RESULT_IS(&it, RESULT_RESOURCES);
}

Test(lifecycle_start, a_main_process_that_fails_in_start_ends_it_without_exec_stop)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.n_commands[COMMAND_STOP] = 1;
        it.policy.has_ready_conditions = true;
        begins(&it);
        HAPPENS(&it, EVENT_EXECUTED);
        main_exits(&it, 7, true);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_EXIT_CODE);
}

Test(lifecycle_start, a_clean_exit_before_it_was_ready_breaks_the_protocol)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.has_ready_conditions = true;
        it.policy.remain_after_exit = true;
        begins(&it);
        HAPPENS(&it, EVENT_EXECUTED);
        main_exits(&it, 0, true);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_PROTOCOL);
        REASON_IS(&it, REASON_MAIN_EXITED);
}

Test(lifecycle_start, an_end_seen_before_the_exec_is_an_end_like_any_other)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.n_commands[COMMAND_STOP] = 1;
        begins(&it);
        main_exits(&it, 0, true);
        IS_IN(&it, STATE_STOP);

        it = a_service(SERVICE_EXEC);
        it.policy.remain_after_exit = true;
        begins(&it);
        main_exits(&it, 0, true);
        IS_IN(&it, STATE_EXITED);
}

Test(lifecycle_start, a_oneshot_does_its_work_in_order_and_is_dead_then)
{
        Life it = a_service(SERVICE_ONESHOT);

        it.policy.n_commands[COMMAND_START] = 3;
        it.policy.n_commands[COMMAND_START_POST] = 1;
        begins(&it);
        RUNS_MAIN(&it, 0u);
        HAPPENS(&it, EVENT_EXECUTED);
        IS_IN(&it, STATE_START);
        HAPPENS(&it, EVENT_READY);
        IS_IN(&it, STATE_START);
        it.now += SEC;
        main_exits(&it, 0, true);
        RUNS_MAIN(&it, 1u);
        IS_DUE(&it, 90 * SEC);
        main_exits(&it, 0, true);
        RUNS_MAIN(&it, 2u);
        main_exits(&it, 0, true);
        IS_IN(&it, STATE_START_POST);
        command_exits(&it, 0, true);
        IS_IN(&it, STATE_DEAD);
        RESULT_IS(&it, RESULT_SUCCESS);
        REASON_IS(&it, REASON_MAIN_EXITED);
        cr_assert(it.effects.end_run && !it.life.wanted);
}

Test(lifecycle_start, a_oneshot_stops_at_its_first_failure)
{
        Life it = a_service(SERVICE_ONESHOT);

        it.policy.n_commands[COMMAND_START] = 3;
        it.policy.ignore_failure[COMMAND_START] = 1;
        begins(&it);
        main_exits(&it, 1, true);
        RUNS_MAIN(&it, 1u);
        main_exits(&it, 1, true);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_EXIT_CODE);
}

Test(lifecycle_start, sigterm_is_no_clean_end_of_a_oneshot)
{
        Life it = a_service(SERVICE_ONESHOT);

        begins(&it);
        HAPPENS(&it, EVENT_STOP);
        IS_IN(&it, STATE_STOP_SIGTERM);
        main_dies(&it, SIGTERM, true);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_SIGNAL);
}

Test(lifecycle_start, a_oneshot_remains_after_its_exit_where_it_is_told_to)
{
        Life it = a_service(SERVICE_ONESHOT);

        it.policy.remain_after_exit = true;
        it.policy.n_commands[COMMAND_STOP] = 1;
        begins(&it);
        main_exits(&it, 0, true);
        IS_IN(&it, STATE_EXITED);
        cr_assert(it.life.wanted && !it.effects.end_run);

        HAPPENS(&it, EVENT_START, .by_hand = true);
        HAPPENS(&it, EVENT_EMPTY);
        IS_IN(&it, STATE_EXITED);
        HAPPENS(&it, EVENT_STOP);
        IS_IN(&it, STATE_STOP);
        command_exits(&it, 0, true);
        IS_IN(&it, STATE_DEAD);
}

Test(lifecycle_start, a_oneshot_may_have_nothing_to_start)
{
        Life it = a_service(SERVICE_ONESHOT);

        it.policy.n_commands[COMMAND_START] = 0;
        it.policy.remain_after_exit = true;
        begins(&it);
        IS_IN(&it, STATE_EXITED);
        RUNS_NOTHING(&it);
        HAPPENS(&it, EVENT_RESTART, .by_hand = true);
        IS_IN(&it, STATE_WAITING);
        cr_assert(it.effects.end_run);
}

Test(lifecycle_start, a_oneshot_is_followed_by_exec_stop_too)
{
        Life it = a_service(SERVICE_ONESHOT);

        it.policy.n_commands[COMMAND_STOP] = 1;
        begins(&it);
        main_exits(&it, 0, true);
        IS_IN(&it, STATE_STOP);
        command_exits(&it, 0, true);
        IS_IN(&it, STATE_DEAD);
}

Test(lifecycle_start, a_failed_oneshot_is_tried_again_on_failure)
{
        Life it = a_service(SERVICE_ONESHOT);

        it.policy.restart = RESTART_ON_FAILURE;
        begins(&it);
        main_exits(&it, 1, true);
        IS_IN(&it, STATE_AUTO_RESTART);
        deadline_comes(&it);
        HAPPENS(&it, EVENT_RELEASE);
        main_exits(&it, 0, true);
        IS_IN(&it, STATE_DEAD);
}

Test(lifecycle_start, a_main_process_that_ends_in_start_post_takes_the_command_along)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.n_commands[COMMAND_START_POST] = it.policy.n_commands[COMMAND_STOP] = 1;
        begins(&it);
        HAPPENS(&it, EVENT_EXECUTED);
        main_exits(&it, 5, false);
        IS_IN(&it, STATE_STOP_SIGTERM);
        SENDS(&it, TARGET_GROUP, SIGTERM);
        HAPPENS(&it, EVENT_CONTROL_EXITED, .exit = {PROCESS_KILLED, SIGTERM}, .empty = true);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_EXIT_CODE);
        REASON_IS(&it, REASON_MAIN_EXITED);
}

Test(lifecycle_start, a_clean_exit_in_start_post_ends_it_too)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.n_commands[COMMAND_START_POST] = 1;
        begins(&it);
        HAPPENS(&it, EVENT_EXECUTED);
        main_exits(&it, 0, false);
        IS_IN(&it, STATE_STOP_SIGTERM);
        HAPPENS(&it, EVENT_CONTROL_EXITED, .exit = {PROCESS_KILLED, SIGTERM}, .empty = true);
        IS_IN(&it, STATE_DEAD);
        RESULT_IS(&it, RESULT_SUCCESS);
}

Test(lifecycle_start, a_service_that_remains_may_end_well_in_start_post)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.n_commands[COMMAND_START_POST] = 1;
        it.policy.remain_after_exit = true;
        begins(&it);
        HAPPENS(&it, EVENT_EXECUTED);
        main_exits(&it, 0, false);
        IS_IN(&it, STATE_START_POST);
        command_exits(&it, 0, true);
        IS_IN(&it, STATE_EXITED);
}

Test(lifecycle_start, a_stop_on_the_way_up_goes_by_signal)
{
        static const ServiceState states[] = {STATE_START_PRE, STATE_START, STATE_START_POST};
        static const LifecycleEventType asks[] = {EVENT_STOP, EVENT_RESTART};

        for (size_t i = 0; i < ELEMENTSOF(states) * ELEMENTSOF(asks); i++) {
                Life it = a_service(SERVICE_EXEC);
                ServiceState state = states[i / 2];

                it.policy.n_commands[COMMAND_START_PRE] = it.policy.n_commands[COMMAND_START_POST] = 1;
                it.policy.n_commands[COMMAND_STOP] = 1;
                begins(&it);
                if (state != STATE_START_PRE)
                        command_exits(&it, 0, true);
                if (state == STATE_START_POST)
                        HAPPENS(&it, EVENT_EXECUTED);
                HAPPENS(&it, asks[i % 2], .by_hand = true);
                IS_IN(&it, STATE_STOP_SIGTERM);
                REASON_IS(&it, REASON_ASKED);
                if (it.life.main_alive)
                        main_dies(&it, SIGTERM, !it.life.control_alive);
                if (it.life.control_alive)
                        HAPPENS(&it, EVENT_CONTROL_EXITED, .exit = {PROCESS_KILLED, SIGTERM}, .empty = true);
                /* What we have ended ourselves is no failure. */
                IS_IN(&it, asks[i % 2] == EVENT_STOP ? STATE_DEAD : STATE_WAITING);
                RESULT_IS(&it, RESULT_SUCCESS);
        }
}

Test(lifecycle_start, a_start_of_what_is_up_changes_nothing)
{
        Life it = a_service(SERVICE_EXEC);
        Lifecycle before;

        is_up(&it);
        before = it.life;
        HAPPENS(&it, EVENT_START, .by_hand = true);
        cr_assert_eq(memcmp(&before, &it.life, sizeof(before)), 0);
}

Test(lifecycle_start, the_last_main_process_of_a_daemon_may_die_of_sigterm)
{
        Life it = a_service(SERVICE_EXEC);

        is_up(&it);
        main_dies(&it, SIGTERM, true);
        IS_IN(&it, STATE_DEAD);
        RESULT_IS(&it, RESULT_SUCCESS);
        REASON_IS(&it, REASON_MAIN_EXITED);
}

Test(lifecycle_start, a_clean_exit_is_remembered_where_it_remains)
{
        Life it = a_service(SERVICE_SIMPLE);

        it.policy.remain_after_exit = true;
        is_up(&it);
        main_exits(&it, 0, true);
        IS_IN(&it, STATE_EXITED);
}

Test(lifecycle_start, a_running_time_may_be_limited)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.runtime_max_usec = 30 * SEC;
        it.policy.n_commands[COMMAND_STOP] = 1;
        is_up(&it);
        IS_DUE(&it, 30 * SEC);
        deadline_comes(&it);
        IS_IN(&it, STATE_STOP);
        REASON_IS(&it, REASON_RUNTIME_MAX);
        RESULT_IS(&it, RESULT_TIMEOUT);
}

Test(lifecycle_start, a_reload_runs_its_commands_and_goes_on)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.n_commands[COMMAND_RELOAD] = 2;
        it.policy.runtime_max_usec = 100 * SEC;
        is_up(&it);
        it.now += 10 * SEC;
        HAPPENS(&it, EVENT_RELOAD);
        IS_IN(&it, STATE_RELOAD);
        RUNS_COMMAND(&it, COMMAND_RELOAD, 0u);
        IS_DUE(&it, 90 * SEC);
        HAPPENS(&it, EVENT_RELOAD);
        RUNS_NOTHING(&it);
        command_exits(&it, 0, false);
        RUNS_COMMAND(&it, COMMAND_RELOAD, 1u);
        cr_assert(!it.effects.reload_done);
        command_exits(&it, 0, false);
        IS_IN(&it, STATE_RUNNING);
        cr_assert(it.effects.reload_done);
        cr_assert_eq(it.life.reload_result, RESULT_SUCCESS);
        IS_DUE(&it, 90 * SEC); /* what is left of its running time */
}

Test(lifecycle_start, a_reload_that_fails_leaves_the_service_running)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.n_commands[COMMAND_RELOAD] = 2;
        is_up(&it);
        HAPPENS(&it, EVENT_RELOAD);
        command_exits(&it, 1, false);
        IS_IN(&it, STATE_RUNNING);
        cr_assert(it.effects.reload_done);
        cr_assert_eq(it.life.reload_result, RESULT_EXIT_CODE);
        REASON_IS(&it, REASON_RELOAD_FAILED);
        RESULT_IS(&it, RESULT_SUCCESS);

        HAPPENS(&it, EVENT_RELOAD);
        HAPPENS(&it, EVENT_SPAWN_FAILED, .result = RESULT_RESOURCES);
        IS_IN(&it, STATE_RUNNING);
        cr_assert_eq(it.life.reload_result, RESULT_RESOURCES);
}

Test(lifecycle_start, a_reload_that_hangs_is_killed_and_answered)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.n_commands[COMMAND_RELOAD] = 1;
        is_up(&it);
        HAPPENS(&it, EVENT_RELOAD);
        deadline_comes(&it);
        SENDS(&it, TARGET_CONTROL, SIGKILL);
        cr_assert(it.effects.reload_done);
        cr_assert_eq(it.life.reload_result, RESULT_TIMEOUT);
        IS_IN(&it, STATE_RELOAD);
        cr_assert_eq(it.life.deadline, USEC_INFINITY);
        HAPPENS(&it, EVENT_CONTROL_EXITED, .exit = {PROCESS_KILLED, SIGKILL});
        IS_IN(&it, STATE_RUNNING);
        cr_assert(!it.effects.reload_done);
        cr_assert_eq(it.life.reload_result, RESULT_TIMEOUT);
}

Test(lifecycle_start, a_reload_without_commands_is_a_signal_and_nothing_else)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.send_sighup = true;
        is_up(&it);
        HAPPENS(&it, EVENT_RELOAD);
        cr_assert(!it.effects.reload_done, "there is no way to reload it");
        SENDS_NOTHING(&it);

        it.policy.reload_signal = SIGUSR1;
        HAPPENS(&it, EVENT_RELOAD);
        SENDS(&it, TARGET_MAIN, SIGUSR1);
        cr_assert(it.effects.reload_done && !it.effects.with_sighup && !it.effects.with_sigcont);
        IS_IN(&it, STATE_RUNNING);
}

Test(lifecycle_start, a_reload_is_broken_off_when_the_service_ends)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.n_commands[COMMAND_RELOAD] = it.policy.n_commands[COMMAND_STOP] = 1;
        is_up(&it);
        HAPPENS(&it, EVENT_RELOAD);
        main_exits(&it, 1, false);
        IS_IN(&it, STATE_STOP_SIGTERM);
        cr_assert(it.effects.reload_done);
        cr_assert_eq(it.life.reload_result, RESULT_PROTOCOL);
        RESULT_IS(&it, RESULT_EXIT_CODE);

        it = a_service(SERVICE_EXEC);
        it.policy.n_commands[COMMAND_RELOAD] = 1;
        is_up(&it);
        HAPPENS(&it, EVENT_RELOAD);
        HAPPENS(&it, EVENT_STOP);
        IS_IN(&it, STATE_STOP_SIGTERM);
        cr_assert(it.effects.reload_done);

        /* Once is enough. */
        it = a_service(SERVICE_EXEC);
        it.policy.n_commands[COMMAND_RELOAD] = 1;
        is_up(&it);
        HAPPENS(&it, EVENT_RELOAD);
        deadline_comes(&it);
        HAPPENS(&it, EVENT_RESTART, .by_hand = true);
        cr_assert(!it.effects.reload_done);
        cr_assert_eq(it.life.reload_result, RESULT_TIMEOUT);
}

Test(lifecycle_start, a_service_that_remains_may_end_well_during_a_reload)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.n_commands[COMMAND_RELOAD] = 1;
        it.policy.remain_after_exit = true;
        is_up(&it);
        HAPPENS(&it, EVENT_RELOAD);
        main_exits(&it, 0, false);
        IS_IN(&it, STATE_RELOAD);
        command_exits(&it, 0, true);
        IS_IN(&it, STATE_EXITED);
        cr_assert(it.effects.reload_done);
}

Test(lifecycle_start, a_failed_exec_beside_a_command_is_told_apart_by_whose_it_was)
{
        Life it = a_service(SERVICE_SIMPLE);

        it.policy.n_commands[COMMAND_RELOAD] = 1;
        begins(&it);
        HAPPENS(&it, EVENT_RELOAD);
        HAPPENS(&it, EVENT_SPAWN_FAILED, .result = RESULT_EXIT_CODE, .exit = {PROCESS_EXITED, 203}, .of_main = true);
        cr_assert(!it.life.main_alive && it.life.control_alive);
        IS_IN(&it, STATE_STOP_SIGTERM);

        it = a_service(SERVICE_SIMPLE);
        it.policy.n_commands[COMMAND_RELOAD] = 1;
        begins(&it);
        HAPPENS(&it, EVENT_RELOAD);
        HAPPENS(&it, EVENT_SPAWN_FAILED, .result = RESULT_EXIT_CODE, .exit = {PROCESS_EXITED, 203});
        cr_assert(it.life.main_alive && !it.life.control_alive);
        IS_IN(&it, STATE_RUNNING);
}
