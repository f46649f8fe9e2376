/* SPDX-License-Identifier: MIT */

/* What a service says of itself, and what others find out about it, in the life of that service: reloads and stops of
 * its own, more time, the watchdog, bad health, another main process. */

#include "life.h"

static Life a_notifying_service(void)
{
        Life it = a_service(SERVICE_NOTIFY);

        it.policy.has_ready_conditions = true;
        return it;
}

static void is_ready(Life *it)
{
        begins(it);
        HAPPENS(it, EVENT_EXECUTED);
        IS_IN(it, STATE_START);
        HAPPENS(it, EVENT_READY);
        IS_IN(it, STATE_RUNNING);
}

Test(lifecycle_notify, it_is_up_when_it_says_so)
{
        Life it = a_notifying_service();

        is_ready(&it);
}

Test(lifecycle_notify, an_end_without_that_word_is_a_breach_of_protocol)
{
        Life it = a_notifying_service();

        begins(&it);
        HAPPENS(&it, EVENT_EXECUTED);
        main_exits(&it, 0, true);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_PROTOCOL);
}

Test(lifecycle_notify, its_own_reload_lasts_until_it_says_so)
{
        Life it = a_notifying_service();

        is_ready(&it);
        HAPPENS(&it, EVENT_RELOADING);
        IS_IN(&it, STATE_RELOAD);
        IS_DUE(&it, 90 * SEC);
        RUNS_NOTHING(&it);
        HAPPENS(&it, EVENT_RELOADED);
        IS_IN(&it, STATE_RUNNING);
        cr_assert(it.effects.reload_done);
        cr_assert_eq(it.life.reload_result, RESULT_SUCCESS);
}

Test(lifecycle_notify, a_reload_that_is_never_done_fails_and_it_runs_on)
{
        Life it = a_notifying_service();

        is_ready(&it);
        HAPPENS(&it, EVENT_RELOADING);
        deadline_comes(&it);
        IS_IN(&it, STATE_RUNNING);
        cr_assert(it.effects.reload_done);
        cr_assert_eq(it.life.reload_result, RESULT_TIMEOUT);
        SENDS_NOTHING(&it);
}

Test(lifecycle_notify, exec_reload_is_not_done_before_the_service_is)
{
        Life it = a_notifying_service();

        it.policy.n_commands[COMMAND_RELOAD] = 2;
        is_ready(&it);
        HAPPENS(&it, EVENT_RELOAD);
        RUNS_COMMAND(&it, COMMAND_RELOAD, 0u);
        HAPPENS(&it, EVENT_RELOADING);
        it.now += SEC;
        command_exits(&it, 0, false);
        RUNS_COMMAND(&it, COMMAND_RELOAD, 1u);
        IS_DUE(&it, 90 * SEC);
        command_exits(&it, 0, false);
        IS_IN(&it, STATE_RELOAD);
        cr_assert(!it.effects.reload_done);
        HAPPENS(&it, EVENT_RELOADED);
        IS_IN(&it, STATE_RUNNING);
        cr_assert(it.effects.reload_done);

        /* One that says it is done while the command runs is done with it. */
        HAPPENS(&it, EVENT_RELOAD);
        HAPPENS(&it, EVENT_RELOADING);
        HAPPENS(&it, EVENT_RELOADED);
        IS_IN(&it, STATE_RELOAD);
        command_exits(&it, 0, false);
        command_exits(&it, 0, false);
        IS_IN(&it, STATE_RUNNING);
}

Test(lifecycle_notify, a_stop_of_its_own_needs_no_signal_but_has_no_more_time)
{
        Life it = a_notifying_service();

        is_ready(&it);
        HAPPENS(&it, EVENT_STOPPING);
        IS_IN(&it, STATE_STOP_SIGTERM);
        SENDS_NOTHING(&it);
        IS_DUE(&it, 80 * SEC);
        REASON_IS(&it, REASON_STOPPING);
        main_exits(&it, 0, true);
        IS_IN(&it, STATE_DEAD);
        RESULT_IS(&it, RESULT_SUCCESS);

        it = a_notifying_service();
        is_ready(&it);
        HAPPENS(&it, EVENT_STOPPING);
        deadline_comes(&it);
        IS_IN(&it, STATE_STOP_SIGKILL);
        SENDS(&it, TARGET_GROUP, SIGKILL);
        main_dies(&it, SIGKILL, true);
        RESULT_IS(&it, RESULT_TIMEOUT);
}

