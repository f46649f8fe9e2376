/* SPDX-License-Identifier: MIT */

/* Stands in for host/ring-memory.c: the same memory, mapped twice, but lent out again instead of unmapped, as worlds
 * come and go quickly. */

#include "host/ring-memory.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SPARE_MAX 64u

static RingMemory spare[SPARE_MAX];
static unsigned n_spare;

int __real_close(int fd);

static size_t carry_total(const RingLayout *layout)
{
        return (size_t) layout->carry_size * RING_CHANNELS;
}

static bool layout_is(const RingLayout *a, const RingLayout *b)
{
        return a->size == b->size && a->header_size == b->header_size && a->carry_size == b->carry_size;
}

static RingMemory make(const RingLayout *layout)
{
        size_t once = layout->header_size + layout->size, all = once + layout->size + carry_total(layout);
        int fd = memfd_create("sim-ring", MFD_CLOEXEC);
        char *base;

        assert(fd >= 0 && ftruncate(fd, (off_t) (once + carry_total(layout))) == 0);
        base = mmap(NULL, all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        assert(base != MAP_FAILED);
        assert(mmap(base, once, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED);
        assert(mmap(base + once, layout->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
                    layout->header_size) != MAP_FAILED);
        assert(mmap(base + once + layout->size, carry_total(layout), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
                    fd, (off_t) once) != MAP_FAILED);
        (void) __real_close(fd);
        return (RingMemory){.fd = -EBADF, .base = base, .mapped = all, .layout = *layout};
}

int ring_memory_init(RingMemory *memory, uint64_t size, uint32_t line_max)
{
        RingLayout layout = ring_layout(size, line_max, (size_t) sysconf(_SC_PAGESIZE));

        for (unsigned i = 0; i < n_spare; i++) {
                if (!layout_is(&spare[i].layout, &layout))
                        continue;
                *memory = spare[i];
                spare[i] = spare[--n_spare];
                memset(memory->base, 0, layout.header_size);
                return 0;
        }
        *memory = make(&layout);
        return 0;
}

void ring_memory_done(RingMemory *memory)
{
        if (memory->base && n_spare < SPARE_MAX)
                spare[n_spare++] = *memory;
        else if (memory->base)
                (void) munmap(memory->base, memory->mapped);
        *memory = RING_MEMORY_NULL;
}

char *ring_memory_carry(const RingMemory *memory)
{
        return memory->base + memory->layout.header_size + 2 * memory->layout.size;
}

bool ring_memory_fits(const RingMemory *memory, uint64_t size, uint32_t line_max)
{
        RingLayout layout = ring_layout(size, line_max, (size_t) sysconf(_SC_PAGESIZE));

        return layout.size == memory->layout.size && layout.carry_size == memory->layout.carry_size;
}
