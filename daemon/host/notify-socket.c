/* SPDX-License-Identifier: MIT */

/* One datagram socket for each service that may notify, so that nobody can speak for a service without being let in
 * by its owner and mode, and a flood of one is no other's: it shares the loop with the other floods, some datagrams a
 * turn. The kernel's credentials come with each datagram. A path that is too long for an address gets a shorter name
 * made of the service's hash. */

#include "host/notify-socket.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/fd.h"
#include "core/notify.h"

#define TURN_MAX    16                    /* datagrams in one turn of the loop … */
#define DRAIN_MAX   1024                  /* … and before an end is told; the kernel's queue is mostly shorter */
#define FDS_MAX     16                    /* more are dropped by the kernel */
#define BUFFER_SIZE (NOTIFY_SIZE_MAX + 2) /* a NUL at the end, and room to see that there is more */

struct NotifySocket {
        int fd;
        Watch watch;
        struct sockaddr_un address;
        bool is_bound;
        notify_fn fn;
        void *userdata;
        bool is_busy; /* in a call of `fn` */
        bool is_dead; /* freed in there */
};

static void close_fds(const int *fds, size_t n)
{
        for (size_t i = 0; i < n; i++)
                (void) fd_close(fds[i]);
}

/* Descriptors are ours as soon as they were received, whatever else is wrong with the message. */
static size_t take_ancillary(struct msghdr *header, NotifyDatagram *datagram, int fds[FDS_MAX])
{
        struct ucred credentials;
        size_t n = 0;

        for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
                if (c->cmsg_level != SOL_SOCKET)
                        continue;
                if (c->cmsg_type == SCM_RIGHTS) {
                        size_t more = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

                        more = MIN(more, FDS_MAX - n);
                        memcpy(fds + n, CMSG_DATA(c), more * sizeof(int));
                        n += more;
                } else if (c->cmsg_type == SCM_CREDENTIALS && c->cmsg_len >= CMSG_LEN(sizeof(credentials))) {
                        memcpy(&credentials, CMSG_DATA(c), sizeof(credentials));
                        datagram->pid = credentials.pid;
                        datagram->uid = credentials.uid;
                }
        }
        return n;
}

/* 1: one more was dealt with; 0: there is none. */
static int receive_one(NotifySocket *notify)
{
        union {
                struct cmsghdr align;
                char bytes[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(FDS_MAX * sizeof(int))];
        } control;
        char buffer[BUFFER_SIZE];
        struct iovec iov = {.iov_base = buffer, .iov_len = sizeof(buffer)};
        struct msghdr header = {
                .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
        NotifyDatagram datagram = {.data = buffer, .uid = (uid_t) -1};
        int fds[FDS_MAX];
        ssize_t size;

        do
                size = recvmsg(notify->fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        while (size < 0 && errno == EINTR);
        if (size < 0)
                return 0;

        datagram.size = (size_t) size;
        datagram.n_fds = take_ancillary(&header, &datagram, fds);
        if (!(header.msg_flags & MSG_TRUNC) && notify->fn) {
                notify->is_busy = true;
                notify->fn(notify->userdata, &datagram);
                notify->is_busy = false;
        }
        close_fds(fds, datagram.n_fds);
        return 1;
}

static void receive(NotifySocket *notify, unsigned n_max)
{
        if (notify->is_busy)
                return;
        for (unsigned n = 0; n < n_max && !notify->is_dead && receive_one(notify) > 0;)
                n++;
        if (notify->is_dead)
                notify_socket_free(notify);
}

static void on_readable(void *userdata, int fd, uint32_t events)
{
        receive(userdata, TURN_MAX);
}

void notify_socket_drain(NotifySocket *notify)
{
        receive(notify, DRAIN_MAX);
}

static int make_address(struct sockaddr_un *address, const char *folder, const char *name)
{
        uint64_t hash = 0xcbf29ce484222325U; /* FNV-1a */
        int n;

        *address = (struct sockaddr_un){.sun_family = AF_UNIX};
        n = snprintf(address->sun_path, sizeof(address->sun_path), "%s/%s", folder, name);
        if (n < 0 || (size_t) n < sizeof(address->sun_path))
                return n < 0 ? -EINVAL : 0;

        for (const char *c = name; *c; c++)
                hash = (hash ^ (unsigned char) *c) * 0x100000001b3U;
        /* No service is called so. */
        n = snprintf(address->sun_path, sizeof(address->sun_path), "%s/.%016" PRIx64, folder, hash);
        return n < 0 || (size_t) n >= sizeof(address->sun_path) ? -ENAMETOOLONG : 0;
}

static int socket_bind(NotifySocket *notify, uid_t owner)
{
        const char *path = notify->address.sun_path;
        int on = 1;

        notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (notify->fd < 0 || setsockopt(notify->fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
                return -errno;
        /* The file gets the socket's mode: at no time is it open to others. */
        if (fchmod(notify->fd, 0600) < 0)
                return -errno;
        (void) unlink(path);
        if (bind(notify->fd, (const struct sockaddr *) &notify->address, sizeof(notify->address)) < 0)
                return -errno;
        notify->is_bound = true;
        if (owner != (uid_t) -1 && owner != geteuid() && lchown(path, owner, (gid_t) -1) < 0)
                return -errno;
        return 0;
}

int notify_socket_new(Loop *loop, const char *folder, const char *name, uid_t owner, NotifySocket **ret)
{
        _cleanup_(notify_socket_freep) NotifySocket *notify = calloc(1, sizeof(NotifySocket));
        int r;

        if (!notify)
                return -ENOMEM;
        notify->fd = -EBADF;
        r = make_address(&notify->address, folder, name);
        if (r >= 0)
                r = socket_bind(notify, owner);
        if (r >= 0)
                r = watch_init(&notify->watch, loop, notify->fd, EPOLLIN, PRIORITY_STREAM, on_readable, notify);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(notify);
        return 0;
}

void notify_socket_set_handler(NotifySocket *notify, notify_fn fn, void *userdata)
{
        notify->fn = fn;
        notify->userdata = userdata;
}

NotifySocket *notify_socket_free(NotifySocket *notify)
{
        if (!notify)
                return NULL;

        watch_done(&notify->watch);
        if (notify->is_bound)
                (void) unlink(notify->address.sun_path);
        notify->is_bound = false;
        if (notify->is_busy) {
                notify->is_dead = true;
                notify->fn = NULL;
                return NULL;
        }
        fd_close(notify->fd);
        free(notify);
        return NULL;
}

const char *notify_socket_path(const NotifySocket *notify)
{
        return notify->address.sun_path;
}
