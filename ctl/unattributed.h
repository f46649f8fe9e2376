/* SPDX-License-Identifier: MIT */
#pragma once

/* Processes below the daemon that belong to no service any more. */

#include "ctl/context.h"

/* A line for each of them, nothing where there is none. Returns as client_call(). */
int unattributed_print(Context *context, sd_bus_error *ret_error);
