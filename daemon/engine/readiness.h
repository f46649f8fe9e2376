/* SPDX-License-Identifier: MIT */
#pragma once

/* When a service that was started counts as ready: the conditions that its definition gives (ReadyLine,
 * ReadyAfterSec, sd_notify, probes), all of which have to hold. One set for each START; EVENT_READY is fed when the
 * last of them holds. */

#include "core/ready-line.h"
#include "engine/service.h"
#include "host/loop.h"

typedef enum ReadyCondition {
        READY_LINE,     /* ReadyLine has matched */
        READY_AFTER,    /* ReadyAfterSec is over */
        READY_NOTIFIED, /* READY=1 has come */
        _READY_CONDITION_N,
} ReadyCondition;

/* Embedded in its service. */
typedef struct Readiness {
        ReadyLine *line;  /* NULL: no ReadyLine */
        Timer after;      /* ReadyAfterSec */
        bool is_open;     /* a START goes on */
        bool is_old;      /* the definition was changed in this START: taken over at its end */
        unsigned missing; /* bit N: condition N does not hold yet, in this START */
} Readiness;

int readiness_init(Service *service);
void readiness_done(Readiness *readiness);
/* The service has another definition: of use from the next START on. */
void readiness_set_config(Service *service);

/* The main process is about to be made: nothing holds yet. */
void readiness_begin(Service *service);
/* START is over, however that came. */
void readiness_end(Service *service);

/* Output of the main process. */
void readiness_note_output(Service *service, unsigned stream, const char *data, size_t size);
/* READY=1 has come from whom it may come. Nothing outside of a START. */
void readiness_note_notified(Service *service);
