/* SPDX-License-Identifier: MIT */
#pragma once

/* What went wrong, as the daemon's errors have it: a name and a sentence. tendctl's own errors have names of the same
 * kind, so that one table turns every one of them into an exit status, and --json prints all alike. */

#include <systemd/sd-bus.h>

#include "common/macro.h"

typedef enum ExitStatus {
        STATUS_DONE = 0,
        STATUS_FAILED = 1,
        STATUS_USAGE = 2,
        STATUS_NOT_SO = 3,
        STATUS_NO_SUCH_SERVICE = 4,
        STATUS_NO_DAEMON = 5,
        STATUS_NOT_PERMITTED = 6,
        STATUS_CHANGES = 10, /* of diff */
        STATUS_TIMED_OUT = 124,
} ExitStatus;

#define FAILURE_USAGE     "io.tended.Error.Usage"
#define FAILURE_NO_DAEMON "io.tended.Error.NoDaemon"
#define FAILURE_NOT_SO    "io.tended.Error.NotSo"

/* The worse of two, for several names: 6, 5, 4, 1, 3. */
int status_worse(int a, int b);
int failure_status(const char *error_name);

/* Fills `error` (which may be NULL) and returns `r`. */
int failure_set(sd_bus_error *error, int r, const char *name, const char *format, ...) _printf_(4, 5);
/* One error on stderr: a sentence, or an object for programs. */
void failure_print(bool json, const char *name, const char *message);
/* As failure_print(), of a call that returned `r` < 0; returns the exit status. */
int failure_report(bool json, const sd_bus_error *error, int r);
