/* SPDX-License-Identifier: MIT */

/* The splitter. Walks the segments of a ring in order and gives lines where they lie. What makes it safe to look
 * twice: a peek changes nothing that a second peek from the same state would read. A carry buffer is written only
 * behind what the state says is in it, and a batch ends before bytes that one of its lines stands on would be written
 * over.
 *
 * A line ends at a newline, at the end of its pipe, or when line_max bytes are followed by one that isn't a newline:
 * the rule looks at the bytes alone, never at how they were cut by reads, segments or batches. */

#include "core/line-reader.h"

#include <errno.h>
#include <string.h>

#include "core/priority.h"

#define NO_RUN UINT32_MAX

const char *line_break_to_string(LineBreak line_break)
{
        switch (line_break) {
        case LINE_BREAK_NEWLINE:
                return NULL;
        case LINE_BREAK_EOF:
                return "eof";
        case LINE_BREAK_LINE_MAX:
                return "line-max";
        case LINE_BREAK_IDLE:
                return "idle";
        case LINE_BREAK_CONTINUED:
                return "continued";
        case _LINE_BREAK_N:
                break;
        }
        assert_not_reached();
}

/* What is before `segment`, all runs and streams together. */
static uint64_t total_before(const Ring *ring, uint64_t segment)
{
        return segment < ring->header->segment_head ? ring_segment(ring, segment)->total : ring->header->total;
}

static void place(ReaderState *state, const Ring *ring, uint64_t segment)
{
        const RingHeader *header = ring->header;

        *state = (ReaderState){
                .segment = segment,
                .offset = segment < header->segment_head ? ring_segment(ring, segment)->offset : header->head,
                .total = total_before(ring, segment),
                .skipped = state->skipped,
        };
        for (unsigned i = 0; i < RING_CHANNELS; i++)
                state->channels[i].run = NO_RUN;
}

static void publish(LineReader *reader, Ring *ring)
{
        RingHeader *header = ring->header;
        uint32_t other = 1 - header->reader;

        /* Whoever finds this memory after a crash finds a whole state, this or the one before. */
        header->readers[other] = reader->state;
        __atomic_store_n(&header->reader, other, __ATOMIC_RELEASE);
        ring->pin_segment = reader->state.segment;
        ring->pin_offset = reader->state.offset;
}

void line_reader_init_pinning(LineReader *reader, Ring *ring, char *carry)
{
        *reader = (LineReader){.pins = true};
        for (unsigned i = 0; i < RING_CHANNELS; i++)
                reader->carry[i] = carry + (size_t) i * ring->header->carry_size;
        place(&reader->state, ring, ring->header->segment_tail);
        publish(reader, ring);
}

void line_reader_init(LineReader *reader, const Ring *ring, uint64_t segment)
{
        *reader = LINE_READER_NULL;
        place(&reader->state, ring, segment);
}

void line_reader_done(LineReader *reader)
{
        if (!reader->pins)
                for (unsigned i = 0; i < RING_CHANNELS; i++)
                        free(reader->carry[i]);
        *reader = LINE_READER_NULL;
}

/* One walk: from the reader's state to where the batch is full or nothing more can be had. */
typedef struct Peek {
        LineReader *reader;
        const Ring *ring;
        const Segment *segment;
        const LineRules *rules;
        uint64_t limit;
        unsigned n_max;
        LineBatch *batch;
} Peek;

static bool batch_is_full(const Peek *peek)
{
        return peek->batch->n >= peek->n_max || peek->batch->size >= LINE_BATCH_SIZE;
}

static bool batch_has_other(const Peek *peek)
{
        const LineBatch *batch = peek->batch;
        const Segment *segment = peek->segment;

        return batch->n > 0 && (batch->run != segment->run || batch->pid != segment->pid ||
                                batch->stream != ring_channel_stream(segment->channel));
}

/* The newline doesn't follow the text then. */
static void strip_carriage_return(Line *line)
{
        if (line->tail_size > 0 && line->tail[line->tail_size - 1] == '\r') {
                line->tail_size--;
                line->crlf = true;
        } else if (line->tail_size == 0 && line->head_size > 0 && line->head[line->head_size - 1] == '\r') {
                line->head_size--;
        }
}

