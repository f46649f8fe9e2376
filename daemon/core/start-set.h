/* SPDX-License-Identifier: MIT */
#pragma once

/* Which services start with the daemon. */

#include "core/config.h"

#define DEFAULT_TARGET "default.target"

/* What is asked for when the daemon starts, by the index in config->services: `[target default]`; where there is no
 * such target, every service without AutoStart=no. Where that target has an error, what it names. The caller frees
 * the array. -ENOMEM. */
int start_roots_new(const Config *config, uint32_t **ret, size_t *ret_n);
/* For each service, by its index, whether it starts then: what is asked for, and what that pulls in. Bad ones never
 * start. The caller frees the array. -ENOMEM. */
int start_set_new(const Config *config, bool **ret);
/* Warns of those that would start with the daemon but for another one that does, and with which they conflict.
 * -ENOMEM. */
int start_check_conflicts(Config *config);
