/* SPDX-License-Identifier: MIT */
#pragma once

/* Where cgroup v2 is and what our groups are called, from the texts of /proc: no system calls. */

#include "common/macro.h"

/* The mount of v2, on its own or beside v1, and our own place in it. */
typedef struct CgroupPlace {
        char *mount; /* where it is mounted */
        char *root;  /* which cgroup is seen there; "/" mostly */
        char *own;   /* the cgroup that we are in */
} CgroupPlace;

void cgroup_place_done(CgroupPlace *place);
/* From /proc/self/mountinfo and /proc/self/cgroup. -ENOENT: there is no v2 here; -EXDEV: our own cgroup is not below
 * the mount. */
int cgroup_place_find(const char *mountinfo, const char *self, CgroupPlace *ret);
/* The folder of a cgroup; the caller frees it. NULL: not below the mount, or out of memory. */
char *cgroup_place_folder(const CgroupPlace *place, const char *cgroup);

#define CGROUP_NAME_MAX 256

/* `tended-HASH`, of the control socket's path: keeps daemons apart. Returns `buffer`. */
const char *cgroup_daemon_name(char buffer[CGROUP_NAME_MAX], const char *socket_path);
/* A service's own: its name, with a '_' before it where the name might be a file of cgroupfs. Returns `buffer`. */
const char *cgroup_service_name(char buffer[CGROUP_NAME_MAX], const char *service);
/* Is it a group that a daemon on this socket made for this service, wherever in the tree? */
bool cgroup_is_ours(const char *cgroup, const char *socket_path, const char *service);
