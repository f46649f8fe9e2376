/* SPDX-License-Identifier: MIT */
#pragma once

/* One cgroup, by the descriptor of its folder, with all that is below it: a service may make groups of its own. */

#include "host/proc.h"

/* No process lives in it or below it. A group that is gone is empty. */
bool cgroup_is_empty(int folder_fd);
/* Appends who is in it and below it. */
int cgroup_collect(int folder_fd, PidList *list);
/* Signals everybody in it and below it. SIGKILL leaves nobody who forks faster than we kill. `cgroup`: its path, to
 * tell members from strangers who got a member's pid. */
int cgroup_signal(int folder_fd, const char *cgroup, int signal);
/* Removes it and what is below it. -EBUSY: somebody lives there. -ENOENT: it is gone. */
int cgroup_remove(int parent_fd, const char *name);
/* A number in one of its files; -ENODATA: there is none, or it is "max". */
int cgroup_read_number(int folder_fd, const char *file, uint64_t *ret);