Test(lifecycle_notify, who_is_left_after_its_own_stop_is_asked_to_go)
{
        Life it = a_notifying_service();

        is_ready(&it);
        HAPPENS(&it, EVENT_STOPPING);
        main_exits(&it, 0, false);
        IS_IN(&it, STATE_STOP_SIGTERM);
        SENDS(&it, TARGET_GROUP, SIGTERM);
        HAPPENS(&it, EVENT_EMPTY);
        IS_IN(&it, STATE_DEAD);
}

Test(lifecycle_notify, after_its_own_stop_restart_has_the_word)
{
        static const struct {
                RestartPolicy restart;
                int code;
                ServiceState state;
        } cases[] = {
                {RESTART_NO, 0, STATE_DEAD},
                {RESTART_NO, 1, STATE_FAILED},
                {RESTART_ALWAYS, 0, STATE_AUTO_RESTART},
                {RESTART_ON_FAILURE, 0, STATE_DEAD},
                {RESTART_ON_FAILURE, 1, STATE_AUTO_RESTART},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Life it = a_notifying_service();

                it.policy.restart = cases[i].restart;
                is_ready(&it);
                HAPPENS(&it, EVENT_STOPPING);
                main_exits(&it, cases[i].code, true);
                IS_IN(&it, cases[i].state);
        }
}

Test(lifecycle_notify, it_gets_the_time_that_it_asks_for_if_that_is_more)
{
        Life it = a_notifying_service();

        begins(&it);
        HAPPENS(&it, EVENT_EXTEND_TIMEOUT, .extension = 10 * SEC);
        IS_DUE(&it, 90 * SEC);
        it.now += 85 * SEC;
        HAPPENS(&it, EVENT_EXTEND_TIMEOUT, .extension = 10 * SEC);
        IS_DUE(&it, 10 * SEC);
        HAPPENS(&it, EVENT_EXECUTED);
        IS_DUE(&it, 10 * SEC);
        HAPPENS(&it, EVENT_READY);
        IS_IN(&it, STATE_RUNNING);
        /* Nothing is in progress that could be extended. */
        HAPPENS(&it, EVENT_EXTEND_TIMEOUT, .extension = 10 * SEC);
        cr_assert_eq(it.life.deadline, USEC_INFINITY);

        HAPPENS(&it, EVENT_STOP);
        HAPPENS(&it, EVENT_EXTEND_TIMEOUT, .extension = 500 * SEC);
        IS_DUE(&it, 500 * SEC);
        deadline_comes(&it);
        /* Who is killed can't ask for anything. */
        HAPPENS(&it, EVENT_EXTEND_TIMEOUT, .extension = 500 * SEC);
        IS_DUE(&it, 5 * SEC);
}

Test(lifecycle_notify, a_run_that_may_be_longer_stays_so_through_a_reload)
{
        Life it = a_notifying_service();

        it.policy.runtime_max_usec = 60 * SEC;
        is_ready(&it);
        HAPPENS(&it, EVENT_EXTEND_TIMEOUT, .extension = 100 * SEC);
        IS_DUE(&it, 100 * SEC);
        HAPPENS(&it, EVENT_RELOADING);
        HAPPENS(&it, EVENT_RELOADED);
        IS_DUE(&it, 100 * SEC);
        deadline_comes(&it);
        RESULT_IS(&it, RESULT_TIMEOUT);
}

