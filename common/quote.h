/* SPDX-License-Identifier: MIT */
#pragma once

/* Words, quotes and escapes as systemd.syntax(7) has them, and quoting for people. */

#include "common/escape.h"
#include "common/macro.h"

typedef enum WordFlags {
        WORD_UNQUOTE = 1 << 0,       /* "…" and '…' protect separators, and go away */
        WORD_CUNESCAPE = 1 << 1,     /* \n, \x20, … mean what they mean in C; an unknown escape is an error */
        WORD_RELAX = 1 << 2,         /* an open quote ends with the string; a trailing backslash is dropped */
        WORD_KEEP_ESCAPES = 1 << 3,  /* an unknown escape and a trailing backslash stand for themselves */
        WORD_RETAIN_ESCAPE = 1 << 4, /* a backslash is a letter like any other */
        WORD_DONT_COALESCE = 1 << 5, /* each separator ends a word, be it empty */
} WordFlags;
/* Without WORD_CUNESCAPE and WORD_RETAIN_ESCAPE a backslash makes the next letter stand for itself and goes away. */

/* Takes the next word from *p, which moves behind it and its separators, and becomes NULL at the end of the string.
 * `separators`: NULL for white space. Returns 1 and the word, which the caller frees; 0 where there is none;
 * -EINVAL: a bad escape; -EBADMSG: an open quote or a trailing backslash; -ENOMEM. On failure *p stays. */
int word_extract(const char **p, const char *separators, WordFlags flags, char **ret);
/* All words. The caller frees the vector (NULL where there are none). */
int word_split(const char *s, const char *separators, WordFlags flags, char ***ret);
/* The lists and assignments of most directives: white space, quotes and C escapes. */
#define WORD_LIST (WORD_UNQUOTE | WORD_CUNESCAPE)
/* Why, in words that stand behind `KEY: `. */
const char *word_error(int r);

/* One word as a shell would take it: as it is where nothing in it is special, else in quotes, control characters as
 * $'\n'. The caller frees it; NULL when out of memory. */
char *quote_word(const char *s);
/* All words, with blanks between them. */
char *quote_words(char *const *strv);
