/* SPDX-License-Identifier: MIT */
#pragma once

/* Reads journald's native protocol: entries of fields, an empty line between two entries. Foreign bytes: nothing is
 * believed, nothing is copied, what is returned points into the caller's data. */

#include "common/macro.h"

/* `NAME=value\n`, or `NAME\n`, the value's size as little-endian 64 bits, the value, `\n`. */
typedef struct NativeField {
        const char *name;
        size_t name_size;
        const char *value;
        size_t value_size;
} NativeField;

typedef struct NativeReader {
        const char *data;
        size_t size;
        size_t position;
} NativeReader;

#define NATIVE_READER(d, n) ((NativeReader){.data = (d), .size = (n)})

/* The next field of the current entry. 1: `*ret` is one; 0: the entry is at its end (or there is none any more);
 * -EBADMSG: this is no entry, and nothing behind it can be read. */
int native_reader_next(NativeReader *reader, NativeField *ret);
/* True while there is another entry to be read. */
static inline bool native_reader_has_more(const NativeReader *reader)
{
        return reader->position < reader->size;
}

bool native_field_is(const NativeField *field, const char *name);
/* The value as a decimal number; -EINVAL where it isn't one. */
int native_field_uint64(const NativeField *field, uint64_t *ret);
