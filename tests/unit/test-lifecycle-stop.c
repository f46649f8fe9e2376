/* SPDX-License-Identifier: MIT */

/* The way down: who is asked, who is killed, when it ends, and what comes after. */

#include "life.h"

static Life a_running_service(KillMode mode)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.kill_mode = mode;
        is_up(&it);
        return it;
}

Test(lifecycle_stop, a_stop_asks_the_whole_group_and_waits_until_it_is_empty)
{
        Life it = a_running_service(KILL_CONTROL_GROUP);

        HAPPENS(&it, EVENT_STOP);
        IS_IN(&it, STATE_STOP_SIGTERM);
        REASON_IS(&it, REASON_ASKED);
        SENDS(&it, TARGET_GROUP, SIGTERM);
        cr_assert(it.effects.with_sigcont && !it.effects.with_sighup);
        IS_DUE(&it, 80 * SEC);
        cr_assert(!it.life.wanted);

        main_dies(&it, SIGTERM, false);
        IS_IN(&it, STATE_STOP_SIGTERM);
        SENDS_NOTHING(&it);
        HAPPENS(&it, EVENT_EMPTY);
        IS_IN(&it, STATE_DEAD);
        RESULT_IS(&it, RESULT_SUCCESS);
        REASON_IS(&it, REASON_ASKED);
        cr_assert(it.effects.end_run);
        cr_assert_eq(it.life.deadline, USEC_INFINITY);
}

Test(lifecycle_stop, an_end_with_nothing_left_takes_one_step)
{
        Life it = a_running_service(KILL_CONTROL_GROUP);

        main_exits(&it, 2, true);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_EXIT_CODE);
        REASON_IS(&it, REASON_MAIN_EXITED);
        cr_assert(it.effects.end_run && !it.life.wanted);
        cr_assert_eq(it.life.restart_reason, RESTART_REASON_UNCOVERED);
        SENDS_NOTHING(&it);
}

Test(lifecycle_stop, what_a_main_process_leaves_behind_is_stopped)
{
        Life it = a_running_service(KILL_CONTROL_GROUP);

        main_exits(&it, 0, false);
        IS_IN(&it, STATE_STOP_SIGTERM);
        REASON_IS(&it, REASON_MAIN_EXITED);
        SENDS(&it, TARGET_GROUP, SIGTERM);
        HAPPENS(&it, EVENT_EMPTY);
        IS_IN(&it, STATE_DEAD);
        RESULT_IS(&it, RESULT_SUCCESS);
}

Test(lifecycle_stop, what_does_not_hear_is_killed_and_that_is_a_failure)
{
        Life it = a_running_service(KILL_CONTROL_GROUP);

        HAPPENS(&it, EVENT_STOP);
        deadline_comes(&it);
        IS_IN(&it, STATE_STOP_SIGKILL);
        SENDS(&it, TARGET_GROUP, SIGKILL);
        cr_assert(!it.effects.with_sigcont && it.life.timed_out_kill);
        REASON_IS(&it, REASON_STOP_TIMEOUT);
        IS_DUE(&it, 5 * SEC);
        main_dies(&it, SIGKILL, false);
        IS_IN(&it, STATE_STOP_SIGKILL);
        HAPPENS(&it, EVENT_EMPTY);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_TIMEOUT);
        REASON_IS(&it, REASON_STOP_TIMEOUT);
}

Test(lifecycle_stop, the_first_failure_is_the_one_that_is_told)
{
        Life it = a_running_service(KILL_CONTROL_GROUP);

        main_exits(&it, 3, false);
        deadline_comes(&it);
        HAPPENS(&it, EVENT_EMPTY);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_EXIT_CODE);
        REASON_IS(&it, REASON_MAIN_EXITED);
        cr_assert(it.life.timed_out_kill);
}

Test(lifecycle_stop, signals_are_those_of_the_definition)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.kill_signal = SIGQUIT;
        it.policy.restart_kill_signal = SIGUSR2;
        it.policy.final_kill_signal = SIGABRT;
        it.policy.send_sighup = true;
        is_up(&it);
        HAPPENS(&it, EVENT_RESTART, .by_hand = true);
        SENDS(&it, TARGET_GROUP, SIGUSR2);
        cr_assert(it.effects.with_sigcont && it.effects.with_sighup);
        deadline_comes(&it);
        SENDS(&it, TARGET_GROUP, SIGABRT);
        cr_assert(!it.effects.with_sigcont && !it.effects.with_sighup);
        main_dies(&it, SIGABRT, true);

        HAPPENS(&it, EVENT_RELEASE);
        HAPPENS(&it, EVENT_EXECUTED);
        HAPPENS(&it, EVENT_STOP);
        SENDS(&it, TARGET_GROUP, SIGQUIT);
}

