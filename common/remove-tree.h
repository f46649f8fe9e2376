/* SPDX-License-Identifier: MIT */
#pragma once

/* Removes what is not needed any more, folders with all that is in them. */

#include <sys/types.h>

/* Removes the entry `name` of the folder `parent_fd`, and what is below it as far as it lies on `device`: what is
 * mounted there is left alone, with the folders above it. No link is followed. */
void tree_remove(int parent_fd, const char *name, dev_t device);
