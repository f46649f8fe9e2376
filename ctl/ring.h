/* SPDX-License-Identifier: MIT */
#pragma once

/* What the daemon itself holds of its services' output: the rings, and what comes into them. */

#include "common/text.h"
#include "ctl/context.h"
#include "ctl/entry.h"

typedef struct RingQuery {
        uint64_t lines; /* of each service; LINES_ALL: all that is there */
        bool follow;
        bool events;
} RingQuery;

typedef struct RingReader {
        int fd;
        char *buffer;
        size_t allocated;
        const char *data; /* what of the datagram is not read yet */
        size_t size;
        Text message; /* of a line that comes in parts */
} RingReader;

#define RING_READER_NULL ((RingReader){.fd = -EBADF})

/* `names` NULL: all services. Returns as client_call(). */
int ring_open(Context *context, char *const *names, const RingQuery *query, RingReader *ret, sd_bus_error *ret_error);
/* Of the descriptor in an answer. */
int ring_reader_init(RingReader *reader, sd_bus_message *reply);
void ring_reader_done(RingReader *reader);

/* The next entry, valid until the next call; waits at most `timeout` for it. 1: there is one; 0: that was the last;
 * -ETIMEDOUT: none came; -EINTR; -EBADMSG: what came is no entry. */
int ring_reader_next(RingReader *reader, usec_t timeout, Entry *entry);

/* The last `lines` of one service for a person, on `f`. Returns the number printed, or as client_call(). */
int ring_print_last(Context *context, FILE *f, const Style *style, const char *name, uint64_t lines,
                    sd_bus_error *ret_error);
