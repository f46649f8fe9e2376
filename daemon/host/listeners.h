/* SPDX-License-Identifier: MIT */
#pragma once

/* Which sockets of this machine listen at a TCP port, by the kernel's word: so that a connection to one that was
 * there before is not taken for the work of what was started since. */

#include "core/probe.h"

typedef struct Listener {
        ProbeAddress address; /* all zero: any */
        uint64_t inode;       /* the kernel's number of the socket; the next one has another */
} Listener;

typedef struct Listeners {
        Listener *items;
        size_t n;
        bool is_known; /* false: the kernel does not say, or there are too many */
} Listeners;

#define LISTENERS_NULL ((Listeners){})

/* Never waits. A failure leaves what is not known. */
void listeners_look(uint16_t port, Listeners *ret);
void listeners_done(Listeners *listeners);
/* Does every socket of `now` that a connection to `address` can have reached stand in `before`, too? False where
 * nothing is known, and where there is none (what answered is not of this machine). */
bool listeners_all_old(const Listeners *before, const Listeners *now, const ProbeAddress *address);
