/* SPDX-License-Identifier: MIT */
#pragma once

/* What `tendctl why` shows to people. */

#include "ctl/context.h"

/* The properties that it is made of; ended by NULL. */
extern const char *const why_properties[];

/* One service; `chain` are the rows of those behind it, the nearest first. */
int why_print(Context *context, JsonValue *row, JsonValue *chain);
