/* SPDX-License-Identifier: MIT */

/* The writing end of a pipe (or of a terminal of ours). The reading end is an ordinary, blocking one with a
 * description of its own: what the service sees of its stdin is what it would see of any pipe. Room is only watched
 * for while somebody waits for it: a pipe that nobody reads any more would wake the loop for ever. */

#include "host/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "common/fd.h"

static void on_event(void *userdata, int fd, uint32_t events)
{
        Outlet *outlet = userdata;

        outlet->fn(outlet->userdata);
}

int outlet_open(Outlet *outlet, Loop *loop, int fd, outlet_fn fn, void *userdata)
{
        _cleanup_close_ int owned = fd;
        int r;

        assert(!outlet_is_open(outlet));

        *outlet = (Outlet){.fd = -EBADF, .fn = fn, .userdata = userdata};
        r = watch_init(&outlet->watch, loop, owned, EPOLLOUT, PRIORITY_STREAM, on_event, outlet);
        if (r < 0)
                return r;
        (void) watch_set_enabled(&outlet->watch, false);
        outlet->fd = TAKE_FD(owned);
        return 0;
}

int outlet_open_pipe(Outlet *outlet, Loop *loop, outlet_fn fn, void *userdata, int *ret_read_fd)
{
        _cleanup_close_ int read_fd = -EBADF, write_fd = -EBADF;
        int fds[2], r;

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        read_fd = fds[0];
        write_fd = fds[1];
        if (fcntl(write_fd, F_SETFL, O_NONBLOCK) < 0)
                return -errno;
        r = outlet_open(outlet, loop, TAKE_FD(write_fd), fn, userdata);
        if (r < 0)
                return r;
        *ret_read_fd = TAKE_FD(read_fd);
        return 0;
}

void outlet_done(Outlet *outlet)
{
        if (!outlet_is_open(outlet))
                return;
        watch_done(&outlet->watch);
        outlet->fd = fd_close(outlet->fd);
}

bool outlet_is_heard(const Outlet *outlet)
{
        struct pollfd pollfd = {.fd = outlet->fd};

        return outlet_is_open(outlet) && !(poll(&pollfd, 1, 0) > 0 && (pollfd.revents & POLLERR));
}

ssize_t outlet_write(const Outlet *outlet, const void *data, size_t size)
{
        for (;;) {
                ssize_t n = write(outlet->fd, data, size);

                if (n >= 0)
                        return n;
                if (errno != EINTR)
                        return -errno;
        }
}

void outlet_wait(Outlet *outlet, bool wait)
{
        if (outlet_is_open(outlet))
                (void) watch_set_enabled(&outlet->watch, wait);
}
