/* SPDX-License-Identifier: MIT */
#pragma once

/* Lines out of a ring. A reader is a place in the ring and, for each channel, what it has passed of an unfinished
 * line. Complete lines are not copied: a line points into the ring, and its beginning, where bytes of other channels
 * came in between, into the reader's carry buffer. A batch is looked at first, and passed when it has been delivered.
 */

#include "core/ring.h"

typedef enum LineBreak {
        LINE_BREAK_NEWLINE,
        LINE_BREAK_EOF,
        LINE_BREAK_LINE_MAX,
        LINE_BREAK_IDLE,      /* LineFlushSec */
        LINE_BREAK_CONTINUED, /* a part of a line that is too long for whom it is sent to */
        _LINE_BREAK_N,
} LineBreak;

/* As TENDED_LINE_BREAK says it; NULL for a newline. */
const char *line_break_to_string(LineBreak line_break);

/* Without its newline and without the level's prefix. Where it ended with a newline, that stands at tail[tail_size],
 * but where `crlf` says that a carriage return stands there. */
typedef struct Line {
        const char *head, *tail;
        size_t head_size, tail_size;
        uint64_t realtime; /* when its end was read */
        LineBreak line_break;
        uint8_t priority;
        bool crlf;
} Line;

#define LINE_BATCH_MAX  64u
#define LINE_BATCH_SIZE ((size_t) 32 * 1024)

/* Lines of one run, stream and main pid that follow each other. */
typedef struct LineBatch {
        uint64_t number; /* of the first line in its run and stream, from 1 */
        uint32_t run;
        uint32_t pid;
        unsigned stream;
        unsigned n;
        size_t size; /* of all lines, without newlines */
        Line lines[LINE_BATCH_MAX];
} LineBatch;

typedef struct LineReader {
        ReaderState state; /* what is passed */
        ReaderState ahead; /* what is looked at */
        char *carry[RING_CHANNELS];
        bool pins; /* it is the delivery's, with its carry buffers in the ring's memory */
        /* Scratch of a peek. */
        uint32_t referenced; /* channels whose carry buffer a line of the batch uses */
        bool out_of_memory;
} LineReader;

#define LINE_READER_NULL ((LineReader){0})

/* The delivery's reader of a ring just made, at its beginning. Nothing to be freed. `carry`: behind the data area. */
void line_reader_init_pinning(LineReader *reader, Ring *ring, char *carry);
/* Any other reader, at the beginning of `segment`. */
void line_reader_init(LineReader *reader, const Ring *ring, uint64_t segment);
void line_reader_done(LineReader *reader);

/* Looks at the lines before segment `limit`, at most `n_max` (to LINE_BATCH_MAX) and about LINE_BATCH_SIZE bytes.
 * Returns 1 where there is something to be committed: lines, or (n = 0) merely bytes that needed to be passed;
 * 0 where nothing more can be had; -ENOMEM. The batch is valid until the ring is written to. */
int line_reader_peek(LineReader *reader, const Ring *ring, uint64_t limit, unsigned n_max, LineBatch *ret);
/* What the last peek showed is passed. Of the pinning reader's ring, the space is free then. */
void line_reader_commit(LineReader *reader, Ring *ring);

/* A reader that pins nothing: true while what it has not passed is still there. */
bool line_reader_is_valid(const LineReader *reader, const Ring *ring);
/* Where it isn't: goes on at the first segment that is whole. Returns how many lines that leaves out (those whose
 * beginning is lost are counted in `state.skipped`, later). */
uint64_t line_reader_restart(LineReader *reader, const Ring *ring);
/* The last segment from which on at least `n` lines can be read, and how many lines it gives beyond `n`; the first
 * whole one, and 0, where there are fewer. */
uint64_t line_reader_find_last(const Ring *ring, uint64_t n, uint64_t *ret_surplus);
