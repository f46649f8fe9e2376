/* SPDX-License-Identifier: MIT */

/* Lines don't pass through the bus: the daemon answers with a socket, and each of its datagrams holds entries in
 * journald's native protocol. Its size is asked for before it is read, so that none is ever cut. */

#include "ctl/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "common/fd.h"
#include "common/protocol.h"
#include "ctl/entry-print.h"

/* No daemon sends more at once; a larger one is no daemon of ours. */
#define DATAGRAM_MAX ((size_t) 256 * 1024 * 1024)

static int append_options(sd_bus_message *call, const RingQuery *query)
{
        int r;

        r = sd_bus_message_open_container(call, 'a', "{sv}");
        if (r < 0)
                return r;
        if (query->lines != LINES_ALL) {
                r = sd_bus_message_append(call, "{sv}", "lines", "t", query->lines);
                if (r < 0)
                        return r;
        }
        r = sd_bus_message_append(call, "{sv}", "events", "b", query->events);
        if (r < 0)
                return r;
        return sd_bus_message_close_container(call);
}

int ring_open(Context *context, char *const *names, const RingQuery *query, RingReader *ret, sd_bus_error *ret_error)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
        int r;

        r = client_new_call(context->client, query->follow ? "Follow" : "Logs", &call);
        if (r < 0)
                return r;
        r = sd_bus_message_append_strv(call, (char **) names);
        if (r < 0)
                return r;
        r = append_options(call, query);
        if (r < 0)
                return r;
        r = client_call(context->client, call, &reply, ret_error);
        if (r < 0)
                return r;
        return ring_reader_init(ret, reply);
}

int ring_reader_init(RingReader *reader, sd_bus_message *reply)
{
        int fd, r;

        /* The message owns its descriptor. */
        r = sd_bus_message_read_basic(reply, 'h', &fd);
        if (r < 0)
                return r;
        fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        if (fd < 0)
                return -errno;

        *reader = RING_READER_NULL;
        reader->fd = fd;
        return 0;
}

void ring_reader_done(RingReader *reader)
{
        fd_close(reader->fd);
        free(reader->buffer);
        text_done(&reader->message);
        *reader = RING_READER_NULL;
}

/* 1: it can be read, or is at its end. */
static int wait_readable(int fd, usec_t timeout)
{
        struct timespec span = {.tv_sec = (time_t) (timeout / USEC_PER_SEC),
                                .tv_nsec = (long) (timeout % USEC_PER_SEC) * 1000};
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int r;

        r = ppoll(&p, 1, timeout == USEC_INFINITY ? NULL : &span, NULL);
        return r < 0 ? -errno : r == 0 ? -ETIMEDOUT : 1;
}

/* 1: a datagram; 0: the end. */
static int receive(RingReader *reader, usec_t timeout)
{
        ssize_t n;
        int r;

        r = wait_readable(reader->fd, timeout);
        if (r < 0)
                return r;
        n = recv(reader->fd, NULL, 0, MSG_PEEK | MSG_TRUNC);
        if (n <= 0)
                return n == 0 || errno == ECONNRESET ? 0 : -errno;
        if ((size_t) n > DATAGRAM_MAX)
                return -EBADMSG;

        if ((size_t) n > reader->allocated) {
                char *buffer = realloc(reader->buffer, (size_t) n);

                if (!buffer)
                        return -ENOMEM;
                reader->buffer = buffer;
                reader->allocated = (size_t) n;
        }
        n = recv(reader->fd, reader->buffer, reader->allocated, 0);
        if (n < 0)
                return -errno;
        reader->data = reader->buffer;
        reader->size = (size_t) n;
        return n > 0;
}

/* The next entry as it was sent. */
static int next_part(RingReader *reader, usec_t timeout, Entry *entry)
{
        int r;

        for (;;) {
                if (reader->size > 0) {
                        r = entry_read_native(entry, &reader->data, &reader->size);
                        if (r < 0)
                                return r;
                        if (r > 0 && entry->n_fields > 0)
                                return 1;
                        continue;
                }
                r = receive(reader, timeout);
                if (r <= 0)
                        return r;
        }
}

static void collect(Text *text, const Entry *entry)
{
        const EntryField *message = entry_find(entry, "MESSAGE");

        if (message)
                text_add(text, message->value, message->size);
}

int ring_reader_next(RingReader *reader, usec_t timeout, Entry *entry)
{
        Text *text = &reader->message;
        int r;

        text->n = 0;
        for (;;) {
                r = next_part(reader, timeout, entry);
                if (r <= 0)
                        return r;
                /* A line that is too long for one entry comes in several; all but the last say so. */
                if (!entry_field_is(entry_find(entry, "TENDED_LINE_BREAK"), "continued"))
                        break;
                collect(text, entry);
                if (text->failed || text->n > DATAGRAM_MAX)
                        return -ENOMEM;
                timeout = TENDED_ANSWER_USEC;
        }
        if (text->n == 0)
                return 1;

        collect(text, entry);
        if (text->failed)
                return -ENOMEM;
        entry_set_value(entry, "MESSAGE", text->bytes, text->n);
        return 1;
}

int ring_print_last(Context *context, FILE *f, const Style *style, const char *name, uint64_t lines,
                    sd_bus_error *ret_error)
{
        _cleanup_(ring_reader_done) RingReader reader = RING_READER_NULL;
        _cleanup_(entry_done) Entry entry = ENTRY_NULL;
        EntryPrinter printer = {.format = FORMAT_SHORT, .style = *style, .safe = true};
        const char *const names[] = {name, NULL};
        int n = 0, r;

        r = ring_open(context, (char *const *) names, &(RingQuery){.lines = lines, .events = true}, &reader,
                      ret_error);
        if (r < 0)
                return r;
        while ((r = ring_reader_next(&reader, TENDED_ANSWER_USEC, &entry)) > 0) {
                r = entry_print(f, &printer, &entry);
                if (r < 0)
                        return r;
                n++;
        }
        return r < 0 ? r : n;
}
