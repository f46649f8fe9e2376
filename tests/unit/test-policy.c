/* SPDX-License-Identifier: MIT */

/* The restart policy, by systemd's tables and our own arithmetic. */

#include <criterion/criterion.h>
#include <signal.h>

#include "core/policy.h"

#define SEC USEC_PER_SEC

Test(policy, the_end_of_a_process_is_judged)
{
        LifecyclePolicy policy = {.success = {.codes = {[1] = 1 << 3}, .signals = UINT64_C(1) << SIGUSR1}};
        static const struct {
                ProcessExit exit;
                ServiceResult daemon, command;
        } cases[] = {
                {{PROCESS_EXITED, 0}, RESULT_SUCCESS, RESULT_SUCCESS},
                {{PROCESS_EXITED, 1}, RESULT_EXIT_CODE, RESULT_EXIT_CODE},
                {{PROCESS_EXITED, 67}, RESULT_SUCCESS, RESULT_SUCCESS}, /* SuccessExitStatus */
                {{PROCESS_EXITED, 255}, RESULT_EXIT_CODE, RESULT_EXIT_CODE},
                {{PROCESS_KILLED, SIGHUP}, RESULT_SUCCESS, RESULT_SIGNAL},
                {{PROCESS_KILLED, SIGINT}, RESULT_SUCCESS, RESULT_SIGNAL},
                {{PROCESS_KILLED, SIGTERM}, RESULT_SUCCESS, RESULT_SIGNAL},
                {{PROCESS_KILLED, SIGPIPE}, RESULT_SUCCESS, RESULT_SIGNAL},
                {{PROCESS_KILLED, SIGKILL}, RESULT_SIGNAL, RESULT_SIGNAL},
                {{PROCESS_KILLED, SIGUSR1}, RESULT_SUCCESS, RESULT_SUCCESS}, /* SuccessExitStatus */
                {{PROCESS_DUMPED, SIGTERM}, RESULT_CORE_DUMP, RESULT_CORE_DUMP},
                {{PROCESS_DUMPED, SIGUSR1}, RESULT_CORE_DUMP, RESULT_CORE_DUMP},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                cr_expect_eq(policy_judge_exit(&policy, cases[i].exit, true), cases[i].daemon, "daemon, case %zu", i);
                cr_expect_eq(policy_judge_exit(&policy, cases[i].exit, false), cases[i].command, "command, case %zu",
                             i);
        }
}

/* systemd.service(5), "Exit causes and effect of the Restart= settings", and what its code does where the table is
 * silent (protocol, resources). */
static const struct {
        ServiceResult result;
        const char *restarts; /* a letter for each setting that restarts: Always, Success, Failure, abnorMal, aBort,
                                 Watchdog */
} table[] = {
        {RESULT_SUCCESS, "AS"},  {RESULT_EXIT_CODE, "AF"},  {RESULT_SIGNAL, "AFMB"},   {RESULT_CORE_DUMP, "AFMB"},
        {RESULT_TIMEOUT, "AFM"}, {RESULT_WATCHDOG, "AFMW"}, {RESULT_RESOURCES, "AFM"}, {RESULT_PROTOCOL, "AFM"},
};

Test(policy, restart_follows_systemds_table)
{
        static const char letters[_RESTART_POLICY_N] = {
                [RESTART_NO] = '-',         [RESTART_ALWAYS] = 'A',      [RESTART_ON_SUCCESS] = 'S',
                [RESTART_ON_FAILURE] = 'F', [RESTART_ON_ABNORMAL] = 'M', [RESTART_ON_ABORT] = 'B',
                [RESTART_ON_WATCHDOG] = 'W'};

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                for (RestartPolicy setting = 0; setting < _RESTART_POLICY_N; setting++) {
                        LifecyclePolicy policy = {.restart = setting};
                        bool expected = false;
                        RestartReason reason;

                        for (const char *p = table[i].restarts; *p; p++)
                                expected |= *p == letters[setting];
                        cr_expect_eq(policy_shall_restart(&policy, table[i].result, NULL, &reason), expected,
                                     "%s with setting %u", service_result_to_string(table[i].result), setting);
                        cr_expect_eq(reason, expected ? RESTART_REASON_COVERED : RESTART_REASON_UNCOVERED);
                }
}

