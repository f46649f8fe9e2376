/* SPDX-License-Identifier: MIT */
#pragma once

/* The control socket as a file: its lock, which one daemon at a time holds, and the listening socket that takes the
 * place of a left-over one. */

#include <sys/types.h>

#include "common/macro.h"

typedef struct SocketLock {
        char *path; /* of the lock's file */
        int fd;
} SocketLock;

#define SOCKET_LOCK_NULL ((SocketLock){.fd = -EBADF})

/* Locks SOCKET.lock. -EWOULDBLOCK: another daemon has it, whose pid is in `*ret_holder` (0: unknown). */
int socket_lock_take(SocketLock *lock, const char *socket_path, pid_t *ret_holder);
/* Removes the file and lets go. */
void socket_lock_done(SocketLock *lock);

typedef struct Listener {
        char *path;
        int fd;
} Listener;

#define LISTENER_NULL ((Listener){.fd = -EBADF})

/* Puts a listening socket at `path`, in place of a left-over one; never is there none. Wants the lock. -ENOTSOCK:
 * what is there is no socket, and stays. */
int listener_init(Listener *listener, const char *path, mode_t mode);
/* Removes the socket's file, where it is still ours, and closes it. */
void listener_done(Listener *listener);
