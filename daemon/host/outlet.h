/* SPDX-License-Identifier: MIT */
#pragma once

/* A descriptor that bytes are written to without ever waiting: the writing end of a service's stdin. */

#include <sys/types.h>

#include "host/loop.h"

typedef void (*outlet_fn)(void *userdata);

typedef struct Outlet {
        int fd; /* -EBADF: none; its O_NONBLOCK is seen by nobody else */
        Watch watch;
        outlet_fn fn;
        void *userdata;
} Outlet;

#define OUTLET_CLOSED ((Outlet){.fd = -EBADF})

/* A new pipe; `fn` is called once a turn while outlet_wait() asks for it and there is room (or nobody who reads). The
 * reading end is the caller's. */
int outlet_open_pipe(Outlet *outlet, Loop *loop, outlet_fn fn, void *userdata, int *ret_read_fd);
/* Over a descriptor that is non-blocking, and the outlet's from here on, also on failure. */
int outlet_open(Outlet *outlet, Loop *loop, int fd, outlet_fn fn, void *userdata);
static inline bool outlet_is_open(const Outlet *outlet)
{
        return outlet->fd >= 0;
}
/* Closes it, where it is open. */
void outlet_done(Outlet *outlet);

/* Somebody has the reading end. */
bool outlet_is_heard(const Outlet *outlet);
/* How much was written (> 0), -EAGAIN where there is no room, -EPIPE and others where there never will be. */
ssize_t outlet_write(const Outlet *outlet, const void *data, size_t size);
void outlet_wait(Outlet *outlet, bool wait);
