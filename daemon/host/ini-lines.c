/* SPDX-License-Identifier: MIT */

/* INI files through inih, without its traps. inih cuts lines at 200 bytes and goes on with the rest as a line of its
 * own, section names at 49, values at ` ;`, everything at a NUL byte; takes an indented line for more of the value
 * before; knows no continuation by a backslash, and tells its handler no line number. Which of these can be switched
 * off, and how, depends on who built it.
 *
 * So inih never sees the file. Our reader takes the next line out of it, with its number, its continuation and the
 * comments before it, and hands inih a short stand-in of the same structure (`[section]`, `key=`), at which none of
 * the limits bites; when inih calls the handler, the line that the stand-in stands for is the one just read. */

#include "host/ini-lines.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"

typedef struct IniReader {
        const char *contents;
        size_t size, at; /* how far it is read */
        unsigned number; /* of the last physical line */
        const IniHandler *handler;
        int error; /* < 0: a function of the handler wants no more */

        /* the line that inih was last given a stand-in for */
        Text text;
        unsigned first_number;
        const char *source;
        bool header, header_told;
        const char *problem; /* why it can't be given as text */
} IniReader;

/* The next physical line, without its end. False at the end of the file. */
static bool next_physical(IniReader *reader, const char **ret, size_t *ret_n)
{
        const char *line = reader->contents + reader->at, *newline;
        size_t left = reader->size - reader->at, n;

        if (left == 0)
                return false;
        newline = memchr(line, '\n', left);
        n = newline ? (size_t) (newline - line) : left;
        reader->at += n + (newline != NULL);
        reader->number++;
        if (n > 0 && line[n - 1] == '\r')
                n--;
        *ret = line;
        *ret_n = n;
        return true;
}

static size_t leading_white(const char *line, size_t n)
{
        size_t i = 0;

        while (i < n && (line[i] == ' ' || line[i] == '\t' || line[i] == '\r'))
                i++;
        return i;
}

/* Is the last letter a backslash that isn't itself escaped? */
static bool ends_in_backslash(const char *line, size_t n)
{
        size_t k = 0;

        while (k < n && line[n - 1 - k] == '\\')
                k++;
        return k % 2 == 1;
}

static void add_physical(IniReader *reader, const char *line, size_t n)
{
        if (memchr(line, '\0', n))
                reader->problem = "the line holds a NUL byte";
        else if (reader->text.n + n > INI_LINE_MAX)
                reader->problem = "the line is longer than 1M";
        if (!reader->problem)
                text_add(&reader->text, line, n);
}

/* Joins the next line that means something into `text`. As in systemd a backslash at the end becomes a blank, and
 * comments between continued lines are no part of them. */
static bool next_line(IniReader *reader)
{
        const char *line;
        size_t n;
        bool continued = false;

        text_done(&reader->text);
        reader->problem = NULL;
        reader->source = reader->contents + reader->at;
        while (next_physical(reader, &line, &n)) {
                size_t white = leading_white(line, n);

                if (white < n && (line[white] == '#' || line[white] == ';')) {
                        if (!memchr(line, '\0', n))
                                continue;
                        /* Told like a line of its own, or as a mistake of the line that it stands in. */
                        reader->problem = "the line holds a NUL byte";
                        if (continued)
                                continue;
                        reader->header = false;
                        reader->first_number = reader->number;
                        return true;
                }
                if (!continued) {
                        if (white == n)
                                continue;
                        reader->header = line[white] == '[';
                        reader->first_number = reader->number;
                        line += white;
                        n -= white;
                }
                continued = ends_in_backslash(line, n);
                add_physical(reader, line, n - continued);
                if (!continued)
                        return true;
                text_add_char(&reader->text, ' ');
        }
        return continued;
}

/* inih's reader, as fgets() is one: `stream` is ours. */
static char *read_stand_in(char *buffer, int size, void *stream)
{
        IniReader *reader = stream;

        if (reader->error < 0)
                return NULL;
        /* inih keeps a section to itself until a key comes: so each section gets one. */
        if (reader->header && !reader->header_told) {
                reader->header_told = true;
                snprintf(buffer, size, "begins=\n");
                return buffer;
        }
        if (!next_line(reader)) {
                text_done(&reader->text);
                return NULL;
        }
        reader->header_told = false;
        snprintf(buffer, size, "%s", reader->header ? "[section]\n" : "line=\n");
        return buffer;
}

static void strip_end(char *s)
{
        size_t n = strlen(s);

        while (n > 0 && strchr(" \t\r", s[n - 1]))
                n--;
        s[n] = '\0';
}

static int tell(IniReader *reader)
{
        const IniHandler *handler = reader->handler;
        _cleanup_free_ char *text = NULL;
        DefinitionLine line = {
                .number = reader->first_number,
                .source = reader->source,
                .source_size = reader->contents + reader->at - reader->source,
        };
        int r;

        if (reader->problem)
                return handler->on_bad_line(handler->userdata, line.number, reader->header, reader->problem);
        r = text_take(&reader->text, &text);
        if (r < 0)
                return r;
        strip_end(text);
        line.text = text;
        return reader->header ? handler->on_header(handler->userdata, &line)
                              : handler->on_line(handler->userdata, &line);
}

/* inih's handler: 0 is its failure. */
static int on_stand_in(void *userdata, const char *section, const char *name, const char *value)
{
        IniReader *reader = userdata;

        /* An inih that was built to tell of new sections does so without a key. */
        if (!name)
                return 1;
        reader->error = tell(reader);
        return reader->error >= 0;
}

int ini_read(const char *contents, size_t size, const IniHandler *handler)
{
        static const char byte_order_mark[] = "\xef\xbb\xbf";
        IniReader reader = {.contents = contents, .size = size, .handler = handler};
        int r;

        if (size >= 3 && memcmp(contents, byte_order_mark, 3) == 0)
                reader.at = 3;
        r = ini_parse_stream(read_stand_in, &reader, on_stand_in, &reader);
        text_done(&reader.text);
        /* The stand-ins are right by construction: what inih can fail of is memory. */
        if (reader.error < 0)
                return reader.error;
        return r == 0 ? 0 : -ENOMEM;
}
