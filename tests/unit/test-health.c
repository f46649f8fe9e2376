/* SPDX-License-Identifier: MIT */

#include "core/health.h"

#include <criterion/criterion.h>
#include <string.h>

/* Plays checks, one a second from second 1 on: `+` passed, `-` failed. Returns the number of the check that made it
 * unhealthy; 0: none. */
static unsigned play(HealthRecord *record, const HealthPolicy *policy, const char *checks)
{
        *record = (HealthRecord){.state = HEALTH_STARTING};
        for (unsigned i = 0; checks[i]; i++)
                if (health_note(record, policy, checks[i] == '+', (i + 1) * USEC_PER_SEC))
                        return i + 1;
        return 0;
}

Test(health, so_many_failures_in_a_row_are_unhealthy)
{
        static const struct {
                const char *checks;
                unsigned retries, start_period_sec, unhealthy;
                HealthState state;
        } cases[] = {
                {"", 3, 0, 0, HEALTH_STARTING},
                {"+", 3, 0, 0, HEALTH_HEALTHY},
                {"-", 3, 0, 0, HEALTH_STARTING},
                {"--", 3, 0, 0, HEALTH_STARTING},
                {"---", 3, 0, 3, HEALTH_UNHEALTHY},
                {"-", 1, 0, 1, HEALTH_UNHEALTHY},
                {"+-", 1, 0, 2, HEALTH_UNHEALTHY},
                {"+--+--+--", 3, 0, 0, HEALTH_HEALTHY},
                {"+--+---", 3, 0, 7, HEALTH_UNHEALTHY},
                {"--+--+", 3, 0, 0, HEALTH_HEALTHY},
                /* the beginning doesn't count, until a check has succeeded */
                {"---------", 3, 10, 0, HEALTH_STARTING},
                {"------------", 3, 10, 12, HEALTH_UNHEALTHY},
                {"+---", 3, 10, 4, HEALTH_UNHEALTHY},
                {"---+---", 3, 10, 7, HEALTH_UNHEALTHY},
                {"-", 1, 1, 1, HEALTH_UNHEALTHY},
                {"-", 1, 2, 0, HEALTH_STARTING},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                HealthPolicy policy = {.retries = cases[i].retries,
                                       .start_period_usec = cases[i].start_period_sec * USEC_PER_SEC};
                HealthRecord record;

                cr_expect_eq(play(&record, &policy, cases[i].checks), cases[i].unhealthy, "%s", cases[i].checks);
                cr_expect_eq(record.state, cases[i].state, "%s", cases[i].checks);
        }
}

Test(health, the_start_period_begins_with_the_main_process)
{
        HealthPolicy policy = {.retries = 1, .start_period_usec = 5 * USEC_PER_SEC};
        HealthRecord record = {.state = HEALTH_STARTING, .since = 100 * USEC_PER_SEC};

        cr_expect(!health_note(&record, &policy, false, 105 * USEC_PER_SEC - 1));
        cr_expect(health_note(&record, &policy, false, 105 * USEC_PER_SEC));
}

Test(health, what_is_unhealthy_is_told_once_and_stays_so)
{
        HealthPolicy policy = {.retries = 1};
        HealthRecord record = {.state = HEALTH_STARTING};

        cr_expect(health_note(&record, &policy, false, 1));
        cr_expect(!health_note(&record, &policy, false, 2));
        cr_expect(!health_note(&record, &policy, true, 3));
        cr_expect_eq(record.state, HEALTH_UNHEALTHY);
}

Test(health, without_a_check_nothing_is_known)
{
        HealthRecord record = HEALTH_RECORD_NULL;
        ServiceConfig config = {0};
        char *targets[] = {(char *) "80", NULL};

        cr_expect(!health_note(&record, &(HealthPolicy){.retries = 1}, false, 1));
        cr_expect_eq(record.state, HEALTH_NONE);
        cr_expect(!config_has_health_checks(&config));
        config.health.targets[PROBE_TCP] = targets;
        cr_expect(config_has_health_checks(&config));
        config.health.targets[PROBE_TCP] = NULL;
        config.health.commands.n = 1;
        cr_expect(config_has_health_checks(&config));
}

Test(health, the_policy_is_the_definitions)
{
        HealthPolicy policy = health_policy(&(ServiceConfig){.health_interval_usec = 1,
                                                             .health_timeout_usec = 2,
                                                             .health_start_period_usec = 3,
                                                             .health_retries = 0});

        cr_expect_eq(policy.interval_usec, 1);
        cr_expect_eq(policy.timeout_usec, 2);
        cr_expect_eq(policy.start_period_usec, 3);
        cr_expect_eq(policy.retries, 1);
        for (HealthState state = 0; state < _HEALTH_STATE_N; state++)
                cr_expect_gt(strlen(health_state_to_string(state)), 3);
}
