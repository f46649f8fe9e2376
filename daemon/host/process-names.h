/* SPDX-License-Identifier: MIT */
#pragma once

/* Lists of processes, each told from a later one of the same pid by the time of its start. */

#include <sys/types.h>

#include "common/macro.h"

typedef struct ProcessName {
        pid_t pid;
        char state; /* as in /proc/PID/stat when it was looked at; no part of the name */
        uint64_t start;
} ProcessName;

typedef struct ProcessNames {
        ProcessName *items;
        size_t n, room;
} ProcessNames;

void process_names_done(ProcessNames *names);
/* -E2BIG: there are more than any machine has. */
int process_names_add(ProcessNames *names, ProcessName name);
void process_names_sort(ProcessNames *names);
/* The list is sorted. */
bool process_names_contain(const ProcessNames *names, pid_t pid, uint64_t start);

/* Signals everybody whom `collect` finds, once each, pass after pass until one finds nobody new: who forks in the
 * middle of a pass is found by the next. Returns the first error but -ESRCH. */
int process_names_signal(int (*collect)(void *userdata, ProcessNames *list), void *userdata, int signal);
