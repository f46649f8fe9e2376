/* SPDX-License-Identifier: MIT */
#pragma once

/* The contents of an EnvironmentFile=. */

#include "common/macro.h"

/* Merges the assignments of `size` bytes into *environment, later ones winning. What is not an assignment or has an
 * invalid name is left out and told in *warnings (a vector that is added to; NULL where nobody asks), each with its
 * line. -EBADMSG: it holds a NUL byte; -EILSEQ: a name or value is not UTF-8; -E2BIG: too many variables; in each
 * case nothing was merged. */
int env_file_parse(const char *contents, size_t size, char ***environment, char ***warnings);
