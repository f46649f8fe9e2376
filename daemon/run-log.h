/* SPDX-License-Identifier: MIT */
#pragma once

/* The files that a trial's services were logged into, read again for people. */

#include "run.h"

/* What the daemon's own log says when the command begins and ends: the lines of services between these two are those
 * of the command's time. */
#define TRIAL_LOG_BEGIN "the command begins"
#define TRIAL_LOG_END   "the command has ended"

/* Shows what services printed while the command ran, each line as `name | line`, in the order of time. */
void trial_log_print(Trial *trial, const char *directory);
/* The last lines of a service, each ended by a newline; the caller frees them. -ENOENT. */
int trial_log_tail(const char *directory, const char *service, unsigned lines, char **ret);
/* Shows such lines, as `name | line`. */
void trial_log_show(Trial *trial, const char *service, const char *lines);
