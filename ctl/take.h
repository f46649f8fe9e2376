/* SPDX-License-Identifier: MIT */
#pragma once

/* What read, expect and ask have in common: they take what a service puts out until it is enough, tell what they
 * lost, and move the service's mark to the end of what they took. */

#include "ctl/conversation.h"
#include "ctl/taker.h"

typedef struct TakeRules {
        usec_t deadline;    /* CLOCK_MONOTONIC */
        bool only_present;  /* what is there is enough */
        bool anything;      /* or else the first that comes */
        bool end_is_enough; /* the end of the service's run is no error */
} TakeRules;

/* 1: it is enough; 0: there will be no more, and it is not; -ETIMEDOUT; others with a sentence. */
int take(Conversation *conversation, Taker *taker, const TakeRules *rules, sd_bus_error *ret_error);
/* Moves the mark. */
int take_note(Conversation *conversation, const Taker *taker, sd_bus_error *ret_error);
/* When --timeout is over; `otherwise` where none was given. */
usec_t take_deadline(const Options *options, usec_t otherwise);
/* The words for a failed taking; returns the exit status. `what`: "no match of …". */
int take_fail(Context *context, const sd_bus_error *error, int r, const char *what);
