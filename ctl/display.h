/* SPDX-License-Identifier: MIT */
#pragma once

/* Text for terminals: how wide it is, where to cut it, and what of it must not get there. Pure. */

#include "common/macro.h"

/* The character at `s`: its length in bytes, or -EINVAL where the bytes are no UTF-8 (overlong, surrogate, cut). */
int utf8_decode(const char *s, size_t size, uint32_t *ret);
bool utf8_is_valid(const char *s, size_t size);

/* Columns that a terminal gives to it; a byte that is no UTF-8 counts one. Escape sequences are not understood. */
size_t display_width(const char *s);
size_t display_width_n(const char *s, size_t size);

/* How many bytes of `s` fit into `width` columns. */
size_t display_prefix(const char *s, size_t width);
/* A copy of at most `width` columns; what is cut is marked by `ellipsis`. The caller frees it. */
char *display_cut(const char *s, size_t width, const char *ellipsis);

/* A copy that does nothing to a terminal: control characters, bytes that are no UTF-8 and marks that turn the reading
 * direction stand as \x1b or \u202e; colours are dropped. Tabs stay, newlines too where `newlines`. The caller frees
 * it; NULL when out of memory. */
char *display_safe(const char *s, size_t size, bool newlines);
/* Would display_safe() change it? */
bool display_is_safe(const char *s, size_t size, bool newlines);
