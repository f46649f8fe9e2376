/* SPDX-License-Identifier: MIT */
#pragma once

/* A small ring in memory that is mapped twice, and the plainest splitter there is, to compare with. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/line-reader.h"
#include "core/priority.h"

#define FIXTURE_SIZE     4096u
#define FIXTURE_SEGMENTS 160u
#define FIXTURE_RUNS     4u

typedef struct Fixture {
        char *memory;
        char *carry;
        RingLayout layout;
        Ring ring;
        LineReader reader;
        uint64_t clock;
} Fixture;

static inline void fixture_init(Fixture *fixture, uint32_t line_max)
{
        size_t page = (size_t) sysconf(_SC_PAGESIZE), header, once;
        int fd = memfd_create("ring", MFD_CLOEXEC);

        cr_assert_eq(page, FIXTURE_SIZE);
        *fixture = (Fixture){.clock = 1000000};
        header = (sizeof(RingHeader) + FIXTURE_SEGMENTS * sizeof(Segment) + page - 1) / page * page;
        once = header + FIXTURE_SIZE;
        cr_assert_eq(ftruncate(fd, (off_t) once), 0);
        fixture->memory = mmap(NULL, once + FIXTURE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        cr_assert(fixture->memory != MAP_FAILED);
        cr_assert(mmap(fixture->memory, once, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED);
        cr_assert(mmap(fixture->memory + once, FIXTURE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
                       (off_t) header) != MAP_FAILED);
        close(fd);

        fixture->layout = (RingLayout){.size = FIXTURE_SIZE,
                                       .header_size = (uint32_t) header,
                                       .carry_size = MAX(line_max, 1u),
                                       .n_segments = FIXTURE_SEGMENTS};
        fixture->carry = malloc((size_t) fixture->layout.carry_size * RING_CHANNELS);
        ring_init(&fixture->ring, fixture->memory, &fixture->layout, 0);
        line_reader_init_pinning(&fixture->reader, &fixture->ring, fixture->carry);
}

static inline void fixture_done(Fixture *fixture)
{
        line_reader_done(&fixture->reader);
        munmap(fixture->memory, fixture->layout.header_size + 2 * FIXTURE_SIZE);
        free(fixture->carry);
}

/* Begins again, with bytes and segments counted as if `filler` bytes had gone through. */
static inline void fixture_restart(Fixture *fixture, uint64_t filler)
{
        memset(fixture->memory, 0, fixture->layout.header_size);
        ring_init(&fixture->ring, fixture->memory, &fixture->layout, 0);
        fixture->ring.header->head = filler;
        fixture->ring.pin_offset = filler;
        line_reader_init_pinning(&fixture->reader, &fixture->ring, fixture->carry);
}

static inline void fixture_run(Fixture *fixture, uint32_t run, uint32_t slot, uint32_t line_max)
{
        ring_begin_run(&fixture->ring, run, slot, (Id128){{(uint8_t) run}},
                       &(LineRules){.line_max = line_max, .level = 6, .level_prefix = 1});
}

/* Writes as a reader of pipes does. False where there is no room. */
static inline bool fixture_write(Fixture *fixture, uint32_t run, unsigned channel, const char *data, size_t size)
{
        char *room;

        if (ring_room(&fixture->ring, &room) < size)
                return false;
        memcpy(room, data, size);
        ring_append(&fixture->ring, run, channel, 100 + run, size, fixture->clock++);
        return true;
}

/* One line as the tests see it: a copy. */
typedef struct Seen {
        uint32_t run;
        unsigned stream;
        uint64_t number;
        LineBreak line_break;
        uint8_t priority;
        size_t size;
        char *text;
} Seen;

typedef struct SeenList {
        Seen *items;
        size_t n, allocated;
} SeenList;

static inline void seen_add(SeenList *list, Seen seen, const char *text)
{
        seen.text = malloc(seen.size + 1);
        if (seen.size > 0)
                memcpy(seen.text, text, seen.size);
        seen.text[seen.size] = '\0';
        if (list->n == list->allocated) {
                list->allocated = 2 * list->allocated + 16;
                list->items = realloc(list->items, list->allocated * sizeof(Seen));
        }
        list->items[list->n++] = seen;
}

static inline void seen_done(SeenList *list)
{
        for (size_t i = 0; i < list->n; i++)
                free(list->items[i].text);
        free(list->items);
        *list = (SeenList){0};
}

