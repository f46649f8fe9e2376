/* SPDX-License-Identifier: MIT */
#pragma once

/* When a service that was started counts as ready: the conditions that its definition gives (ReadyLine,
 * ReadyAfterSec, sd_notify, probes), all of which have to hold. One set for each START; EVENT_READY is fed when the
 * last of them holds. */

#include "core/ready-line.h"
#include "engine/probe.h"
#include "engine/service.h"
#include "host/loop.h"

typedef enum ReadyCondition {
        READY_LINE,     /* ReadyLine has matched */
        READY_AFTER,    /* ReadyAfterSec is over */
        READY_NOTIFIED, /* READY=1 has come */
        READY_PROBES,   /* all of them hold */
        _READY_CONDITION_N,
} ReadyCondition;

/* Embedded in its service. */
typedef struct Readiness {
        ReadyLine *line;  /* NULL: no ReadyLine */
        Timer after;      /* ReadyAfterSec */
        bool is_open;     /* a START goes on */
        bool is_probing;  /* its process is executed: probes count */
        bool is_old;      /* the definition was changed in this START: taken over at its end */
        unsigned missing; /* bit N: condition N does not hold yet, in this START */
        Config *snapshot; /* of this START's definition; NULL: none goes on */
        const ServiceConfig *config;
        Probe *probes;
        size_t n_probes;
        char *unmet; /* what is missing, or was when this run's START ended, as words; NULL: nothing */
} Readiness;

int readiness_init(Service *service);
void readiness_done(Readiness *readiness);
/* The service has another definition: of use from the next START on. */
void readiness_set_config(Service *service);

/* A run begins: what the last one missed is forgotten. */
void readiness_forget(Service *service);
/* The main process is about to be made: nothing holds yet. */
int readiness_begin(Service *service);
/* It is executed: from here on probes are asked. */
void readiness_note_executed(Service *service);
/* START is over, however that came. Nothing where none went on. */
void readiness_end(Service *service);

/* Output of the main process. */
void readiness_note_output(Service *service, unsigned stream, const char *data, size_t size);
/* READY=1 has come from whom it may come. Nothing outside of a START. */
void readiness_note_notified(Service *service);
