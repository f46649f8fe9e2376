/* SPDX-License-Identifier: MIT */

/* SOCK_SEQPACKET: a packet is taken whole or not at all, and the other side sees an end of file. */

#include "host/packet-pair.h"

#include <errno.h>
#include <sys/socket.h>

int packet_pair(int *ret_ours, int *ret_theirs)
{
        int fds[2], size = 256 * 1024;

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
                return -errno;
        /* Where that isn't granted, the system's default has to do. */
        (void) setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
        *ret_ours = fds[0];
        *ret_theirs = fds[1];
        return 0;
}

int packet_send(int fd, const void *data, size_t size)
{
        for (;;) {
                if (send(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
                        return 0;
                if (errno != EINTR)
                        return -errno;
        }
}
