/* SPDX-License-Identifier: MIT */
#pragma once

/* Reads the answers of a booted systemd in tests/unit/data: one fact a line, a word and its text, in which bytes are
 * written %HH (tests/system/oracle/README.md). */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macro.h"

typedef struct CaseFile {
        FILE *stream;
        char *line;
        size_t size;
        unsigned number; /* of the line */
} CaseFile;

static inline CaseFile cases_open(const char *name)
{
        CaseFile file = {0};
        char path[4096];

        snprintf(path, sizeof(path), "%s/%s", TEST_DATA_FOLDER, name);
        file.stream = fopen(path, "re");
        if (!file.stream) {
                perror(path);
                abort();
        }
        return file;
}

static inline void cases_close(CaseFile *file)
{
        free(file->line);
        fclose(file->stream);
}

static inline void cases_decode(char *s)
{
        char *out = s;

        for (; *s; s++, out++) {
                unsigned byte;

                *out = *s;
                if (*s == '%' && sscanf(s + 1, "%2x", &byte) == 1) {
                        *out = (char) byte;
                        s += 2;
                }
        }
        *out = '\0';
}

/* The next fact: its word, and its text decoded (both valid until the next call). False at the end. */
static inline bool cases_next(CaseFile *file, const char **ret_word, char **ret_text)
{
        do {
                ssize_t n = getline(&file->line, &file->size, file->stream);

                if (n < 0)
                        return false;
                file->number++;
                file->line[n - 1] = '\0';
        } while (file->line[0] == '#');

        *ret_word = file->line;
        *ret_text = strchr(file->line, ' ');
        if (*ret_text)
                *(*ret_text)++ = '\0';
        else
                *ret_text = file->line + strlen(file->line);
        cases_decode(*ret_text);
        return true;
}

/* Of `case` and `file`: cuts the number off the text and returns the rest. */
static inline char *cases_number(char *text, unsigned *ret)
{
        char *rest;

        *ret = (unsigned) strtoul(text, &rest, 10);
        return *rest == ' ' ? rest + 1 : rest;
}

/* The next question to one of `directives` (a string with blanks between and around them) in values.txt, trimmed as
 * the reader of definitions trims values. `answer` becomes what systemd read ("" where it refused). */
static inline bool cases_next_value(CaseFile *file, const char *directives, char question[2][256], char answer[256])
{
        const char *word;
        char *text, *value, wanted[64];

        while (cases_next(file, &word, &text)) {
                if (strcmp(word, "value") != 0)
                        continue;
                value = strchr(text, ' ');
                *value++ = '\0';
                snprintf(wanted, sizeof(wanted), " %s ", text);
                if (!strstr(directives, wanted))
                        continue;
                snprintf(question[0], 256, "%s", text);
                value += strspn(value, " ");
                snprintf(question[1], 256, "%s", value);
                for (size_t n = strlen(question[1]); n > 0 && question[1][n - 1] == ' '; n--)
                        question[1][n - 1] = '\0';
                cases_next(file, &word, &text);
                snprintf(answer, 256, "%s", strcmp(word, "answer") == 0 ? text : "");
                return true;
        }
        return false;
}