static inline void seen_add_batch(SeenList *list, const LineBatch *batch, unsigned n)
{
        for (unsigned i = 0; i < n; i++) {
                const Line *line = &batch->lines[i];
                char text[2 * FIXTURE_SIZE];

                if (line->head_size > 0)
                        memcpy(text, line->head, line->head_size);
                memcpy(text + line->head_size, line->tail, line->tail_size);
                if (line->line_break == LINE_BREAK_NEWLINE)
                        cr_assert_eq(line->tail[line->tail_size], line->crlf ? '\r' : '\n');
                seen_add(list,
                         (Seen){.run = batch->run,
                                .stream = batch->stream,
                                .number = batch->number + i,
                                .line_break = line->line_break,
                                .priority = line->priority,
                                .size = line->head_size + line->tail_size},
                         text);
        }
}

/* Reads all that can be read, at most `step` lines at a time; looks at more than it takes, where `hesitant`. */
static inline void fixture_pump_to(Fixture *fixture, LineReader *reader, SeenList *list, unsigned step, bool hesitant,
                                   uint64_t limit)
{
        for (;;) {
                LineBatch batch;

                if (hesitant)
                        (void) line_reader_peek(reader, &fixture->ring, limit, LINE_BATCH_MAX, &batch);
                if (line_reader_peek(reader, &fixture->ring, limit, step, &batch) <= 0)
                        return;
                seen_add_batch(list, &batch, batch.n);
                line_reader_commit(reader, &fixture->ring);
        }
}

static inline void fixture_pump(Fixture *fixture, SeenList *list, unsigned step, bool hesitant)
{
        fixture_pump_to(fixture, &fixture->reader, list, step, hesitant, UINT64_MAX);
}

/* The model: bytes of each channel one by one into a buffer. */
typedef struct Model {
        uint32_t line_max;
        struct {
                char text[FIXTURE_SIZE];
                size_t size;
                bool cut;
                uint8_t priority;
        } channels[FIXTURE_RUNS][RING_SLOT_STREAMS];
        uint64_t numbers[FIXTURE_RUNS][RING_STREAMS];
        SeenList seen;
} Model;

static inline void model_end_line(Model *model, uint32_t run, unsigned channel, LineBreak line_break)
{
        typeof(model->channels[0][0]) *state = &model->channels[run][channel];
        uint8_t level = state->cut ? state->priority : 6;
        size_t prefix = state->cut ? 0 : priority_parse(NULL, 0, state->text, state->size, &level);

        seen_add(&model->seen,
                 (Seen){.run = run,
                        .stream = ring_channel_stream(channel),
                        .number = ++model->numbers[run][ring_channel_stream(channel)],
                        .line_break = line_break,
                        .priority = level,
                        .size = state->size - prefix},
                 state->text + prefix);
        state->size = 0;
        state->cut = line_break == LINE_BREAK_LINE_MAX;
        state->priority = level;
}

static inline void model_write(Model *model, uint32_t run, unsigned channel, const char *data, size_t size)
{
        typeof(model->channels[0][0]) *state = &model->channels[run][channel];

        for (size_t i = 0; i < size; i++) {
                if (data[i] == '\n') {
                        model_end_line(model, run, channel, LINE_BREAK_NEWLINE);
                        continue;
                }
                if (state->size == model->line_max)
                        model_end_line(model, run, channel, LINE_BREAK_LINE_MAX);
                state->text[state->size++] = data[i];
        }
}

static inline void model_eof(Model *model, uint32_t run, unsigned channel)
{
        if (model->channels[run][channel].size > 0)
                model_end_line(model, run, channel, LINE_BREAK_EOF);
        model->channels[run][channel].cut = false;
}

static inline void model_discard(Model *model, uint32_t run, unsigned channel)
{
        model->channels[run][channel].size = 0;
        model->channels[run][channel].cut = false;
}

static inline void seen_compare(const SeenList *got, const SeenList *expected, const char *what)
{
        for (size_t i = 0; i < MIN(got->n, expected->n); i++) {
                const Seen *a = &got->items[i], *b = &expected->items[i];

                cr_assert(a->run == b->run && a->stream == b->stream && a->number == b->number &&
                                  a->line_break == b->line_break && a->priority == b->priority &&
                                  a->size == b->size && memcmp(a->text, b->text, a->size) == 0,
                          "%s: line %zu is '%s' (%zu bytes, break %d, priority %d, run %u, stream %u, number %llu), "
                          "not '%s' (%zu, %d, %d, %u, %u, %llu)",
                          what, i, a->text, a->size, (int) a->line_break, a->priority, a->run, a->stream,
                          (unsigned long long) a->number, b->text, b->size, (int) b->line_break, b->priority, b->run,
                          b->stream, (unsigned long long) b->number);
        }
        cr_assert_eq(got->n, expected->n, "%s: %zu lines, not %zu", what, got->n, expected->n);
}
