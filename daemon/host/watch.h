/* SPDX-License-Identifier: MIT */
#pragma once

/* The watches of one priority, behind one source of the loop. For loop.c alone; others know host/loop.h. */

#include "host/loop.h"

typedef struct WatchSet WatchSet;

int watch_set_new(struct sd_event *event, LoopPriority priority, WatchSet **ret);
/* Takes NULL. Returns NULL. */
WatchSet *watch_set_free(WatchSet *set);
int watch_set_add(WatchSet *set, Watch *watch, int fd, uint32_t events, watch_fn fn, void *userdata);
