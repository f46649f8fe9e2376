/* SPDX-License-Identifier: MIT */
#pragma once

/* The stdin of a service, held by the daemon: what clients give is written to the pipe (or to the terminal) as far as
 * it takes it, and queued, within bounds, as far as it doesn't. Whoever gives more waits. */

#include "core/config.h"
#include "host/outlet.h"

#define INPUT_QUEUE_MAX ((size_t) 256 * 1024)

typedef struct InputHandler {
        /* Before bytes are written: how many of `size` may be now. */
        size_t (*on_write)(void *userdata, size_t size);
        /* Those that stand at `data` were. */
        void (*on_written)(void *userdata, const char *data, size_t size);
        /* There is room again, or it was closed. */
        void (*on_progress)(void *userdata);
        void *userdata;
} InputHandler;

typedef struct Input {
        Loop *loop; /* weak */
        InputHandler handler;
        Outlet outlet;
        char *queue; /* INPUT_QUEUE_MAX, made when it is first needed; the queued bytes go round in it */
        size_t first, n;
        uint64_t n_given, n_written; /* bytes, since it was opened */
        bool closing;                /* its end follows behind what is queued */
        bool closed;                 /* it came, or nobody reads it any more */
        int terminal_fd;             /* weak: the terminal that it writes to; -EBADF: it is a pipe */
        char last;                   /* the last byte that was written */
} Input;

void input_init(Input *input, Loop *loop, const InputHandler *handler);
void input_done(Input *input);

/* A pipe for a process about to be spawned. */
int input_open_pipe(Input *input, int *ret_read_fd);
/* A terminal's master, of which the input gets a descriptor of its own. */
int input_open_terminal(Input *input, int master_fd);
/* The run is over: what is queued is forgotten. */
void input_close(Input *input);
/* It is there, and takes bytes. */
bool input_is_open(const Input *input);

/* Room in the queue. */
size_t input_room(const Input *input);
/* Takes at most input_room() bytes. -EPIPE: nobody reads it, or its end was announced; -ENOMEM. */
int input_give(Input *input, const char *data, size_t size);
/* End of file behind what is queued; of a terminal that is its EOF character. */
void input_end(Input *input);
/* Tries again to write what is queued. */
void input_pump(Input *input);
