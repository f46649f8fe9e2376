/* SPDX-License-Identifier: MIT */
#pragma once

/* `state/NAME` in the run folder: which process runs a service, as its executor noted it before the exec. An earlier
 * daemon on the same socket may have left it, and the process with it. */

#include <sys/types.h>

#include "common/macro.h"

typedef struct StateFile {
        pid_t pid;
        uint64_t start; /* ticks since boot, as in /proc/PID/stat; 0: unknown */
        char boot_id[37];
        Id128 invocation_id; /* null: unknown */
        char *cgroup;        /* path below the cgroup root; NULL: none */
} StateFile;

void state_file_done(StateFile *state);
/* -EBADMSG: this is none, or one of another version. Takes `size` bytes as they are, NULs too. */
int state_file_parse(const char *text, size_t size, StateFile *ret);
/* -ENOENT: there is none. -EBADMSG: it is none. */
int state_file_load(const char *path, StateFile *ret);
/* Takes the place of what is there, whole. */
int state_file_save(const char *path, const StateFile *state);