Test(lifecycle_stop, a_signal_is_not_followed_by_itself)
{
        static const struct {
                int signal;
                bool sigcont, sighup;
        } cases[] = {{SIGTERM, true, true}, {SIGHUP, true, false}, {SIGCONT, false, true}, {SIGKILL, false, true}};

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Life it = a_service(SERVICE_EXEC);

                it.policy.kill_signal = cases[i].signal;
                it.policy.send_sighup = true;
                is_up(&it);
                HAPPENS(&it, EVENT_STOP);
                cr_assert_eq(it.effects.with_sigcont, cases[i].sigcont, "signal %d", cases[i].signal);
                cr_assert_eq(it.effects.with_sighup, cases[i].sighup, "signal %d", cases[i].signal);
        }
}

Test(lifecycle_stop, exec_stop_runs_first_and_shares_the_time)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.n_commands[COMMAND_STOP] = 2;
        is_up(&it);
        HAPPENS(&it, EVENT_STOP);
        IS_IN(&it, STATE_STOP);
        RUNS_COMMAND(&it, COMMAND_STOP, 0u);
        IS_DUE(&it, 80 * SEC);
        it.now += 10 * SEC;
        command_exits(&it, 0, false);
        RUNS_COMMAND(&it, COMMAND_STOP, 1u);
        IS_DUE(&it, 70 * SEC);
        it.now += 10 * SEC;
        command_exits(&it, 0, false);
        IS_IN(&it, STATE_STOP_SIGTERM);
        IS_DUE(&it, 60 * SEC);
        main_dies(&it, SIGTERM, true);
        IS_IN(&it, STATE_DEAD);
}

Test(lifecycle_stop, exec_stop_may_have_done_it_all)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.n_commands[COMMAND_STOP] = 1;
        is_up(&it);
        HAPPENS(&it, EVENT_STOP);
        main_exits(&it, 0, false);
        IS_IN(&it, STATE_STOP);
        command_exits(&it, 0, true);
        IS_IN(&it, STATE_DEAD);
        SENDS_NOTHING(&it);
}

Test(lifecycle_stop, an_exec_stop_that_fails_skips_the_rest_and_is_a_failure)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.n_commands[COMMAND_STOP] = 2;
        is_up(&it);
        HAPPENS(&it, EVENT_STOP);
        command_exits(&it, 1, false);
        IS_IN(&it, STATE_STOP_SIGTERM);
        main_dies(&it, SIGTERM, true);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_EXIT_CODE);
        REASON_IS(&it, REASON_COMMAND_FAILED);
}

Test(lifecycle_stop, an_exec_stop_that_hangs_leaves_no_time_for_a_signal)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.n_commands[COMMAND_STOP] = 1;
        is_up(&it);
        HAPPENS(&it, EVENT_STOP);
        deadline_comes(&it);
        IS_IN(&it, STATE_STOP_SIGKILL);
        SENDS(&it, TARGET_GROUP, SIGKILL);
        IS_DUE(&it, 5 * SEC);
        RESULT_IS(&it, RESULT_TIMEOUT);
}

Test(lifecycle_stop, exec_stop_runs_after_a_clean_exit_and_not_after_a_failure)
{
        for (int code = 0; code < 2; code++) {
                Life it = a_service(SERVICE_EXEC);

                it.policy.n_commands[COMMAND_STOP] = 1;
                is_up(&it);
                main_exits(&it, code, true);
                IS_IN(&it, code == 0 ? STATE_STOP : STATE_FAILED);
                REASON_IS(&it, REASON_MAIN_EXITED);
        }
}

