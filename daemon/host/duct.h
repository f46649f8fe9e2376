/* SPDX-License-Identifier: MIT */
#pragma once

/* A client's own descriptor, of a kind that can be read or written without ever waiting: a pipe, which is opened anew
 * so that the flag is ours alone, or a stream socket, which is asked not to wait with each call. */

#include <sys/types.h>
#include <sys/uio.h>

#include "host/loop.h"

typedef void (*duct_fn)(void *userdata);

typedef struct Duct {
        int fd; /* -EBADF: none */
        bool socket;
        Watch watch;
        duct_fn fn;
        void *userdata;
} Duct;

#define DUCT_CLOSED ((Duct){.fd = -EBADF})

/* `fd` stays the caller's. Nothing is watched yet. -ENOTSUP: it is of no such kind. */
int duct_open(Duct *duct, Loop *loop, int fd, bool for_writing, duct_fn fn, void *userdata);
static inline bool duct_is_open(const Duct *duct)
{
        return duct->fd >= 0;
}
void duct_done(Duct *duct);
/* Calls `fn` once a turn while it is readable, or has room. */
void duct_wait(Duct *duct, bool wait);

/* As read(): 0 at its end, -EAGAIN. */
ssize_t duct_read(const Duct *duct, void *data, size_t size);
/* As write(): -EAGAIN, -EPIPE. */
ssize_t duct_write(const Duct *duct, const void *data, size_t size);
