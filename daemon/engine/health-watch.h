/* SPDX-License-Identifier: MIT */
#pragma once

/* Checks of a service that runs: when it is asked, and what comes of the answers. A service without Health* costs
 * nothing. */

#include "core/health.h"
#include "engine/probe.h"
#include "engine/service.h"
#include "host/loop.h"

/* Embedded in its service; zero is one that does nothing. */
typedef struct HealthWatch {
        HealthRecord record;
        Timer timer;      /* the next check, or the end of the one that goes on; made when it is first needed */
        bool is_on;       /* the service is in a state that is checked */
        usec_t due;       /* of the next check; USEC_INFINITY: one goes on */
        usec_t deadline;  /* of the one that goes on */
        Config *snapshot; /* holds what the probes are made from; NULL: they have to be made */
        Probe *probes;
        size_t n_probes, current; /* asked one after the other */
        char *error;              /* why the last check failed; NULL: it did not */
} HealthWatch;

void health_watch_done(HealthWatch *watch);
/* A run begins: nothing is known of it. */
void health_watch_begin_run(Service *service);
/* The state may be another: checks begin, pause or end. */
void health_watch_look(Service *service);
/* The service has another definition, which is in force at once. */
void health_watch_set_config(Service *service);
