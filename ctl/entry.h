/* SPDX-License-Identifier: MIT */
#pragma once

/* One entry of the log, wherever it came from: its fields, and what of them tendctl looks at. */

#include "common/macro.h"

typedef struct EntryField {
        const char *name;
        size_t name_size;
        const char *value;
        size_t size;
} EntryField;

#define ENTRY_FIELDS_MAX 1024

/* The lines of a run are numbered for each stream; events have numbers of their own. */
typedef enum EntryStream {
        ENTRY_STDOUT,
        ENTRY_STDERR,
        ENTRY_STDIN,
        ENTRY_EVENT,
        _ENTRY_STREAM_N,
} EntryStream;

typedef struct Entry {
        EntryField *fields; /* owned; what they point to is not, but for `copy` */
        size_t n_fields, n_allocated;
        char *copy;      /* owned bytes behind the fields, NULL where they are borrowed */
        char *cursor;    /* owned; of the journal, NULL else */
        usec_t realtime; /* when it was received */
        usec_t sent; /* when the sender sent it, as journald saw it: one for all lines of a datagram; 0: unknown */
} Entry;

#define ENTRY_NULL ((Entry){0})

void entry_done(Entry *entry);
/* Forgets all fields and keeps the memory for the next ones. */
void entry_clear(Entry *entry);
/* -E2BIG: too many; -ENOMEM. */
int entry_add(Entry *entry, EntryField field);
/* The next entry of a datagram in journald's native protocol; it points into `*data`, which moves on. 1: there is
 * one, 0: none any more, -EBADMSG. */
int entry_read_native(Entry *entry, const char **data, size_t *size);
/* A copy that owns all of its bytes. */
int entry_copy(const Entry *entry, Entry *ret);

/* NULL where there is none; the first where there are several. */
const EntryField *entry_find(const Entry *entry, const char *name);
/* Borrowed bytes instead of those that the first field of that name has. */
void entry_set_value(Entry *entry, const char *name, const char *value, size_t size);
bool entry_field_is(const EntryField *field, const char *value);
/* A decimal number; `fallback` where the field is missing, or no number. */
uint64_t entry_number(const Entry *entry, const char *name, uint64_t fallback);
/* Copies at most size - 1 bytes; "" where the field is missing. Returns `buf`. */
char *entry_string(const Entry *entry, const char *name, char *buf, size_t size);

bool entry_is_event(const Entry *entry);
EntryStream entry_stream(const Entry *entry);
/* 0 to 7. */
int entry_priority(const Entry *entry);
