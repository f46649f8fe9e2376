/* SPDX-License-Identifier: MIT */
#pragma once

/* What new definitions mean for what runs: service by service the change, what it takes, and what an apply does. */

#include "core/directive-change.h"

typedef struct Manager Manager;

typedef struct ServiceChange {
        char *service;      /* its name; else `[pool NAME]` or `[daemon] DIRECTIVE` */
        const char *change; /* "added", "removed", "changed"; "pending": changed by an earlier reading, and the run
                               is from before; "wanted": as it is, but to be started with the daemon from now on */
        const char *takes;  /* "live", "next-start", "restart", "nothing" */
        const char *action; /* of an apply: "start", "stop", "restart", ""; static */
        DirectiveChanges directives; /* of what is changed or pending: those that take a restart against the run */
} ServiceChange;

typedef struct Plan {
        ServiceChange *items; /* by service; what is none behind them */
        size_t n, n_services;
} Plan;

/* Before `config` is taken. Touches nothing. -ENOMEM. */
int plan_make(Manager *manager, const Config *config, Plan *ret);
void plan_done(Plan *plan);
/* NULL where nothing is to be told of that service. */
const ServiceChange *plan_find(const Plan *plan, const char *service);
