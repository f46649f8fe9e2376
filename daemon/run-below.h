/* SPDX-License-Identifier: MIT */
#pragma once

/* Everything that descends from this process, a child subreaper, whoever made it. */

#include "host/proc.h"

/* Appends all processes below us, but `spare` (0: nobody) and what is below that. To be asked after all ended
 * children were reaped: what then still looks ended among our own children is a process whose first thread alone has
 * ended. */
int trial_below_collect(pid_t spare, PidList *list);
/* SIGKILL for all of them. Returns how many there were. */
size_t trial_below_kill(pid_t spare);
/* The same until nobody is left, for a process that has no children of its own to reap in order: reaps them all.
 * False: somebody lives on after some seconds. */
bool trial_below_end(void);
