/* SPDX-License-Identifier: MIT */

/* The beginnings that are more than one process: ExecCondition, and the start command that leaves a daemon behind. */

#include "life.h"

static Life a_conditional_service(void)
{
        Life it = a_service(SERVICE_EXEC);

        it.policy.n_commands[COMMAND_CONDITION] = 2;
        it.policy.restart = RESTART_ALWAYS;
        return it;
}

Test(lifecycle_forking, all_conditions_are_asked_before_anything_else)
{
        Life it = a_conditional_service();

        it.policy.n_commands[COMMAND_START_PRE] = 1;
        begins(&it);
        IS_IN(&it, STATE_CONDITION);
        RUNS_COMMAND(&it, COMMAND_CONDITION, 0u);
        it.now += SEC;
        command_exits(&it, 0, true);
        RUNS_COMMAND(&it, COMMAND_CONDITION, 1u);
        IS_DUE(&it, 90 * SEC);
        command_exits(&it, 0, true);
        IS_IN(&it, STATE_START_PRE);
        command_exits(&it, 0, true);
        RUNS_MAIN(&it, 0u);
}

Test(lifecycle_forking, what_conditions_answer)
{
        static const struct {
                ProcessExit exit;
                ServiceResult result;
                ServiceState state; /* with Restart=always */
        } cases[] = {
                {{PROCESS_EXITED, 1}, RESULT_EXEC_CONDITION, STATE_DEAD},
                {{PROCESS_EXITED, 203}, RESULT_EXEC_CONDITION, STATE_DEAD},
                {{PROCESS_EXITED, 254}, RESULT_EXEC_CONDITION, STATE_DEAD},
                {{PROCESS_EXITED, 255}, RESULT_EXIT_CODE, STATE_AUTO_RESTART},
                {{PROCESS_KILLED, SIGKILL}, RESULT_SIGNAL, STATE_AUTO_RESTART},
                {{PROCESS_DUMPED, SIGSEGV}, RESULT_CORE_DUMP, STATE_AUTO_RESTART},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Life it = a_conditional_service();

                begins(&it);
                HAPPENS(&it, EVENT_CONTROL_EXITED, .exit = cases[i].exit, .empty = true);
                IS_IN(&it, cases[i].state);
                RESULT_IS(&it, cases[i].result);
        }
}

Test(lifecycle_forking, a_condition_that_can_not_be_asked_is_no_answer)
{
        Life it = a_conditional_service();

        it.policy.restart = RESTART_NO;
        begins(&it);
        HAPPENS(&it, EVENT_SPAWN_FAILED, .exit = {PROCESS_EXITED, 203}, .result = RESULT_EXIT_CODE, .empty = true);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_EXIT_CODE);
}

Test(lifecycle_forking, a_condition_may_be_ignored_or_have_other_successes)
{
        Life it = a_conditional_service();

        it.policy.ignore_failure[COMMAND_CONDITION] = 1;
        it.policy.success.codes[0] = UINT64_C(1) << 42;
        begins(&it);
        command_exits(&it, 1, true);
        RUNS_COMMAND(&it, COMMAND_CONDITION, 1u);
        command_exits(&it, 42, true);
        RUNS_MAIN(&it, 0u);
}

Test(lifecycle_forking, one_that_is_not_to_run_has_its_stop_post_and_can_be_started_again)
{
        Life it = a_conditional_service();

        it.policy.n_commands[COMMAND_STOP_POST] = 1;
        begins(&it);
        command_exits(&it, 1, true);
        IS_IN(&it, STATE_STOP_POST);
        HAPPENS(&it, EVENT_START, .by_hand = true);
        command_exits(&it, 0, true);
        IS_IN(&it, STATE_WAITING);
        HAPPENS(&it, EVENT_RELEASE);
        IS_IN(&it, STATE_CONDITION);
        RESULT_IS(&it, RESULT_SUCCESS);
}

static void has_forked(Life *it)
{
        begins(it);
        IS_IN(it, STATE_START);
        RUNS_COMMAND(it, COMMAND_START, 0u);
        IS_DUE(it, 90 * SEC);
        command_exits(it, 0, false);
        IS_IN(it, STATE_START);
        cr_assert(it->effects.find_main);
}

