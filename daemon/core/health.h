/* SPDX-License-Identifier: MIT */
#pragma once

/* What the results of health checks mean, in docker's way: so many failures in a row are unhealthy, but those at the
 * beginning don't count until a check has succeeded once. */

#include "core/config.h"

typedef enum HealthState {
        HEALTH_NONE,     /* there is no check, or nothing runs that could be checked */
        HEALTH_STARTING, /* nothing is known yet */
        HEALTH_HEALTHY,
        HEALTH_UNHEALTHY,
        _HEALTH_STATE_N,
} HealthState;

/* "none", "starting", … */
const char *health_state_to_string(HealthState state);

typedef struct HealthPolicy {
        usec_t interval_usec, timeout_usec, start_period_usec;
        unsigned retries; /* failures in a row; at least 1 */
} HealthPolicy;

typedef struct HealthRecord {
        HealthState state;
        unsigned n_failures; /* that count, in a row */
        usec_t since;        /* CLOCK_MONOTONIC: when the run's main process was started */
} HealthRecord;

#define HEALTH_RECORD_NULL ((HealthRecord){.state = HEALTH_NONE})

bool config_has_health_checks(const ServiceConfig *config);
HealthPolicy health_policy(const ServiceConfig *config);
/* The result of one check. True where this makes it unhealthy. */
bool health_note(HealthRecord *record, const HealthPolicy *policy, bool passed, usec_t now);
