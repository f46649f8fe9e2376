/* SPDX-License-Identifier: MIT */
#pragma once

/* Single values: booleans, numbers, modes, signals, levels. All take the whole string; -EINVAL: not one; -ERANGE:
 * one, but not within the bounds. */

#include "common/macro.h"

/* 1 yes y true t on, 0 no n false f off, in any case. */
int boolean_parse(const char *s, bool *ret);

/* Decimal, 0x…, 0o… or 0… octal, 0b… binary, with a sign, after white space: as systemd reads numbers. */
int integer_parse(const char *s, int64_t min, int64_t max, int64_t *ret);
int unsigned_parse(const char *s, uint64_t max, uint64_t *ret);

/* Octal, at most 07777. */
int mode_parse(const char *s, unsigned *ret);

/* `NN%`, whole percents, at most `max`. */
int percent_parse(const char *s, unsigned max, unsigned *ret);

/* `SIGTERM`, `TERM`, `15`, `SIGRTMIN+3`, `RTMAX-1`. The real-time signals are counted as glibc does, from 34 to 64,
 * whichever libc this is built with. */
int signal_parse(const char *s, int *ret);

#define SIGNAL_NAME_MAX 16

/* `SIGTERM`, `SIGRTMIN+3`, or the number where it has no name. Returns `buf`. */
const char *signal_format(char buf[SIGNAL_NAME_MAX], int signal);

/* `emerg` … `debug`, or 0 to 7. */
int level_parse(const char *s, int *ret);
/* NULL outside of 0 to 7. */
const char *level_to_string(int level);