Test(lifecycle_stop, exec_stop_post_comes_when_nothing_is_left)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.n_commands[COMMAND_STOP_POST] = 2;
        is_up(&it);
        HAPPENS(&it, EVENT_STOP);
        it.now += 30 * SEC;
        main_dies(&it, SIGTERM, true);
        IS_IN(&it, STATE_STOP_POST);
        RUNS_COMMAND(&it, COMMAND_STOP_POST, 0u);
        IS_DUE(&it, 80 * SEC);
        cr_assert(!it.effects.end_run);
        command_exits(&it, 0, true);
        RUNS_COMMAND(&it, COMMAND_STOP_POST, 1u);
        command_exits(&it, 0, true);
        IS_IN(&it, STATE_DEAD);
        cr_assert(it.effects.end_run);
}

Test(lifecycle_stop, what_exec_stop_post_leaves_behind_is_stopped_too)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.n_commands[COMMAND_STOP_POST] = 1;
        is_up(&it);
        main_exits(&it, 0, true);
        it.now += SEC;
        command_exits(&it, 0, false);
        IS_IN(&it, STATE_FINAL_SIGTERM);
        SENDS(&it, TARGET_GROUP, SIGTERM);
        IS_DUE(&it, 79 * SEC);
        deadline_comes(&it);
        IS_IN(&it, STATE_FINAL_SIGKILL);
        SENDS(&it, TARGET_GROUP, SIGKILL);
        HAPPENS(&it, EVENT_EMPTY);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_TIMEOUT);
}

Test(lifecycle_stop, an_exec_stop_post_that_fails_or_hangs_is_a_failure)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.n_commands[COMMAND_STOP_POST] = 2;
        is_up(&it);
        main_exits(&it, 0, true);
        command_exits(&it, 9, true);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_EXIT_CODE);
        REASON_IS(&it, REASON_COMMAND_FAILED);

        it = a_service(SERVICE_EXEC);
        it.policy.n_commands[COMMAND_STOP_POST] = 1;
        is_up(&it);
        main_exits(&it, 0, true);
        deadline_comes(&it);
        IS_IN(&it, STATE_FINAL_SIGKILL);
        HAPPENS(&it, EVENT_CONTROL_EXITED, .exit = {PROCESS_KILLED, SIGKILL}, .empty = true);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_TIMEOUT);
}

Test(lifecycle_stop, mixed_speaks_to_the_main_process_and_kills_the_rest)
{
        Life it = a_running_service(KILL_MIXED);

        HAPPENS(&it, EVENT_STOP);
        SENDS(&it, TARGET_MAIN, SIGTERM);
        it.now += SEC;
        main_dies(&it, SIGTERM, false);
        IS_IN(&it, STATE_STOP_SIGKILL);
        SENDS(&it, TARGET_GROUP, SIGKILL);
        IS_DUE(&it, 5 * SEC);
        HAPPENS(&it, EVENT_EMPTY);
        IS_IN(&it, STATE_DEAD); /* so it was meant: no failure */
        RESULT_IS(&it, RESULT_SUCCESS);
        cr_assert(!it.life.timed_out_kill);
}

Test(lifecycle_stop, mixed_waits_for_a_command_as_for_the_main_process)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.kill_mode = KILL_MIXED;
        it.policy.n_commands[COMMAND_RELOAD] = 1;
        is_up(&it);
        HAPPENS(&it, EVENT_RELOAD);
        HAPPENS(&it, EVENT_STOP);
        SENDS(&it, TARGET_MAIN, SIGTERM);
        main_dies(&it, SIGTERM, false);
        IS_IN(&it, STATE_STOP_SIGTERM);
        SENDS_NOTHING(&it);
        HAPPENS(&it, EVENT_CONTROL_EXITED, .exit = {PROCESS_KILLED, SIGTERM});
        IS_IN(&it, STATE_STOP_SIGKILL);
        SENDS(&it, TARGET_GROUP, SIGKILL);
}

Test(lifecycle_stop, mixed_speaks_to_all_that_an_earlier_daemon_left)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.kill_mode = KILL_MIXED;
        HAPPENS(&it, EVENT_LEFTOVER);
        IS_IN(&it, STATE_STOP_SIGTERM);
        SENDS(&it, TARGET_GROUP, SIGTERM);
}

Test(lifecycle_stop, mixed_kills_all_at_the_timeout)
{
        Life it = a_running_service(KILL_MIXED);

        HAPPENS(&it, EVENT_STOP);
        deadline_comes(&it);
        SENDS(&it, TARGET_GROUP, SIGKILL);
        main_dies(&it, SIGKILL, true);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_TIMEOUT);
}

