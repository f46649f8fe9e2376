/* SPDX-License-Identifier: MIT */

/* Ids of runs. See id128.h. */

#include "common/id128.h"

#include <errno.h>
#include <string.h>

const char *id128_format(Id128 id, char buffer[ID128_STRING_MAX])
{
        static const char digits[] = "0123456789abcdef";

        for (size_t i = 0; i < sizeof(id.bytes); i++) {
                buffer[2 * i] = digits[id.bytes[i] >> 4];
                buffer[2 * i + 1] = digits[id.bytes[i] & 15];
        }
        buffer[2 * sizeof(id.bytes)] = '\0';
        return buffer;
}

static int hex_digit(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -EINVAL;
}

int id128_parse(const char *s, Id128 *ret)
{
        Id128 id;

        if (strlen(s) != 2 * sizeof(id.bytes))
                return -EINVAL;
        for (size_t i = 0; i < sizeof(id.bytes); i++) {
                int high = hex_digit(s[2 * i]), low = hex_digit(s[2 * i + 1]);

                if (high < 0 || low < 0)
                        return -EINVAL;
                id.bytes[i] = (uint8_t) (high << 4 | low);
        }
        *ret = id;
        return 0;
}

bool id128_equal(const Id128 *a, const Id128 *b)
{
        return memcmp(a, b, sizeof(*a)) == 0;
}

bool id128_is_null(const Id128 *id)
{
        return id128_equal(id, &(Id128){0});
}
