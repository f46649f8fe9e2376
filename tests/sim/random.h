/* SPDX-License-Identifier: MIT */
#pragma once

/* Numbers that follow from a seed alone (splitmix64). */

#include "common/macro.h"

typedef struct Random {
        uint64_t state;
} Random;

static inline uint64_t random_next(Random *random)
{
        uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return z ^ z >> 31;
}

/* 0 to n - 1. */
static inline uint32_t random_below(Random *random, uint32_t n)
{
        return (uint32_t) ((random_next(random) >> 32) * n >> 32);
}

static inline bool random_percent(Random *random, uint32_t percent)
{
        return random_below(random, 100) < percent;
}
