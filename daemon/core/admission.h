/* SPDX-License-Identifier: MIT */
#pragma once

/* Who may start now, of those that nothing else holds: a slot of its pool, a place among those that are starting
 * (MaxParallelStarts), and for an automatic restart a share of the budget (RestartBudget). All wait in one line, in
 * the order in which they asked; one that lacks something lets those pass that need something else. Time comes in. */

#include "base/list.h"
#include "core/config.h"

/* One that is not ready so long after its main process was executed gives its place among the starting up. */
#define ADMISSION_START_USEC  (5 * USEC_PER_SEC)
/* The budget is for any second; what is begun is seen a little later than it was decided, and not always equally so.
 */
#define ADMISSION_WINDOW_USEC (USEC_PER_SEC + 50 * USEC_PER_MSEC)

typedef struct AdmissionPool AdmissionPool;

typedef enum AdmissionWait {
        ADMISSION_NOTHING,
        ADMISSION_POOL,
        ADMISSION_BUDGET,
        ADMISSION_START,
} AdmissionWait;

/* What one service asks for and holds. Zero: nothing. Owned by the service, who withdraws and leaves before it goes.
 */
typedef struct AdmissionTicket {
        List link;           /* in the line, or among those that were just admitted */
        List start_link;     /* among those that hold a place for their start */
        usec_t expires;      /* when they lose it */
        bool executed;       /* of the start in progress: `expires` is final */
        bool automatic;      /* nobody asked for this start */
        bool has_slot;       /* of `pool` */
        AdmissionPool *pool; /* counted; NULL: none */

        /* as of the last admission_describe() */
        AdmissionWait waits_for;
        unsigned place; /* in the line of those who wait for the same, from 1 */
        usec_t due;     /* when it will have its share of the budget; 0: not known */
} AdmissionTicket;

typedef struct Admission {
        unsigned max_starts;   /* 0: no bound */
        unsigned budget;       /* automatic restarts a second; 0: no bound */
        usec_t *restarts;      /* the last `budget` of them, a ring; 0: there was none */
        unsigned oldest;       /* in the ring */
        AdmissionPool **pools; /* of the definitions, sorted by name */
        size_t n_pools;
        List line, starting;
        unsigned n_starting;
} Admission;

void admission_init(Admission *admission);
/* All tickets have left. */
void admission_done(Admission *admission);
/* Takes the bounds of new definitions; what is held stays held. -ENOMEM: nothing has changed. */
int admission_configure(Admission *admission, const Config *config);

/* Whether a start has to ask at all. `pool`: NULL or its name; one that isn't defined bounds nothing. */
bool admission_is_bounded(const Admission *admission, const char *pool, bool automatic);
/* Stands in line from now on, or goes on standing there. */
void admission_ask(Admission *admission, AdmissionTicket *ticket, const char *pool, bool automatic);
/* Does not want to start any more, or can't: out of the line, and out of what it holds. */
void admission_leave(Admission *admission, AdmissionTicket *ticket);
/* Takes all that may go now out of the line, in order, and gives them what they asked for: appended to `admitted`. */
void admission_admit(Admission *admission, usec_t now, List *admitted);
/* Its main process was executed. */
void admission_note_executed(AdmissionTicket *ticket, usec_t now);
/* It is ready, or goes down: others may start. */
void admission_end_start(Admission *admission, AdmissionTicket *ticket);
/* When admission_admit() may have somebody, if nothing is given back before; USEC_INFINITY: not by time. */
usec_t admission_next(const Admission *admission, usec_t now);
/* Notes on each ticket in line what it waits for. */
void admission_describe(Admission *admission, usec_t now);

static inline bool admission_is_waiting(const AdmissionTicket *ticket)
{
        return !list_is_empty(&ticket->link);
}
const char *admission_pool_name(const AdmissionPool *pool);
unsigned admission_pool_slots(const AdmissionPool *pool);
