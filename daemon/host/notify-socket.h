/* SPDX-License-Identifier: MIT */
#pragma once

/* A service's notify socket, `notify/NAME` in the run folder: what $NOTIFY_SOCKET names. The kernel says who sent a
 * datagram; descriptors that come along are closed when it has been dealt with, which is what a sender that asked for
 * a BARRIER waits for. */

#include <sys/types.h>

#include "host/loop.h"

typedef struct NotifySocket NotifySocket;

typedef struct NotifyDatagram {
        const char *data;
        size_t size;
        pid_t pid; /* of the sender, in our pid namespace; 0: unknown */
        uid_t uid;
        size_t n_fds;
} NotifyDatagram;

typedef void (*notify_fn)(void *userdata, const NotifyDatagram *datagram);

/* `folder`: absolute, ours alone to write in. `owner`: may send; (uid_t) -1: the daemon's user. -ENAMETOOLONG: no
 * client could name it. `fn` may free the socket. */
int notify_socket_new(Loop *loop, const char *folder, const char *name, uid_t owner, NotifySocket **ret);
void notify_socket_set_handler(NotifySocket *socket, notify_fn fn, void *userdata);
/* Removes it from the run folder. */
NotifySocket *notify_socket_free(NotifySocket *socket);
DEFINE_CLEANUP(NotifySocket *, notify_socket_free);

const char *notify_socket_path(const NotifySocket *socket);
/* Deals with what has come by now, as far as a queue of the usual length goes: what a process said before it ended
 * comes before its end. Nothing where that is going on already. */
void notify_socket_drain(NotifySocket *socket);
