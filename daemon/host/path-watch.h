/* SPDX-License-Identifier: MIT */
#pragma once

/* Tells when what stands at a path appears, goes away or is replaced, and wakes nobody for its neighbours as long as
 * it is there: the thing itself is watched, its folder only while it is missing. */

#include "host/loop.h"

typedef struct PathWatch PathWatch;

typedef void (*path_watch_fn)(void *userdata);
/* `path` is absolute and is not followed where it is a link. Parts of it may be missing. */
int path_watch_new(Loop *loop, const char *path, path_watch_fn fn, void *userdata, PathWatch **ret);
PathWatch *path_watch_free(PathWatch *watch);
DEFINE_CLEANUP(PathWatch *, path_watch_free);
