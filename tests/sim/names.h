/* SPDX-License-Identifier: MIT */
#pragma once

/* The services that there may be. What comes later in this list may be ordered after what comes earlier, so no order
 * that is made up from it has a cycle. */

#include "common/macro.h"

#define NAMES_MAX 24u
#define NAME_NONE UINT32_MAX

extern const char *const sim_names[NAMES_MAX];
/* NAME_NONE: it is none of these. */
uint32_t sim_name_index(const char *name);
bool sim_name_is_target(uint32_t index);
/* worker@1: it has no section of its own. */
bool sim_name_is_instance(uint32_t index);
/* worker@: it is no service. */
bool sim_name_is_template(uint32_t index);
