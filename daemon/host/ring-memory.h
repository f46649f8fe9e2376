/* SPDX-License-Identifier: MIT */
#pragma once

/* The memory of a ring: a memfd whose data area is mapped twice, one behind the other. */

#include "core/ring.h"

typedef struct RingMemory {
        int fd; /* -EBADF: none */
        char *base;
        size_t mapped;
        RingLayout layout;
} RingMemory;

#define RING_MEMORY_NULL ((RingMemory){.fd = -EBADF})

/* Zeroed memory for at least `size` bytes and lines up to `line_max`. Pages that nobody touches cost nothing. */
int ring_memory_init(RingMemory *memory, uint64_t size, uint32_t line_max);
void ring_memory_done(RingMemory *memory);
/* The carry buffers of the pinning reader. */
char *ring_memory_carry(const RingMemory *memory);
/* True where ring_memory_init() with these would make the same. */
bool ring_memory_fits(const RingMemory *memory, uint64_t size, uint32_t line_max);
