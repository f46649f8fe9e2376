/* SPDX-License-Identifier: MIT */
#pragma once

/* Which control socket is meant, and how one speaks to it: the same answer for daemon and tendctl. */

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include "common/fd.h"
#include "common/macro.h"

#define SYSTEM_RUN_FOLDER  "/run/tended"
#define SYSTEM_SOCKET      "/run/tended/control"
#define SOCKET_ENVIRONMENT "TENDED_SOCKET"

/* What the command line says about it. */
typedef enum SocketScope {
        SOCKET_SCOPE_AUTO,
        SOCKET_SCOPE_USER,   /* --user */
        SOCKET_SCOPE_SYSTEM, /* --system */
} SocketScope;

/* The folder of a user's daemon: $XDG_RUNTIME_DIR/tended, or, where that is not set (or not absolute),
 * /tmp/tended-UID, which has to be checked by socket_folder_check() before it is believed. `runtime_directory`: the
 * variable's value, may be NULL. The caller frees it. */
int socket_user_folder(const char *runtime_directory, uid_t uid, char **ret);
/* `path`, below the working directory where it is relative, with "." and repeated slashes taken out (not "..": a
 * folder on the way may be a link). -EINVAL for "". The caller frees it. */
int socket_path_absolute(const char *path, char **ret);
/* The socket that a client means, in this order: `option` (of --socket, may be NULL), $TENDED_SOCKET, `scope`; else
 * as root the system's, else the user's where it exists, else the system's. The caller frees it. */
int socket_path_find(const char *option, SocketScope scope, char **ret);
/* 0 where `folder` is a folder, no link, owned by us, and nobody else may write into it. -ELOOP: a link, -ENOTDIR: no
 * folder, -EPERM: somebody else's, or open to others; -ENOENT. */
int socket_folder_check(const char *folder);
/* True where `path` lies in a folder that everybody could have made (/tmp/tended-UID): to be checked before use. */
bool socket_path_is_in_tmp(const char *path);

/* An address for bind() and connect(). A path over 107 bytes is reached through its folder's descriptor, which has to
 * stay open until the call is done. */
typedef struct SocketAddress {
        struct sockaddr_un address;
        socklen_t length;
        int folder_fd;
} SocketAddress;

#define SOCKET_ADDRESS_NULL ((SocketAddress){.folder_fd = -EBADF})

/* -ENAMETOOLONG: even the name within its folder is too long; -ENOENT, … as of opening the folder. */
int socket_address_init(SocketAddress *address, const char *path);
void socket_address_done(SocketAddress *address);

/* Connects, waiting at most `timeout` where the listener's queue is full (-EAGAIN then). The descriptor is blocking
 * and close-on-exec. -ENOENT, -ECONNREFUSED: nobody there; -EACCES: not allowed; a socket in /tmp that isn't in a
 * folder of ours: as socket_folder_check(). */
int socket_path_connect(const char *path, usec_t timeout, int *ret_fd);
