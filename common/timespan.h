/* SPDX-License-Identifier: MIT */
#pragma once

/* Spans of time in the syntax of systemd.time(7): `5min 20s`, `1.5h`, `infinity`, `300`. */

#include "common/macro.h"

#define USEC_PER_MINUTE (60 * USEC_PER_SEC)
#define USEC_PER_HOUR   (60 * USEC_PER_MINUTE)
#define USEC_PER_DAY    (24 * USEC_PER_HOUR)
#define USEC_PER_WEEK   (7 * USEC_PER_DAY)
#define USEC_PER_MONTH  ((usec_t) 2629800 * USEC_PER_SEC)
#define USEC_PER_YEAR   ((usec_t) 31557600 * USEC_PER_SEC)

/* A number without a unit counts in `default_unit` (USEC_PER_SEC for nearly every directive). -EINVAL: not a span;
 * -ERANGE: negative, or more than fits. */
int timespan_parse(const char *s, usec_t default_unit, usec_t *ret);

#define TIMESPAN_MAX 64

/* `2min 5.123s`: what is finer than `accuracy` (at least 1) is left out. Always a terminated string within `size`
 * bytes; TIMESPAN_MAX holds every span. Returns `buf`. */
char *timespan_format(char *buf, size_t size, usec_t span, usec_t accuracy);
