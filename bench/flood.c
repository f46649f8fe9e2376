/* SPDX-License-Identifier: MIT */

/* flood LINES [--size BYTES] [--numbered] [--text TEXT] [--stamp FILE] [--pages]: writes LINES lines to stdout, in
 * writes of 64 KiB, as fast as they are taken. The text is "Hello there!!"; --size pads it to lines of BYTES with
 * their newline; --numbered puts the line's number, from 0, and a blank before it. FILE gets two lines:
 * CLOCK_MONOTONIC before the first write and after the last, in microseconds, the second one appearing when it is
 * over. With --pages writes are of 4 KiB, so that a full pipe takes one as soon as it was read from, and a third line
 * says how long the longest write took, in microseconds. */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/macro.h"

#define WRITE_SIZE ((size_t) 64 * 1024)
#define PAGE_SIZE  ((size_t) 4 * 1024)

typedef struct Flood {
        uint64_t n_lines;
        size_t line_size; /* 0: as long as the text */
        bool numbered, pages;
        const char *text, *stamp;
        uint64_t longest; /* write, of a page */
} Flood;

static uint64_t now_usec(void)
{
        struct timespec now;

        (void) clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t) now.tv_sec * 1000000 + (uint64_t) now.tv_nsec / 1000;
}

static void stamp(const Flood *flood, bool is_over)
{
        FILE *file = flood->stamp ? fopen(flood->stamp, "ae") : NULL;

        if (!file)
                return;
        fprintf(file, "%" PRIu64 "\n", now_usec());
        if (is_over && flood->pages)
                fprintf(file, "%" PRIu64 "\n", flood->longest);
        (void) fclose(file);
}

static int write_all(Flood *flood, const char *data, size_t size)
{
        while (size > 0) {
                uint64_t begin = flood->pages ? now_usec() : 0;
                ssize_t n = write(STDOUT_FILENO, data, flood->pages ? MIN(size, PAGE_SIZE) : size);

                if (flood->pages)
                        flood->longest = MAX(flood->longest, now_usec() - begin);
                if (n < 0 && errno != EINTR)
                        return -errno;
                if (n > 0) {
                        data += n;
                        size -= (size_t) n;
                }
        }
        return 0;
}

static size_t compose(const Flood *flood, uint64_t number, char *line)
{
        size_t n = 0;

        if (flood->numbered)
                n = (size_t) sprintf(line, "%" PRIu64 " ", number);
        n = (size_t) (stpcpy(line + n, flood->text) - line);
        while (n + 1 < flood->line_size)
                line[n++] = '.';
        line[n++] = '\n';
        return n;
}

static int flood_run(Flood *flood)
{
        static char buffer[2 * WRITE_SIZE];
        size_t n = 0;
        int r;

        for (uint64_t i = 0; i < flood->n_lines; i++) {
                n += compose(flood, i, buffer + n);
                if (n < WRITE_SIZE)
                        continue;
                r = write_all(flood, buffer, WRITE_SIZE);
                if (r < 0)
                        return r;
                n -= WRITE_SIZE;
                memmove(buffer, buffer + WRITE_SIZE, n);
        }
        return write_all(flood, buffer, n);
}

int main(int argc, char **argv)
{
        static const struct option options[] = {
                {"size", required_argument, NULL, 's'}, {"numbered", no_argument, NULL, 'n'},
                {"text", required_argument, NULL, 't'}, {"stamp", required_argument, NULL, 'f'},
                {"pages", no_argument, NULL, 'p'},      {},
        };
        Flood flood = {.text = "Hello there!!"};
        int c, r;

        while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0)
                switch (c) {
                case 's':
                        flood.line_size = strtoull(optarg, NULL, 10);
                        break;
                case 'n':
                        flood.numbered = true;
                        break;
                case 't':
                        flood.text = optarg;
                        break;
                case 'f':
                        flood.stamp = optarg;
                        break;
                case 'p':
                        flood.pages = true;
                        break;
                default:
                        return 2;
                }
        if (optind + 1 != argc || MAX(flood.line_size, strlen(flood.text)) + 32 > WRITE_SIZE)
                return 2;
        flood.n_lines = strtoull(argv[optind], NULL, 10);

        stamp(&flood, false);
        r = flood_run(&flood);
        stamp(&flood, true);
        return r < 0;
}
