/* SPDX-License-Identifier: MIT */
#pragma once

/* What `tendctl status` shows to people. */

#include "ctl/context.h"

/* The daemon in one line, then a line for each service. */
int status_print_overview(Context *context, JsonValue *manager, JsonValue *rows);
/* One service: what it is, since when, why, what is next, and what it printed last. */
int status_print_service(Context *context, JsonValue *row);
