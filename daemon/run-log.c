/* SPDX-License-Identifier: MIT */

/* Reads what the log's writer wrote: files NAME.log, older ones NAME.log.1 and so on, of lines
 *
 *     2025-11-20T21:33:01.123456+01:00 stdout F the line
 *
 * One writer stamps them all, in the order in which they came through one socket, so that stamps alone tell what lies
 * between two of its lines. The files are merged as they are read: they may be much bigger than memory. */

#include "run-log.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"

#define DAEMON_NAME    "tended"
#define ROTATIONS_MAX  1000
#define TAIL_BYTES_MAX (64 * 1024)

/* One line, taken apart where it stands. */
typedef struct LogLine {
        char *stamp, *stream, *text;
} LogLine;

/* All files of one service, oldest first. */
typedef struct LogReader {
        char *service;
        const char *directory; /* weak */
        unsigned rotation;     /* of the open file; 0: NAME.log itself */
        FILE *file;
        char *buffer;
        size_t room;
        LogLine line;
        bool has_line;
} LogReader;

typedef struct LogReaders {
        LogReader *items;
        size_t n;
} LogReaders;

static bool line_split(char *s, LogLine *ret)
{
        char *stream = strchr(s, ' '), *flag = stream ? strchr(stream + 1, ' ') : NULL;

        if (!flag || !flag[1] || flag[2] != ' ')
                return false;
        *stream++ = '\0';
        *flag = '\0';
        s[strcspn(s, "\n")] = '\0';
        *ret = (LogLine){.stamp = s, .stream = stream, .text = flag + 3};
        ret->text[strcspn(ret->text, "\n")] = '\0';
        return true;
}

static FILE *open_rotation(const char *directory, const char *service, unsigned rotation)
{
        char path[PATH_MAX], number[16] = "";

        if (rotation > 0)
                snprintf(number, sizeof(number), ".%u", rotation);
        if (snprintf(path, sizeof(path), "%s/%s.log%s", directory, service, number) >= (int) sizeof(path))
                return NULL;
        return fopen(path, "re");
}

static void reader_done(LogReader *reader)
{
        if (reader->file)
                fclose(reader->file);
        free(reader->buffer);
        free(reader->service);
        *reader = (LogReader){0};
}

/* The next line of any of its files. */
static void reader_next(LogReader *reader)
{
        reader->has_line = false;
        while (reader->file) {
                ssize_t n = getline(&reader->buffer, &reader->room, reader->file);

                if (n > 0 && line_split(reader->buffer, &reader->line)) {
                        reader->has_line = true;
                        return;
                }
                if (n > 0)
                        continue;
                fclose(reader->file);
                reader->file = reader->rotation == 0
                                       ? NULL
                                       : open_rotation(reader->directory, reader->service, --reader->rotation);
        }
}

static void reader_open(LogReader *reader)
{
        FILE *file;

        reader->file = open_rotation(reader->directory, reader->service, 0);
        while (reader->rotation < ROTATIONS_MAX &&
               (file = open_rotation(reader->directory, reader->service, reader->rotation + 1))) {
                if (reader->file)
                        fclose(reader->file);
                reader->file = file;
                reader->rotation++;
        }
        reader_next(reader);
}

static void readers_done(LogReaders *readers)
{
        for (size_t i = 0; i < readers->n; i++)
                reader_done(&readers->items[i]);
        free(readers->items);
}

static int readers_add(LogReaders *readers, const char *directory, const char *service, size_t length)
{
        LogReader *items = reallocarray(readers->items, readers->n + 1, sizeof(LogReader));

        if (!items)
                return -ENOMEM;
        readers->items = items;
        items[readers->n] = (LogReader){.directory = directory, .service = strndup(service, length)};
        if (!items[readers->n].service)
                return -ENOMEM;
        readers->n++;
        return 0;
}

static int readers_find(LogReaders *readers, const char *directory)
{
        DIR *dir = opendir(directory);
        struct dirent *entry;
        int r = 0;

        if (!dir)
                return -errno;
        while (r >= 0 && (entry = readdir(dir))) {
                size_t n = strlen(entry->d_name);

                if (n > 4 && strcmp(entry->d_name + n - 4, ".log") == 0)
                        r = readers_add(readers, directory, entry->d_name, n - 4);
        }
        closedir(dir);
        for (size_t i = 0; i < readers->n; i++)
                reader_open(&readers->items[i]);
        return r;
}

