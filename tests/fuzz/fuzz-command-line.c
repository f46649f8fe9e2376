/* SPDX-License-Identifier: MIT */
/* Values: the first byte of a case says which reader gets the rest. Beyond not crashing, each must keep a promise:
 * what was read can be written in a form that reads as the same. */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/command-line.h"
#include "common/env-file.h"
#include "common/environment.h"
#include "common/parse.h"
#include "common/quote.h"
#include "common/size.h"
#include "common/strv.h"
#include "common/suggest.h"
#include "common/text.h"
#include "common/timespan.h"
#include "common/timestamp.h"
#include "fuzz.h"

static int resolve(void *userdata, char letter, const char *name, char **ret, char **ret_error)
{
        if (letter == 'z')
                return -ENOENT;
        *ret = strdup(letter == '{' ? name : "a value");
        return *ret ? 0 : -ENOMEM;
}

/* A command as a line in which every byte is an escape. */
static char *write_command(const Command *command)
{
        Text text = TEXT_NULL;
        char escape[8], *line;

        text_add_string(&text, command->ignore_failure ? "-@" : "@");
        text_add_string(&text, command->no_variables ? ":" : "");
        for (char *const *word = (char *const[]){command->path, NULL}; word && *word;) {
                text_add_string(&text, word == command->argv ? " \"" : "\"");
                for (const char *c = *word; *c; c++) {
                        snprintf(escape, sizeof(escape), "\\x%02x", (unsigned char) *c);
                        text_add_string(&text, escape);
                        if (*c == '%')
                                text_add_string(&text, escape);
                }
                text_add_string(&text, "\" ");
                word = *word == command->path ? command->argv : word + 1;
        }
        assert(text_take(&text, &line) >= 0);
        return line;
}

static void check_command(const Command *command)
{
        CommandList again = {0};
        char *message, *line, *shown, **expanded = NULL, **unset = NULL;
        char *environment[] = {(char *) "A=x \"y z\" '", (char *) "B=", (char *) "AB=$A ${B}", NULL};

        line = write_command(command);
        assert(command_line_parse(line, NULL, &again, &message) == 0);
        assert(again.n == 1);
        assert(strcmp(again.items[0].path, command->path) == 0);
        assert(strv_equal(again.items[0].argv, command->argv));
        assert(again.items[0].ignore_failure == command->ignore_failure);
        assert(again.items[0].no_variables == command->no_variables);
        command_list_done(&again);
        free(line);

        shown = quote_words(command->argv);
        assert(shown);
        free(shown);
        if (command_expand_variables(command->argv, environment, &expanded, &unset) >= 0) {
                strv_free(expanded);
                strv_free(unset);
        }
}

static void read_command_line(const char *s)
{
        Specifiers specifiers = {.resolve = resolve};
        CommandList list = {0};
        char *message;
        int r = command_line_parse(s, &specifiers, &list, &message);

        assert((r != 0) == (message != NULL));
        assert(r >= 0 || list.n == 0);
        /* A name that only a specifier could begin with a prefix's letter can't be written without one. */
        for (size_t i = 0; i < list.n; i++)
                if (!strchr("-@:+!|", *list.items[i].path))
                        check_command(&list.items[i]);
        command_list_done(&list);
        free(message);
}

static void read_env_file(const char *s, size_t n)
{
        char **environment = NULL, **warnings = NULL;

        if (env_file_parse(s, n, &environment, &warnings) < 0)
                assert(!environment);
        STRV_FOREACH (i, environment) {
                assert(environment_assignment_is_valid(*i));
                STRV_FOREACH (j, i + 1)
                        assert(!environment_has_name(*j, *i));
        }
        strv_free(environment);
        strv_free(warnings);
}

static void read_words(const char *s)
{
        static const char *const separators[] = {NULL, ":", ", "};

        for (unsigned flags = 0; flags < 64; flags++)
                for (size_t i = 0; i < ELEMENTSOF(separators); i++) {
                        char **words = NULL;
                        int r = word_split(s, separators[i], flags, &words);

                        /* A word has no more bytes than what it was read from: an escape is longer than its meaning.
                         */
                        if (r >= 0)
                                STRV_FOREACH (word, words)
                                        assert(strlen(*word) <= strlen(s));
                        else
                                assert((flags & (WORD_RELAX | WORD_RETAIN_ESCAPE)) !=
                                       (WORD_RELAX | WORD_RETAIN_ESCAPE));
                        strv_free(words);
                }
}

static void read_numbers(const char *s)
{
        char buf[TIMESPAN_MAX];
        usec_t span, again;
        uint64_t soft, hard;
        unsigned mode;
        bool b;
        int i;

        /* The last year that fits is written, but (as in systemd) not read. */
        if (timespan_parse(s, USEC_PER_SEC, &span) >= 0 && (span == USEC_INFINITY || span < 584542 * USEC_PER_YEAR)) {
                assert(timespan_parse(timespan_format(buf, sizeof(buf), span, 1), USEC_PER_SEC, &again) >= 0);
                assert(span == again);
        }
        for (int resource = 0; limit_to_string(resource); resource++)
                if (limit_parse(resource, s, &soft, &hard) >= 0)
                        assert(soft <= hard);
        if (timestamp_parse(s, 1353694522 * USEC_PER_SEC, &span) >= 0)
                assert(span != USEC_INFINITY);
        if (signal_parse(s, &i) >= 0)
                assert(i > 0 && i <= 64);
        if (mode_parse(s, &mode) >= 0)
                assert(mode <= 07777);
        boolean_parse(s, &b);
        assert(edit_distance(s, "TimeoutStopSec", 5) == edit_distance("TimeoutStopSec", s, 5));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *s;

        if (size < 1)
                return 0;
        s = malloc(size);
        assert(s);
        memcpy(s, data + 1, size - 1);
        s[size - 1] = '\0';
        switch (data[0]) {
        case 'e':
                read_env_file(s, size - 1);
                break;
        case 'w':
                read_words(s);
                break;
        case 'n':
                read_numbers(s);
                break;
        default:
                read_command_line(s);
        }
        free(s);
        return 0;
}
