/* SPDX-License-Identifier: MIT */

/* The daemon's end of a helper that answers in lines. One bounded read a turn into a bounded buffer; the end of the
 * pipe is the end of the answers, however the process ended. Who hangs up first wins: freeing the object kills the
 * helper, which is reaped in silence. */

#include "host/helper-lines.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/fd.h"

struct HelperLines {
        HelperLinesHandler handler;
        Process *process; /* NULL: it has ended */
        int fd;
        Watch watch;
        char line[HELPER_LINE_MAX];
        size_t n;
        bool *gone; /* while the handler is called: set where it frees us */
};

static void on_process_end(void *userdata, Process *process, const ProcessOutcome *outcome)
{
        HelperLines *lines = userdata;

        /* What it has said may still be in the pipe. */
        lines->process = NULL;
}

/* Returns false where nobody is there any more. */
static bool tell_line(HelperLines *lines)
{
        char line[HELPER_LINE_MAX];
        bool gone = false;

        memcpy(line, lines->line, lines->n);
        line[lines->n] = '\0';
        lines->n = 0;
        lines->gone = &gone;
        lines->handler.on_line(lines->handler.userdata, line);
        if (gone)
                return false;
        lines->gone = NULL;
        return true;
}

static void take(HelperLines *lines, const char *bytes, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                if (bytes[i] == '\n') {
                        if (!tell_line(lines))
                                return;
                } else if (lines->n + 1 < sizeof(lines->line))
                        lines->line[lines->n++] = bytes[i];
        }
}

static void on_readable(void *userdata, int fd, uint32_t events)
{
        HelperLines *lines = userdata;
        char bytes[1024];
        ssize_t n = read(fd, bytes, sizeof(bytes));

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return;
        if (n > 0) {
                take(lines, bytes, (size_t) n);
                return;
        }
        watch_done(&lines->watch);
        lines->handler.on_end(lines->handler.userdata);
}

int helper_lines_new(Loop *loop, ProcessTable *processes, char *const *argv, const HelperLinesHandler *handler,
                     HelperLines **ret)
{
        _cleanup_(helper_lines_freep) HelperLines *lines = calloc(1, sizeof(HelperLines));
        _cleanup_close_ int helper_end = -EBADF;
        int fds[2], r;

        if (!lines)
                return -ENOMEM;
        lines->handler = *handler;
        lines->fd = -EBADF;
        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        lines->fd = fds[0];
        helper_end = fds[1];
        (void) fcntl(lines->fd, F_SETFL, O_NONBLOCK);
        r = watch_init(&lines->watch, loop, lines->fd, EPOLLIN, PRIORITY_NORMAL, on_readable, lines);
        if (r < 0)
                return r;
        r = process_spawn_helper(processes, argv, (int[3]){-EBADF, helper_end, -EBADF},
                                 &(ProcessHandler){.on_end = on_process_end, .userdata = lines}, &lines->process);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(lines);
        return 0;
}

HelperLines *helper_lines_free(HelperLines *lines)
{
        if (!lines)
                return NULL;

        if (lines->gone)
                *lines->gone = true;
        if (lines->process) {
                (void) process_signal(lines->process, SIGKILL);
                process_forget(lines->process);
        }
        watch_done(&lines->watch);
        fd_close(lines->fd);
        free(lines);
        return NULL;
}