/* Whose line is the oldest. NULL: there is none left. */
static LogReader *readers_oldest(LogReaders *readers)
{
        LogReader *oldest = NULL;

        for (size_t i = 0; i < readers->n; i++) {
                LogReader *reader = &readers->items[i];

                if (reader->has_line && (!oldest || strcmp(reader->line.stamp, oldest->line.stamp) < 0))
                        oldest = reader;
        }
        return oldest;
}

static bool begins_with(const char *s, const char *prefix)
{
        return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* The last such pair: a folder of one's own may hold earlier trials. */
static void find_bounds(const char *directory, char **ret_from, char **ret_to)
{
        LogReader reader = {.directory = directory, .service = strdup(DAEMON_NAME)};

        if (!reader.service)
                return;
        for (reader_open(&reader); reader.has_line; reader_next(&reader)) {
                if (begins_with(reader.line.text, TRIAL_LOG_BEGIN)) {
                        free(*ret_from);
                        free(*ret_to);
                        *ret_from = strdup(reader.line.stamp);
                        *ret_to = NULL;
                } else if (begins_with(reader.line.text, TRIAL_LOG_END)) {
                        free(*ret_to);
                        *ret_to = strdup(reader.line.stamp);
                }
        }
        reader_done(&reader);
}

static void show_line(Trial *trial, const char *service, const char *line, int width)
{
        _cleanup_free_ char *shown = NULL;
        int n = asprintf(&shown, "%-*s | %s\n", width, service, line);

        if (n < 0)
                shown = NULL;
        else
                trial_write(trial, shown, (size_t) n);
}

void trial_log_print(Trial *trial, const char *directory)
{
        _cleanup_(readers_done) LogReaders readers = {0};
        _cleanup_free_ char *from = NULL, *to = NULL;
        LogReader *oldest;
        size_t width = 0;

        find_bounds(directory, &from, &to);
        if (!from || readers_find(&readers, directory) < 0)
                return;
        for (size_t i = 0; i < readers.n; i++)
                if (strcmp(readers.items[i].service, DAEMON_NAME) != 0)
                        width = MAX(width, MIN(strlen(readers.items[i].service), 24U));
        for (; (oldest = readers_oldest(&readers)) && !trial->unheard; reader_next(oldest)) {
                if (to && strcmp(oldest->line.stamp, to) > 0)
                        return;
                if (strcmp(oldest->line.stamp, from) > 0 && strcmp(oldest->line.stream, "event") != 0)
                        show_line(trial, oldest->service, oldest->line.text, (int) width);
        }
}

/* The lines of a file's end. */
static int read_tail(FILE *file, Text *text)
{
        _cleanup_free_ char *buffer = NULL;
        size_t room = 0;
        bool cut = false;
        LogLine line;

        if (fseeko(file, 0, SEEK_END) == 0 && ftello(file) > TAIL_BYTES_MAX)
                cut = fseeko(file, -TAIL_BYTES_MAX, SEEK_END) == 0;
        if (!cut)
                rewind(file);
        while (getline(&buffer, &room, file) > 0) {
                if (!cut && line_split(buffer, &line) && strcmp(line.stream, "event") != 0) {
                        text_add_string(text, line.text);
                        text_add_char(text, '\n');
                }
                cut = false;
        }
        return text->failed ? -ENOMEM : 0;
}

int trial_log_tail(const char *directory, const char *service, unsigned lines, char **ret)
{
        _cleanup_(text_done) Text text = TEXT_NULL;
        FILE *file = open_rotation(directory, service, 0);
        size_t begin;
        int r;

        if (!file)
                return -errno;
        r = read_tail(file, &text);
        fclose(file);
        if (r < 0)
                return r;
        for (begin = text.n; begin > 0; begin--)
                if (text.bytes[begin - 1] == '\n' && begin < text.n && lines-- == 1)
                        break;
        *ret = strndup(text.bytes ? text.bytes + begin : "", text.n - begin);
        return *ret ? 0 : -ENOMEM;
}

void trial_log_show(Trial *trial, const char *service, const char *lines)
{
        while (*lines) {
                size_t n = strcspn(lines, "\n");
                _cleanup_free_ char *line = strndup(lines, n);

                if (line)
                        show_line(trial, service, line, 0);
                lines += n + (lines[n] == '\n');
        }
}