Test(policy, an_exit_status_may_prevent_or_force_a_restart)
{
        LifecyclePolicy policy = {
                .restart = RESTART_ALWAYS,
                .restart_prevent = {.codes = {1 << 3}, .signals = UINT64_C(1) << SIGABRT},
                .restart_force = {.codes = {1 << 3 | 1 << 4}},
        };
        ProcessExit three = {PROCESS_EXITED, 3}, four = {PROCESS_EXITED, 4}, dumped = {PROCESS_DUMPED, SIGABRT};
        RestartReason reason;

        cr_assert(!policy_shall_restart(&policy, RESULT_EXIT_CODE, &three, &reason), "prevention wins");
        cr_assert_eq(reason, RESTART_REASON_PREVENTED);
        cr_assert(!policy_shall_restart(&policy, RESULT_CORE_DUMP, &dumped, &reason));
        cr_assert(policy_shall_restart(&policy, RESULT_EXIT_CODE, NULL, &reason), "no process, no status");

        policy.restart = RESTART_NO;
        cr_assert(policy_shall_restart(&policy, RESULT_EXIT_CODE, &four, &reason));
        cr_assert_eq(reason, RESTART_REASON_FORCED);
}

Test(policy, a_oneshot_that_succeeded_is_not_forced)
{
        LifecyclePolicy policy = {.type = SERVICE_ONESHOT, .restart_force = {.codes = {1 << 0 | 1 << 4}}};
        ProcessExit zero = {PROCESS_EXITED, 0}, four = {PROCESS_EXITED, 4};
        RestartReason reason;

        cr_assert(!policy_shall_restart(&policy, RESULT_SUCCESS, &zero, &reason));
        cr_assert_eq(reason, RESTART_REASON_UNCOVERED);
        cr_assert(policy_shall_restart(&policy, RESULT_EXIT_CODE, &four, &reason));
}

Test(policy, the_delay_grows_only_where_both_settings_say_so)
{
        static const LifecyclePolicy constant[] = {
                {.restart_usec = SEC, .restart_max_delay_usec = USEC_INFINITY, .restart_steps = 5},
                {.restart_usec = SEC, .restart_max_delay_usec = 60 * SEC, .restart_steps = 0},
                {.restart_usec = SEC, .restart_max_delay_usec = SEC, .restart_steps = 5},
                {.restart_usec = 2 * SEC, .restart_max_delay_usec = SEC, .restart_steps = 5},
                {.restart_usec = 0, .restart_max_delay_usec = 60 * SEC, .restart_steps = 5},
        };

        for (size_t i = 0; i < ELEMENTSOF(constant); i++)
                for (unsigned n = 0; n < 8; n++)
                        cr_assert_eq(policy_delay(&constant[i], n), constant[i].restart_usec, "case %zu", i);
}

Test(policy, the_delay_grows_by_the_same_factor_at_each_step)
{
        LifecyclePolicy policy = {.restart_usec = SEC, .restart_max_delay_usec = 32 * SEC, .restart_steps = 5};

        for (unsigned n = 0; n < 10; n++)
                cr_assert_eq(policy_delay(&policy, n), (SEC << MIN(n, 5u)), "step %u: %lu", n,
                             (unsigned long) policy_delay(&policy, n));
}

Test(policy, the_delay_never_falls_and_stays_in_its_bounds)
{
        static const struct {
                usec_t from, to;
                unsigned steps;
        } cases[] = {{1, 3600 * SEC, 10},
                     {100, 101, 50},
                     {SEC, UINT64_MAX - 1, 3},
                     {SEC, 10 * SEC, UINT32_MAX},
                     {7 * SEC, 8 * SEC, 1}};

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                LifecyclePolicy policy = {.restart_usec = cases[i].from,
                                          .restart_max_delay_usec = cases[i].to,
                                          .restart_steps = cases[i].steps};
                usec_t last = 0;

                for (unsigned n = 0; n < 60; n++) {
                        usec_t delay = policy_delay(&policy, n);

                        cr_assert(delay >= last && delay >= cases[i].from && delay <= cases[i].to,
                                  "case %zu, step %u", i, n);
                        last = delay;
                }
                cr_assert_eq(policy_delay(&policy, UINT32_MAX), cases[i].to);
        }
}

Test(policy, jitter_adds_up_to_its_percentage_and_spares_short_delays)
{
        LifecyclePolicy policy = {.restart_jitter = 10};

        cr_assert_eq(policy_jitter(&policy, SEC - 1, UINT32_MAX), SEC - 1);
        cr_assert_eq(policy_jitter(&policy, 0, UINT32_MAX), 0u);
        cr_assert_eq(policy_jitter(&policy, SEC, 0), SEC);
        cr_assert_eq(policy_jitter(&policy, SEC, UINT32_MAX), 1100 * USEC_PER_MSEC - 1);
        cr_assert_eq(policy_jitter(&policy, SEC, UINT32_MAX / 2 + 1), 1050 * USEC_PER_MSEC);
        cr_assert_eq(policy_jitter(&policy, USEC_INFINITY, 1), USEC_INFINITY);
        cr_assert_geq(policy_jitter(&policy, UINT64_MAX - 1, UINT32_MAX), UINT64_MAX - 1);
        policy.restart_jitter = 0;
        cr_assert_eq(policy_jitter(&policy, 5 * SEC, UINT32_MAX), 5 * SEC);
}

