/* SPDX-License-Identifier: MIT */
/* The nearest right word: Damerau's and Levenshtein's distance (each pair of neighbours swapped at most once), over
 * three rows of the usual table. How far a word may be away grows with its length; a right word that the wrong one is
 * the beginning of counts as near, too. */

#include "common/suggest.h"

#include <string.h>
#include <strings.h>

#include "common/strv.h"

#define WORD_BYTES_MAX 64

static char fold(char c)
{
        return c >= 'A' && c <= 'Z' ? (char) (c - 'A' + 'a') : c;
}

unsigned edit_distance(const char *a, const char *b, unsigned limit)
{
        unsigned rows[3][WORD_BYTES_MAX + 1];
        size_t n_a = strnlen(a, WORD_BYTES_MAX + 1), n_b = strnlen(b, WORD_BYTES_MAX + 1);
        unsigned *before = rows[0], *last = rows[1], *row = rows[2];

        if (n_a > WORD_BYTES_MAX || n_b > WORD_BYTES_MAX || (n_a > n_b ? n_a - n_b : n_b - n_a) > limit)
                return limit + 1;

        for (size_t j = 0; j <= n_b; j++)
                before[j] = last[j] = (unsigned) j;
        for (size_t i = 1; i <= n_a; i++) {
                unsigned *oldest = before;

                row[0] = (unsigned) i;
                for (size_t j = 1; j <= n_b; j++) {
                        bool same = fold(a[i - 1]) == fold(b[j - 1]);

                        row[j] = MIN(MIN(last[j], row[j - 1]) + 1, last[j - 1] + !same);
                        if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) && fold(a[i - 2]) == fold(b[j - 1]))
                                row[j] = MIN(row[j], before[j - 2] + 1);
                }
                before = last;
                last = row;
                row = oldest;
        }
        return MIN(last[n_b], limit + 1);
}

void suggestion_consider(Suggestion *suggestion, const char *candidate)
{
        size_t length = strlen(suggestion->word);
        unsigned limit = 1 + (unsigned) MIN(length, (size_t) WORD_BYTES_MAX) / 4;
        unsigned distance = edit_distance(suggestion->word, candidate, limit);

        /* A beginning is worse than any mistyped word. */
        if (distance > limit && length >= 3 && strncasecmp(suggestion->word, candidate, length) == 0)
                distance = limit + 1;
        else if (distance > limit)
                return;
        /* "x" is not a mistyped "no". */
        if (distance >= length)
                return;
        if (distance < suggestion->distance) {
                suggestion->distance = distance;
                suggestion->best = candidate;
        }
}

const char *suggest(const char *word, char *const *candidates)
{
        Suggestion suggestion = SUGGESTION(word);

        STRV_FOREACH (i, candidates)
                suggestion_consider(&suggestion, *i);
        return suggestion.best;
}
