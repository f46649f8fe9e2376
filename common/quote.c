/* SPDX-License-Identifier: MIT */
/* Words out of values, and words for people.
 *
 * word_extract() is what every list, assignment and command line is read with. It walks the string once, with the
 * open quote (if any) as its only state; which of quotes, escapes and separators mean something is up to the flags.
 * It takes the same decisions as systemd, also where they surprise: an escape counts in single quotes too, and a
 * quote may open in the middle of a word.
 *
 * quote_word() is the way back for a shell: what is printed can be pasted. */

#include "common/quote.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/escape.h"
#include "common/strv.h"
#include "common/text.h"

#define WHITESPACE " \t\n\r"

typedef struct WordScan {
        const char *p; /* the next byte */
        const char *separators;
        WordFlags flags;
        char quote; /* the open one, or 0 */
        bool done;  /* the word is complete */
        Text word;
} WordScan;

/* At the backslash. */
static int scan_escape(WordScan *scan)
{
        char next = scan->p[1];
        Escaped escaped;

        if (!next) {
                if ((scan->flags & WORD_KEEP_ESCAPES) && (!scan->quote || (scan->flags & WORD_RELAX)))
                        text_add_char(&scan->word, '\\');
                else if (!(scan->flags & WORD_RELAX))
                        return -EBADMSG;
                scan->p++;
                scan->done = true;
                return 0;
        }

        if (!(scan->flags & WORD_CUNESCAPE)) {
                text_add_char(&scan->word, next);
                scan->p += 2;
        } else if (escape_read(scan->p + 1, &escaped) >= 0) {
                text_add(&scan->word, escaped.bytes, escaped.n);
                scan->p += 1 + escaped.length;
        } else if (scan->flags & WORD_KEEP_ESCAPES) {
                text_add(&scan->word, scan->p, 2);
                scan->p += 2;
        } else
                return -EINVAL;
        return 0;
}

/* Takes one step: a byte, a quote, an escape, or the word's end, at which p stays on the separator. */
static int scan_step(WordScan *scan)
{
        char c = *scan->p;

        if (c == '\\' && !(scan->flags & WORD_RETAIN_ESCAPE))
                return scan_escape(scan);
        if (c == '\0') {
                if (scan->quote && !(scan->flags & WORD_RELAX))
                        return -EBADMSG;
                scan->done = true;
                return 0;
        }
        if (scan->quote && c == scan->quote)
                scan->quote = 0;
        else if (!scan->quote && (c == '"' || c == '\'') && (scan->flags & WORD_UNQUOTE))
                scan->quote = c;
        else if (!scan->quote && strchr(scan->separators, c)) {
                scan->done = true;
                return 0;
        } else
                text_add_char(&scan->word, c);
        scan->p++;
        return 0;
}

static void scan_done(WordScan *scan)
{
        text_done(&scan->word);
}

int word_extract(const char **p, const char *separators, WordFlags flags, char **ret)
{
        _cleanup_(scan_done) WordScan scan = {
                .p = *p,
                .separators = separators ? separators : WHITESPACE,
                .flags = flags,
        };
        int r;

        if (!*p)
                return 0;
        if (!(flags & WORD_DONT_COALESCE)) {
                scan.p += strspn(scan.p, scan.separators);
                if (!*scan.p) {
                        *p = NULL;
                        return 0;
                }
        }

        while (!scan.done) {
                r = scan_step(&scan);
                if (r < 0)
                        return r;
        }

        r = text_take(&scan.word, ret);
        if (r < 0)
                return r;
        /* Behind the last separator of a list whose empty words count, one more empty word follows. */
        if (*scan.p && (flags & WORD_DONT_COALESCE)) {
                *p = scan.p + 1;
                return 1;
        }
        scan.p += strspn(scan.p, scan.separators);
        *p = *scan.p ? scan.p : NULL;
        return 1;
}

int word_split(const char *s, const char *separators, WordFlags flags, char ***ret)
{
        _cleanup_(strv_freep) char **words = NULL;
        size_t n = 0;
        int r;

        for (;;) {
                char *word;

                r = word_extract(&s, separators, flags, &word);
                if (r < 0)
                        return r;
                if (r == 0)
                        break;
                r = strv_consume_n(&words, &n, word);
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(words);
        return 0;
}

const char *word_error(int r)
{
        switch (r) {
        case -EINVAL:
                return "there is no such escape sequence";
        case -EBADMSG:
                return "a quote is not closed, or a backslash stands at the end";
        case -ENOMEM:
                return "out of memory";
        default:
                return "cannot be read";
        }
}

static bool is_plain_letter(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               (c && strchr("_-+=./:,@%^", c));
}

static bool is_control(char c)
{
        return (c > 0 && c < ' ') || c == 0x7f;
}

/* $'…', which bash, ksh, zsh and POSIX 2024 read. */
static void add_control_quoted(Text *text, const char *s)
{
        static const char meanings[] = "\a\b\f\n\r\t\v\\'", letters[] = "abfnrtv\\'";
        char octal[8];

        text_add_string(text, "$'");
        for (; *s; s++) {
                const char *meaning = strchr(meanings, *s);

                if (meaning) {
                        text_add_char(text, '\\');
                        text_add_char(text, letters[meaning - meanings]);
                } else if (is_control(*s)) {
                        snprintf(octal, sizeof(octal), "\\%03o", (unsigned) *s);
                        text_add_string(text, octal);
                } else
                        text_add_char(text, *s);
        }
        text_add_char(text, '\'');
}

static void add_quoted(Text *text, const char *s)
{
        bool plain = *s != '\0', control = false;

        for (const char *c = s; *c; c++) {
                plain = plain && is_plain_letter(*c);
                control = control || is_control(*c);
        }
        if (plain) {
                text_add_string(text, s);
                return;
        }
        if (control) {
                add_control_quoted(text, s);
                return;
        }
        text_add_char(text, '\'');
        for (; *s; s++)
                if (*s == '\'')
                        text_add_string(text, "'\\''");
                else
                        text_add_char(text, *s);
        text_add_char(text, '\'');
}

char *quote_word(const char *s)
{
        Text text = TEXT_NULL;
        char *quoted = NULL;

        add_quoted(&text, s);
        return text_take(&text, &quoted) < 0 ? NULL : quoted;
}

char *quote_words(char *const *strv)
{
        Text text = TEXT_NULL;
        char *quoted = NULL;

        STRV_FOREACH (i, strv) {
                if (i != strv)
                        text_add_char(&text, ' ');
                add_quoted(&text, *i);
        }
        return text_take(&text, &quoted) < 0 ? NULL : quoted;
}
