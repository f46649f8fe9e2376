/* SPDX-License-Identifier: MIT */
#pragma once

/* Points in time in the syntax of systemd.time(7), "PARSING TIMESTAMPS": `2012-11-23 11:12:13`, `yesterday`,
 * `-5min`, `@1395716396`. Reads the time zone's files: for tendctl, not for the daemon. */

#include "common/macro.h"

/* `now` and the result are microseconds since the epoch. -EINVAL: not a point in time, or out of range. */
int timestamp_parse(const char *s, usec_t now, usec_t *ret);
