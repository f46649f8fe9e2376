/* SPDX-License-Identifier: MIT */
#pragma once

/* How many processors there are for us. */

#include "common/macro.h"

/* Those of our affinity, or as many as the cpu.max of our cgroup and of those above it gives time for, whichever is
 * less. At least 1. */
unsigned cpus_count(void);
/* What the text of a cpu.max gives time for, rounded up; UINT_MAX: it sets no bound, or is none. */
unsigned cpus_of_quota(const char *text);
