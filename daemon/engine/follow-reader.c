/* SPDX-License-Identifier: MIT */

/* What one follower gets of one service: events and lines in their order, and a word about what it was too slow for.
 * A ring that was overwritten under the reader, or replaced, is no accident here: it goes on at what is left. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "engine/follow.h"

#define MESSAGE_MAX ((size_t) 48 * 1024) /* of one entry: a longer line comes in parts */

static const Ring *ring_of(const FollowReader *reader)
{
        static const Ring none = {0};

        return reader->capture ? &reader->capture->ring : &none;
}

static const EventQueue *queue_of(const FollowReader *reader)
{
        return reader->capture ? &reader->capture->queue : &reader->follower->delivery->queue;
}

void follow_reader_place(FollowReader *reader)
{
        const Follower *follower = reader->follower;
        const EventQueue *queue = queue_of(reader);
        uint64_t segment = 0, first = 0;
        const Event *event;

        /* Not followed: up to here, whatever comes meanwhile. */
        reader->end_segment = follower->follow || !reader->capture ? UINT64_MAX : ring_seal(&reader->capture->ring);
        reader->end_event = follower->follow ? UINT64_MAX : queue->n_ever;

        if (ring_of(reader)->header) {
                first = ring_first_whole(ring_of(reader));
                segment = follower->lines == UINT64_MAX
                                  ? first
                                  : line_reader_find_last(ring_of(reader), follower->lines, &reader->surplus);
                line_reader_init(&reader->reader, ring_of(reader), segment);
                reader->generation = reader->capture->generation;
        }
        if (follower->lines == 0)
                reader->next_event = queue->n_ever + 1;
        /* Events from between the lines that are shown; all where all lines are. */
        if (segment == first && reader->surplus == 0)
                return;
        for (event = event_queue_find(queue, reader->next_event); event && event->position <= segment;
             event = event_queue_find(queue, reader->next_event))
                reader->next_event = event->number + 1;
}

/* Stands in the ring that is, where that can be read. */
static void catch_up(FollowReader *reader)
{
        LineReader *lines = &reader->reader;
        const Ring *ring = ring_of(reader);
        uint64_t before = lines->state.total;

        if (reader->generation == 0) {
                line_reader_init(lines, ring, ring_first_whole(ring));
                reader->generation = reader->capture->generation;
                /* It was empty-handed, but not asleep: what is gone was missed. */
                reader->missed += lines->state.total;
                reader->overrun = reader->missed > 0;
                return;
        }
        if (reader->generation != reader->capture->generation) {
                line_reader_done(lines);
                line_reader_init(lines, ring, ring_first_whole(ring));
                reader->generation = reader->capture->generation;
                reader->missed += lines->state.total - before;
                reader->skipped_before = 0;
        } else if (!line_reader_is_valid(lines, ring)) {
                reader->missed += line_reader_restart(lines, ring);
                reader->overrun = true;
        }
        /* Lines to be left out that went by themselves. */
        if (reader->surplus > 0 && reader->missed > 0) {
                uint64_t n = MIN(reader->surplus, reader->missed);

                reader->surplus -= n;
                reader->missed -= n;
        }
}

/* The event that comes next, where it is this reader's. */
static const Event *next_event(const FollowReader *reader)
{
        const Event *event;

        if (!reader->follower->events)
                return NULL;
        event = event_queue_find(queue_of(reader), reader->next_event);
        return event && event->number <= reader->end_event ? event : NULL;
}

static bool event_is_due(const FollowReader *reader, const Event *event)
{
        return event && event->position != EVENT_LATER &&
               (reader->generation == 0 || reader->reader.state.segment >= event->position);
}

usec_t follow_reader_next(const FollowReader *reader)
{
        const Event *event = next_event(reader);
        const Ring *ring = ring_of(reader);
        uint64_t segment = reader->reader.state.segment;

        if (event && event->position != EVENT_LATER && (!ring->header || event_is_due(reader, event)))
                return event->realtime;
        if (!ring->header)
                return USEC_INFINITY;
        if (reader->generation != reader->capture->generation || !line_reader_is_valid(&reader->reader, ring))
                segment = ring_first_whole(ring);
        if (segment >= MIN(ring->header->segment_head, reader->end_segment))
                return USEC_INFINITY;
        return ring_segment(ring, segment)->realtime;
}

static void begin_entry(Text *out)
{
        if (out->n > 0)
                text_add_char(out, '\n');
}

static void add_event(FollowReader *reader, const Event *event, Text *out)
{
        begin_entry(out);
        text_add(out, event->text.bytes, event->text.n);
        entry_add_number(out, "__REALTIME_TIMESTAMP", event->realtime);
        reader->next_event = event->number + 1;
}

static void add_missed(FollowReader *reader, Text *out)
{
        char text[96];

        snprintf(text, sizeof(text), "%" PRIu64 " lines are not shown here: the reader was too slow", reader->missed);
        begin_entry(out);
        entry_add_string(out, "SYSLOG_IDENTIFIER", "tended");
        entry_add_string(out, "TENDED_SERVICE", reader->capture->service);
        entry_add_number(out, "TENDED_MISSED", reader->missed);
        entry_add_number(out, "PRIORITY", 4);
        entry_add_string(out, "MESSAGE", text);
        entry_add_number(out, "__REALTIME_TIMESTAMP", loop_realtime(reader->capture->delivery->loop));
        reader->missed = 0;
}

/* 1: something was passed; 0: nothing is there. */
static int add_lines(FollowReader *reader, uint64_t limit, Text *out)
{
        Capture *capture = reader->capture;
        LineBatch *batch = &capture->delivery->batch;
        EntryStyle style;
        Run *run;
        int r;

        r = line_reader_peek(&reader->reader, &capture->ring, limit, LINE_BATCH_MAX, batch);
        if (r <= 0)
                return r;

        run = batch->n > 0 ? capture->runs[batch->run % RING_RUNS] : NULL;
        if (run && run->index == batch->run) {
                r = run_style(run, batch->stream, batch->pid, FIELDS_FOR_FOLLOWER, &style);
                if (r < 0)
                        return r;
                for (unsigned i = 0; i < batch->n; i++) {
                        if (reader->surplus > 0)
                                reader->surplus--;
                        else if (batch->lines[i].priority <= run->level_max)
                                entry_add_line(out, &style, batch, i, MESSAGE_MAX);
                }
        }
        line_reader_commit(&reader->reader, &capture->ring);
        if (reader->overrun)
                reader->missed += reader->reader.state.skipped - reader->skipped_before;
        reader->skipped_before = reader->reader.state.skipped;
        return 1;
}

int follow_reader_compose(FollowReader *reader, Text *out, size_t size)
{
        const Event *event;
        uint64_t segment, limit;
        int r;

        if (ring_of(reader)->header)
                catch_up(reader);
        if (reader->missed > 0)
                add_missed(reader, out);

        event = next_event(reader);
        if (event_is_due(reader, event)) {
                add_event(reader, event, out);
                return out->failed ? -ENOMEM : 0;
        }
        if (reader->generation == 0)
                return 0;

        segment = reader->reader.state.segment;
        limit = MIN(reader->end_segment, segment + 1);
        if (event)
                limit = MIN(limit, event->position);
        do
                r = add_lines(reader, limit, out);
        while (r > 0 && out->n < size);
        return r < 0 ? r : out->failed ? -ENOMEM : 0;
}
