/* SPDX-License-Identifier: MIT */
#pragma once

/* A sink that keeps what it gets, and takes as much as the test allows. It stands in for host/sink.c: the linker
 * takes these functions before those of the archive. */

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/native-entry.h"
#include "common/text.h"
#include "host/sink.h"

struct Sink {
        Loop *loop;
        SinkHandler handler;
        Deferred deferred;
        Text all;         /* all entries, an empty line between two */
        uint64_t credit;  /* datagrams that it still takes */
        unsigned at_once; /* of one call at most */
        unsigned max;     /* entries of a datagram */
        unsigned n_calls, n_refused, n_datagrams, most_entries;
        size_t biggest;
        bool waiting, closed, finished;
};

static Sink *the_sink;

static void fake_sink_turn(void *userdata)
{
        Sink *sink = userdata;

        if (sink->waiting && sink->credit > 0) {
                sink->waiting = false;
                sink->handler.on_writable(sink->handler.userdata);
        }
        if (sink->closed && !sink->finished) {
                sink->finished = true;
                sink->handler.on_finished(sink->handler.userdata);
        }
}

static inline void fake_sink_allow(uint64_t datagrams)
{
        the_sink->credit = datagrams;
        (void) deferred_schedule(&the_sink->deferred);
}

int sink_new(Loop *loop, ProcessTable *processes, const SinkOptions *options, Sink **ret)
{
        the_sink = calloc(1, sizeof(Sink));
        the_sink->loop = loop;
        the_sink->handler = options->handler;
        the_sink->credit = UINT64_MAX;
        the_sink->at_once = 1000;
        the_sink->max = SINK_ENTRIES_MAX;
        cr_assert_geq(deferred_init(&the_sink->deferred, loop, PRIORITY_STREAM, fake_sink_turn, the_sink, "fake"), 0);
        *ret = the_sink;
        return 0;
}

Sink *sink_free(Sink *sink)
{
        if (sink) {
                deferred_done(&sink->deferred);
                text_done(&sink->all);
                free(sink);
        }
        return NULL;
}

int sink_send(Sink *sink, const SinkDatagram *datagrams, size_t n)
{
        size_t i;

        sink->n_calls++;
        cr_assert_not(sink->closed, "sent after the end");
        for (i = 0; i < n && i < sink->at_once && sink->credit > 0; i++) {
                const SinkDatagram *datagram = &datagrams[i];
                size_t before;

                if (datagram->n_entries > sink->max)
                        return i > 0 ? (int) i : -E2BIG;
                cr_assert_leq(datagram->n_iov, (unsigned) SINK_IOV_MAX);
                cr_assert(datagram->n_entries == 1 || datagram->size <= SINK_DATAGRAM_MAX);
                if (sink->all.n > 0)
                        text_add_char(&sink->all, '\n');
                before = sink->all.n;
                for (unsigned j = 0; j < datagram->n_iov; j++)
                        text_add(&sink->all, datagram->iov[j].iov_base, datagram->iov[j].iov_len);
                cr_assert_eq(sink->all.n - before, datagram->size);
                if (sink->credit != UINT64_MAX)
                        sink->credit--;
                sink->n_datagrams++;
                sink->most_entries = MAX(sink->most_entries, datagram->n_entries);
                sink->biggest = MAX(sink->biggest, datagram->size);
        }
        if (i > 0)
                return (int) i;
        sink->waiting = true;
        sink->n_refused++;
        (void) deferred_schedule(&sink->deferred);
        return -EAGAIN;
}

unsigned sink_max_entries(const Sink *sink)
{
        return sink->max;
}

usec_t sink_last_progress(Sink *sink)
{
        return 0;
}

const char *sink_state(const Sink *sink)
{
        return "fake";
}

void sink_close(Sink *sink)
{
        sink->closed = true;
        (void) deferred_schedule(&sink->deferred);
}

int sink_probe_journal(const char *path)
{
        return 0;
}

/* One entry as a string `STREAM NUMBER MESSAGE[ BREAK]`, or `EVENT MESSAGE`. */
typedef struct Entries {
        char **items;
        size_t n;
} Entries;

typedef struct EntryFields {
        char message[2048], stream[16], line_break[16], event[64];
        uint64_t batch, stdout_lines, stdout_bytes, stderr_lines, dropped, filtered, missed, pid;
        size_t message_size;
} EntryFields;

static inline void copy_field(const NativeField *field, const char *name, char *buffer, size_t size)
{
        if (native_field_is(field, name))
                snprintf(buffer, size, "%.*s", (int) field->value_size, field->value);
}

static inline void copy_number(const NativeField *field, const char *name, uint64_t *number)
{
        if (native_field_is(field, name))
                cr_assert_eq(native_field_uint64(field, number), 0);
}

/* The next entry of what the sink (or a follower) got. Lines of one datagram count on from its TENDED_BATCH. */
static inline bool next_entry(NativeReader *reader, EntryFields *ret)
{
        NativeField field;
        int r;

        memset(ret, 0, sizeof(*ret));
        if (!native_reader_has_more(reader))
                return false;
        while ((r = native_reader_next(reader, &field)) > 0) {
                copy_field(&field, "MESSAGE", ret->message, sizeof(ret->message));
                if (native_field_is(&field, "MESSAGE"))
                        ret->message_size = field.value_size;
                copy_field(&field, "TENDED_STREAM", ret->stream, sizeof(ret->stream));
                copy_field(&field, "TENDED_LINE_BREAK", ret->line_break, sizeof(ret->line_break));
                copy_field(&field, "TENDED_EVENT", ret->event, sizeof(ret->event));
                copy_number(&field, "TENDED_BATCH", &ret->batch);
                copy_number(&field, "TENDED_STDOUT_LINES", &ret->stdout_lines);
                copy_number(&field, "TENDED_STDOUT_BYTES", &ret->stdout_bytes);
                copy_number(&field, "TENDED_STDERR_LINES", &ret->stderr_lines);
                copy_number(&field, "TENDED_DROPPED_LINES", &ret->dropped);
                copy_number(&field, "TENDED_FILTERED_LINES", &ret->filtered);
                copy_number(&field, "TENDED_MISSED", &ret->missed);
                copy_number(&field, "TENDED_PID", &ret->pid);
        }
        cr_assert_eq(r, 0, "an entry that can't be read");
        return true;
}

/* All entries, one a line: `stream: message` (` [break]`), or `*event: message`. The caller frees it. */
static inline char *summary(const char *data, size_t size)
{
        NativeReader reader = NATIVE_READER(data, size);
        Text text = TEXT_NULL;
        EntryFields entry;
        char *s;

        while (next_entry(&reader, &entry)) {
                char line[2300];

                if (entry.missed > 0)
                        snprintf(line, sizeof(line), "missed %llu\n", (unsigned long long) entry.missed);
                else if (*entry.event)
                        snprintf(line, sizeof(line), "*%s: %s\n", entry.event, entry.message);
                else
                        snprintf(line, sizeof(line), "%s: %s%s%s%s\n", entry.stream, entry.message,
                                 *entry.line_break ? " [" : "", entry.line_break, *entry.line_break ? "]" : "");
                text_add_string(&text, line);
        }
        text_add_string(&text, "");
        cr_assert_eq(text_take(&text, &s), 0);
        return s;
}
