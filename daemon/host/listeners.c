/* SPDX-License-Identifier: MIT */

/* Reads the kernel's table of TCP sockets, /proc/net/tcp and tcp6, which has those that listen first: it is read no
 * further than them. (sock_diag would tell the same, but may have to load a module for it, and waits for that.) Where
 * it can't be read, nothing is known, and nobody is the worse for it. */

#include "host/listeners.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LISTENERS_MAX 1024u   /* at one port */
#define LINES_MAX     100000u /* of the table */
#define STATE_LISTEN  0x0au

void listeners_done(Listeners *listeners)
{
        free(listeners->items);
        *listeners = LISTENERS_NULL;
}

static int add(Listeners *listeners, const Listener *listener)
{
        Listener *grown;

        if (listeners->n == LISTENERS_MAX)
                return -E2BIG;
        grown = reallocarray(listeners->items, listeners->n + 1, sizeof(Listener));
        if (!grown)
                return -ENOMEM;
        listeners->items = grown;
        listeners->items[listeners->n++] = *listener;
        return 0;
}

/* An address is written as words of 32 bits, each as a number of this machine. */
static bool read_address(const char *hex, ProbeAddress *ret)
{
        size_t n = strlen(hex);
        ProbeAddress address = {.is_v6 = n == 32};

        if (n != 8 && n != 32)
                return false;
        for (size_t i = 0; i < n / 8; i++) {
                uint32_t word;

                if (sscanf(hex + 8 * i, "%8" SCNx32, &word) != 1)
                        return false;
                memcpy(address.bytes + 4 * i, &word, sizeof(word));
        }
        *ret = address;
        return true;
}

/* One line behind the heading. Returns 1 where it is of one that listens, 0 where not, -EBADMSG where it is none. */
static int read_line(const char *line, Listener *ret, unsigned *ret_port)
{
        char address[33];
        unsigned state;
        Listener listener = {};

        /* Number, own address and port, the other's, state, queues, timer, retransmits, uid, timeout, inode. */
        if (sscanf(line, " %*u: %32[0-9A-F]:%4x %*[0-9A-F]:%*x %2x %*x:%*x %*x:%*x %*x %*u %*u %" SCNu64, address,
                   ret_port, &state, &listener.inode) != 4 ||
            !read_address(address, &listener.address))
                return -EBADMSG;
        *ret = listener;
        return state == STATE_LISTEN;
}

static int look(const char *path, uint16_t port, Listeners *listeners)
{
        _cleanup_free_ char *line = NULL;
        size_t size = 0;
        unsigned n = 0;
        FILE *file = fopen(path, "re");
        int r = 1;

        if (!file)
                return errno == ENOENT ? 0 : -errno;
        if (getline(&line, &size, file) < 0)
                r = -EBADMSG;
        while (r > 0 && getline(&line, &size, file) >= 0) {
                Listener listener;
                unsigned at;

                r = ++n > LINES_MAX ? -E2BIG : read_line(line, &listener, &at);
                if (r > 0 && at == port && add(listeners, &listener) < 0)
                        r = -ENOMEM;
        }
        (void) fclose(file);
        return r < 0 ? r : 0;
}

void listeners_look(uint16_t port, Listeners *ret)
{
        _cleanup_(listeners_done) Listeners listeners = LISTENERS_NULL;

        listeners_done(ret);
        if (look("/proc/net/tcp", port, &listeners) < 0 || look("/proc/net/tcp6", port, &listeners) < 0)
                return;
        listeners.is_known = true;
        *ret = listeners;
        listeners = LISTENERS_NULL;
}

static bool is_any(const ProbeAddress *address)
{
        static const uint8_t zero[16];

        return memcmp(address->bytes, zero, sizeof(zero)) == 0;
}

static bool takes(const Listener *listener, const ProbeAddress *address)
{
        /* `::` takes what comes by IPv4, too, where nobody has forbidden it. */
        if (is_any(&listener->address))
                return listener->address.is_v6 || !address->is_v6;
        return listener->address.is_v6 == address->is_v6 &&
               memcmp(listener->address.bytes, address->bytes, sizeof(address->bytes)) == 0;
}

static bool knows(const Listeners *listeners, uint64_t inode)
{
        for (size_t i = 0; i < listeners->n; i++)
                if (listeners->items[i].inode == inode)
                        return true;
        return false;
}

bool listeners_all_old(const Listeners *before, const Listeners *now, const ProbeAddress *address)
{
        bool found = false;

        if (!before->is_known || !now->is_known)
                return false;
        for (size_t i = 0; i < now->n; i++) {
                if (!takes(&now->items[i], address))
                        continue;
                if (!knows(before, now->items[i].inode))
                        return false;
                found = true;
        }
        return found;
}