Test(policy, each_restart_takes_the_next_delay)
{
        LifecyclePolicy policy = {.restart_usec = SEC, .restart_max_delay_usec = 4 * SEC, .restart_steps = 2};
        RestartHistory history = {.n_delays = 0};

        cr_assert_eq(policy_take_delay(&policy, &history, 0), 1 * SEC);
        cr_assert_eq(policy_take_delay(&policy, &history, 0), 2 * SEC);
        cr_assert_eq(policy_take_delay(&policy, &history, 0), 4 * SEC);
        cr_assert_eq(history.last_delay, 4 * SEC);
        history.n_delays = UINT32_MAX;
        cr_assert_eq(policy_take_delay(&policy, &history, 0), 4 * SEC);
        cr_assert_eq(history.n_delays, UINT32_MAX);
}

Test(policy, starts_are_limited_within_an_interval)
{
        LifecyclePolicy policy = {.start_limit_interval_usec = 10 * SEC, .start_limit_burst = 3};
        RestartHistory history = {.n_in_interval = 0};
        usec_t now = 100 * SEC;

        for (int i = 0; i < 3; i++)
                cr_assert(policy_count_start(&policy, &history, now + (usec_t) i));
        cr_assert(!policy_count_start(&policy, &history, now + 10 * SEC));
        cr_assert(policy_count_start(&policy, &history, now + 10 * SEC + 1));
        cr_assert_eq(history.n_in_interval, 1u);
}

Test(policy, a_limit_of_nothing_is_none)
{
        static const LifecyclePolicy policies[] = {{.start_limit_interval_usec = 0, .start_limit_burst = 3},
                                                   {.start_limit_interval_usec = SEC, .start_limit_burst = 0}};

        for (size_t i = 0; i < ELEMENTSOF(policies); i++) {
                RestartHistory history = {.n_in_interval = 0};

                for (int n = 0; n < 10; n++)
                        cr_assert(policy_count_start(&policies[i], &history, SEC));
        }
}

Test(policy, an_endless_interval_never_forgets)
{
        LifecyclePolicy policy = {.start_limit_interval_usec = USEC_INFINITY, .start_limit_burst = 1};
        RestartHistory history = {.n_in_interval = 0};

        cr_assert(policy_count_start(&policy, &history, SEC));
        cr_assert(!policy_count_start(&policy, &history, USEC_INFINITY - 1));
        policy_forget(&history);
        cr_assert(policy_count_start(&policy, &history, USEC_INFINITY - 1));
}

Test(policy, a_good_run_lets_the_delay_start_afresh)
{
        static const struct {
                usec_t reset, last_delay, up_since, now;
                bool afresh;
        } cases[] = {
                {USEC_INFINITY, 0, 100 * SEC, 110 * SEC, true},
                {USEC_INFINITY, 0, 100 * SEC, 110 * SEC - 1, false},
                {USEC_INFINITY, 20 * SEC, 100 * SEC, 140 * SEC - 1, false}, /* twice the last delay */
                {USEC_INFINITY, 20 * SEC, 100 * SEC, 140 * SEC, true},
                {3 * SEC, 20 * SEC, 100 * SEC, 103 * SEC, true},
                {3 * SEC, 20 * SEC, 0, 103 * SEC, false}, /* it was never up */
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                LifecyclePolicy policy = {.restart_reset_usec = cases[i].reset};
                RestartHistory history = {
                        .n_delays = 4, .last_delay = cases[i].last_delay, .up_since = cases[i].up_since};

                policy_note_end(&policy, &history, cases[i].now);
                cr_expect_eq(history.n_delays, cases[i].afresh ? 0u : 4u, "case %zu", i);
        }
}

Test(policy, a_word_by_hand_forgets_all_but_the_run_itself)
{
        RestartHistory history = {.interval_begin = 1,
                                  .n_in_interval = 2,
                                  .n_delays = 3,
                                  .last_delay = 4,
                                  .up_since = 5,
                                  .n_restarts = 6};

        policy_forget(&history);
        cr_assert_eq(history.interval_begin, 0u);
        cr_assert_eq(history.n_in_interval, 0u);
        cr_assert_eq(history.n_delays, 0u);
        cr_assert_eq(history.last_delay, 0u);
        cr_assert_eq(history.n_restarts, 0u);
        cr_assert_eq(history.up_since, 5u);
}