Test(lifecycle_stop, mixed_kills_what_a_main_process_left_at_once)
{
        Life it = a_running_service(KILL_MIXED);

        main_exits(&it, 0, false);
        IS_IN(&it, STATE_STOP_SIGKILL);
        SENDS(&it, TARGET_GROUP, SIGKILL);
}

Test(lifecycle_stop, process_speaks_to_its_own_and_leaves_the_rest_alone)
{
        Life it = a_running_service(KILL_PROCESS);

        HAPPENS(&it, EVENT_STOP);
        SENDS(&it, TARGET_MAIN, SIGTERM);
        main_dies(&it, SIGTERM, false);
        IS_IN(&it, STATE_DEAD);
        RESULT_IS(&it, RESULT_SUCCESS);
        HAPPENS(&it, EVENT_START);
        HAPPENS(&it, EVENT_RELEASE);
        RUNS_MAIN(&it, 0u);

        HAPPENS(&it, EVENT_STOP);
        deadline_comes(&it);
        SENDS(&it, TARGET_MAIN, SIGKILL);
        main_dies(&it, SIGKILL, false);
        IS_IN(&it, STATE_FAILED);
}

Test(lifecycle_stop, process_waits_for_the_process_of_a_probe_all_the_same)
{
        for (int by_hand = 0; by_hand < 2; by_hand++) {
                Life it = a_running_service(KILL_PROCESS);

                if (by_hand)
                        HAPPENS(&it, EVENT_STOP);
                happens_event(&it, (LifecycleEvent){.type = EVENT_MAIN_EXITED,
                                                    .exit = {PROCESS_KILLED, SIGTERM},
                                                    .probe_lives = true});
                IS_IN(&it, STATE_STOP_SIGTERM);
                HAPPENS(&it, EVENT_EMPTY);
                IS_IN(&it, STATE_DEAD);
                RESULT_IS(&it, RESULT_SUCCESS);
        }
}

Test(lifecycle_stop, without_sigkill_the_timeout_ends_the_waiting)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.send_sigkill = false;
        is_up(&it);
        HAPPENS(&it, EVENT_STOP);
        deadline_comes(&it);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_TIMEOUT);
        REASON_IS(&it, REASON_STOP_TIMEOUT);
        SENDS_NOTHING(&it);
        cr_assert(it.life.renounced && it.effects.end_run);
}

Test(lifecycle_stop, without_sigkill_mixed_leaves_the_rest_alone)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.send_sigkill = false;
        it.policy.kill_mode = KILL_MIXED;
        is_up(&it);
        main_exits(&it, 0, false);
        IS_IN(&it, STATE_DEAD);
        SENDS_NOTHING(&it);
        cr_assert(it.life.renounced);
}

Test(lifecycle_stop, without_sigkill_a_command_that_hangs_gets_its_signal_and_a_little_time)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.send_sigkill = false;
        it.policy.n_commands[COMMAND_STOP] = it.policy.n_commands[COMMAND_STOP_POST] = 1;
        is_up(&it);
        HAPPENS(&it, EVENT_STOP);
        deadline_comes(&it);
        IS_IN(&it, STATE_STOP_SIGTERM);
        SENDS(&it, TARGET_GROUP, SIGTERM);
        IS_DUE(&it, 5 * SEC);
        deadline_comes(&it);
        IS_IN(&it, STATE_FAILED);
        RUNS_NOTHING(&it); /* there is a command already */
}

Test(lifecycle_stop, what_no_sigkill_ends_is_stuck_and_says_so)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.n_commands[COMMAND_STOP_POST] = 1;
        is_up(&it);
        HAPPENS(&it, EVENT_STOP);
        deadline_comes(&it);
        deadline_comes(&it);
        IS_IN(&it, STATE_FINAL_SIGKILL);
        cr_assert(it.effects.stop_stuck && it.life.stuck);
        REASON_IS(&it, REASON_UNKILLABLE);
        cr_assert_eq(it.life.deadline, USEC_INFINITY);

        /* A start is remembered, not carried out; who asks for a stop hears at once. */
        HAPPENS(&it, EVENT_START, .by_hand = true);
        IS_IN(&it, STATE_FINAL_SIGKILL);
        cr_assert(it.life.wanted && !it.effects.stop_stuck);
        HAPPENS(&it, EVENT_STOP);
        cr_assert(it.effects.stop_stuck && !it.life.wanted);
        REASON_IS(&it, REASON_UNKILLABLE);
        HAPPENS(&it, EVENT_START, .by_hand = true);

        main_dies(&it, SIGKILL, true);
        IS_IN(&it, STATE_STOP_POST);
        cr_assert(!it.life.stuck);
        command_exits(&it, 0, true);
        IS_IN(&it, STATE_WAITING);
}

