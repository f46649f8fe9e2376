/* SPDX-License-Identifier: MIT */

/* The output of a service byte by byte, out of the ring to one client. A place in the ring is found from its end
 * backwards, as each segment says how much of which stream it holds: positions need no table, survive a ring that is
 * made anew, and what is gone is known to the byte. Of all segments only the main process' own output counts.
 *
 * A client that is too slow is told what it lost, or cut off where it wanted all, or else the ring waits for it. */

#include "engine/talk.h"

#include <errno.h>
#include <string.h>

#define PUSH_MAX ((size_t) 256 * 1024) /* in one turn, for one client */

#define UNWANTED UINT64_MAX

void talk_follow(Talk *talk, const uint64_t from[static TALK_STREAMS])
{
        const Capture *capture = talk->dialogue->capture;

        for (unsigned i = 0; i < TALK_STREAMS; i++) {
                talk->next[i] = talk->options.streams & 1u << i ? from[i] : UNWANTED;
                talk->now_at[i] = capture->stream_bytes[i];
        }
        talk->follows = true;
        talk->now_due = true;
        talk->generation = 0;
        if (talk_push(talk))
                (void) deferred_schedule(&talk->dialogue->push);
}

/* Which stream it is of; TALK_STREAMS: of none that is followed. */
static unsigned stream_of(const Segment *segment)
{
        unsigned index = segment->channel % RING_SLOT_STREAMS;

        return segment->kind == SEGMENT_DATA && index / 2 == CAPTURE_MAIN && index < TALK_STREAMS ? index
                                                                                                  : TALK_STREAMS;
}

static bool is_standing(const Talk *talk)
{
        const Capture *capture = talk->dialogue->capture;
        const RingHeader *header = capture->ring.header;

        return talk->generation == capture->generation && talk->segment >= header->segment_tail &&
               talk->offset + header->size >= header->head;
}

/* Goes to the last place from which all that is wanted follows, or to the first that there is. */
static void find_place(Talk *talk)
{
        const Capture *capture = talk->dialogue->capture;
        const Ring *ring = &capture->ring;
        uint64_t first = ring_first_whole(ring), i = ring->header->segment_head;

        memcpy(talk->at, capture->stream_bytes, sizeof(talk->at));
        while (i > first && (talk->at[0] > talk->next[0] || talk->at[1] > talk->next[1])) {
                const Segment *segment = ring_segment(ring, --i);
                unsigned stream = stream_of(segment);

                if (stream < TALK_STREAMS)
                        talk->at[stream] -= segment->length;
        }
        talk->offset = i < ring->header->segment_head ? ring_segment(ring, i)->offset : ring->header->head;
        /* What comes next may become a part of the last segment. */
        talk->segment = i == ring->header->segment_head && i > first ? i - 1 : i;
        talk->generation = capture->generation;
}

static void cut_off(Talk *talk)
{
        talk->follows = false;
        talk_tell(talk, TALK_SLOW);
}

/* 0: it may go on. */
static int tell_lost(Talk *talk, unsigned stream, uint64_t n)
{
        if (talk->options.whole) {
                cut_off(talk);
                return -EPIPE;
        }
        return talk_send(talk, &(TalkHead){.kind = TALK_LOST, .stream = stream, .number = n}, NULL, 0);
}

/* False: not now. */
static bool stand(Talk *talk)
{
        if (!talk->dialogue->capture->ring.header)
                return false;
        if (!is_standing(talk))
                find_place(talk);
        for (unsigned i = 0; i < TALK_STREAMS; i++) {
                uint64_t lost = talk->dropped[i];

                if (talk->next[i] == UNWANTED)
                        continue;
                if (talk->at[i] > talk->next[i])
                        lost += talk->at[i] - talk->next[i];
                if (lost == 0)
                        continue;
                if (tell_lost(talk, i, lost) < 0)
                        return false;
                talk->dropped[i] = 0;
                talk->next[i] = MAX(talk->next[i], talk->at[i]);
        }
        return true;
}

/* How much was taken; -EAGAIN: it is blocked; others: it is over. */
static ssize_t send_bytes(Talk *talk, unsigned stream, const char *data, size_t size)
{
        Duct *duct = &talk->ducts[1 + stream];
        ssize_t n;
        int r;

        if (!duct_is_open(duct)) {
                r = talk_send(talk, &(TalkHead){.kind = TALK_OUTPUT, .stream = stream, .number = talk->at[stream]},
                              data, size);
                return r < 0 ? r : (ssize_t) size;
        }
        n = duct_write(duct, data, size);
        if (n == -EAGAIN) {
                talk_block(talk, duct);
        } else if (n < 0) {
                talk->follows = false;
                talk_tell(talk, TALK_GONE);
        }
        return n;
}

