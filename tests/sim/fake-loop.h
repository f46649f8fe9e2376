/* SPDX-License-Identifier: MIT */
#pragma once

/* What the world does with the loop that stands in for host/loop.c. */

#include "host/loop.h"

/* Calls what is ready until nothing is. Returns how many calls that were; UINT_MAX: it doesn't come to an end. */
unsigned fake_loop_settle(Loop *loop);
/* The next deadline that is armed; USEC_INFINITY: none. */
usec_t fake_loop_next(const Loop *loop);
/* Moves the clock forward, and makes what is due ready. */
void fake_loop_advance(Loop *loop, usec_t to);
/* Whose timer's callback goes on just now; NULL: nobody's. */
const void *fake_loop_firing(const Loop *loop);
bool fake_loop_has_exited(const Loop *loop);
/* Is this timer armed, and for that time? */
bool fake_timer_is_armed(const Timer *timer, usec_t at);