Test(lifecycle_stop, being_stuck_is_a_timeout_too)
{
        Life it = a_running_service(KILL_MIXED);

        main_exits(&it, 0, false);
        RESULT_IS(&it, RESULT_SUCCESS);
        deadline_comes(&it);
        cr_assert(it.life.stuck);
        RESULT_IS(&it, RESULT_TIMEOUT);
        HAPPENS(&it, EVENT_EMPTY);
        IS_IN(&it, STATE_FAILED);
        cr_assert(!it.life.stuck);
}

Test(lifecycle_stop, a_start_by_hand_on_the_way_down_forgets_too)
{
        Life it = a_running_service(KILL_CONTROL_GROUP);

        it.life.history.n_restarts = 7;
        HAPPENS(&it, EVENT_STOP);
        HAPPENS(&it, EVENT_START, .by_hand = true);
        cr_assert_eq(it.life.history.n_restarts, 0u);
        cr_assert_eq(it.life.history.n_in_interval, 1u);
}

Test(lifecycle_stop, what_is_being_killed_hears_a_stop_without_a_word)
{
        Life it = a_running_service(KILL_CONTROL_GROUP);

        HAPPENS(&it, EVENT_STOP);
        deadline_comes(&it);
        HAPPENS(&it, EVENT_STOP);
        cr_assert(!it.effects.stop_stuck);
        IS_IN(&it, STATE_STOP_SIGKILL);
}

Test(lifecycle_stop, a_restart_is_a_stop_and_a_start)
{
        Life it = a_running_service(KILL_CONTROL_GROUP);

        it.life.history.n_restarts = 7;
        HAPPENS(&it, EVENT_RESTART, .by_hand = true);
        IS_IN(&it, STATE_STOP_SIGTERM);
        REASON_IS(&it, REASON_ASKED);
        cr_assert(it.life.wanted);
        main_exits(&it, 1, true); /* however it ends */
        IS_IN(&it, STATE_WAITING);
        cr_assert(it.effects.end_run);
        cr_assert_eq(it.life.history.n_restarts, 0u);
        cr_assert_eq(it.life.restart_reason, RESTART_REASON_NONE);
}

Test(lifecycle_stop, a_restart_by_another_service_says_so_and_keeps_the_count)
{
        Life it = a_running_service(KILL_CONTROL_GROUP);

        it.life.history.n_restarts = 7;
        HAPPENS(&it, EVENT_RESTART);
        REASON_IS(&it, REASON_DEPENDENCY);
        main_dies(&it, SIGTERM, true);
        IS_IN(&it, STATE_WAITING);
        cr_assert_eq(it.life.history.n_restarts, 7u);
}

Test(lifecycle_stop, a_stop_cancels_a_restart_and_a_start_a_stop)
{
        Life it = a_running_service(KILL_CONTROL_GROUP);

        HAPPENS(&it, EVENT_RESTART, .by_hand = true);
        HAPPENS(&it, EVENT_STOP);
        main_dies(&it, SIGTERM, true);
        IS_IN(&it, STATE_DEAD);

        it = a_running_service(KILL_CONTROL_GROUP);
        HAPPENS(&it, EVENT_STOP);
        HAPPENS(&it, EVENT_START, .by_hand = true);
        IS_IN(&it, STATE_STOP_SIGTERM);
        cr_assert(it.life.wanted);
        main_dies(&it, SIGTERM, true);
        IS_IN(&it, STATE_WAITING);
}

