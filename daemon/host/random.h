/* SPDX-License-Identifier: MIT */
#pragma once

/* The kernel's random numbers. */

#include "common/macro.h"

/* A UUID of version 4, as systemd makes its invocation ids. Negative errno where the kernel has no entropy yet. */
int random_id128(Id128 *ret);
/* Never waits; for jitter, not for secrets. Not 0. */
uint32_t random_u32(void);
