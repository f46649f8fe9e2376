/* SPDX-License-Identifier: MIT */
#pragma once

/* Clients that are told what happens, as it happens: the events of the log, and each step from one state to the next.
 * They get entries in journald's native protocol through a socket that keeps packets apart. */

#include "base/list.h"
#include "common/text.h"
#include "host/loop.h"

typedef struct Watchers {
        Loop *loop; /* weak */
        List list;
        unsigned n;
        size_t kept; /* bytes that wait for somebody to read */
        Deferred flush;
} Watchers;

int watchers_init(Watchers *watchers, Loop *loop);
void watchers_done(Watchers *watchers);

/* One that is told of the services which `patterns` name (NULL: of everything, of the daemon too): names, globs, and
 * templates for their instances. -EUSERS: there are too many. `*ret_fd` is the client's end. */
int watchers_add(Watchers *watchers, char *const *patterns, int *ret_fd);
/* Is there anybody? */
static inline bool watchers_any(const Watchers *watchers)
{
        return watchers->n > 0;
}
/* Hands the entry (all its fields but __REALTIME_TIMESTAMP) to those who want to know of `service` (NULL: the daemon
 * itself). Never fails, never waits: who is too slow misses it, and is told how many he has missed. */
void watchers_tell(Watchers *watchers, const char *service, const Text *entry);