Test(lifecycle_stop, each_state_on_the_way_down_takes_a_change_of_mind)
{
        for (int n_deadlines = 0; n_deadlines < 2; n_deadlines++) {
                Life it = a_service(SERVICE_EXEC);

                it.policy.n_commands[COMMAND_STOP] = it.policy.n_commands[COMMAND_STOP_POST] = 1;
                is_up(&it);
                HAPPENS(&it, EVENT_STOP);
                if (n_deadlines == 0)
                        HAPPENS(&it, EVENT_START); /* in STOP */
                main_exits(&it, 0, false);
                command_exits(&it, 0, true);
                IS_IN(&it, STATE_STOP_POST);
                if (n_deadlines == 1)
                        HAPPENS(&it, EVENT_START);
                command_exits(&it, 0, true);
                IS_IN(&it, STATE_WAITING);
        }
}

Test(lifecycle_stop, what_was_stopped_by_hand_is_not_restarted)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.restart = RESTART_ALWAYS;
        is_up(&it);
        HAPPENS(&it, EVENT_STOP);
        main_exits(&it, 1, true);
        IS_IN(&it, STATE_FAILED);
        cr_assert_eq(it.life.restart_reason, RESTART_REASON_NONE);

        /* Not even where it had crashed before the stop came. */
        is_up(&it);
        main_exits(&it, 1, false);
        HAPPENS(&it, EVENT_STOP);
        HAPPENS(&it, EVENT_EMPTY);
        IS_IN(&it, STATE_FAILED);
}

Test(lifecycle_stop, a_start_after_a_crash_comes_back_at_once)
{
        Life it = a_running_service(KILL_CONTROL_GROUP);

        main_exits(&it, 1, false);
        HAPPENS(&it, EVENT_START);
        HAPPENS(&it, EVENT_EMPTY);
        IS_IN(&it, STATE_WAITING);
}

Test(lifecycle_stop, a_stop_by_dependency_ends_dead_however_the_process_ends)
{
        Life it = a_running_service(KILL_CONTROL_GROUP);

        HAPPENS(&it, EVENT_STOP, .result = RESULT_DEPENDENCY);
        IS_IN(&it, STATE_STOP_SIGTERM);
        REASON_IS(&it, REASON_DEPENDENCY);
        main_exits(&it, 143, true);
        IS_IN(&it, STATE_DEAD);
        RESULT_IS(&it, RESULT_DEPENDENCY);
        REASON_IS(&it, REASON_DEPENDENCY);
}

Test(lifecycle_stop, a_stop_by_dependency_fails_only_by_its_own_timeout)
{
        Life it = a_running_service(KILL_CONTROL_GROUP);

        HAPPENS(&it, EVENT_STOP, .result = RESULT_DEPENDENCY);
        deadline_comes(&it);
        main_dies(&it, SIGKILL, true);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_TIMEOUT);
        REASON_IS(&it, REASON_STOP_TIMEOUT);
}

Test(lifecycle_stop, a_dependency_that_cancels_a_restart_is_the_result)
{
        Life it = a_running_service(KILL_CONTROL_GROUP);

        HAPPENS(&it, EVENT_RESTART, .by_hand = true);
        HAPPENS(&it, EVENT_STOP, .result = RESULT_DEPENDENCY);
        main_dies(&it, SIGTERM, true);
        IS_IN(&it, STATE_DEAD);
        RESULT_IS(&it, RESULT_DEPENDENCY);

        /* What was going down for good has its own result. */
        it = a_running_service(KILL_CONTROL_GROUP);
        HAPPENS(&it, EVENT_STOP);
        HAPPENS(&it, EVENT_STOP, .result = RESULT_DEPENDENCY);
        main_dies(&it, SIGTERM, true);
        RESULT_IS(&it, RESULT_SUCCESS);
}

Test(lifecycle_stop, exit_statuses_decide_over_a_restart)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.restart = RESTART_ALWAYS;
        it.policy.restart_prevent.codes[0] = 1 << 5;
        is_up(&it);
        main_exits(&it, 5, true);
        IS_IN(&it, STATE_FAILED);
        cr_assert_eq(it.life.restart_reason, RESTART_REASON_PREVENTED);

        /* A run that never had a main process has no exit status, whatever the last one's was. */
        it.policy.n_commands[COMMAND_START_PRE] = 1;
        begins(&it);
        command_exits(&it, 5, true);
        IS_IN(&it, STATE_AUTO_RESTART);
}

