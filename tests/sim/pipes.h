/* SPDX-License-Identifier: MIT */
#pragma once

/* The pipes of the simulated world. Their descriptors are numbers that no kernel would give: close() and fcntl() of
 * the code under test come here for them. */

#include "common/macro.h"

/* Room of a pipe. */
#define PIPE_SIZE 4096u

/* One more process writes to the pipe of `fd`: its index, PIPE_NONE where the descriptor is none of a pipe. */
uint32_t pipe_add_writer(int fd);
void pipe_inherit(uint32_t pipe);
void pipe_drop_writer(uint32_t pipe);
/* False: there is no room, or nobody reads. */
bool pipe_write(uint32_t pipe, const char *data, size_t size);
/* All pipes are closed: what stands there now was forgotten by somebody. */
size_t pipes_open(void);
