/* SPDX-License-Identifier: MIT */

/* sd_notify(3) without its blocking send: a service manager that doesn't read for a while must not hold us. A
 * connected, non-blocking socket; what it can't take waits in a short queue. The watchdog's datagrams are not queued:
 * they say that the loop turns now. */

#include "notifier.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/strv.h"

/* Of each message that can be waiting there are few kinds. */
#define QUEUE_MAX         32
#define EXTEND_USEC       (20 * USEC_PER_SEC)
#define EXTEND_EVERY_USEC (5 * USEC_PER_SEC)

struct Notifier {
        Loop *loop; /* weak */
        int fd;     /* -EBADF: nobody listens */
        Watch watch;
        char **queue;
        Timer watchdog;
        usec_t watchdog_every; /* 0: none */
        Timer extend;
};

static int connect_to(const char *path)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        size_t length = strlen(path);
        _cleanup_close_ int fd = -EBADF;

        if ((path[0] != '/' && path[0] != '@') || length < 2 || length >= sizeof(address.sun_path))
                return -EINVAL;
        memcpy(address.sun_path, path, length);
        if (path[0] == '@')
                address.sun_path[0] = '\0';

        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        if (connect(fd, (struct sockaddr *) &address,
                    (socklen_t) (offsetof(struct sockaddr_un, sun_path) + length + (path[0] != '@'))) < 0)
                return -errno;
        return TAKE_FD(fd);
}

static int notifier_try(Notifier *notifier, const char *message)
{
        if (send(notifier->fd, message, strlen(message), MSG_NOSIGNAL) >= 0)
                return 0;
        return -errno;
}

static void on_writable(void *userdata, int fd, uint32_t events)
{
        Notifier *notifier = userdata;

        while (notifier->queue && notifier->queue[0]) {
                size_t n = strv_length(notifier->queue);

                if (notifier_try(notifier, notifier->queue[0]) == -EAGAIN)
                        return;
                free(notifier->queue[0]);
                memmove(notifier->queue, notifier->queue + 1, n * sizeof(char *));
        }
        (void) watch_set_enabled(&notifier->watch, false);
}

static void on_watchdog(void *userdata, usec_t now)
{
        Notifier *notifier = userdata;

        (void) notifier_try(notifier, "WATCHDOG=1");
        (void) timer_set(&notifier->watchdog, usec_add(now, notifier->watchdog_every));
}

static void on_extend(void *userdata, usec_t now)
{
        Notifier *notifier = userdata;
        char message[64];

        snprintf(message, sizeof(message), "EXTEND_TIMEOUT_USEC=%llu", (unsigned long long) EXTEND_USEC);
        (void) notifier_try(notifier, message);
        (void) timer_set(&notifier->extend, usec_add(now, EXTEND_EVERY_USEC));
}

/* Twice in the time that the manager gives; 0: it doesn't watch us. */
static usec_t watchdog_every(void)
{
        const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
        unsigned long long span;

        if (!usec || (pid && strtol(pid, NULL, 10) != getpid()))
                return 0;
        errno = 0;
        span = strtoull(usec, NULL, 10);
        return errno ? 0 : span / 2;
}

static int start_watchdog(Notifier *notifier)
{
        notifier->watchdog_every = watchdog_every();
        if (notifier->watchdog_every == 0)
                return 0;
        return timer_set(&notifier->watchdog, usec_add(loop_now(notifier->loop), notifier->watchdog_every));
}

int notifier_new(Loop *loop, Notifier **ret)
{
        _cleanup_(notifier_freep) Notifier *notifier = calloc(1, sizeof(Notifier));
        const char *path = getenv("NOTIFY_SOCKET");
        int r;

        if (!notifier)
                return -ENOMEM;
        notifier->loop = loop;
        notifier->fd = path ? connect_to(path) : -EBADF;
        if (notifier->fd < 0) {
                *ret = TAKE_PTR(notifier);
                return 0;
        }

        r = watch_init(&notifier->watch, loop, notifier->fd, EPOLLOUT, PRIORITY_NORMAL, on_writable, notifier);
        if (r >= 0)
                r = watch_set_enabled(&notifier->watch, false);
        if (r >= 0)
                r = timer_init(&notifier->watchdog, loop, on_watchdog, notifier);
        if (r >= 0)
                r = timer_init(&notifier->extend, loop, on_extend, notifier);
        if (r >= 0)
                r = start_watchdog(notifier);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(notifier);
        return 0;
}

Notifier *notifier_free(Notifier *notifier)
{
        if (!notifier)
                return NULL;

        timer_done(&notifier->extend);
        timer_done(&notifier->watchdog);
        watch_done(&notifier->watch);
        fd_close(notifier->fd);
        strv_free(notifier->queue);
        free(notifier);
        return NULL;
}

bool notifier_is_enabled(const Notifier *notifier)
{
        return notifier->fd >= 0;
}

void notifier_send(Notifier *notifier, const char *message)
{
        size_t n = strv_length(notifier->queue);

        if (notifier->fd < 0)
                return;
        /* In order: behind what waits. */
        if (n == 0 && notifier_try(notifier, message) != -EAGAIN)
                return;
        if (n < QUEUE_MAX && strv_extend(&notifier->queue, message) >= 0)
                (void) watch_set_enabled(&notifier->watch, true);
}

void notifier_set_busy(Notifier *notifier, bool busy)
{
        if (notifier->fd < 0)
                return;
        (void) timer_set(&notifier->extend, busy ? loop_now(notifier->loop) : USEC_INFINITY);
}
