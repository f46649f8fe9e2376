/* SPDX-License-Identifier: MIT */

/* See random.h. */

#include "host/random.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

int random_id128(Id128 *ret)
{
        Id128 id;

        if (getrandom(id.bytes, sizeof(id.bytes), 0) != sizeof(id.bytes))
                return -errno;
        id.bytes[6] = (id.bytes[6] & 0x0f) | 0x40;
        id.bytes[8] = (id.bytes[8] & 0x3f) | 0x80;
        *ret = id;
        return 0;
}

uint32_t random_u32(void)
{
        struct timespec now;
        uint32_t number = 0;

        if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != sizeof(number)) {
                (void) clock_gettime(CLOCK_MONOTONIC, &now);
                number = (uint32_t) now.tv_nsec;
        }
        return number == 0 ? 1 : number;
}