/* The line ends here, with `size` bytes at `data` behind what is carried. */
static void end_line(Peek *peek, LineBreak line_break, const char *data, size_t size)
{
        LineReader *reader = peek->reader;
        LineBatch *batch = peek->batch;
        unsigned channel = peek->segment->channel;
        typeof(reader->ahead.channels[0]) *state = &reader->ahead.channels[channel];
        uint8_t level = peek->rules->level;
        size_t prefix = 0;
        Line *line;

        reader->ahead.line++;
        reader->ahead.total++;

        if (state->cut)
                level = state->priority;
        else if (peek->rules->level_prefix && !state->skip)
                prefix = priority_parse(reader->carry[channel], state->carry, data, size, &level);
        state->cut = line_break == LINE_BREAK_LINE_MAX;
        state->priority = level;

        if (state->skip) {
                state->skip = 0;
                state->carry = 0;
                reader->ahead.skipped++;
                return;
        }

        if (batch->n == 0)
                batch->number = reader->ahead.line;
        line = &batch->lines[batch->n++];
        *line = (Line){
                .head = reader->carry[channel],
                .head_size = state->carry,
                .tail = data,
                .tail_size = size,
                .realtime = peek->segment->realtime,
                .line_break = line_break,
                .priority = level,
        };
        if (state->carry > 0) {
                reader->referenced |= 1u << channel;
                state->carry = 0;
        }
        if (prefix > 0) {
                size_t of_head = MIN(prefix, line->head_size);

                if (of_head > 0)
                        line->head += of_head;
                line->head_size -= of_head;
                line->tail += prefix - of_head;
                line->tail_size -= prefix - of_head;
        }
        if (peek->rules->crlf && line_break == LINE_BREAK_NEWLINE && batch->stream != 2)
                strip_carriage_return(line);
        batch->size += line->head_size + line->tail_size;
}

/* Passes bytes whose line goes on elsewhere. 1: done; 0: not in this batch; -ENOMEM. */
static int carry(Peek *peek, const char *data, size_t size)
{
        LineReader *reader = peek->reader;
        unsigned channel = peek->segment->channel;
        typeof(reader->ahead.channels[0]) *state = &reader->ahead.channels[channel];

        if (!state->skip) {
                if (reader->referenced & 1u << channel)
                        return 0;
                if (!reader->carry[channel])
                        reader->carry[channel] = malloc(peek->ring->header->carry_size);
                if (!reader->carry[channel])
                        return -ENOMEM;
                assert(state->carry + size <= peek->ring->header->carry_size);
                memcpy(reader->carry[channel] + state->carry, data, size);
        }
        state->carry += (uint32_t) size;
        return 1;
}

/* The stretch of one channel's bytes that begins here may be cut into several segments: its last one. */
static uint64_t find_stretch(const Peek *peek, uint64_t *ret_end)
{
        const Segment *first = peek->segment;
        uint64_t last = peek->reader->ahead.segment, end = first->offset + first->length;

        for (; last + 1 < peek->limit; last++) {
                const Segment *next = ring_segment(peek->ring, last + 1);

                if (next->kind != SEGMENT_DATA || next->channel != first->channel || next->run != first->run ||
                    next->pid != first->pid)
                        break;
                end += next->length;
        }
        *ret_end = end;
        return last;
}

/* The byte at `offset` belongs to the segment in which the reader stands then. */
static void move_to(Peek *peek, uint64_t offset)
{
        ReaderState *ahead = &peek->reader->ahead;

        while (offset >= peek->segment->offset + peek->segment->length)
                peek->segment = ring_segment(peek->ring, ++ahead->segment);
}

/* 1: the segment is passed; 0: nothing more of it now; -ENOMEM. */
static int take_data(Peek *peek)
{
        ReaderState *ahead = &peek->reader->ahead;
        typeof(ahead->channels[0]) *state = &ahead->channels[peek->segment->channel];
        uint64_t end, last = find_stretch(peek, &end);
        bool open = last + 1 == peek->ring->header->segment_head && !peek->ring->sealed;
        /* What may be whole soon stays where it is, but in one segment alone: those before it must not be held up by
         * a line that grows slowly, as they are not many. */
        uint64_t kept = open ? ring_segment(peek->ring, last)->offset : end;
        size_t line_max = peek->rules->line_max;

        while (ahead->offset < end) {
                const char *data = ring_data(peek->ring, ahead->offset), *newline;
                size_t window;
                int r;

                if (batch_is_full(peek) || (state->skip && peek->batch->n > 0))
                        return 0;

                window = MIN(end - ahead->offset, line_max + 1 - state->carry);
                newline = memchr(data, '\n', window);
                if (newline) {
                        window = (size_t) (newline - data);
                        move_to(peek, ahead->offset + window);
                        end_line(peek, LINE_BREAK_NEWLINE, data, window);
                        ahead->offset += window + 1;
                } else if (window + state->carry > line_max) {
                        window = line_max - state->carry;
                        move_to(peek, ahead->offset + window);
                        end_line(peek, LINE_BREAK_LINE_MAX, data, window);
                        ahead->offset += window;
                } else if (ahead->offset >= kept) {
                        return 0;
                } else {
                        r = carry(peek, data, MIN(window, kept - ahead->offset));
                        if (r <= 0)
                                return r;
                        ahead->offset += MIN(window, kept - ahead->offset);
                        if (open)
                                move_to(peek, ahead->offset);
                }
        }
        ahead->segment = last;
        return !open;
}

