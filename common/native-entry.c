/* SPDX-License-Identifier: MIT */

/* The reader's side of journald's native protocol, as the writer process and tendctl need it. A field's size comes
 * from the other side, so each is compared with what is really there before anything is made of it. */

#include "common/native-entry.h"

#include <errno.h>
#include <string.h>

static uint64_t read_le64(const char *p)
{
        uint64_t value = 0;

        for (unsigned i = 0; i < 8; i++)
                value |= (uint64_t) (uint8_t) p[i] << (8 * i);
        return value;
}

int native_reader_next(NativeReader *reader, NativeField *ret)
{
        const char *p = reader->data + reader->position, *newline, *equals;
        size_t left = reader->size - reader->position;
        uint64_t size;

        if (left == 0)
                return 0;
        if (p[0] == '\n') {
                reader->position++;
                return 0;
        }

        newline = memchr(p, '\n', left);
        if (!newline)
                return -EBADMSG;

        equals = memchr(p, '=', (size_t) (newline - p));
        if (equals == p)
                return -EBADMSG;
        if (equals) {
                *ret = (NativeField){p, (size_t) (equals - p), equals + 1, (size_t) (newline - equals - 1)};
                reader->position += (size_t) (newline - p) + 1;
                return 1;
        }

        left -= (size_t) (newline - p) + 1;
        if (left < 9)
                return -EBADMSG;
        size = read_le64(newline + 1);
        if (size > left - 9 || newline[9 + size] != '\n')
                return -EBADMSG;

        *ret = (NativeField){p, (size_t) (newline - p), newline + 9, size};
        reader->position += (size_t) (newline - p) + 1 + 8 + size + 1;
        return 1;
}

bool native_field_is(const NativeField *field, const char *name)
{
        return strlen(name) == field->name_size && memcmp(name, field->name, field->name_size) == 0;
}

int native_field_uint64(const NativeField *field, uint64_t *ret)
{
        uint64_t value = 0;

        if (field->value_size == 0)
                return -EINVAL;
        for (size_t i = 0; i < field->value_size; i++) {
                unsigned digit = (unsigned) (field->value[i] - '0');

                if (digit > 9 || value > (UINT64_MAX - digit) / 10)
                        return -EINVAL;
                value = value * 10 + digit;
        }
        *ret = value;
        return 0;
}
