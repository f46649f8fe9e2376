/* SPDX-License-Identifier: MIT */

/* Stands in for host/stream.c: pipes that are buffers. A reader is called once a turn while there is something to be
 * read, as epoll would have it. */

#include "host/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

#include "kernel.h"
#include "pipes.h"

#define FD_FIRST  (1 << 24)
#define PIPES_MAX 1024u

typedef struct Pipe {
        Stream *reader; /* NULL: closed */
        Deferred readable;
        unsigned n_writers;
        bool is_used;
        size_t n;
        char data[PIPE_SIZE];
} Pipe;

static Pipe pipes[PIPES_MAX];
static uint32_t n_pipes; /* that were ever used */

/* The reading end has the even number, the writing end the odd one. */
static int pipe_fd(uint32_t pipe, bool writes)
{
        return FD_FIRST + (int) (2 * pipe) + writes;
}

static Pipe *pipe_of(int fd)
{
        if (fd < FD_FIRST)
                return NULL;
        assert(fd < pipe_fd(PIPES_MAX, false));
        return &pipes[(fd - FD_FIRST) / 2];
}

static void look(Pipe *pipe)
{
        bool is_readable = pipe->n > 0 || pipe->n_writers == 0;

        if (pipe->reader && !pipe->reader->paused && is_readable)
                (void) deferred_schedule(&pipe->readable);
        if (!pipe->reader && pipe->n_writers == 0)
                pipe->is_used = false;
}

static void on_readable(void *userdata)
{
        Pipe *pipe = userdata;

        if (!pipe->reader || pipe->reader->paused)
                return;
        pipe->reader->fn(pipe->reader->userdata);
        if (pipe->reader)
                look(pipe);
}

static Pipe *take_pipe(void)
{
        for (uint32_t i = 0; i < n_pipes; i++)
                if (!pipes[i].is_used)
                        return &pipes[i];
        assert(n_pipes < PIPES_MAX);
        return &pipes[n_pipes++];
}

int stream_open(Stream *stream, Loop *loop, stream_fn fn, void *userdata, int *ret_write_fd)
{
        Pipe *pipe = take_pipe();

        pipe->is_used = true;
        pipe->n = 0;
        pipe->n_writers = 1;
        pipe->reader = stream;
        (void) deferred_init(&pipe->readable, loop, PRIORITY_STREAM, on_readable, pipe, "pipe");
        *stream = (Stream){.fd = pipe_fd((uint32_t) (pipe - pipes), false), .fn = fn, .userdata = userdata};
        *ret_write_fd = stream->fd + 1;
        return 0;
}

/* There are no terminals. */
int stream_open_fd(Stream *stream, Loop *loop, int fd, stream_fn fn, void *userdata)
{
        return -ENODEV;
}

void stream_done(Stream *stream)
{
        Pipe *pipe;

        if (!stream_is_open(stream))
                return;
        pipe = pipe_of(stream->fd);
        deferred_done(&pipe->readable);
        pipe->reader = NULL;
        stream->fd = -EBADF;
        look(pipe);
}

ssize_t stream_read(Stream *stream, void *buffer, size_t size)
{
        Pipe *pipe = pipe_of(stream->fd);
        size_t n = MIN(size, pipe->n);

        if (n == 0)
                return pipe->n_writers == 0 ? 0 : -EAGAIN;
        memcpy(buffer, pipe->data, n);
        memmove(pipe->data, pipe->data + n, pipe->n - n);
        pipe->n -= n;
        return (ssize_t) n;
}

size_t stream_pending(const Stream *stream)
{
        return stream_is_open(stream) ? pipe_of(stream->fd)->n : 0;
}

bool stream_is_ended(const Stream *stream)
{
        const Pipe *pipe = pipe_of(stream->fd);

        return pipe && pipe->n == 0 && pipe->n_writers == 0;
}

size_t stream_look(const Stream *stream, char *buffer, size_t size)
{
        const Pipe *pipe = stream_is_open(stream) ? pipe_of(stream->fd) : NULL;
        size_t n = pipe ? MIN(size, pipe->n) : 0;

        if (n > 0)
                memcpy(buffer, pipe->data, n);
        return n;
}

void stream_set_paused(Stream *stream, bool paused)
{
        if (!stream_is_open(stream) || stream->paused == paused)
                return;
        stream->paused = paused;
        look(pipe_of(stream->fd));
}

uint32_t pipe_add_writer(int fd)
{
        Pipe *pipe = pipe_of(fd);

        if (!pipe)
                return PIPE_NONE;
        pipe->n_writers++;
        return (uint32_t) (pipe - pipes);
}

void pipe_inherit(uint32_t pipe)
{
        if (pipe != PIPE_NONE)
                pipes[pipe].n_writers++;
}

void pipe_drop_writer(uint32_t pipe)
{
        assert(pipes[pipe].n_writers > 0);
        pipes[pipe].n_writers--;
        look(&pipes[pipe]);
}

bool pipe_write(uint32_t pipe, const char *data, size_t size)
{
        Pipe *to = &pipes[pipe];

        if (!to->reader || to->n + size > sizeof(to->data))
                return false;
        memcpy(to->data + to->n, data, size);
        to->n += size;
        look(to);
        return true;
}

size_t pipes_open(void)
{
        size_t n = 0;

        for (uint32_t i = 0; i < n_pipes; i++)
                n += pipes[i].is_used;
        return n;
}

/* The linker sends the code under test here. */
int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_fcntl(int fd, int command, ...);
int __wrap_fcntl64(int fd, int command, ...);

int __wrap_close(int fd)
{
        Pipe *pipe = pipe_of(fd);

        if (!pipe)
                return __real_close(fd);
        assert(fd % 2 == 1); /* the reading end is stream_done()'s */
        pipe_drop_writer((uint32_t) (pipe - pipes));
        return 0;
}

/* F_DUPFD_CLOEXEC of a writing end is all that anybody asks for. */
int __wrap_fcntl(int fd, int command, ...)
{
        assert(command == F_DUPFD_CLOEXEC && pipe_of(fd) && fd % 2 == 1);
        (void) pipe_add_writer(fd);
        return fd;
}

int __wrap_fcntl64(int fd, int command, ...)
{
        return __wrap_fcntl(fd, command);
}
