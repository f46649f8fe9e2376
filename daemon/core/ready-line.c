/* SPDX-License-Identifier: MIT */

/* Looks for a pattern in output as it comes. Lines that are whole in what was read are matched where they are; of a
 * line that isn't, the beginning is kept, at most LINE_WINDOW bytes, and matched again with each piece that follows.
 * Nothing waits for a newline, as a prompt has none.
 *
 * The pattern is the administrator's and the text the child's, and neither knows the other: a match is given up after
 * a number of steps that leaves honest patterns alone and bounds the time that the others take. */

#include "core/ready-line.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define PATTERN_MAX    8192
#define LINE_WINDOW    8192
/* Steps of a match from one place: few for a long line, as there are many places in it. */
#define STEPS_MIN      10000
#define STEPS_PER_LINE 4000000
#define HEAP_MAX_KIB   1024

#define N_STREAMS      2

typedef struct OpenLine {
        char *bytes; /* LINE_WINDOW of them, or NULL: none are kept */
        size_t n;
        bool given_up; /* this line takes too many steps: it is tried once more when it is complete */
} OpenLine;

struct ReadyLine {
        pcre2_code *code;
        pcre2_match_data *match;
        pcre2_match_context *limits;
        OpenLine lines[N_STREAMS];
};

static int compile(const char *pattern, pcre2_code **ret, char **ret_error)
{
        unsigned char message[160];
        PCRE2_SIZE offset;
        pcre2_code *code;
        char *error;
        int number;

        if (strlen(pattern) > PATTERN_MAX) {
                if (asprintf(&error, "it is longer than %d bytes", PATTERN_MAX) < 0)
                        return -ENOMEM;
                *ret_error = error;
                return -EINVAL;
        }
        code = pcre2_compile((PCRE2_SPTR) pattern, PCRE2_ZERO_TERMINATED,
                             PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C, &number, &offset, NULL);
        if (code) {
                *ret = code;
                return 0;
        }
        if (number == PCRE2_ERROR_NOMEMORY)
                return -ENOMEM;

        pcre2_get_error_message(number, message, sizeof(message));
        if (asprintf(&error, "%s, at character %zu", (char *) message, (size_t) offset + 1) < 0)
                return -ENOMEM;
        *ret_error = error;
        return -EINVAL;
}

int ready_line_new(const char *pattern, ReadyLine **ret, char **ret_error)
{
        _cleanup_(ready_line_freep) ReadyLine *ready_line = calloc(1, sizeof(*ready_line));
        int r;

        if (!ready_line)
                return -ENOMEM;
        r = compile(pattern, &ready_line->code, ret_error);
        if (r < 0)
                return r;
        /* Where it matched doesn't matter: room for one pair is enough. */
        ready_line->match = pcre2_match_data_create(1, NULL);
        ready_line->limits = pcre2_match_context_create(NULL);
        if (!ready_line->match || !ready_line->limits)
                return -ENOMEM;
        pcre2_set_heap_limit(ready_line->limits, HEAP_MAX_KIB);
        *ret = TAKE_PTR(ready_line);
        return 0;
}

void ready_line_reset(ReadyLine *ready_line)
{
        for (unsigned i = 0; i < N_STREAMS; i++) {
                free(ready_line->lines[i].bytes);
                ready_line->lines[i] = (OpenLine){};
        }
}

ReadyLine *ready_line_free(ReadyLine *ready_line)
{
        if (!ready_line)
                return NULL;

        ready_line_reset(ready_line);
        pcre2_match_context_free(ready_line->limits);
        pcre2_match_data_free(ready_line->match);
        pcre2_code_free(ready_line->code);
        free(ready_line);
        return NULL;
}

/* 1: matches; 0: doesn't; -E2BIG: takes too many steps. */
static int match(ReadyLine *ready_line, const char *line, size_t n)
{
        int r;

        pcre2_set_match_limit(ready_line->limits, MAX((size_t) STEPS_MIN, STEPS_PER_LINE / (n + 1)));
        r = pcre2_match(ready_line->code, (PCRE2_SPTR) line, n, 0, 0, ready_line->match, ready_line->limits);
        if (r >= 0)
                return 1;
        return r == PCRE2_ERROR_NOMATCH ? 0 : -E2BIG;
}

/* Keeps more of a line that is not complete. Without memory the line is not looked at any more. */
static void open_line_add(OpenLine *line, const char *data, size_t size)
{
        size_t n = MIN(size, LINE_WINDOW - line->n);

        if (n == 0)
                return;
        if (!line->bytes)
                line->bytes = malloc(LINE_WINDOW);
        if (!line->bytes)
                return;
        memcpy(line->bytes + line->n, data, n);
        line->n += n;
}

/* A complete line, of which `open` has the beginning. */
static bool feed_line(ReadyLine *ready_line, OpenLine *open, const char *data, size_t size)
{
        if (open->n > 0) {
                open_line_add(open, data, size);
                data = open->bytes;
                size = open->n;
        }
        size = MIN(size, (size_t) LINE_WINDOW);
        if (size > 0 && data[size - 1] == '\r')
                size--;
        open->n = 0;
        open->given_up = false;
        return match(ready_line, data, size) > 0;
}

/* The beginning of a line, or more of it. */
static bool feed_open_line(ReadyLine *ready_line, OpenLine *open, const char *data, size_t size)
{
        size_t before = open->n;
        int r;

        open_line_add(open, data, size);
        if (open->n == before || open->given_up)
                return false;
        r = match(ready_line, open->bytes, open->n);
        open->given_up = r < 0;
        return r > 0;
}

bool ready_line_feed(ReadyLine *ready_line, unsigned stream, const char *data, size_t size)
{
        OpenLine *open;

        assert(stream < N_STREAMS);
        open = &ready_line->lines[stream];
        while (size > 0) {
                const char *newline = memchr(data, '\n', size);
                size_t n = newline ? (size_t) (newline - data) : size;

                if (newline ? feed_line(ready_line, open, data, n) : feed_open_line(ready_line, open, data, n))
                        return true;
                data += n + (newline != NULL);
                size -= n + (newline != NULL);
        }
        return false;
}
