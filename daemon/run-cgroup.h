/* SPDX-License-Identifier: MIT */
#pragma once

/* The cgroup of a trial's command. */

/* Makes it: a descriptor of its cgroup.procs, the caller's. Negative errno: there are no cgroups for us. */
int trial_cgroup_make(const char *socket_path, int *ret_procs_fd);
/* Kills whoever lives in the trial's groups, services too, and removes the groups as far as they are empty. */
void trial_cgroup_end(const char *socket_path);
