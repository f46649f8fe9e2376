/* SPDX-License-Identifier: MIT */
#pragma once

/* Where we ourselves are in the tree of cgroups, as the kernel tells it now. */

#include "host/cgroup-path.h"

/* -ENOENT: there is no v2 here; -EXDEV: our own group is not below what is mounted. */
int cgroup_place_read(CgroupPlace *ret);
/* The folder `tended-HASH` of the daemon on this socket, below our own group, whether it is there or not. The caller
 * frees it. */
int cgroup_daemon_folder(const char *socket_path, char **ret);
