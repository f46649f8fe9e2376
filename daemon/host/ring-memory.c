/* SPDX-License-Identifier: MIT */

/* In the file: header and segments, data, carry buffers. In memory: header and segments, data, data again, carry
 * buffers. One reservation of address space comes first, so that nothing can get between the parts. */

#include "host/ring-memory.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/fd.h"

static size_t carry_total(const RingLayout *layout)
{
        return (size_t) layout->carry_size * RING_CHANNELS;
}

static int map_part(char *at, size_t size, int fd, size_t offset)
{
        void *p = mmap(at, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, (off_t) offset);

        return p == MAP_FAILED ? -errno : 0;
}

int ring_memory_init(RingMemory *memory, uint64_t size, uint32_t line_max)
{
        RingLayout layout = ring_layout(size, line_max, (size_t) sysconf(_SC_PAGESIZE));
        size_t once = layout.header_size + layout.size, all = once + layout.size + carry_total(&layout);
        _cleanup_close_ int fd = -EBADF;
        char *base;
        int r;

        fd = memfd_create("tended-ring", MFD_CLOEXEC);
        if (fd < 0)
                return -errno;
        if (ftruncate(fd, (off_t) (once + carry_total(&layout))) < 0)
                return -errno;

        base = mmap(NULL, all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (base == MAP_FAILED)
                return -errno;

        r = map_part(base, once, fd, 0);
        if (r >= 0)
                r = map_part(base + once, layout.size, fd, layout.header_size);
        if (r >= 0)
                r = map_part(base + once + layout.size, carry_total(&layout), fd, once);
        if (r < 0) {
                (void) munmap(base, all);
                return r;
        }

        *memory = (RingMemory){.fd = TAKE_FD(fd), .base = base, .mapped = all, .layout = layout};
        return 0;
}

void ring_memory_done(RingMemory *memory)
{
        if (memory->base)
                (void) munmap(memory->base, memory->mapped);
        fd_close(memory->fd);
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
