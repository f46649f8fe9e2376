/* SPDX-License-Identifier: MIT */
#pragma once

/* The last bytes that a service wrote, from all of its pipes, in the order of reading: a ring of bytes, and a table
 * of segments that says whose each stretch is. Everything stands in one piece of memory that the caller gives, as
 * plain integers and offsets, so that another process that holds the same memory can go on where this one died.
 *
 * The data area must be mapped twice, one behind the other: then every range of it is contiguous. Positions are
 * absolute: bytes, and segments, ever written. */

#include "common/macro.h"

#define RING_SLOTS        4u /* runs that may write at the same time: the present one and old ones' left-overs */
#define RING_SLOT_STREAMS 5u /* role * 2 + stream; and what the main process was given */
#define RING_INPUT        4u /* … as stdin */
#define RING_STREAMS      3u
#define RING_CHANNELS     (RING_SLOTS * RING_SLOT_STREAMS)
#define RING_RUNS         32u /* runs whose output the ring may hold */
#define RING_SIZE_MIN     ((uint64_t) 16 * 1024)
#define RING_SIZE_MAX     ((uint64_t) 1024 * 1024 * 1024)

/* stdout 0, stderr 1, stdin 2. */
static inline unsigned ring_channel_stream(unsigned channel)
{
        unsigned index = channel % RING_SLOT_STREAMS;

        return index == RING_INPUT ? 2 : index % 2;
}

typedef enum SegmentKind {
        SEGMENT_DATA = 1,
        SEGMENT_EOF,     /* the channel's pipe, or who wrote to it, is at an end: what has no newline is a line */
        SEGMENT_IDLE,    /* nothing more came for long enough: likewise */
        SEGMENT_DISCARD, /* the rest of the channel's unfinished line was dropped: forget its beginning */
} SegmentKind;

typedef struct Segment {
        uint64_t offset;   /* of its first byte */
        uint64_t realtime; /* when it was read */
        uint64_t line;     /* lines of its run and stream that were complete before it */
        uint64_t total;    /* lines of all runs and streams that were complete before it */
        uint32_t length;
        uint32_t n_lines; /* lines that end in it */
        uint32_t in_line; /* bytes of its channel's unfinished line before it */
        uint32_t run;
        uint32_t pid; /* the main process at that time; 0: none */
        uint8_t kind;
        uint8_t channel;
        uint16_t reserved;
} Segment;

/* How to make lines of a run's bytes. */
typedef struct LineRules {
        uint32_t line_max; /* at most so many bytes, without the newline */
        uint8_t level;     /* of a line that doesn't say */
        uint8_t level_prefix;
        uint8_t crlf; /* a line may end with \r\n; of its output, not of its input */
        uint8_t reserved;
} LineRules;

typedef struct RingRun {
        uint32_t run;
        uint32_t slot;
        uint8_t id[16];
        LineRules rules;
        uint64_t lines[RING_STREAMS], bytes[RING_STREAMS]; /* by stream: complete lines, all bytes */
        uint32_t in_line[RING_SLOT_STREAMS];               /* bytes of the unfinished line */
} RingRun;

/* Where a reader stands. See line-reader.h. */
typedef struct ReaderState {
        uint64_t segment;
        uint64_t offset;
        uint64_t line;    /* lines of the segment's run and stream that end before `offset` */
        uint64_t total;   /* of all runs and streams */
        uint64_t skipped; /* lines passed over because their beginning was not known */
        uint32_t entered; /* something of the segment was looked at: `line` is its */
        uint32_t reserved;
        struct {
                uint32_t run;
                uint32_t carry;   /* bytes of an unfinished line that were passed */
                uint8_t skip;     /* its beginning is not known: pass over it */
                uint8_t cut;      /* it goes on with a line that was cut … */
                uint8_t priority; /* … and has its priority */
                uint8_t reserved;
        } channels[RING_CHANNELS];
} ReaderState;

typedef struct RingHeader {
        uint32_t magic, version;
        uint32_t header_size; /* this and the segments, to the data area */
        uint32_t n_segments;
        uint64_t size;       /* of the data area */
        uint32_t carry_size; /* of each of RING_CHANNELS carry buffers behind the data area */
        uint32_t reader;     /* which of the two states is valid */
        uint64_t head;       /* bytes ever written */
        uint64_t total;      /* lines that were ever completed */
        uint64_t segment_tail, segment_head;
        ReaderState readers[2]; /* the delivery's */
        RingRun runs[RING_RUNS];
} RingHeader;

typedef struct RingLayout {
        uint64_t size;        /* of the data area */
        uint32_t header_size; /* the data area's two mappings begin behind it */
        uint32_t carry_size;  /* the carry buffers begin behind the second mapping */
        uint32_t n_segments;
} RingLayout;

typedef struct Ring {
        RingHeader *header; /* NULL: there is none yet */
        Segment *segments;
        char *data;
        uint64_t pin_segment, pin_offset; /* nothing from here on is overwritten */
        bool sealed;                      /* the last segment is complete */
} Ring;

#define RING_NULL ((Ring){0})

/* What memory is needed for at least `size` bytes and lines up to `line_max`; `page_size` divides everything. */
RingLayout ring_layout(uint64_t size, uint32_t line_max, size_t page_size);
/* Makes an empty ring in zeroed memory of that layout: header, data, data again. Counts segments from `first_segment`
 * on. */
void ring_init(Ring *ring, void *memory, const RingLayout *layout, uint64_t first_segment);

static inline const Segment *ring_segment(const Ring *ring, uint64_t index)
{
        return &ring->segments[index % ring->header->n_segments];
}

static inline const char *ring_data(const Ring *ring, uint64_t offset)
{
        return ring->data + offset % ring->header->size;
}

/* Forgets the lines of this run and of all before it, as far as they are delivered. */
void ring_forget_run(Ring *ring, uint32_t run);
/* A run that is going to write, in a slot that nobody uses. `run` is greater than any before; the one that is
 * RING_RUNS older is forgotten. */
void ring_begin_run(Ring *ring, uint32_t run, uint32_t slot, Id128 id, const LineRules *rules);
/* NULL where the ring holds nothing of it any more. */
const RingRun *ring_run(const Ring *ring, uint32_t run);

/* How many bytes may be written at `*ret` before ring_append(); 0 when all the rest is pinned. */
size_t ring_room(const Ring *ring, char **ret);
/* `size` bytes now stand there, at most what ring_room() said. `pid`, `run`, `channel` (of its slot) say whose. */
void ring_append(Ring *ring, uint32_t run, unsigned channel, uint32_t pid, size_t size, uint64_t realtime);
/* An EOF or a DISCARD. There is always room for one. */
void ring_mark(Ring *ring, uint32_t run, unsigned channel, uint32_t pid, SegmentKind kind, uint64_t realtime);
/* What comes next gets a segment of its own: its index, which is returned, is a place between what is and what comes.
 */
uint64_t ring_seal(Ring *ring);

/* The first segment of which no byte has been overwritten (the head, where there is none). */
uint64_t ring_first_whole(const Ring *ring);
/* Bytes that stand there and are not delivered. */
uint64_t ring_pinned(const Ring *ring);

/* Counts the lines that `size` more bytes complete, and notes the unfinished one in `*in_line`. A line of `line_max`
 * bytes is cut only when a further byte comes that is no newline. */
uint64_t lines_count(uint32_t *in_line, uint32_t line_max, const char *data, size_t size);
