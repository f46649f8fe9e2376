/* SPDX-License-Identifier: MIT */

/* A pipe of ours: our end never blocks, the child's end is an ordinary one, so that a slow log makes the child wait
 * instead of fail. The two ends have descriptions of their own, and the flag is on ours alone. */

#include "host/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/fd.h"

static void on_event(void *userdata, int fd, uint32_t events)
{
        Stream *stream = userdata;

        stream->fn(stream->userdata);
}

int stream_open_fd(Stream *stream, Loop *loop, int fd, stream_fn fn, void *userdata)
{
        _cleanup_close_ int owned = fd;
        int r;

        assert(!stream_is_open(stream));

        *stream = (Stream){.fd = -EBADF, .fn = fn, .userdata = userdata};
        r = watch_init(&stream->watch, loop, owned, EPOLLIN, PRIORITY_STREAM, on_event, stream);
        if (r < 0)
                return r;
        stream->fd = TAKE_FD(owned);
        return 0;
}

int stream_open(Stream *stream, Loop *loop, stream_fn fn, void *userdata, int *ret_write_fd)
{
        _cleanup_close_ int read_fd = -EBADF, write_fd = -EBADF;
        int fds[2], r;

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        read_fd = fds[0];
        write_fd = fds[1];
        if (fcntl(read_fd, F_SETFL, O_NONBLOCK) < 0)
                return -errno;

        r = stream_open_fd(stream, loop, TAKE_FD(read_fd), fn, userdata);
        if (r < 0)
                return r;

        *ret_write_fd = TAKE_FD(write_fd);
        return 0;
}

void stream_done(Stream *stream)
{
        if (!stream_is_open(stream))
                return;
        watch_done(&stream->watch);
        stream->fd = fd_close(stream->fd);
}

ssize_t stream_read(Stream *stream, void *buffer, size_t size)
{
        for (;;) {
                ssize_t n = read(stream->fd, buffer, size);

                if (n >= 0)
                        return n;
                /* A terminal whose other side is closed. */
                if (errno == EIO)
                        return 0;
                if (errno != EINTR)
                        return -errno;
        }
}

size_t stream_pending(const Stream *stream)
{
        int n = 0;

        /* What was written to a terminal's other side takes a moment; to ask for it hurries it up. */
        if (stream_is_open(stream) && stream->terminal)
                (void) stream_is_ended(stream);
        return stream_is_open(stream) && ioctl(stream->fd, FIONREAD, &n) >= 0 && n > 0 ? (size_t) n : 0;
}

bool stream_is_ended(const Stream *stream)
{
        struct pollfd pollfd = {.fd = stream->fd, .events = POLLIN};

        return poll(&pollfd, 1, 0) > 0 && (pollfd.revents & (POLLIN | POLLHUP)) == POLLHUP;
}

size_t stream_look(const Stream *stream, char *buffer, size_t size)
{
        _cleanup_close_ int read_fd = -EBADF, write_fd = -EBADF;
        int fds[2];
        ssize_t n;

        if (!stream_is_open(stream) || pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
                return 0;
        read_fd = fds[0];
        write_fd = fds[1];

        n = tee(stream->fd, write_fd, size, SPLICE_F_NONBLOCK);
        if (n > 0)
                n = read(read_fd, buffer, size);
        return n > 0 ? (size_t) n : 0;
}

void stream_set_paused(Stream *stream, bool paused)
{
        if (!stream_is_open(stream) || stream->paused == paused)
                return;
        if (watch_set_enabled(&stream->watch, !paused) >= 0)
                stream->paused = paused;
}
