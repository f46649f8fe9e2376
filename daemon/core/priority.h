/* SPDX-License-Identifier: MIT */
#pragma once

/* The `<N>` at the beginning of a line, as sd-daemon(3) and syslog know it. */

#include "common/macro.h"

/* A line in two pieces, of which the first may be empty. Returns how many bytes the prefix takes (0: there is none)
 * and then gives its level, 0 to 7. As journald: one to three digits, no facility. */
size_t priority_parse(const char *head, size_t head_size, const char *tail, size_t tail_size, uint8_t *ret_level);
