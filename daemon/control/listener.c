/* SPDX-License-Identifier: MIT */

/* The control socket in the file system. Whoever holds the lock may put a socket at its path; the lock is a file of
 * its own, as a socket can't be locked, and it goes away with its holder. The new socket is bound beside the old one
 * and renamed over it: a client finds either of them, never nothing. */

#include "control/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "common/fd.h"
#include "common/socket-path.h"

/* Nobody starves another of the lock by taking it away as often as that. */
#define LOCK_TRIES 100

static pid_t read_holder(int fd)
{
        char text[16] = "";
        long pid;

        if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
                return 0;
        pid = strtol(text, NULL, 10);
        return pid > 0 ? (pid_t) pid : 0;
}

/* True where the locked file is still the one at the path: its last holder removes it before it lets go. */
static bool is_current(int fd, const char *path)
{
        struct stat ours, there;

        return fstat(fd, &ours) >= 0 && lstat(path, &there) >= 0 && ours.st_ino == there.st_ino &&
               ours.st_dev == there.st_dev;
}

static int note_holder(int fd)
{
        char text[16];
        int n = snprintf(text, sizeof(text), "%d\n", getpid());

        if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t) n, 0) < 0)
                return -errno;
        return 0;
}

static int try_lock(const char *path, int *ret_fd, pid_t *ret_holder)
{
        _cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0644);
        int r;

        if (fd < 0)
                return -errno;
        if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
                r = -errno;
                *ret_holder = read_holder(fd);
                return r;
        }
        if (!is_current(fd, path))
                return -ESTALE;
        r = note_holder(fd);
        if (r < 0)
                return r;
        *ret_fd = TAKE_FD(fd);
        return 0;
}

int socket_lock_take(SocketLock *lock, const char *socket_path, pid_t *ret_holder)
{
        _cleanup_free_ char *path = NULL;
        int fd = -EBADF, r = -ESTALE;
        pid_t holder = 0;

        if (asprintf(&path, "%s.lock", socket_path) < 0)
                return -ENOMEM;

        for (int i = 0; i < LOCK_TRIES && r == -ESTALE; i++)
                r = try_lock(path, &fd, &holder);
        if (r < 0) {
                if (r == -EWOULDBLOCK)
                        *ret_holder = holder;
                return r;
        }

        *lock = (SocketLock){.path = TAKE_PTR(path), .fd = fd};
        return 0;
}

void socket_lock_done(SocketLock *lock)
{
        if (lock->fd >= 0)
                (void) unlink(lock->path);
        fd_close(lock->fd);
        free(lock->path);
        *lock = SOCKET_LOCK_NULL;
}

static int bind_at(int fd, const char *path)
{
        _cleanup_(socket_address_done) SocketAddress address = SOCKET_ADDRESS_NULL;
        mode_t saved;
        int r;

        r = socket_address_init(&address, path);
        if (r < 0)
                return r;

        /* Until its mode is set nobody else may come in. */
        saved = umask(0177);
        r = bind(fd, (struct sockaddr *) &address.address, address.length) < 0 ? -errno : 0;
        umask(saved);
        return r;
}

/* Binds `fd` beside `path` and moves it there. */
static int bind_and_replace(int fd, const char *path, mode_t mode)
{
        _cleanup_free_ char *beside = NULL;
        int r;

        if (asprintf(&beside, "%s.new", path) < 0)
                return -ENOMEM;
        if (unlink(beside) < 0 && errno != ENOENT)
                return -errno;

        r = bind_at(fd, beside);
        if (r < 0)
                return r;
        if (chmod(beside, mode) < 0 || listen(fd, SOMAXCONN) < 0 || rename(beside, path) < 0) {
                r = -errno;
                (void) unlink(beside);
                return r;
        }
        return 0;
}

int listener_init(Listener *listener, const char *path, mode_t mode)
{
        _cleanup_close_ int fd = -EBADF;
        _cleanup_free_ char *copy = NULL;
        struct stat st;
        int r;

        if (lstat(path, &st) >= 0 && !S_ISSOCK(st.st_mode))
                return -ENOTSOCK;

        copy = strdup(path);
        if (!copy)
                return -ENOMEM;
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        r = bind_and_replace(fd, path, mode);
        if (r < 0)
                return r;

        *listener = (Listener){.path = TAKE_PTR(copy), .fd = TAKE_FD(fd)};
        return 0;
}

void listener_done(Listener *listener)
{
        if (listener->fd >= 0)
                (void) unlink(listener->path);
        fd_close(listener->fd);
        free(listener->path);
        *listener = LISTENER_NULL;
}
