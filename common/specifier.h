/* SPDX-License-Identifier: MIT */
#pragma once

/* `%n`, `%%` and `%{SERVICE.PORT}` in values. */

#include "common/macro.h"

/* Who knows the values. `letter` is the one behind '%', or '{' for `%{name}`; `name` is NULL but for that.
 * Returns 0 and a string for the caller to free; -ENOENT: there is no such specifier (the walk words the message);
 * else its own *ret_error, in words that stand behind `KEY: `. */
typedef struct Specifiers {
        int (*resolve)(void *userdata, char letter, const char *name, char **ret, char **ret_error);
        void *userdata; /* weak */
} Specifiers;

/* What one value may grow to. */
#define SPECIFIER_RESULT_MAX ((size_t) 128 * 1024)

/* The text with all specifiers resolved; the caller frees it. A '%' before anything but a letter, a digit, '%' or
 * '{', or at the end, stands for itself, as in systemd. -EINVAL and others: *ret_error (NULL when out of memory) says
 * why, and is the caller's to free. `specifiers` NULL: none are known, `%%` is. */
int specifier_expand(const char *text, const Specifiers *specifiers, char **ret, char **ret_error);
