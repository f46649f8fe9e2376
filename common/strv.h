/* SPDX-License-Identifier: MIT */
#pragma once

/* Vectors of strings, ended by NULL. NULL itself is the empty vector. */

#include "common/macro.h"

size_t strv_length(char *const *strv);
/* Frees the vector and its strings. Returns NULL. */
char **strv_free(char **strv);
DEFINE_CLEANUP(char **, strv_free);
/* Appends a copy of `s`. -ENOMEM leaves the vector as it was. */
int strv_extend(char ***strv, const char *s);
/* Appends `s` itself; frees it where that fails. */
int strv_consume(char ***strv, char *s);
/* Likewise, for who counts along (*n strings are there): a long vector is built in linear time. */
int strv_consume_n(char ***strv, size_t *n, char *s);
int strv_extendf(char ***strv, const char *format, ...) _printf_(2, 3);
int strv_copy(char *const *strv, char ***ret);
bool strv_contains(char *const *strv, const char *s);
bool strv_equal(char *const *a, char *const *b);
/* All strings with `separator` between them; the caller frees it. NULL when out of memory. */
char *strv_join(char *const *strv, const char *separator);

#define STRV_FOREACH(i, strv) for (char *const *i = (strv); i && *i; i++)
