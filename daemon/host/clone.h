/* SPDX-License-Identifier: MIT */
#pragma once

/* Makes a process that runs a program of ours, without copying the daemon's memory. Returns when the program runs (or
 * could not be run): nothing that a definition names is touched until then. */

#include <sys/types.h>

#include "common/macro.h"

typedef struct Cloner Cloner;

#define CLONE_KEEP_MAX 5

typedef struct CloneRequest {
        int program_fd; /* O_PATH of the program; -EBADF: argv[0] is its path */
        char *const *argv, *const *environment;
        /* Either: descriptors that the program gets, as cloner_slot(0), …, and none above these. */
        const int *keep;
        size_t n_keep;
        /* Or: what becomes descriptors 0 to 2 (-EBADF: /dev/null), in a process group of its own, with an empty
         * signal mask. */
        const int *streams;
        int report_fd; /* the child's number for it: gets an ExecReport where the program could not be run */
        int cgroup_fd; /* folder of the cgroup to be born in; -EBADF: the daemon's */
} CloneRequest;

/* Finds out what the kernel has. Takes `n_slots` descriptors for good: the earlier, the lower and the better. */
int cloner_new(size_t n_slots, Cloner **ret);
Cloner *cloner_free(Cloner *cloner);
DEFINE_CLEANUP(Cloner *, cloner_free);
/* The number that the i-th kept descriptor has in the child. */
int cloner_slot(const Cloner *cloner, size_t i);
/* False: `cgroup_fd` is not heeded, the program has to join by itself. */
bool cloner_knows_cgroups(const Cloner *cloner);
/* Negative errno: there is no process (-EAGAIN: too many, -ENOMEM). A program that could not be run is a process that
 * ends. */
int cloner_spawn(Cloner *cloner, const CloneRequest *request, pid_t *ret_pid, int *ret_pidfd);
/* Can a process be born in this cgroup (`birth`), or join it? Makes one that ends at once, and waits for it. */
int cloner_try_cgroup(Cloner *cloner, int cgroup_fd, bool birth);
