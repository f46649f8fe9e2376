/* SPDX-License-Identifier: MIT */

/* Entries are views: fields that point into a datagram, or into what the journal lends until its next step. Those
 * that have to wait for others (of the ring, until the journal is read) are copied. */

#include "ctl/entry.h"

#include <errno.h>
#include <string.h>

#include "common/native-entry.h"

#define FIELD_REALTIME "__REALTIME_TIMESTAMP"

void entry_done(Entry *entry)
{
        free(entry->fields);
        free(entry->copy);
        free(entry->cursor);
        *entry = ENTRY_NULL;
}

void entry_clear(Entry *entry)
{
        free(entry->copy);
        free(entry->cursor);
        entry->copy = entry->cursor = NULL;
        entry->n_fields = 0;
        entry->realtime = entry->sent = 0;
}

int entry_add(Entry *entry, EntryField field)
{
        if (entry->n_fields >= ENTRY_FIELDS_MAX)
                return -E2BIG;
        if (entry->n_fields == entry->n_allocated) {
                size_t n = MAX(entry->n_allocated * 2, (size_t) 16);
                EntryField *fields = reallocarray(entry->fields, n, sizeof(*fields));

                if (!fields)
                        return -ENOMEM;
                entry->fields = fields;
                entry->n_allocated = n;
        }
        entry->fields[entry->n_fields++] = field;
        return 0;
}

int entry_read_native(Entry *entry, const char **data, size_t *size)
{
        NativeReader reader = NATIVE_READER(*data, *size);
        NativeField field;
        int r;

        entry_clear(entry);
        if (!native_reader_has_more(&reader))
                return 0;

        while ((r = native_reader_next(&reader, &field)) > 0) {
                /* A field in front of journald's own (`__…`) is no field of the entry. */
                if (native_field_is(&field, FIELD_REALTIME)) {
                        (void) native_field_uint64(&field, &entry->realtime);
                        continue;
                }
                r = entry_add(entry, (EntryField){.name = field.name,
                                                  .name_size = field.name_size,
                                                  .value = field.value,
                                                  .size = field.value_size});
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;

        *data += reader.position;
        *size -= reader.position;
        return 1;
}

static char *copy_bytes(char **p, const char *bytes, size_t size)
{
        char *copy = *p;

        if (size > 0)
                memcpy(copy, bytes, size);
        *p += size;
        return copy;
}

int entry_copy(const Entry *entry, Entry *ret)
{
        _cleanup_(entry_done) Entry copy = {.realtime = entry->realtime, .sent = entry->sent};
        size_t size = 1;
        char *p;

        for (size_t i = 0; i < entry->n_fields; i++)
                size += entry->fields[i].name_size + entry->fields[i].size;
        copy.copy = p = malloc(size);
        copy.fields = reallocarray(NULL, MAX(entry->n_fields, (size_t) 1), sizeof(*copy.fields));
        copy.cursor = entry->cursor ? strdup(entry->cursor) : NULL;
        if (!copy.copy || !copy.fields || (entry->cursor && !copy.cursor))
                return -ENOMEM;

        for (size_t i = 0; i < entry->n_fields; i++) {
                const EntryField *f = &entry->fields[i];

                copy.fields[i].name = copy_bytes(&p, f->name, f->name_size);
                copy.fields[i].name_size = f->name_size;
                copy.fields[i].value = copy_bytes(&p, f->value, f->size);
                copy.fields[i].size = f->size;
        }
        copy.n_fields = copy.n_allocated = entry->n_fields;
        *ret = copy;
        copy = ENTRY_NULL;
        return 0;
}

const EntryField *entry_find(const Entry *entry, const char *name)
{
        size_t n = strlen(name);

        for (size_t i = 0; i < entry->n_fields; i++)
                if (entry->fields[i].name_size == n && memcmp(entry->fields[i].name, name, n) == 0)
                        return &entry->fields[i];
        return NULL;
}

void entry_set_value(Entry *entry, const char *name, const char *value, size_t size)
{
        EntryField *field = (EntryField *) entry_find(entry, name);

        if (!field)
                return;
        field->value = value;
        field->size = size;
}

bool entry_field_is(const EntryField *field, const char *value)
{
        size_t n = strlen(value);

        return field && field->size == n && memcmp(field->value, value, n) == 0;
}

uint64_t entry_number(const Entry *entry, const char *name, uint64_t fallback)
{
        const EntryField *field = entry_find(entry, name);
        uint64_t number = 0;

        if (!field || field->size == 0 || field->size > 19)
                return fallback;
        for (size_t i = 0; i < field->size; i++) {
                if (field->value[i] < '0' || field->value[i] > '9')
                        return fallback;
                number = number * 10 + (uint64_t) (field->value[i] - '0');
        }
        return number;
}

char *entry_string(const Entry *entry, const char *name, char *buf, size_t size)
{
        const EntryField *field = entry_find(entry, name);
        size_t n = field ? MIN(field->size, size - 1) : 0;

        if (n > 0)
                memcpy(buf, field->value, n);
        buf[n] = '\0';
        return buf;
}

bool entry_is_event(const Entry *entry)
{
        /* That lines were missed is something that happened, and no line. */
        if (entry_find(entry, "TENDED_MISSED"))
                return true;
        return !entry_find(entry, "TENDED_BATCH") && entry_find(entry, "MESSAGE_ID");
}

EntryStream entry_stream(const Entry *entry)
{
        const EntryField *field;

        if (entry_is_event(entry))
                return ENTRY_EVENT;
        /* With few fields (LogFields=minimal) what comes from stdout doesn't say so. */
        field = entry_find(entry, "TENDED_STREAM");
        return entry_field_is(field, "stderr")  ? ENTRY_STDERR
               : entry_field_is(field, "stdin") ? ENTRY_STDIN
                                                : ENTRY_STDOUT;
}

int entry_priority(const Entry *entry)
{
        uint64_t priority = entry_number(entry, "PRIORITY", 6);

        return priority <= 7 ? (int) priority : 6;
}