Test(lifecycle_stop, the_delay_starts_afresh_after_a_good_run)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.restart = RESTART_ALWAYS;
        it.policy.restart_usec = 200 * USEC_PER_MSEC;
        it.policy.restart_max_delay_usec = 800 * USEC_PER_MSEC;
        it.policy.restart_steps = 2;
        is_up(&it);
        for (int i = 0; i < 3; i++) {
                main_exits(&it, 0, true);
                IS_DUE(&it, (200 << i) * USEC_PER_MSEC);
                deadline_comes(&it);
                HAPPENS(&it, EVENT_RELEASE);
                HAPPENS(&it, EVENT_EXECUTED);
        }
        it.now += 10 * SEC;
        main_exits(&it, 0, true);
        IS_DUE(&it, 200 * USEC_PER_MSEC);
}

Test(lifecycle_stop, a_oneshot_that_worked_for_long_had_a_good_run)
{
        Life it = a_service(SERVICE_ONESHOT);

        it.policy.restart = RESTART_ON_FAILURE;
        it.policy.restart_usec = 200 * USEC_PER_MSEC;
        it.policy.restart_max_delay_usec = 800 * USEC_PER_MSEC;
        it.policy.restart_steps = 2;
        begins(&it);
        main_exits(&it, 1, true);
        deadline_comes(&it);
        HAPPENS(&it, EVENT_RELEASE);
        it.now += 10 * SEC;
        main_exits(&it, 1, true);
        IS_DUE(&it, 200 * USEC_PER_MSEC);
}

Test(lifecycle_stop, the_time_before_it_was_ready_is_no_good_run)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.restart = RESTART_ALWAYS;
        it.policy.restart_usec = 200 * USEC_PER_MSEC;
        it.policy.restart_max_delay_usec = 800 * USEC_PER_MSEC;
        it.policy.restart_steps = 2;
        begins(&it);
        it.now += 60 * SEC;
        main_exits(&it, 1, true);
        IS_DUE(&it, 200 * USEC_PER_MSEC);
        deadline_comes(&it);
        HAPPENS(&it, EVENT_RELEASE);
        it.now += 60 * SEC;
        main_exits(&it, 1, true);
        IS_DUE(&it, 400 * USEC_PER_MSEC);
}

static Life a_service_that_hears_words(void)
{
        Life it = a_running_service(KILL_CONTROL_GROUP);

        it.policy.has_stop_input = true;
        it.policy.stop_input_usec = 3 * SEC;
        return it;
}

Test(lifecycle_stop, words_come_first_and_may_be_enough)
{
        Life it = a_service_that_hears_words();

        HAPPENS(&it, EVENT_STOP);
        IS_IN(&it, STATE_STOP);
        cr_assert(it.effects.stop_input);
        SENDS_NOTHING(&it);
        RUNS_NOTHING(&it);
        IS_DUE(&it, 3 * SEC);
        main_exits(&it, 0, true);
        IS_IN(&it, STATE_DEAD);
        RESULT_IS(&it, RESULT_SUCCESS);
        cr_assert_not(it.effects.stop_input);
        SENDS_NOTHING(&it);
}

Test(lifecycle_stop, words_without_effect_are_followed_by_the_command_and_the_signal)
{
        Life it = a_service_that_hears_words();

        it.policy.n_commands[COMMAND_STOP] = 1;
        HAPPENS(&it, EVENT_STOP);
        cr_assert(it.effects.stop_input);
        deadline_comes(&it);
        IS_IN(&it, STATE_STOP);
        RUNS_COMMAND(&it, COMMAND_STOP, 0);
        IS_DUE(&it, 77 * SEC); /* all of it shares TimeoutStopSec */
        command_exits(&it, 0, false);
        IS_IN(&it, STATE_STOP_SIGTERM);
        SENDS(&it, TARGET_GROUP, SIGTERM);
        IS_DUE(&it, 77 * SEC);
}

Test(lifecycle_stop, words_are_for_who_lives)
{
        Life it = a_service_that_hears_words();

        main_exits(&it, 0, false);
        cr_assert_not(it.effects.stop_input);
        IS_IN(&it, STATE_STOP_SIGTERM);

        it = a_service_that_hears_words();
        HAPPENS(&it, EVENT_STOP);
        HAPPENS(&it, EVENT_START);
        IS_IN(&it, STATE_STOP);
        main_exits(&it, 0, true);
        IS_IN(&it, STATE_WAITING);
}
