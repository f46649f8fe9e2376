/* SPDX-License-Identifier: MIT */
#pragma once

/* All deadlines of a loop behind one source of sd-event: a service has several, most of them never set, and a source
 * for each would be the greater part of what it costs. Setting one never needs memory. */

#include "host/loop.h"

typedef struct TimerQueue TimerQueue;

int timer_queue_new(struct sd_event *event, TimerQueue **ret);
/* Its timers are done before. */
TimerQueue *timer_queue_free(TimerQueue *queue);
DEFINE_CLEANUP(TimerQueue *, timer_queue_free);
/* See timer_init(). */
int timer_queue_add(TimerQueue *queue, Timer *timer, timer_fn fn, void *userdata);
