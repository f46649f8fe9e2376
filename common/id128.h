/* SPDX-License-Identifier: MIT */
#pragma once

/* 128-bit ids as 32 hexadecimal digits, as the journal and INVOCATION_ID spell them. */

#include "common/macro.h"

/* Returns `buffer`. */
const char *id128_format(Id128 id, char buffer[ID128_STRING_MAX]);
/* -EINVAL where it isn't 32 hexadecimal digits. */
int id128_parse(const char *s, Id128 *ret);
bool id128_equal(const Id128 *a, const Id128 *b);
bool id128_is_null(const Id128 *id);
