/* SPDX-License-Identifier: MIT */
#pragma once

/* A terminal of ours: the daemon has its master, the service its other side. */

#include "common/macro.h"

/* A new one with the usual line discipline, 24 rows of 80 columns. The master doesn't block. */
int terminal_open(int *ret_master, int *ret_slave);
int terminal_set_size(int master, unsigned rows, unsigned columns);
/* What a person types for an end of file. `in_line`: there is the beginning of a line, which the first one only sends
 * off. Returns how many bytes. */
size_t terminal_end_of_file(int master, bool in_line, char ret[static 2]);
