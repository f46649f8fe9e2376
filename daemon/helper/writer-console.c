/* SPDX-License-Identifier: MIT */

/* The log on the daemon's stdout: `name | line`, the names aligned as far as they have been seen, on a terminal with
 * a colour for each service and a red bar for stderr. What tended itself has to say stands under `tended`.
 *
 * The description behind stdout is shared with whoever started us, so its flags are left alone: where somebody has
 * made it non-blocking, we wait with poll. Where nobody reads it any more there is nobody to wait for either: lines
 * are dropped, and stderr says so, once. */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helper/writer.h"

#define WIDTH_MIN 6
#define WIDTH_MAX 24
#define RESET     "\033[0m"
#define RED       "\033[31m"
#define DIM       "\033[2m"

typedef struct Console {
        int fd;
        bool colour;
        bool closed; /* nobody reads */
        size_t width;
        Outlet outlet;
} Console;

static void console_write_all(void *userdata, const char *data, size_t size)
{
        Console *console = userdata;

        while (size > 0 && !console->closed) {
                ssize_t n = write(console->fd, data, size);

                if (n >= 0) {
                        data += n;
                        size -= (size_t) n;
                } else if (errno == EAGAIN)
                        (void) poll(&(struct pollfd){.fd = console->fd, .events = POLLOUT}, 1, -1);
                else if (errno != EINTR) {
                        console->closed = true;
                        fprintf(stderr,
                                "tended: the console can't be written to any more (%s): lines are dropped from here "
                                "on; "
                                "`tendctl logs` has the last ones\n",
                                strerror(errno));
                }
        }
}

static const char *console_colour(const WriterEntry *entry)
{
        /* Neither red, which is for errors, nor black and white, which may be the background. */
        static const char *const palette[] = {
                "\033[36m", "\033[33m", "\033[32m", "\033[35m", "\033[34m",
                "\033[96m", "\033[93m", "\033[92m", "\033[95m", "\033[94m",
        };
        uint32_t hash = 2166136261U;

        for (size_t i = 0; i < entry->service_size; i++)
                hash = (hash ^ (uint8_t) entry->service[i]) * 16777619U;
        return palette[hash % ELEMENTSOF(palette)];
}

static void console_add(Console *console, const char *text)
{
        outlet_add(&console->outlet, text, strlen(text));
}

static void console_add_name(Console *console, const WriterEntry *entry)
{
        static const char blanks[] = "                        ";
        bool own = entry->stream == WRITER_EVENT || !entry->service;
        const char *name = own ? "tended" : entry->service;
        size_t size = own ? strlen(name) : entry->service_size;

        _Static_assert(sizeof(blanks) > WIDTH_MAX, "enough blanks for the widest column");
        console->width = MAX(console->width, MIN(size, (size_t) WIDTH_MAX));
        if (console->colour)
                console_add(console, own ? DIM : console_colour(entry));
        outlet_add(&console->outlet, name, size);
        if (size < console->width)
                outlet_add(&console->outlet, blanks, console->width - size);
        if (console->colour && entry->stream == WRITER_STDERR)
                console_add(console, RESET RED);
        /* What it was told, and what it says. */
        console_add(console, entry->stream == WRITER_STDIN ? " < " : " | ");
        if (console->colour)
                console_add(console, RESET);
}

static void console_write(void *userdata, const WriterEntry *entry)
{
        Console *console = userdata;
        const char *line = entry->message, *end = line + entry->message_size;

        /* An event may have several lines; each gets its name. */
        for (;;) {
                const char *newline = memchr(line, '\n', (size_t) (end - line));

                console_add_name(console, entry);
                outlet_add(&console->outlet, line, (size_t) ((newline ? newline : end) - line));
                /* A child's own colour ends with its line. */
                if (console->colour && memchr(line, '\033', (size_t) (end - line)))
                        console_add(console, RESET);
                console_add(console, "\n");
                if (!newline)
                        return;
                line = newline + 1;
        }
}

static void console_flush(void *userdata)
{
        Console *console = userdata;

        outlet_flush(&console->outlet);
}

int writer_console_new(int fd, bool colour, WriterOutput *ret)
{
        Console *console = malloc(sizeof(Console));

        if (!console)
                return -ENOMEM;
        console->fd = fd;
        console->colour = colour;
        console->closed = false;
        console->width = WIDTH_MIN;
        console->outlet.write_all = console_write_all;
        console->outlet.userdata = console;
        console->outlet.n = 0;

        *ret = (WriterOutput){.write = console_write, .flush = console_flush, .free = free, .userdata = console};
        return 0;
}
