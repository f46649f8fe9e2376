/* SPDX-License-Identifier: MIT */
#pragma once

/* The escapes of C, as systemd.syntax(7) lists them. */

#include "common/macro.h"

/* What one escape stands for. */
typedef struct Escaped {
        char bytes[4];
        unsigned n;      /* of bytes */
        unsigned length; /* of the escape, behind its backslash */
} Escaped;

/* Reads the escape whose backslash stands just before `s`. -EINVAL: not one, or one that means NUL. */
int escape_read(const char *s, Escaped *ret);

/* C escapes in a whole string, without quotes and words. -EINVAL: an unknown one, a NUL, or a trailing backslash. */
int c_unescape(const char *s, char **ret);

/* Is it a character that Unicode allows in text? (No surrogate, no noncharacter.) */
bool codepoint_is_valid(uint32_t c);
