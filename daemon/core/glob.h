/* SPDX-License-Identifier: MIT */
#pragma once

/* Patterns of names: `*`, `?`, `[a-c]`, `[!a-c]`, and `\` before a letter that is meant as it is. */

#include "common/macro.h"

/* True where `s` holds anything of the kind. */
bool glob_is_pattern(const char *s);
/* Takes at most length of pattern times length of `s` steps, whatever a stranger has written. */
bool glob_match(const char *pattern, const char *s);
