/* SPDX-License-Identifier: MIT */
#pragma once

/* ReadyLine: a pattern (PCRE2) looked for in a service's output as it comes, a prompt without newline included,
 * within a bounded window and with match limits, as pattern and text may be hostile to each other. */

#include "common/macro.h"

typedef struct ReadyLine ReadyLine;

/* -EINVAL: it doesn't compile; `*ret_error` says why (the caller's to free). */
int ready_line_new(const char *pattern, ReadyLine **ret, char **ret_error);
/* Takes NULL. Returns NULL. */
ReadyLine *ready_line_free(ReadyLine *ready_line);
DEFINE_CLEANUP(ReadyLine *, ready_line_free);
/* Forgets what it has seen: a new run begins. */
void ready_line_reset(ReadyLine *ready_line);
/* More output of `stream` (0: stdout, 1: stderr). True once a line, or the beginning of one, matches. */
bool ready_line_feed(ReadyLine *ready_line, unsigned stream, const char *data, size_t size);
