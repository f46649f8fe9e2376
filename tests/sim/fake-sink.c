/* SPDX-License-Identifier: MIT */

/* Stands in for host/sink.c: a log that takes all or nothing, as the world wants it. */

#include "fake-sink.h"

#include <errno.h>
#include <string.h>

#include "common/native-entry.h"
#include "world.h"

struct Sink {
        World *world;
        SinkHandler handler;
        Deferred turn;
        usec_t progress;
        bool is_asked; /* somebody waits for on_writable */
        bool is_closed, is_finished;
};

static void on_turn(void *userdata)
{
        Sink *sink = userdata;

        if (sink->is_asked && !sink->world->sink_stalled) {
                sink->is_asked = false;
                sink->handler.on_writable(sink->handler.userdata);
        }
        if (sink->is_closed && !sink->is_finished && !sink->world->sink_stalled) {
                sink->is_finished = true;
                sink->handler.on_finished(sink->handler.userdata);
        }
}

int sink_new(Loop *loop, ProcessTable *processes, const SinkOptions *options, Sink **ret)
{
        Sink *sink = calloc(1, sizeof(Sink));

        assert(sink);
        *sink = (Sink){.world = the_world, .handler = options->handler, .progress = loop_now(loop)};
        (void) deferred_init(&sink->turn, loop, PRIORITY_STREAM, on_turn, sink, "sink");
        the_world->sink = sink;
        *ret = sink;
        return 0;
}

Sink *sink_free(Sink *sink)
{
        if (!sink)
                return NULL;
        sink->world->sink = NULL;
        deferred_done(&sink->turn);
        free(sink);
        return NULL;
}

/* An event of the daemon is a line of the story. */
static void tell(World *world, const SinkDatagram *datagram)
{
        NativeReader reader = NATIVE_READER(datagram->iov[0].iov_base, datagram->iov[0].iov_len);
        NativeField field;
        char message[512] = "";
        bool is_event = false;

        if (datagram->n_iov != 1)
                return;
        while (native_reader_next(&reader, &field) > 0) {
                is_event = is_event || native_field_is(&field, "TENDED_EVENT");
                if (native_field_is(&field, "MESSAGE"))
                        snprintf(message, sizeof(message), "%.*s", (int) MIN(field.value_size, sizeof(message) - 1),
                                 field.value);
        }
        if (is_event)
                world_tell(world, "log: %s", message);
}

int sink_send(Sink *sink, const SinkDatagram *datagrams, size_t n)
{
        if (sink->world->sink_stalled) {
                sink->is_asked = true;
                return -EAGAIN;
        }
        sink->progress = loop_now(sink->world->loop);
        for (size_t i = 0; sink->world->story && i < n; i++)
                tell(sink->world, &datagrams[i]);
        return (int) n;
}

void fake_sink_look(Sink *sink)
{
        (void) deferred_schedule(&sink->turn);
}

void fake_sink_tell(Sink *sink, SinkEvent event)
{
        sink->handler.on_event(sink->handler.userdata, event,
                               event == SINK_LOST ? "journald went away" : "journald is back", 0);
}

unsigned sink_max_entries(const Sink *sink)
{
        return SINK_ENTRIES_MAX;
}

usec_t sink_last_progress(Sink *sink)
{
        return sink->progress;
}

const char *sink_state(const Sink *sink)
{
        return sink->world->sink_stalled ? "waiting for journald" : "delivering";
}

void sink_close(Sink *sink)
{
        sink->is_closed = true;
        (void) deferred_schedule(&sink->turn);
}

int sink_probe_journal(const char *path)
{
        return 0;
}
