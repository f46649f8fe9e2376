/* SPDX-License-Identifier: MIT */
#pragma once

/* Is every line there? Takes entries with their numbers, compares them with the totals of each run's exit record, and
 * says what is missing. Pure. */

#include <stdio.h>

#include "ctl/entry.h"
#include "ctl/json.h"

typedef struct LogVerify LogVerify;

int log_verify_new(LogVerify **ret);
LogVerify *log_verify_free(LogVerify *verify);
DEFINE_CLEANUP(LogVerify *, log_verify_free);

/* The next entry, in the order of its stream. */
int log_verify_add(LogVerify *verify, const Entry *entry, uint64_t number);

/* A line for each run and stream, and one for each gap. Returns the number of runs that are not complete. */
unsigned log_verify_print(const LogVerify *verify, FILE *f);
/* The same as rows: a run each. */
int log_verify_to_json(const LogVerify *verify, JsonValue **ret, unsigned *ret_incomplete);
size_t log_verify_n_runs(const LogVerify *verify);
