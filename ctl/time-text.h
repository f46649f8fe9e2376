/* SPDX-License-Identifier: MIT */
#pragma once

/* Points in time and sizes as people read them. */

#include "common/macro.h"

typedef enum TimeFormat {
        TIME_FULL,    /* Fri 2026-11-20 21:13:05 UTC */
        TIME_SHORT,   /* Nov 20 21:13:05 */
        TIME_PRECISE, /* Nov 20 21:13:05.123456 */
        TIME_ISO,     /* 2026-11-20T21:13:05+0000 */
        TIME_ISO_PRECISE,
        TIME_UNIX, /* 1795209185.123456 */
        _TIME_FORMAT_N,
} TimeFormat;

#define TIME_TEXT_MAX 64

/* Local time; "n/a" for 0 and infinity. Returns `buf`. */
char *time_format(char buf[TIME_TEXT_MAX], usec_t realtime, TimeFormat format);
/* `5min 3s ago`, `in 8s`, `now`: of a point in time as seen at `now`. Returns `buf`. */
char *time_relative(char buf[TIME_TEXT_MAX], usec_t realtime, usec_t now);
/* `2d 3h`, `5min 3s`, `12s`: a span in at most two units, at least a second. Returns `buf`. */
char *time_rough(char buf[TIME_TEXT_MAX], usec_t span);
/* `12.3M`: base 1024, as systemctl. Returns `buf`. */
char *size_format(char buf[TIME_TEXT_MAX], uint64_t bytes);

usec_t time_now(void);
usec_t time_now_monotonic(void);
