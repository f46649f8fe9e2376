/* SPDX-License-Identifier: MIT */

/* Counting failed health checks. What is unhealthy stays so: the service goes down then, and its next run begins
 * anew. */

#include "core/health.h"

const char *health_state_to_string(HealthState state)
{
        static const char *const names[_HEALTH_STATE_N] = {
                [HEALTH_NONE] = "none",
                [HEALTH_STARTING] = "starting",
                [HEALTH_HEALTHY] = "healthy",
                [HEALTH_UNHEALTHY] = "unhealthy",
        };

        assert(state < _HEALTH_STATE_N);
        return names[state];
}

bool config_has_health_checks(const ServiceConfig *config)
{
        return probe_settings_any(&config->health);
}

HealthPolicy health_policy(const ServiceConfig *config)
{
        return (HealthPolicy){
                .interval_usec = config->health_interval_usec,
                .timeout_usec = config->health_timeout_usec,
                .start_period_usec = config->health_start_period_usec,
                .retries = MAX(config->health_retries, 1u),
        };
}

bool health_note(HealthRecord *record, const HealthPolicy *policy, bool passed, usec_t now)
{
        bool starting = record->state == HEALTH_STARTING && now < usec_add(record->since, policy->start_period_usec);

        if (record->state == HEALTH_NONE || record->state == HEALTH_UNHEALTHY)
                return false;
        if (passed) {
                record->state = HEALTH_HEALTHY;
                record->n_failures = 0;
                return false;
        }
        if (starting || ++record->n_failures < policy->retries)
                return false;
        record->state = HEALTH_UNHEALTHY;
        return true;
}
