/* SPDX-License-Identifier: MIT */
#pragma once

/* What `tendctl why` shows to people. */

#include "ctl/context.h"

/* The properties that it is made of; ended by NULL. */
extern const char *const why_properties[];

/* Rows of others that have to do with it. */
typedef struct WhyContext {
        JsonValue *chain;   /* those behind it, the nearest first */
        JsonValue *missing; /* of a target: members that are not active */
} WhyContext;

int why_print(Context *context, JsonValue *row, const WhyContext *others);
