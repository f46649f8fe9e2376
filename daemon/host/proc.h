/* SPDX-License-Identifier: MIT */
#pragma once

/* What /proc and cgroupfs tell of processes, read with bounds. Nothing here trusts a pid for longer than it takes to
 * compare start times. */

#include <fcntl.h>
#include <sys/types.h>

#include "common/macro.h"

/* Reads what is there, at most `room` - 1 bytes, and ends it with a NUL. -E2BIG: there is more. `ret_size` may be
 * NULL. The file is opened without waiting for anybody. */
int proc_read(int folder_fd, const char *path, char *buffer, size_t room, size_t *ret_size);

typedef struct ProcStat {
        pid_t pid, parent, session;
        uint64_t start; /* ticks since boot */
        char state;     /* 'Z': ended, not reaped */
} ProcStat;

/* One line of /proc/PID/stat. -EBADMSG: it is none. */
int proc_stat_parse(const char *text, ProcStat *ret);
/* -ESRCH: there is no such process. */
int proc_stat(pid_t pid, ProcStat *ret);
/* What ProcStat.start of a process that is made now would be. */
uint64_t proc_ticks_now(void);

/* It is in the midst of an execve(), and shows neither its old environment nor its new one. May be true of a process
 * that is none of our user's. */
bool proc_is_in_exec(pid_t pid);

/* A growing list, bounded at PID_LIST_MAX: -E2BIG. */
typedef struct PidList {
        pid_t *items;
        size_t n, room;
} PidList;
#define PID_LIST_MAX (1U << 20)

void pid_list_done(PidList *list);
int pid_list_add(PidList *list, pid_t pid);
bool pid_list_contains(const PidList *list, pid_t pid);
void pid_list_remove(PidList *list, pid_t pid);
/* Numbers with white space between them, as in cgroup.procs and children; zeros (processes of other pid namespaces)
 * are left out. */
int pid_list_parse(const char *text, PidList *list);

/* Appends the numbers of a file that may be long. */
int proc_read_pids(int folder_fd, const char *path, PidList *list);
/* Appends the children of `pid` (all its threads'), ended and not reaped ones too. A process that is gone has none.
 */
int proc_children(pid_t pid, PidList *list);
/* Appends all processes there are. */
int proc_all(PidList *list);

/* 1: its environment holds INVOCATION_ID; 0: not. Negative: it can't be read. */
int proc_invocation_id(pid_t pid, Id128 *ret);
/* Bounded and printable, "[name]" where it has none; the caller frees it. NULL: it is gone, or out of memory. */
char *proc_command_line(pid_t pid);

/* Signals the process that began at `start` and nobody else. -ESRCH: it is gone. */
int proc_signal(pid_t pid, uint64_t start, int signal);
