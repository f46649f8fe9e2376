/* SPDX-License-Identifier: MIT */
#pragma once

/* How the services of a trial are doing, as far as a trial wants to know: which of them are waited for, which are up,
 * and what went wrong with which. */

#include "engine/service.h"

typedef struct Watched {
        char *name;
        bool awaited;           /* it was started with the trial */
        bool up;                /* it is ready, or has done its work */
        bool was_up;            /* it has been so at some time */
        usec_t up_at;           /* CLOCK_MONOTONIC, the first time */
        bool given_up;          /* it has failed, and is not tried again */
        bool waits_to_be_tried; /* it has failed, and its delay goes on */
        unsigned n_restarts;
        char *problem; /* the latest, as a clause; NULL: none */
} Watched;

typedef struct WatchedList {
        Watched *items; /* sorted by name */
        size_t n;
} WatchedList;

/* What a look at a service has found out. */
typedef enum WatchedChange {
        WATCHED_NOTHING,
        WATCHED_UP,       /* it is up now, and was not */
        WATCHED_TRIED,    /* it has failed, and is tried again */
        WATCHED_GIVEN_UP, /* it has failed for good */
} WatchedChange;

void watched_done(WatchedList *list);
/* The service's entry, made where it has none. NULL: out of memory. Valid until the next one is made. */
Watched *watched_get(WatchedList *list, const Service *service);
WatchedChange watched_look(Watched *watched, const Service *service, usec_t now);
/* Of those that are awaited, how many are up; `ret_n` of how many. */
size_t watched_count_up(const WatchedList *list, size_t *ret_n);
