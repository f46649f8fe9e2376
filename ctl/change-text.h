/* SPDX-License-Identifier: MIT */
#pragma once

/* Changes of definitions in words, from the rows of Apply. Pure. */

#include "ctl/json.h"
#include "ctl/style.h"

/* One service: what changed, what it takes, and a line for each directive, all with their newlines. The caller frees
 * it. -ENOMEM. */
int change_format(JsonValue *row, const Style *style, char **ret);
/* "An apply would stop 1, restart 2 and start 3 services.", or that it would touch none. The caller frees it. */
int change_format_sum(JsonValue *rows, char **ret);
