/* SPDX-License-Identifier: MIT */

/* The voice of a trial: the guard's, as the daemon must not wait for anybody and the relay has to hear signals. What
 * stderr is may be shared with everybody, so its flags are left alone, and readiness is asked for before each write
 * of no more than a pipe takes whole. */

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "run.h"

#define PATIENCE_MSEC 5000

/* May something be written now? Waits for it, but not beyond the caller's end. */
static bool wait_for_stderr(const Trial *trial, int patience_msec)
{
        struct pollfd fds[] = {{.fd = STDERR_FILENO, .events = POLLOUT}, {.fd = trial->caller_fd}};

        while (poll(fds, ELEMENTSOF(fds), patience_msec) < 0)
                if (errno != EINTR)
                        return false;
        return (fds[0].revents & POLLOUT) && !(fds[1].revents & (POLLHUP | POLLERR));
}

static void write_all(Trial *trial, const char *bytes, size_t n)
{
        while (n > 0 && !trial->unheard) {
                ssize_t written;

                if (!wait_for_stderr(trial, PATIENCE_MSEC)) {
                        trial->unheard = true;
                        return;
                }
                written = write(STDERR_FILENO, bytes, MIN(n, (size_t) PIPE_BUF));
                if (written < 0 && errno != EINTR && errno != EAGAIN) {
                        trial->unheard = true;
                        return;
                }
                bytes += MAX(written, 0);
                n -= (size_t) MAX(written, 0);
        }
}

void trial_write(Trial *trial, const char *bytes, size_t n)
{
        trial_progress(trial, "");
        write_all(trial, bytes, n);
}

void trial_say(Trial *trial, const char *format, ...)
{
        _cleanup_free_ char *text = NULL, *line = NULL;
        va_list args;
        int n;

        va_start(args, format);
        n = vasprintf(&text, format, args);
        va_end(args);
        if (n < 0) {
                text = NULL;
                return;
        }
        n = asprintf(&line, "tended run: %s\n", text);
        if (n < 0) {
                line = NULL;
                return;
        }
        trial_write(trial, line, (size_t) n);
}

void trial_progress(Trial *trial, const char *text)
{
        char line[512];
        int n;

        if ((!*text && !trial->progress_shown) || !wait_for_stderr(trial, 0))
                return;
        n = snprintf(line, sizeof(line), "\r\033[K%s", text);
        (void) !write(STDERR_FILENO, line, MIN((size_t) n, sizeof(line) - 1));
        trial->progress_shown = *text;
}
