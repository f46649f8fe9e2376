/* SPDX-License-Identifier: MIT */

/* Setting O_NONBLOCK on what a client passed would change it for everybody who shares it, and the client could take
 * it back while we rely on it. A pipe has an inode that can be opened once more, through /proc/self/fd: that gives a
 * description of its own. A socket can't be opened anew, but its calls have a flag for it. Files, terminals and all
 * else may hang, or have other readers; the client deals with those itself. */

#include "host/duct.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/fd.h"

#define PIPEFS 0x50495045 /* PIPEFS_MAGIC */

static void on_event(void *userdata, int fd, uint32_t events)
{
        Duct *duct = userdata;

        duct->fn(duct->userdata);
}

/* A named pipe is left alone: its file system may be anybody's. */
static bool is_pipe(int fd)
{
        struct statfs fs;

        return fstatfs(fd, &fs) >= 0 && fs.f_type == PIPEFS;
}

static int open_anew(int fd, bool for_writing, int *ret)
{
        char path[64];
        int mode = fcntl(fd, F_GETFL), copy;

        if (mode < 0)
                return -errno;
        if ((mode & O_ACCMODE) != O_RDWR && (mode & O_ACCMODE) != (for_writing ? O_WRONLY : O_RDONLY))
                return -EBADF;
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        copy = open(path, (for_writing ? O_WRONLY : O_RDONLY) | O_NONBLOCK | O_CLOEXEC);
        /* Made by another user than ours; or, of one that is written to, nobody reads it any more. */
        if (copy < 0 && (errno == EACCES || errno == ENXIO))
                return -ENOTSUP;
        if (copy < 0)
                return -errno;
        *ret = copy;
        return 0;
}

static int copy_socket(int fd, int *ret)
{
        int type, copy;
        socklen_t size = sizeof(type);

        if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0)
                return -errno;
        if (type != SOCK_STREAM)
                return -ENOTSUP;
        copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        if (copy < 0)
                return -errno;
        *ret = copy;
        return 0;
}

int duct_open(Duct *duct, Loop *loop, int fd, bool for_writing, duct_fn fn, void *userdata)
{
        _cleanup_close_ int own = -EBADF;
        struct stat stat;
        bool socket;
        int r;

        assert(!duct_is_open(duct));

        if (fstat(fd, &stat) < 0)
                return -errno;
        socket = S_ISSOCK(stat.st_mode);
        if (!socket && !is_pipe(fd))
                return -ENOTSUP;
        r = socket ? copy_socket(fd, &own) : open_anew(fd, for_writing, &own);
        if (r < 0)
                return r;

        *duct = (Duct){.fd = -EBADF, .socket = socket, .fn = fn, .userdata = userdata};
        r = watch_init(&duct->watch, loop, own, for_writing ? EPOLLOUT : EPOLLIN, PRIORITY_STREAM, on_event, duct);
        if (r < 0)
                return r;
        (void) watch_set_enabled(&duct->watch, false);
        duct->fd = TAKE_FD(own);
        return 0;
}

void duct_done(Duct *duct)
{
        if (!duct_is_open(duct))
                return;
        watch_done(&duct->watch);
        duct->fd = fd_close(duct->fd);
}

void duct_wait(Duct *duct, bool wait)
{
        if (duct_is_open(duct))
                (void) watch_set_enabled(&duct->watch, wait);
}

ssize_t duct_read(const Duct *duct, void *data, size_t size)
{
        for (;;) {
                ssize_t n = duct->socket ? recv(duct->fd, data, size, MSG_DONTWAIT) : read(duct->fd, data, size);

                if (n >= 0)
                        return n;
                if (errno == ECONNRESET)
                        return 0;
                if (errno != EINTR)
                        return -errno;
        }
}

ssize_t duct_write(const Duct *duct, const void *data, size_t size)
{
        for (;;) {
                ssize_t n = duct->socket ? send(duct->fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL)
                                         : write(duct->fd, data, size);

                if (n >= 0)
                        return n;
                if (errno != EINTR)
                        return -errno;
        }
}
