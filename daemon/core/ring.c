/* SPDX-License-Identifier: MIT */

/* The ring is written by one and read by several: the delivery's reader pins what it has not passed, and nobody else
 * holds anything up. Segments are the ring's memory of whose bytes are whose; each notes how many lines stand before
 * it and whether it begins within a line, so that a reader may begin at any segment and number its lines as everyone
 * else does.
 *
 * Successive bytes of one channel share a segment when they came at nearly the same time, up to a sixteenth of the
 * ring: a segment is forgotten as a whole. */

#include "core/ring.h"

#include <string.h>

#define RING_MAGIC        0x646e6574u
#define RING_VERSION      2u
#define SEGMENT_NEAR_USEC (10 * USEC_PER_MSEC)
/* Bytes are only taken while more than this many segments are free, so that a mark always finds one: at most
 * RING_CHANNELS pipes can come to their end, and at most as many lines can be ended early or discarded, before
 * anything is delivered. */
#define SEGMENT_RESERVE   (4 * RING_CHANNELS)
#define SEGMENTS_MIN      (4 * SEGMENT_RESERVE)

static uint64_t round_up(uint64_t value, uint64_t unit)
{
        return (value + unit - 1) / unit * unit;
}

RingLayout ring_layout(uint64_t size, uint32_t line_max, size_t page_size)
{
        RingLayout layout = {0};
        uint64_t table;

        size = MAX(MAX(size, RING_SIZE_MIN), 2 * (uint64_t) line_max + 2);
        layout.size = round_up(MIN(size, RING_SIZE_MAX), page_size);
        layout.carry_size = (uint32_t) round_up(line_max, page_size);

        /* A quarter of the ring: enough for lines that come one by one. Untouched pages of it cost nothing. */
        table = MIN(MAX(layout.size / 4, SEGMENTS_MIN * sizeof(Segment)), (uint64_t) 4 * 1024 * 1024);
        layout.header_size = (uint32_t) round_up(sizeof(RingHeader) + table, page_size);
        layout.n_segments = (uint32_t) ((layout.header_size - sizeof(RingHeader)) / sizeof(Segment));
        return layout;
}

void ring_init(Ring *ring, void *memory, const RingLayout *layout, uint64_t first_segment)
{
        RingHeader *header = memory;

        header->magic = RING_MAGIC;
        header->version = RING_VERSION;
        header->header_size = layout->header_size;
        header->n_segments = layout->n_segments;
        header->size = layout->size;
        header->carry_size = layout->carry_size;
        header->segment_tail = header->segment_head = first_segment;
        for (unsigned i = 0; i < RING_RUNS; i++)
                header->runs[i].run = UINT32_MAX;

        *ring = (Ring){
                .header = header,
                .segments = (Segment *) (header + 1),
                .data = (char *) memory + layout->header_size,
                .pin_segment = first_segment,
                .sealed = true,
        };
}

static RingRun *ring_find_run(const Ring *ring, uint32_t run)
{
        RingRun *found = &ring->header->runs[run % RING_RUNS];

        return found->run == run ? found : NULL;
}

const RingRun *ring_run(const Ring *ring, uint32_t run)
{
        return ring_find_run(ring, run);
}

void ring_forget_run(Ring *ring, uint32_t run)
{
        RingHeader *header = ring->header;
        RingRun *entry = ring_find_run(ring, run);

        while (header->segment_tail < ring->pin_segment && ring_segment(ring, header->segment_tail)->run <= run)
                header->segment_tail++;
        /* Readers take nothing of a run that has no entry. */
        if (entry)
                entry->run = UINT32_MAX;
}

void ring_begin_run(Ring *ring, uint32_t run, uint32_t slot, Id128 id, const LineRules *rules)
{
        RingHeader *header = ring->header;
        RingRun *entry = &header->runs[run % RING_RUNS];

        assert(slot < RING_SLOTS);

        if (entry->run != UINT32_MAX)
                ring_forget_run(ring, entry->run);
        *entry = (RingRun){.run = run, .slot = slot, .rules = *rules};
        memcpy(entry->id, id.bytes, sizeof(entry->id));
        /* No carry buffer holds more. */
        entry->rules.line_max = MIN(rules->line_max, header->carry_size);
}

uint64_t ring_pinned(const Ring *ring)
{
        return ring->header ? ring->header->head - ring->pin_offset : 0;
}

size_t ring_room(const Ring *ring, char **ret)
{
        const RingHeader *header = ring->header;
        uint64_t pieces_max = 16 + 1;

        if (header->n_segments - (header->segment_head - ring->pin_segment) <= SEGMENT_RESERVE + pieces_max)
                return 0;
        *ret = ring->data + header->head % header->size;
        return (size_t) (header->size - ring_pinned(ring));
}

/* Forgets segments that are overwritten, the pinned ones excepted: their reader knows which of their bytes are left.
 */
static void ring_trim(Ring *ring)
{
        RingHeader *header = ring->header;

        while (header->segment_tail < ring->pin_segment &&
               ring_segment(ring, header->segment_tail)->offset + header->size < header->head)
                header->segment_tail++;
}

