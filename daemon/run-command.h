/* SPDX-License-Identifier: MIT */
#pragma once

/* The command of a trial. */

#include "run.h"

/* Starts it, as the caller would have done, with what `variables` adds (NAME=VALUE, each ended by a newline) and
 * TENDED_SOCKET. `procs_fd`: of the cgroup that it joins; -EBADF: none. Where it can't be executed the process says
 * so and ends with 126 or 127. */
int trial_command_start(Trial *trial, const char *variables, int procs_fd, pid_t *ret);
