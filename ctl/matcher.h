/* SPDX-License-Identifier: MIT */
#pragma once

/* A pattern (PCRE2) that is looked for in a stream of bytes, as they come: a text without its newline matches at
 * once, and nothing is looked at twice that can't be the beginning of a match. */

#include "common/macro.h"

typedef struct Matcher Matcher;

/* -EINVAL with a sentence, the caller's, where it is no pattern. `crlf`: lines end with \r\n, too. */
int matcher_new(const char *pattern, bool crlf, Matcher **ret, char **ret_error);
Matcher *matcher_free(Matcher *matcher);
DEFINE_CLEANUP(Matcher *, matcher_free);

/* Looks for it in `text`, from `*scan` on, which moves to where the next search has to begin. 1: it ends at
 * `*ret_end`; 0: not yet. -E2BIG: it takes too many steps. */
int matcher_find(Matcher *matcher, const char *text, size_t size, size_t *scan, size_t *ret_end);
/* Bytes before the scan that it may look back at. */
size_t matcher_lookbehind(const Matcher *matcher);