Test(lifecycle_notify, one_that_fails_its_watchdog_gets_its_own_signal_and_its_own_time)
{
        Life it = a_notifying_service();

        it.policy.restart = RESTART_ON_WATCHDOG;
        it.policy.n_commands[COMMAND_STOP] = 1;
        is_ready(&it);
        HAPPENS(&it, EVENT_WATCHDOG);
        IS_IN(&it, STATE_STOP_WATCHDOG);
        SENDS(&it, TARGET_GROUP, SIGABRT);
        cr_assert(it.effects.with_sigcont && !it.effects.with_sighup);
        IS_DUE(&it, 30 * SEC);
        REASON_IS(&it, REASON_WATCHDOG);
        RUNS_NOTHING(&it);
        HAPPENS(&it, EVENT_MAIN_EXITED, .exit = {PROCESS_DUMPED, SIGABRT}, .empty = true);
        IS_IN(&it, STATE_AUTO_RESTART);
        RESULT_IS(&it, RESULT_WATCHDOG);
}

Test(lifecycle_notify, one_that_ignores_that_too_is_killed)
{
        Life it = a_notifying_service();

        is_ready(&it);
        HAPPENS(&it, EVENT_WATCHDOG);
        deadline_comes(&it);
        IS_IN(&it, STATE_STOP_SIGKILL);
        SENDS(&it, TARGET_GROUP, SIGKILL);
        main_dies(&it, SIGKILL, true);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_WATCHDOG);
}

Test(lifecycle_notify, a_command_on_the_way_down_can_ask_to_be_aborted)
{
        Life it = a_notifying_service();

        it.policy.n_commands[COMMAND_STOP] = it.policy.n_commands[COMMAND_STOP_POST] = 1;
        is_ready(&it);
        HAPPENS(&it, EVENT_STOP);
        HAPPENS(&it, EVENT_WATCHDOG);
        IS_IN(&it, STATE_STOP_WATCHDOG);
        SENDS(&it, TARGET_GROUP, SIGABRT);
        command_exits(&it, 1, false);
        main_dies(&it, SIGABRT, true);
        IS_IN(&it, STATE_STOP_POST);
        HAPPENS(&it, EVENT_WATCHDOG);
        IS_IN(&it, STATE_FINAL_WATCHDOG);
        SENDS(&it, TARGET_GROUP, SIGABRT);
        HAPPENS(&it, EVENT_CONTROL_EXITED, .exit = {PROCESS_KILLED, SIGABRT}, .empty = true);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_WATCHDOG);
}

Test(lifecycle_notify, bad_health_is_a_failure_that_goes_down_in_order)
{
        Life it = a_notifying_service();

        it.policy.n_commands[COMMAND_STOP] = 1;
        it.policy.restart = RESTART_ON_FAILURE;
        is_ready(&it);
        HAPPENS(&it, EVENT_UNHEALTHY);
        IS_IN(&it, STATE_STOP);
        RUNS_COMMAND(&it, COMMAND_STOP, 0u);
        REASON_IS(&it, REASON_UNHEALTHY);
        command_exits(&it, 0, false);
        SENDS(&it, TARGET_GROUP, SIGTERM);
        main_dies(&it, SIGTERM, true);
        IS_IN(&it, STATE_AUTO_RESTART);
        RESULT_IS(&it, RESULT_HEALTH);
}

Test(lifecycle_notify, another_main_process_takes_over_the_life)
{
        Life it = a_notifying_service();

        is_ready(&it);
        HAPPENS(&it, EVENT_MAIN_PID);
        IS_IN(&it, STATE_RUNNING);
        cr_assert(it.life.main_alive && !it.life.empty);
        main_exits(&it, 1, true);
        IS_IN(&it, STATE_FAILED);
        HAPPENS(&it, EVENT_MAIN_PID);
        cr_assert(!it.life.main_alive, "what is down has none");
}

Test(lifecycle_notify, want_of_memory_is_a_result_of_its_own)
{
        Life it = a_service(SERVICE_EXEC);

        is_up(&it);
        HAPPENS(&it, EVENT_MAIN_EXITED, .exit = {PROCESS_KILLED, SIGKILL}, .oom_killed = true, .empty = true);
        IS_IN(&it, STATE_FAILED);
        RESULT_IS(&it, RESULT_OOM_KILL);
}
