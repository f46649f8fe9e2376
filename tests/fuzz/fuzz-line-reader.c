/* SPDX-License-Identifier: MIT */
/* The splitter over whole histories: the case is a program that writes to channels of runs, ends them, seals, looks
 * and passes. Beyond not crashing: every line that is given was written, numbers have no gap, what the writer counted
 * is what the reader gives, and a second reader that holds nothing up accounts for every line. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/entry.h"
#include "core/line-reader.h"
#include "fuzz.h"

#define SIZE     4096u
#define SEGMENTS 160u
#define RUNS     3u

typedef struct State {
        char *memory, *carry;
        size_t mapped;
        Ring ring;
        LineReader reader, slow;
        uint64_t clock, seen, slow_seen, missed;
        uint64_t numbers[RUNS][2];
        uint32_t line_max;
} State;

static void map(State *state)
{
        RingLayout layout = {.size = SIZE, .carry_size = state->line_max, .n_segments = SEGMENTS};
        size_t once;
        int fd;

        layout.header_size = (uint32_t) ((sizeof(RingHeader) + SEGMENTS * sizeof(Segment) + SIZE - 1) / SIZE * SIZE);
        once = layout.header_size + SIZE;
        state->mapped = once + SIZE;
        fd = memfd_create("ring", MFD_CLOEXEC);
        assert(fd >= 0 && ftruncate(fd, (off_t) once) == 0);
        state->memory = mmap(NULL, state->mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        assert(state->memory != MAP_FAILED);
        assert(mmap(state->memory, once, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED);
        assert(mmap(state->memory + once, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
                    (off_t) layout.header_size) != MAP_FAILED);
        close(fd);
        state->carry = malloc((size_t) layout.carry_size * RING_CHANNELS);
        assert(state->carry);
        ring_init(&state->ring, state->memory, &layout, 0);
        line_reader_init_pinning(&state->reader, &state->ring, state->carry);
        line_reader_init(&state->slow, &state->ring, 0);
}

static void check_line(const State *state, const Line *line)
{
        assert(line->head_size + line->tail_size <= state->line_max);
        assert(!memchr(line->tail, '\n', line->tail_size));
        assert(line->head_size == 0 || !memchr(line->head, '\n', line->head_size));
        assert(line->priority <= 7);
        if (line->line_break == LINE_BREAK_NEWLINE)
                assert(line->tail[line->tail_size] == '\n');
}

static void compose(const LineBatch *batch)
{
        static EntryComposer composer;
        EntryStyle style = {.fields = "A=1\n", .fields_size = 4, .level = 6};
        EntryDatagram datagram;

        entry_composer_reset(&composer);
        assert(entry_compose_several(&composer, &style, batch, 0, batch->n, 65536, &datagram) == 0);
        assert(datagram.n_entries >= 1 && datagram.n_entries <= batch->n);
}

static void pump(State *state, unsigned step, uint64_t limit)
{
        LineBatch batch;

        while (line_reader_peek(&state->reader, &state->ring, limit, step, &batch) > 0) {
                assert(batch.n <= step);
                assert(batch.n == 0 || batch.number == state->numbers[batch.run][batch.stream] + 1);
                for (unsigned i = 0; i < batch.n; i++)
                        check_line(state, &batch.lines[i]);
                if (batch.n > 0) {
                        compose(&batch);
                        state->numbers[batch.run][batch.stream] += batch.n;
                }
                state->seen += batch.n;
                line_reader_commit(&state->reader, &state->ring);
        }
}

static void pump_slow(State *state)
{
        LineBatch batch;

        if (!line_reader_is_valid(&state->slow, &state->ring))
                state->missed += line_reader_restart(&state->slow, &state->ring);
        while (line_reader_peek(&state->slow, &state->ring, UINT64_MAX, 7, &batch) > 0) {
                for (unsigned i = 0; i < batch.n; i++)
                        check_line(state, &batch.lines[i]);
                state->slow_seen += batch.n;
                line_reader_commit(&state->slow, &state->ring);
        }
}

static void write_bytes(State *state, uint32_t run, unsigned channel, const uint8_t *data, size_t size)
{
        char *room;

        if (size == 0 || ring_room(&state->ring, &room) < size)
                return;
        memcpy(room, data, size);
        ring_append(&state->ring, run, channel, run, size, state->clock++);
}

/* One instruction; returns how many bytes of the case it took. */
static size_t step(State *state, const uint8_t *data, size_t size)
{
        uint32_t run = data[0] >> 2 & 3;
        unsigned channel = data[0] & 3, argument = size > 1 ? data[1] : 0;
        size_t n;

        run = run < RUNS ? run : 0;
        switch (data[0] >> 4) {
        case 0:
        case 1:
                /* The reserve for marks is bounded, and so is what the capture asks of it. */
                pump(state, 64, UINT64_MAX);
                ring_mark(&state->ring, run, channel, run, data[0] & 16 ? SEGMENT_EOF : SEGMENT_DISCARD,
                          state->clock);
                return 1;
        case 2:
                pump(state, 64, ring_seal(&state->ring));
                return 1;
        case 3:
                pump_slow(state);
                return 1;
        case 4:
                state->clock += argument * USEC_PER_MSEC;
                return 2;
        case 5:
        case 6:
                pump(state, 1 + argument % LINE_BATCH_MAX, UINT64_MAX);
                return 2;
        case 7:
                /* The same byte many times. */
                for (unsigned i = 0; i < argument; i++)
                        write_bytes(state, run, channel, data, 1);
                return 2;
        default:
                n = MIN((size_t) argument, size > 2 ? size - 2 : 0);
                write_bytes(state, run, channel, data + 2, n);
                return 2 + n;
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        State state = {.clock = 1};

        if (size < 2)
                return 0;
        state.line_max = 1 + (data[0] | (uint32_t) data[1] << 8) % 2000;
        map(&state);
        for (uint32_t run = 0; run < RUNS; run++)
                ring_begin_run(&state.ring, run, run, (Id128){{(uint8_t) run}},
                               &(LineRules){.line_max = state.line_max, .level = 6, .level_prefix = data[0] & 1});
        for (size_t i = 2; i < size;)
                i += step(&state, data + i, size - i);

        for (uint32_t run = 0; run < RUNS; run++)
                for (unsigned channel = 0; channel < RING_SLOT_STREAMS; channel++) {
                        pump(&state, 64, UINT64_MAX);
                        ring_mark(&state.ring, run, channel, run, SEGMENT_EOF, state.clock);
                }
        pump(&state, 64, UINT64_MAX);
        pump_slow(&state);
        assert(state.seen == state.ring.header->total);
        assert(state.slow_seen + state.missed + state.slow.state.skipped == state.ring.header->total);
        assert(ring_pinned(&state.ring) == 0);

        line_reader_done(&state.reader);
        line_reader_done(&state.slow);
        free(state.carry);
        munmap(state.memory, state.mapped);
        return 0;
}