Test(lifecycle_forking, the_main_process_is_what_the_start_command_left)
{
        Life it = a_service(SERVICE_FORKING);

        it.policy.n_commands[COMMAND_START_POST] = 1;
        has_forked(&it);
        HAPPENS(&it, EVENT_MAIN_PID);
        IS_IN(&it, STATE_START_POST);
        command_exits(&it, 0, false);
        IS_IN(&it, STATE_RUNNING);
        main_exits(&it, 3, true);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_EXIT_CODE);
}

Test(lifecycle_forking, readiness_comes_on_top)
{
        for (int order = 0; order < 2; order++) {
                Life it = a_service(SERVICE_FORKING);

                it.policy.has_ready_conditions = true;
                begins(&it);
                if (order == 0)
                        HAPPENS(&it, EVENT_READY);
                command_exits(&it, 0, false);
                HAPPENS(&it, EVENT_MAIN_PID);
                if (order == 1) {
                        IS_IN(&it, STATE_START);
                        HAPPENS(&it, EVENT_READY);
                }
                IS_IN(&it, STATE_RUNNING);
        }
}

Test(lifecycle_forking, a_start_command_that_fails_is_a_failed_start)
{
        Life it = a_service(SERVICE_FORKING);

        begins(&it);
        command_exits(&it, 1, false);
        IS_IN(&it, STATE_STOP_SIGTERM);
        SENDS(&it, TARGET_GROUP, SIGTERM);
        HAPPENS(&it, EVENT_EMPTY);
        RESULT_IS(&it, RESULT_EXIT_CODE);
}

Test(lifecycle_forking, one_that_leaves_nothing_is_over_unless_something_was_to_stay)
{
        static const struct {
                bool pid_file, ready, remains;
                ServiceState state;
                ServiceResult result;
        } cases[] = {
                {false, false, false, STATE_DEAD, RESULT_SUCCESS},
                {false, false, true, STATE_EXITED, RESULT_SUCCESS},
                {true, false, false, STATE_FAILED, RESULT_PROTOCOL},
                {false, true, false, STATE_FAILED, RESULT_PROTOCOL},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                for (int late = 0; late < 2; late++) {
                        Life it = a_service(SERVICE_FORKING);

                        it.policy.has_pid_file = cases[i].pid_file;
                        it.policy.has_ready_conditions = cases[i].ready;
                        it.policy.remain_after_exit = cases[i].remains;
                        begins(&it);
                        command_exits(&it, 0, !late);
                        if (late)
                                HAPPENS(&it, EVENT_EMPTY);
                        IS_IN(&it, cases[i].state);
                        RESULT_IS(&it, cases[i].result);
                }
}

Test(lifecycle_forking, one_whose_main_process_is_never_found_times_out)
{
        Life it = a_service(SERVICE_FORKING);

        it.policy.has_pid_file = true;
        has_forked(&it);
        deadline_comes(&it);
        IS_IN(&it, STATE_STOP_SIGTERM);
        RESULT_IS(&it, RESULT_TIMEOUT);

        it = a_service(SERVICE_FORKING);
        has_forked(&it);
        HAPPENS(&it, EVENT_NO_MAIN, .result = RESULT_RESOURCES);
        IS_IN(&it, STATE_STOP_SIGTERM);
        RESULT_IS(&it, RESULT_RESOURCES);
        REASON_IS(&it, REASON_NO_MAIN);
}

Test(lifecycle_forking, a_main_process_that_was_named_early_needs_no_search)
{
        Life it = a_service(SERVICE_FORKING);

        begins(&it);
        HAPPENS(&it, EVENT_MAIN_PID);
        IS_IN(&it, STATE_START);
        command_exits(&it, 0, false);
        IS_IN(&it, STATE_RUNNING);
        cr_assert(!it.effects.find_main);

        /* One that has gone before that is looked for after all. */
        it = a_service(SERVICE_FORKING);
        begins(&it);
        HAPPENS(&it, EVENT_MAIN_PID);
        main_exits(&it, 0, false);
        IS_IN(&it, STATE_START);
        command_exits(&it, 0, false);
        cr_assert(it.effects.find_main);
}
