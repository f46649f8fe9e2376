/* SPDX-License-Identifier: MIT */
#pragma once

/* A SpawnRequest in the words of the executor: its command line, its environment, the descriptors it gets. */

#include "host/clone.h"
#include "host/process.h"

typedef struct ExecCall {
        const Cloner *cloner; /* weak */
        char **argv;
        char **own_environment;   /* NULL where the request's serves as it is */
        char *const *environment; /* weak */
        int input_fd, procs_fd;   /* owned; -EBADF: none */
        int keep[CLONE_KEEP_MAX]; /* see CloneRequest */
        size_t n_keep;
} ExecCall;

#define EXEC_CALL_NULL ((ExecCall){.input_fd = -EBADF, .procs_fd = -EBADF})

typedef struct ExecCallOptions {
        const Cloner *cloner; /* whose slots */
        int report_fd;        /* kept first */
        bool join_cgroup;     /* the executor has to do it */
        const char *boot_id;
} ExecCallOptions;

int exec_call_init(ExecCall *call, const SpawnRequest *request, const ExecCallOptions *options);
void exec_call_done(ExecCall *call);
