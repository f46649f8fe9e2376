/* SPDX-License-Identifier: MIT */
#pragma once

/* Sizes in bytes and resource limits, in the syntax of systemd.exec(5). */

#include "common/macro.h"

/* `1.5K`, `2G 3M`, `100B`, `64`: base 1024, the suffixes K M G T P E and B in falling order. -EINVAL: not a size;
 * -ERANGE: negative, or more than fits. */
int size_parse(const char *s, uint64_t *ret);

/* `soft:hard`, or one value for both, of the resource RLIMIT_…: bytes, seconds (CPU), microseconds (RTTIME), a nice
 * level with its sign (NICE), else a number; `infinity` is RLIM_INFINITY. -EINVAL, -ERANGE; -EILSEQ: soft is greater
 * than hard. */
int limit_parse(int resource, const char *s, uint64_t *ret_soft, uint64_t *ret_hard);

/* RLIMIT_… of a directive's name without `Limit` (`NOFILE`), or -EINVAL. */
int limit_from_string(const char *name);
/* The other way; NULL where there is no such limit. */
const char *limit_to_string(int resource);
