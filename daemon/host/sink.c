/* SPDX-License-Identifier: MIT */

/* One face for three places: journald, a writer process, nowhere. What they have in common stands here: the bound of
 * entries for each datagram, the time of the last progress, and that events are told from the loop and never from
 * within a call, so that the caller can log them through the sink that they are about. */

#include "host/sink.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/fd.h"
#include "common/strv.h"
#include "host/datagram.h"
#include "host/journal-socket.h"
#include "host/writer-link.h"

/* More events than these between two turns are not told one by one: the last stands, the losses are summed. */
#define EVENTS_MAX 4

typedef struct PendingEvent {
        SinkEvent event;
        uint64_t in_flight;
        char text[256];
} PendingEvent;

struct Sink {
        Loop *loop; /* weak */
        LogTarget target;
        SinkHandler handler;
        JournalSocket *journal; /* of LOG_TARGET_JOURNAL */
        WriterLink *writer;     /* of LOG_TARGET_CONSOLE and LOG_TARGET_FILE */
        usec_t last_progress;
        int last_queued;
        bool closed, finished;
        PendingEvent events[EVENTS_MAX];
        size_t n_events;
        Deferred deferred; /* tells the events, and the end */
};

static void on_inner_event(void *userdata, SinkEvent event, const char *text, uint64_t in_flight)
{
        Sink *sink = userdata;
        PendingEvent *pending;

        if (sink->n_events < EVENTS_MAX)
                pending = &sink->events[sink->n_events++];
        else {
                pending = &sink->events[EVENTS_MAX - 1];
                in_flight += pending->in_flight;
        }
        pending->event = event;
        pending->in_flight = in_flight;
        (void) snprintf(pending->text, sizeof(pending->text), "%s", text);
        (void) deferred_schedule(&sink->deferred);
}

static void on_inner_writable(void *userdata)
{
        Sink *sink = userdata;

        sink->handler.on_writable(sink->handler.userdata);
}

static void on_inner_finished(void *userdata)
{
        Sink *sink = userdata;

        (void) deferred_schedule(&sink->deferred);
}

static void on_deferred(void *userdata)
{
        Sink *sink = userdata;
        PendingEvent events[EVENTS_MAX];
        size_t n = sink->n_events;

        memcpy(events, sink->events, sizeof(events));
        sink->n_events = 0;
        for (size_t i = 0; i < n; i++)
                sink->handler.on_event(sink->handler.userdata, events[i].event, events[i].text, events[i].in_flight);

        if (!sink->closed || sink->finished || (sink->writer && !writer_link_is_finished(sink->writer)))
                return;
        sink->finished = true;
        /* The last word: the sink may be freed in it. */
        sink->handler.on_finished(sink->handler.userdata);
}

static int sink_open_journal(Sink *sink, ProcessTable *processes, const SinkOptions *options)
{
        const JournalSocketOptions journal = {
                .processes = processes,
                .helper = options->helper,
                .path = options->socket_path ? options->socket_path : JOURNAL_SOCKET_PATH,
                .invocation_path = options->invocation_path ? options->invocation_path : JOURNAL_INVOCATION_PATH,
                .on_writable = on_inner_writable,
                .on_event = on_inner_event,
                .userdata = sink,
        };

        return journal_socket_new(sink->loop, &journal, &sink->journal);
}

static int sink_open_writer(Sink *sink, ProcessTable *processes, const SinkOptions *options)
{
        _cleanup_(strv_freep) char **argv = NULL;
        WriterLinkOptions writer = {
                .processes = processes,
                .on_writable = on_inner_writable,
                .on_event = on_inner_event,
                .on_finished = on_inner_finished,
                .userdata = sink,
        };
        int r;

        r = strv_extend(&argv, options->helper);
        if (r >= 0)
                r = strv_extend(&argv, "writer");
        if (r >= 0)
                r = strv_extend(&argv, options->target == LOG_TARGET_FILE ? "file" : "console");
        if (r >= 0 && options->target == LOG_TARGET_FILE) {
                r = strv_extend(&argv, options->directory);
                if (r >= 0)
                        r = strv_extendf(&argv, "%" PRIu64, options->file_max);
                if (r >= 0)
                        r = strv_extendf(&argv, "%u", options->file_count);
                if (r >= 0 && options->console_too)
                        r = strv_extend(&argv, "console");
        }
        if (r < 0)
                return r;

        writer.argv = argv;
        return writer_link_new(sink->loop, &writer, &sink->writer);
}

int sink_new(Loop *loop, ProcessTable *processes, const SinkOptions *options, Sink **ret)
{
        _cleanup_(sink_freep) Sink *sink = calloc(1, sizeof(Sink));
        int r;

        if (!sink)
                return -ENOMEM;
        sink->loop = loop;
        sink->target = options->target;
        sink->handler = options->handler;
        sink->last_progress = loop_now(loop);

        r = deferred_init(&sink->deferred, loop, PRIORITY_NORMAL, on_deferred, sink, "sink");
        if (r < 0)
                return r;

        switch (options->target) {
        case LOG_TARGET_JOURNAL:
                r = sink_open_journal(sink, processes, options);
                break;
        case LOG_TARGET_CONSOLE:
        case LOG_TARGET_FILE:
                r = sink_open_writer(sink, processes, options);
                break;
        case LOG_TARGET_NULL:
                break;
        case LOG_TARGET_AUTO:
        case _LOG_TARGET_N:
                return -EINVAL;
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(sink);
        return 0;
}

Sink *sink_free(Sink *sink)
{
        if (!sink)
                return NULL;

        journal_socket_free(sink->journal);
        writer_link_free(sink->writer);
        deferred_done(&sink->deferred);
        free(sink);
        return NULL;
}

unsigned sink_max_entries(const Sink *sink)
{
        return sink->journal ? journal_socket_max_entries(sink->journal) : SINK_ENTRIES_MAX;
}

int sink_send(Sink *sink, const SinkDatagram *datagrams, size_t n)
{
        unsigned max = sink_max_entries(sink);
        size_t usable = 0;
        int r;

        assert(!sink->closed);
        while (usable < n && datagrams[usable].n_entries <= max)
                usable++;
        if (n == 0 || usable == 0)
                return -E2BIG;

        if (sink->journal)
                r = journal_socket_send(sink->journal, datagrams, usable);
        else if (sink->writer)
                r = writer_link_send(sink->writer, datagrams, usable);
        else
                r = (int) MIN(usable, (size_t) INT32_MAX);
        if (r > 0)
                sink->last_progress = loop_now(sink->loop);
        return r;
}

usec_t sink_last_progress(Sink *sink)
{
        int queued;

        if (!sink->writer)
                return sink->last_progress;

        /* A writer that still takes from its socket gets on, too. */
        queued = writer_link_queued(sink->writer);
        if (queued != sink->last_queued)
                sink->last_progress = loop_now(sink->loop);
        sink->last_queued = queued;
        return sink->last_progress;
}

const char *sink_state(const Sink *sink)
{
        if (sink->journal)
                return journal_socket_state(sink->journal);
        return sink->writer ? writer_link_state(sink->writer) : "discarding";
}

void sink_close(Sink *sink)
{
        if (sink->closed)
                return;
        sink->closed = true;
        if (sink->writer)
                writer_link_close(sink->writer);
        (void) deferred_schedule(&sink->deferred);
}

int sink_probe_journal(const char *path)
{
        _cleanup_close_ int fd = -EBADF;

        return journal_socket_connect(path ? path : JOURNAL_SOCKET_PATH, DATAGRAM_SEND_BUFFER, &fd);
}
