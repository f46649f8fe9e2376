/* SPDX-License-Identifier: MIT */
#pragma once

/* Who speaks, as the kernel tells it, and what one may do. */

#include <sys/types.h>

#include "common/macro.h"

#define ACCESS_GROUP "tended"

typedef struct Peer {
        uid_t uid;
        gid_t gid;
        pid_t pid; /* for messages alone: it may be somebody else's by now */
        gid_t *groups;
        size_t n_groups;
} Peer;

#define PEER_NULL ((Peer){.uid = (uid_t) -1, .gid = (gid_t) -1})

/* Of a connected socket: SO_PEERCRED, SO_PEERGROUPS; no name service is asked. */
int peer_init(Peer *peer, int fd);
/* What the process is called by now; "" where it can't be told. */
void peer_command(const Peer *peer, char *buffer, size_t size);
void peer_done(Peer *peer);

typedef struct AccessPolicy {
        uid_t own_uid;
        gid_t group; /* (gid_t) -1: there is none */
} AccessPolicy;

/* May it change things, and read what may hold secrets? Root, the daemon's own user, and members of the group.
 * Reading all the rest is for everybody. */
bool access_is_privileged(const AccessPolicy *policy, const Peer *peer);

/* The id of group `name` in a text as of group(5). -ENOENT. */
int access_parse_group(const char *text, const char *name, gid_t *ret);
/* The same of /etc/group, which is read here and now: at start, not in the loop. -ENOENT, or why it can't be read. */
int access_read_group(const char *path, const char *name, gid_t *ret);
