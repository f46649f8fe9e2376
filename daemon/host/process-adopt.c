/* SPDX-License-Identifier: MIT */

/* A process that a service has made itself, and that is to be known like one of ours: what a daemon that forks leaves
 * behind, or whom a service names as its main process. It is held by its pidfd before anything is asked of its pid,
 * so that the answers are about it and no other.
 *
 * Mostly it is our child, since we are a subreaper, and is reaped like the others. Where its parent lives, that one
 * has its exit status, and all that the pidfd tells is the end. */

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/fd.h"
#include "host/process-private.h"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

static void on_ended(void *userdata, int fd, uint32_t events)
{
        Process *process = userdata;
        siginfo_t info = {0};

        watch_done(&process->end_watch);
        /* Ours: the reaping is on its way. */
        if (waitid((idtype_t) P_PIDFD, (id_t) fd, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
                return;
        process->is_unknown = true;
        (void) process_table_take(process->table, process->pid);
        process_end(process, (ProcessExit){PROCESS_EXITED, 0});
}

static bool has_ended(int pidfd)
{
        struct pollfd end = {.fd = pidfd, .events = POLLIN};

        return poll(&end, 1, 0) > 0;
}

static usec_t now_realtime(void)
{
        struct timespec now;

        (void) clock_gettime(CLOCK_REALTIME, &now);
        return (usec_t) now.tv_sec * USEC_PER_SEC + (usec_t) now.tv_nsec / 1000;
}

static int take_known(Process *process, Group *group, const ProcessHandler *handler, Process **ret)
{
        if (process->group != group || process->handler.on_end)
                return -EEXIST;
        process->handler = *handler;
        *ret = process;
        return 0;
}

int process_adopt(ProcessTable *table, Group *group, pid_t pid, const ProcessHandler *handler, Process **ret)
{
        _cleanup_(process_freep) Process *process = NULL;
        Process *known = process_table_find(table, pid);
        int r;

        if (known)
                return take_known(known, group, handler, ret);
        process = calloc(1, sizeof(Process));
        if (!process)
                return -ENOMEM;
        *process = (Process){
                .table = table,
                .group = group,
                .handler = *handler,
                .pid = pid,
                .report_fd = -EBADF,
                .pidfd = (int) syscall(SYS_pidfd_open, pid, 0),
                .start_realtime = now_realtime(),
                .has_executor = true, /* no helper of ours */
                .executed = true,
        };
        if (process->pidfd < 0)
                return -errno;
        r = group_contains(group, pid);
        if (r <= 0)
                return r < 0 ? r : -EPERM;
        if (has_ended(process->pidfd))
                return -ESRCH;

        r = process_table_reserve(table);
        if (r >= 0)
                r = watch_init(&process->end_watch, table->loop, process->pidfd, EPOLLIN, PRIORITY_NORMAL, on_ended,
                               process);
        if (r < 0)
                return r;
        process_table_insert(table, process);
        *ret = TAKE_PTR(process);
        return 0;
}
