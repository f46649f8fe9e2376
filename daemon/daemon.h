/* SPDX-License-Identifier: MIT */
#pragma once

/* The daemon, put together and run. */

#include "options.h"

/* Runs until it is ended. Returns the exit status: 0 ended on request, 1 failed at start, 3 another daemon has the
 * socket. Errors go to stderr. */
int daemon_run(const Options *options);
/* Reads the definitions and tells every mistake. Returns the exit status. */
int daemon_check(const Options *options);