static int take_mark(Peek *peek)
{
        ReaderState *ahead = &peek->reader->ahead;
        typeof(ahead->channels[0]) *state = &ahead->channels[peek->segment->channel];

        if (peek->segment->kind != SEGMENT_DISCARD && state->carry > 0) {
                if (batch_is_full(peek) || (state->skip && peek->batch->n > 0))
                        return 0;
                end_line(peek, peek->segment->kind == SEGMENT_IDLE ? LINE_BREAK_IDLE : LINE_BREAK_EOF,
                         ring_data(peek->ring, ahead->offset), 0);
        }
        state->carry = 0;
        state->skip = state->cut = 0;
        return 1;
}

static void enter_segment(Peek *peek)
{
        ReaderState *ahead = &peek->reader->ahead;
        const Segment *segment = peek->segment;
        typeof(ahead->channels[0]) *state = &ahead->channels[segment->channel];

        ahead->entered = 1;
        ahead->line = segment->line;
        if (state->run == segment->run)
                return;
        *state = (typeof(*state)){.run = segment->run, .carry = segment->in_line};
        state->skip = segment->in_line > 0;
}

static int take_segment(Peek *peek)
{
        ReaderState *ahead = &peek->reader->ahead;
        const Segment *segment = peek->segment;
        int r;

        if (batch_has_other(peek))
                return 0;
        if (peek->batch->n == 0) {
                peek->batch->run = segment->run;
                peek->batch->pid = segment->pid;
                peek->batch->stream = ring_channel_stream(segment->channel);
        }
        if (!ahead->entered)
                enter_segment(peek);

        r = segment->kind == SEGMENT_DATA ? take_data(peek) : take_mark(peek);
        if (r > 0) {
                ahead->segment++;
                ahead->entered = 0;
        }
        return r;
}

static void pass_segment(Peek *peek)
{
        ReaderState *ahead = &peek->reader->ahead;

        ahead->segment++;
        ahead->entered = 0;
        ahead->offset = peek->segment->offset + peek->segment->length;
        ahead->total = total_before(peek->ring, ahead->segment);
}

int line_reader_peek(LineReader *reader, const Ring *ring, uint64_t limit, unsigned n_max, LineBatch *ret)
{
        Peek peek = {.reader = reader, .ring = ring, .n_max = MIN(n_max, LINE_BATCH_MAX), .batch = ret};
        int r = 1;

        reader->ahead = reader->state;
        reader->referenced = 0;
        ret->n = 0;
        ret->size = 0;
        peek.limit = MIN(limit, ring->header->segment_head);

        while (r > 0 && reader->ahead.segment < peek.limit) {
                const RingRun *run;

                peek.segment = ring_segment(ring, reader->ahead.segment);
                run = ring_run(ring, peek.segment->run);
                if (!run) {
                        /* Forgotten: not for us. */
                        if (ret->n > 0)
                                break;
                        pass_segment(&peek);
                        continue;
                }
                peek.rules = &run->rules;
                r = take_segment(&peek);
        }
        if (r < 0 && ret->n == 0)
                return r;
        return ret->n > 0 || reader->ahead.segment != reader->state.segment ||
               reader->ahead.offset != reader->state.offset;
}

void line_reader_commit(LineReader *reader, Ring *ring)
{
        reader->state = reader->ahead;
        if (reader->pins)
                publish(reader, ring);
}

bool line_reader_is_valid(const LineReader *reader, const Ring *ring)
{
        return reader->state.segment >= ring->header->segment_tail &&
               reader->state.offset + ring->header->size >= ring->header->head;
}

uint64_t line_reader_restart(LineReader *reader, const Ring *ring)
{
        uint64_t before = reader->state.total;

        place(&reader->state, ring, ring_first_whole(ring));
        return reader->state.total - before;
}

static uint64_t readable(uint64_t lines, bool torn)
{
        return lines - (torn && lines > 0);
}

uint64_t line_reader_find_last(const Ring *ring, uint64_t n, uint64_t *ret_surplus)
{
        uint64_t first = ring_first_whole(ring), found = 0;
        uint64_t lines[RING_CHANNELS] = {0};
        bool torn[RING_CHANNELS] = {0};

        *ret_surplus = 0;
        for (uint64_t i = ring->header->segment_head; i > first && found < n; i--) {
                const Segment *segment = ring_segment(ring, i - 1);
                unsigned channel = segment->channel;

                /* Each channel's first line from here on can't be read where it began before; behind a mark it begins
                 * anew. */
                if (segment->kind == SEGMENT_DATA)
                        found -= readable(lines[channel], torn[channel]);
                else
                        lines[channel] = 0;
                lines[channel] += segment->n_lines;
                torn[channel] = segment->in_line > 0;
                found += readable(lines[channel], torn[channel]);
                if (found >= n) {
                        *ret_surplus = found - n;
                        return i - 1;
                }
        }
        return n == 0 ? ring->header->segment_head : first;
}
