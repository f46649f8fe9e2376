/* SPDX-License-Identifier: MIT */

/* Text in which a pattern is looked for is printed as soon as it can't be beyond the end of a match any more; so one
 * sees what comes while one waits, and little of it has to be kept. */

#include "ctl/taker.h"

#include <errno.h>
#include <string.h>

#define KEPT_MAX ((size_t) 16 * 1024 * 1024) /* of what may be the beginning of a match */

void taker_done(Taker *taker)
{
        for (unsigned i = 0; i < TALK_STREAMS; i++)
                text_done(&taker->streams[i].text);
}

static void put(Taker *taker, TakerStream *stream, const char *data, size_t size)
{
        taker->took = taker->took || size > 0;
        if (!taker->out)
                return;
        if (!taker->crlf) {
                (void) fwrite(data, 1, size, taker->out);
                return;
        }
        for (size_t i = 0; i < size; i++) {
                if (stream->carriage && data[i] != '\n')
                        (void) fputc('\r', taker->out);
                stream->carriage = data[i] == '\r';
                if (!stream->carriage)
                        (void) fputc(data[i], taker->out);
        }
}

static void print_to(Taker *taker, TakerStream *stream, size_t end)
{
        if (end <= stream->printed)
                return;
        put(taker, stream, stream->text.bytes + stream->printed, end - stream->printed);
        stream->printed = end;
}

/* What is printed, and behind what may be looked back at, is forgotten. */
static void forget(Taker *taker, TakerStream *stream)
{
        size_t keep = taker->matcher ? matcher_lookbehind(taker->matcher) : 0;
        size_t n = MIN(stream->printed, stream->scan > keep ? stream->scan - keep : 0);

        /* Seldom, as it copies what is left. */
        if (n < 64 * (size_t) 1024 && n < stream->text.n)
                return;
        memmove(stream->text.bytes, stream->text.bytes + n, stream->text.n - n);
        stream->text.n -= n;
        stream->printed -= n;
        stream->scan -= n;
        stream->position += n;
}

static int feed_pattern(Taker *taker, TakerStream *stream, const char *data, size_t size)
{
        size_t end;
        int r;

        text_add(&stream->text, data, size);
        if (stream->text.failed)
                return -ENOMEM;
        r = matcher_find(taker->matcher, stream->text.bytes, stream->text.n, &stream->scan, &end);
        if (r < 0)
                return r;
        if (r > 0) {
                print_to(taker, stream, end);
                /* What was looked back at may reach beyond the match, but never what was printed before. */
                stream->text.n = MAX(end, stream->printed);
                taker->took = true;
                return 1;
        }
        print_to(taker, stream, stream->scan);
        forget(taker, stream);
        return stream->text.n > KEPT_MAX ? -EMSGSIZE : 0;
}

static int feed_lines(Taker *taker, TakerStream *stream, const char *data, size_t size)
{
        size_t n = 0;

        while (n < size && taker->n_lines < taker->lines) {
                const char *newline = memchr(data + n, '\n', size - n);

                n = newline ? (size_t) (newline - data) + 1 : size;
                taker->n_lines += newline != NULL;
        }
        put(taker, stream, data, n);
        stream->position += n;
        return taker->n_lines == taker->lines;
}

int taker_feed(Taker *taker, unsigned stream, uint64_t position, const char *data, size_t size)
{
        TakerStream *of = &taker->streams[stream];

        if (!of->seen || position != of->position + of->text.n) {
                /* The first, or behind a gap: nothing reaches over it. */
                print_to(taker, of, of->text.n);
                of->text.n = of->printed = of->scan = 0;
                of->position = position;
                of->seen = true;
        }
        if (taker->matcher)
                return feed_pattern(taker, of, data, size);
        if (taker->lines > 0)
                return feed_lines(taker, of, data, size);
        put(taker, of, data, size);
        of->position += size;
        return 0;
}

void taker_flush(Taker *taker)
{
        for (unsigned i = 0; i < TALK_STREAMS; i++) {
                TakerStream *stream = &taker->streams[i];

                print_to(taker, stream, stream->text.n);
                if (stream->carriage && taker->out)
                        (void) fputc('\r', taker->out);
                stream->carriage = false;
        }
        if (taker->out)
                (void) fflush(taker->out);
}

bool taker_end(const Taker *taker, unsigned stream, uint64_t *ret)
{
        const TakerStream *of = &taker->streams[stream];

        if (!of->seen)
                return false;
        *ret = of->position + of->text.n;
        return true;
}