/* How much of the `size` bytes that come next are of the run that it talks with. */
static uint64_t within_bound(const Talk *talk, unsigned stream, uint64_t size)
{
        return talk->bounded ? MIN(size, talk->bound[stream] - MIN(talk->at[stream], talk->bound[stream])) : size;
}

/* Passes something of the segment that it stands in. 0: nothing more now. */
static ssize_t step(Talk *talk)
{
        const Ring *ring = &talk->dialogue->capture->ring;
        const Segment *segment;
        uint64_t end, size, mine;
        unsigned stream;
        ssize_t n;

        if (talk->segment >= ring->header->segment_head)
                return 0;
        segment = ring_segment(ring, talk->segment);
        end = segment->offset + segment->length;
        if (talk->offset >= end) {
                if (talk->segment + 1 >= ring->header->segment_head)
                        return 0;
                talk->segment++;
                return 1;
        }

        size = end - talk->offset;
        stream = stream_of(segment);
        if (stream == TALK_STREAMS) {
                talk->offset = end;
                return 1;
        }
        mine = within_bound(talk, stream, size);
        if (mine == 0) {
                n = (ssize_t) size;
        } else if (talk->next[stream] > talk->at[stream]) {
                n = (ssize_t) MIN(size, talk->next[stream] - talk->at[stream]);
        } else {
                n = send_bytes(talk, stream, ring_data(ring, talk->offset), MIN(mine, TALK_DATA_MAX));
                if (n <= 0)
                        return 0;
                talk->next[stream] += (uint64_t) n;
        }
        talk->offset += (uint64_t) n;
        talk->at[stream] += (uint64_t) n;
        return n;
}

static bool has_come(const Talk *talk, const uint64_t positions[static TALK_STREAMS])
{
        return talk->next[0] >= positions[0] && talk->next[1] >= positions[1];
}

/* What is told behind the last byte. */
static void tell_rest(Talk *talk)
{
        const Capture *capture = talk->dialogue->capture;

        if (talk->blocked || !talk->follows)
                return;
        if (talk->now_due && has_come(talk, talk->now_at)) {
                if (talk_send(talk, &(TalkHead){.kind = TALK_NOW}, NULL, 0) < 0)
                        return;
                talk->now_due = false;
        }
        if (talk->ended && !talk->ended_told &&
            (talk->bounded ? has_come(talk, talk->bound)
                           : capture_is_read(capture) && has_come(talk, capture->stream_bytes))) {
                TalkHead head = {.kind = TALK_ENDED, .stream = talk->end, .number = (uint64_t) talk->status};

                if (talk_send(talk, &head, NULL, 0) < 0)
                        return;
                talk->ended_told = true;
                /* What the next run puts out is none of its business. */
                talk->follows = false;
        }
}

bool talk_push(Talk *talk)
{
        size_t done = 0;
        ssize_t n = 0;

        if (!talk->follows || talk->done)
                return false;
        if (talk->blocked) {
                /* It needn't read before it is told that it was too slow. */
                if (talk->options.whole && talk->generation > 0 && !is_standing(talk))
                        cut_off(talk);
                return false;
        }
        if (stand(talk)) {
                do {
                        n = step(talk);
                        done += (size_t) MAX(n, (ssize_t) 0);
                } while (n > 0 && done < PUSH_MAX);
        }
        tell_rest(talk);
        return n > 0;
}

size_t talk_room(const Talk *talk)
{
        const Ring *ring = &talk->dialogue->capture->ring;
        const RingHeader *header = ring->header;
        uint64_t begin = talk->offset;

        if (!talk->options.holds || !talk->follows || talk->done || !header || !is_standing(talk))
                return SIZE_MAX;
        /* Segments are as scarce as bytes: a place in the table is kept for each mark that must be possible. */
        if (header->segment_head - talk->segment > header->n_segments / 2)
                return 0;
        /* A segment is forgotten as a whole. */
        if (talk->segment < header->segment_head)
                begin = ring_segment(ring, talk->segment)->offset;
        return (size_t) (header->size - (header->head - begin));
}
