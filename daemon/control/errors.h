/* SPDX-License-Identifier: MIT */
#pragma once

/* What went wrong, in the bus's words. */

#include <systemd/sd-bus.h>

#include "common/macro.h"

/* Sets `error` to one of TENDED_ERROR_… (or another name) with a sentence. Returns a negative errno for a handler to
 * return, which sd-bus answers with the error. */
int control_error(sd_bus_error *error, const char *name, const char *format, ...) _printf_(3, 4);
/* What an errno of the engine means to a caller: `doing` is the beginning of the sentence ("Can't read the log"). */
int control_error_errno(sd_bus_error *error, int r, const char *doing);