static Segment *ring_add_segment(Ring *ring)
{
        RingHeader *header = ring->header;
        Segment *segment;

        if (header->segment_head - header->segment_tail == header->n_segments) {
                assert(header->segment_tail < ring->pin_segment);
                header->segment_tail++;
        }
        segment = &ring->segments[header->segment_head % header->n_segments];
        header->segment_head++;
        return segment;
}

static uint64_t count_newlines(const char *data, size_t size)
{
        const uint64_t low = 0x7f7f7f7f7f7f7f7fu, newlines = 0x0a0a0a0a0a0a0a0au;
        uint64_t n = 0;

        for (; size >= 8; data += 8, size -= 8) {
                uint64_t x;

                /* The high bit of each byte that is a newline, exactly: no carry leaves a byte. */
                memcpy(&x, data, 8);
                x ^= newlines;
                n += (uint64_t) __builtin_popcountll(~(((x & low) + low) | x | low));
        }
        for (; size > 0; data++, size--)
                n += *data == '\n';
        return n;
}

uint64_t lines_count(uint32_t *in_line, uint32_t line_max, const char *data, size_t size)
{
        uint64_t n = 0;

        while (size > 0) {
                size_t window = MIN(size, (size_t) line_max + 1 - *in_line), passed;
                const char *last = memrchr(data, '\n', window);

                if (last) {
                        passed = (size_t) (last - data) + 1;
                        n += count_newlines(data, passed);
                        *in_line = 0;
                } else if (window + *in_line > line_max) {
                        passed = line_max - *in_line;
                        n++;
                        *in_line = 0;
                } else {
                        passed = window;
                        *in_line += (uint32_t) window;
                }
                data += passed;
                size -= passed;
        }
        return n;
}

static bool may_merge(const Ring *ring, const Segment *like, size_t size)
{
        const RingHeader *header = ring->header;
        const Segment *last;

        if (ring->sealed || header->segment_head == header->segment_tail)
                return false;
        last = ring_segment(ring, header->segment_head - 1);
        return last->kind == SEGMENT_DATA && last->channel == like->channel && last->run == like->run &&
               last->pid == like->pid && last->length + size <= header->size / 16 &&
               usec_sub(like->realtime, last->realtime) < SEGMENT_NEAR_USEC;
}

static void ring_append_piece(Ring *ring, RingRun *run, const Segment *like, size_t size)
{
        RingHeader *header = ring->header;
        unsigned stream = ring_channel_stream(like->channel);
        uint32_t *in_line = &run->in_line[like->channel % RING_SLOT_STREAMS], before = *in_line;
        uint64_t n_lines;
        Segment *segment;

        n_lines = lines_count(in_line, run->rules.line_max, ring_data(ring, header->head), size);

        if (may_merge(ring, like, size)) {
                segment = &ring->segments[(header->segment_head - 1) % header->n_segments];
        } else {
                segment = ring_add_segment(ring);
                *segment = *like;
                segment->offset = header->head;
                segment->line = run->lines[stream];
                segment->total = header->total;
                segment->in_line = before;
                ring->sealed = false;
        }
        segment->length += (uint32_t) size;
        segment->n_lines += (uint32_t) n_lines;
        run->lines[stream] += n_lines;
        run->bytes[stream] += size;
        header->total += n_lines;
        header->head += size;
}

void ring_append(Ring *ring, uint32_t run, unsigned channel, uint32_t pid, size_t size, uint64_t realtime)
{
        RingRun *entry = ring_find_run(ring, run);
        Segment like = {.realtime = realtime, .run = run, .pid = pid, .kind = SEGMENT_DATA};
        size_t piece_max = ring->header->size / 16;

        assert(entry);
        assert(channel < RING_SLOT_STREAMS);

        like.channel = (uint8_t) (entry->slot * RING_SLOT_STREAMS + channel);
        while (size > 0) {
                size_t piece = MIN(size, piece_max);

                ring_append_piece(ring, entry, &like, piece);
                size -= piece;
        }
        ring_trim(ring);
}

void ring_mark(Ring *ring, uint32_t run, unsigned channel, uint32_t pid, SegmentKind kind, uint64_t realtime)
{
        RingRun *entry = ring_find_run(ring, run);
        unsigned stream = ring_channel_stream(channel);
        Segment *segment;

        assert(entry);
        assert(channel < RING_SLOT_STREAMS);

        segment = ring_add_segment(ring);
        *segment = (Segment){
                .offset = ring->header->head,
                .realtime = realtime,
                .line = entry->lines[stream],
                .total = ring->header->total,
                .in_line = entry->in_line[channel],
                .run = run,
                .pid = pid,
                .kind = (uint8_t) kind,
                .channel = (uint8_t) (entry->slot * RING_SLOT_STREAMS + channel),
        };
        if (kind != SEGMENT_DISCARD && segment->in_line > 0) {
                segment->n_lines = 1;
                entry->lines[stream]++;
                ring->header->total++;
        }
        entry->in_line[channel] = 0;
        ring->sealed = true;
}

uint64_t ring_seal(Ring *ring)
{
        ring->sealed = true;
        return ring->header ? ring->header->segment_head : 0;
}

uint64_t ring_first_whole(const Ring *ring)
{
        const RingHeader *header = ring->header;
        uint64_t index = header->segment_tail;

        while (index < header->segment_head && ring_segment(ring, index)->offset + header->size < header->head)
                index++;
        return index;
}
