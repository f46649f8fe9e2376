/* SPDX-License-Identifier: MIT */
#pragma once

/* The writer's insides: entries come from a socket, one of two outputs makes lines of them. A writer may wait as long
 * as its terminal or its disk makes it wait: that is what it is for. */

#include "common/macro.h"

typedef enum WriterStream {
        WRITER_EVENT, /* no line of a stream: something tended has to say */
        WRITER_STDOUT,
        WRITER_STDERR,
        WRITER_STDIN,
} WriterStream;

/* What the writer wants to know of an entry. The strings point into the datagram and aren't terminated. */
typedef struct WriterEntry {
        const char *service; /* NULL: the daemon itself */
        size_t service_size;
        const char *message;
        size_t message_size;
        WriterStream stream;
        bool goes_on; /* the line was cut; its rest is another entry */
} WriterEntry;

/* Where the entries go. `write` takes one, `flush` has all of them written when it returns: after each datagram. */
typedef struct WriterOutput {
        void (*write)(void *userdata, const WriterEntry *entry);
        void (*flush)(void *userdata);
        void (*free)(void *userdata);
        void *userdata;
} WriterOutput;

/* The datagram's entries, one after the other; -EBADMSG where it is none (what stood before that was given). */
int writer_parse(const char *data, size_t size, const WriterOutput *output);

/* Bytes on their way out: collected, and written in one piece. No allocation, so that memory can't fail. */
#define OUTLET_SIZE ((size_t) 64 * 1024)
typedef struct Outlet {
        void (*write_all)(void *userdata, const char *data, size_t size);
        void *userdata;
        size_t n;
        char bytes[OUTLET_SIZE];
} Outlet;

void outlet_add(Outlet *outlet, const char *data, size_t size);
void outlet_flush(Outlet *outlet);

/* `colour`: the output is a terminal that wants it. */
int writer_console_new(int fd, bool colour, WriterOutput *ret);
/* `directory` is made where it is missing. A file grows up to `file_max` bytes (0: without bound), and `file_count`
 * old ones are kept. `input_fd`: where the end of file shows that nobody will wait much longer. */
int writer_file_new(const char *directory, uint64_t file_max, unsigned file_count, int input_fd, WriterOutput *ret);
