/* SPDX-License-Identifier: MIT */
#pragma once

/* Descriptors as owned values: -EBADF means none. */

#include <errno.h>
#include <unistd.h>

#include "common/macro.h"

/* Closes it where there is one, keeps errno, returns "none": `x->fd = fd_close(x->fd);` */
static inline int fd_close(int fd)
{
        if (fd >= 0) {
                int saved = errno;
                close(fd);
                errno = saved;
        }
        return -EBADF;
}

static inline void fd_closep(int *fd)
{
        fd_close(*fd);
}
#define _cleanup_close_ _cleanup_(fd_closep)

#define TAKE_FD(fd)                 \
        ({                          \
                int *_take = &(fd); \
                int _out = *_take;  \
                *_take = -EBADF;    \
                _out;               \
        })
