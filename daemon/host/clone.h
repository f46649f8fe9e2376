/* SPDX-License-Identifier: MIT */
#pragma once

/* Makes a process that runs a program of ours, without copying the daemon's memory. Returns when the program runs (or
 * could not be run): nothing that a definition names is touched until then. */

#include <sys/types.h>

#include "common/macro.h"

typedef struct Cloner Cloner;

typedef struct CloneRequest {
        int program_fd; /* O_PATH of the program; -EBADF: argv[0] is its path */
        char *const *argv, *const *environment;
        const int *keep; /* descriptors that the program gets, under the same numbers */
        size_t n_keep;
        const int *streams; /* or: what becomes descriptors 0 to 2 (-EBADF: /dev/null), in a process group of its
                               own, with an empty signal mask; NULL: 0 to 2 stay */
        int report_fd;      /* gets an ExecReport where the program could not be run; exit code then 203 */
        int cgroup_fd;      /* folder of the cgroup to be born in; -EBADF: the daemon's */
} CloneRequest;

/* Finds out what the kernel has. */
int cloner_new(Cloner **ret);
Cloner *cloner_free(Cloner *cloner);
DEFINE_CLEANUP(Cloner *, cloner_free);
/* False: `cgroup_fd` is not heeded, the program has to join by itself. */
bool cloner_knows_cgroups(const Cloner *cloner);
/* Negative errno: there is no process (-EAGAIN: too many, -ENOMEM). A program that could not be run is a process that
 * ends. */
int cloner_spawn(Cloner *cloner, const CloneRequest *request, pid_t *ret_pid, int *ret_pidfd);
/* Can a process be born in this cgroup? Makes one that ends at once, and waits for it. */
int cloner_try_cgroup(Cloner *cloner, int cgroup_fd);
