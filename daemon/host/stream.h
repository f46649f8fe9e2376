/* SPDX-License-Identifier: MIT */
#pragma once

/* The reading end of a pipe that a service writes to, or of its terminal. */

#include <sys/types.h>

#include "host/loop.h"

typedef void (*stream_fn)(void *userdata);

typedef struct Stream {
        int fd; /* -EBADF: none */
        Watch watch;
        stream_fn fn;
        void *userdata;
        bool paused;
        bool terminal; /* the master of one */
} Stream;

#define STREAM_CLOSED ((Stream){.fd = -EBADF})

/* A new pipe. `fn` is called once a turn while there is something to be read (its end, too). The writing end is the
 * caller's. */
int stream_open(Stream *stream, Loop *loop, stream_fn fn, void *userdata, int *ret_write_fd);
static inline bool stream_is_open(const Stream *stream)
{
        return stream->fd >= 0;
}
/* Over a descriptor that doesn't block, and is the stream's from here on, also on failure. */
int stream_open_fd(Stream *stream, Loop *loop, int fd, stream_fn fn, void *userdata);
/* Closes it, where it is open. */
void stream_done(Stream *stream);

/* Bytes read (> 0), 0 at the end, -EAGAIN where there is nothing now. */
ssize_t stream_read(Stream *stream, void *buffer, size_t size);
/* How many bytes the pipe holds now; 0 where that can't be said. */
size_t stream_pending(const Stream *stream);
/* Nothing is in the pipe, and nobody can write to it any more. */
bool stream_is_ended(const Stream *stream);
/* Copies what the pipe holds (at most `size` bytes) and leaves it there. Returns how much, 0 where that fails. */
size_t stream_look(const Stream *stream, char *buffer, size_t size);
/* A paused stream is left alone: who writes to it will wait. */
void stream_set_paused(Stream *stream, bool paused);
