/* SPDX-License-Identifier: MIT */

/* What is given is written at once where the queue is empty, so that a dialogue costs no copy and no turn of the
 * loop; what the pipe doesn't take goes into the queue, and is written when there is room. The queue never grows, and
 * nothing in it outlives the run that it was given to.
 *
 * A terminal knows no end of file: what a person would type is written instead, twice where it would only send off
 * the beginning of a line. */

#include "engine/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "common/fd.h"
#include "host/terminal.h"

void input_init(Input *input, Loop *loop, const InputHandler *handler)
{
        *input = (Input){.loop = loop, .handler = *handler, .outlet = OUTLET_CLOSED, .terminal_fd = -EBADF};
}

void input_close(Input *input)
{
        outlet_done(&input->outlet);
        input->terminal_fd = -EBADF;
        input->first = input->n = 0;
        input->closing = input->closed = false;
}

void input_done(Input *input)
{
        input_close(input);
        free(input->queue);
        input->queue = NULL;
}

bool input_is_open(const Input *input)
{
        return outlet_is_open(&input->outlet) && !input->closing && !input->closed;
}

size_t input_room(const Input *input)
{
        return INPUT_QUEUE_MAX - input->n;
}

/* Nobody will read it. The descriptor goes too: a pipe without a reader is always ready for writing. */
static void close_for_good(Input *input)
{
        outlet_done(&input->outlet);
        input->closed = true;
        input->first = input->n = 0;
}

/* How much of it was written; the rest has to wait. -EPIPE and others: never. */
static ssize_t write_some(Input *input, const char *data, size_t size)
{
        size_t done = 0;

        while (done < size) {
                size_t allowed = input->handler.on_write(input->handler.userdata, size - done);
                ssize_t n;

                if (allowed == 0)
                        break;
                n = outlet_write(&input->outlet, data + done, allowed);
                if (n == -EAGAIN)
                        break;
                if (n < 0)
                        return n;
                input->last = data[done + (size_t) n - 1];
                input->n_written += (size_t) n;
                input->handler.on_written(input->handler.userdata, data + done, (size_t) n);
                done += (size_t) n;
        }
        return (ssize_t) done;
}

static int enqueue(Input *input, const char *data, size_t size)
{
        size_t place, straight;

        if (size == 0)
                return 0;
        if (!input->queue)
                input->queue = malloc(INPUT_QUEUE_MAX);
        if (!input->queue)
                return -ENOMEM;

        place = (input->first + input->n) % INPUT_QUEUE_MAX;
        straight = MIN(size, INPUT_QUEUE_MAX - place);
        memcpy(input->queue + place, data, straight);
        memcpy(input->queue, data + straight, size - straight);
        input->n += size;
        return 0;
}

/* Behind all that was given. */
static void write_end(Input *input)
{
        char eof[2];
        size_t n;

        if (input->terminal_fd < 0) {
                close_for_good(input);
                return;
        }
        n = terminal_end_of_file(input->terminal_fd, input->n_written > 0 && input->last != '\n', eof);
        if (outlet_write(&input->outlet, eof, n) == -EAGAIN) {
                outlet_wait(&input->outlet, true);
                return;
        }
        /* A person could go on behind it, and so can whoever sends. */
        input->closing = false;
}

static void look_at_rest(Input *input)
{
        if (input->n == 0 && input->closing)
                write_end(input);
        else
                outlet_wait(&input->outlet, input->n > 0);
}

void input_pump(Input *input)
{
        bool changed = false;

        while (outlet_is_open(&input->outlet) && input->n > 0) {
                size_t straight = MIN(input->n, INPUT_QUEUE_MAX - input->first);
                ssize_t n = write_some(input, input->queue + input->first, straight);

                if (n < 0) {
                        close_for_good(input);
                        changed = true;
                        break;
                }
                input->first = (input->first + (size_t) n) % INPUT_QUEUE_MAX;
                input->n -= (size_t) n;
                changed = changed || n > 0;
                if ((size_t) n < straight)
                        break;
        }
        if (outlet_is_open(&input->outlet))
                look_at_rest(input);
        if (changed)
                input->handler.on_progress(input->handler.userdata);
}

static void on_room(void *userdata)
{
        Input *input = userdata;

        outlet_wait(&input->outlet, false);
        input_pump(input);
}

static void begin(Input *input)
{
        input->n_given = input->n_written = 0;
        input->last = '\n';
}

int input_open_pipe(Input *input, int *ret_read_fd)
{
        input_close(input);
        begin(input);
        return outlet_open_pipe(&input->outlet, input->loop, on_room, input, ret_read_fd);
}

int input_open_terminal(Input *input, int master_fd)
{
        int copy, r;

        input_close(input);
        begin(input);
        copy = fcntl(master_fd, F_DUPFD_CLOEXEC, 3);
        if (copy < 0)
                return -errno;
        r = outlet_open(&input->outlet, input->loop, copy, on_room, input);
        if (r < 0)
                return r;
        input->terminal_fd = copy;
        return 0;
}

int input_give(Input *input, const char *data, size_t size)
{
        ssize_t n = 0;
        int r;

        assert(size <= input_room(input));

        if (!input_is_open(input))
                return -EPIPE;
        if (input->n == 0) {
                n = write_some(input, data, size);
                if (n < 0) {
                        close_for_good(input);
                        return -EPIPE;
                }
        }
        r = enqueue(input, data + n, size - (size_t) n);
        if (r < 0)
                return r;
        input->n_given += size;
        outlet_wait(&input->outlet, input->n > 0);
        return 0;
}

void input_end(Input *input)
{
        if (!input_is_open(input))
                return;
        input->closing = true;
        look_at_rest(input);
}
