/* SPDX-License-Identifier: MIT */
#pragma once

/* Entries in journald's native protocol: fields of a run that are said once, and a batch of lines as vectors that
 * point to where the lines lie. */

#include <sys/uio.h>

#include "common/text.h"
#include "core/line-reader.h"

/* One field, in the form that its value needs: `NAME=value\n`, or with its size where it holds a newline. */
void entry_add_field(Text *text, const char *name, const char *value, size_t size);
void entry_add_string(Text *text, const char *name, const char *value);
void entry_add_number(Text *text, const char *name, uint64_t value);
/* `NAME=VALUE`, as definitions give it. */
void entry_add_assignment(Text *text, const char *assignment);

/* What all lines of a run have in common. */
typedef struct EntryIdentity {
        const char *service, *identifier;
        Id128 invocation_id;
        char *const *extra_fields; /* NAME=VALUE */
        bool with_unit;            /* OBJECT_SYSTEMD_UNIT: believed from root alone */
        bool minimal;              /* LogFields=minimal */
} EntryIdentity;

/* The fields that all lines of a run, stream and main pid (0: none) have in common. */
void entry_add_identity(Text *text, const EntryIdentity *identity, unsigned stream, uint32_t pid);

/* How lines are composed; `fields` come from entry_add_identity(). */
typedef struct EntryStyle {
        const char *fields;
        size_t fields_size;
        uint8_t level;     /* the one that most lines have */
        bool line_numbers; /* TENDED_LINE */
} EntryStyle;

#define ENTRY_IOV_MAX     5u /* of one entry */
#define ENTRY_SCRATCH_MAX 128u

/* Room for one batch. The vectors point into it, into the style's fields and into the ring. */
typedef struct EntryComposer {
        unsigned n_iov, n_scratch;
        struct iovec iov[LINE_BATCH_MAX * ENTRY_IOV_MAX];
        char scratch[LINE_BATCH_MAX][ENTRY_SCRATCH_MAX];
        Text common;
} EntryComposer;

typedef struct EntryDatagram {
        const struct iovec *iov;
        unsigned n_iov, n_entries;
        size_t size;
} EntryDatagram;

/* Empties it, keeping its memory. */
void entry_composer_reset(EntryComposer *composer);
void entry_composer_done(EntryComposer *composer);
/* Composes lines `first` to `first + n - 1` of the batch as one datagram, as many of them as fit into `size_max` (one
 * at least): see ret->n_entries. Once after each reset. -ENOMEM. */
int entry_compose_several(EntryComposer *composer, const EntryStyle *style, const LineBatch *batch, unsigned first,
                          unsigned n, size_t size_max, EntryDatagram *ret);
/* Composes line `index` as a datagram of its own. At most LINE_BATCH_MAX times after each reset. */
void entry_compose_one(EntryComposer *composer, const EntryStyle *style, const LineBatch *batch, unsigned index,
                       EntryDatagram *ret);

/* The same line as text, for a reader of ours: with its own number as TENDED_BATCH, and __REALTIME_TIMESTAMP. A
 * message of more than `message_max` bytes becomes several entries (TENDED_LINE_BREAK=continued on all but the last);
 * an empty line stands before each entry but the first of the text. */
void entry_add_line(Text *text, const EntryStyle *style, const LineBatch *batch, unsigned index, size_t message_max);
