/* SPDX-License-Identifier: MIT */
#pragma once

/* "Did you mean …?": the right word that is nearest to a wrong one. */

#include "common/macro.h"

/* Offer all candidates one after the other, then read `best`:
 *     Suggestion s = SUGGESTION(word);
 *     for (…) suggestion_consider(&s, name);
 *     if (s.best) … */
typedef struct Suggestion {
        const char *word;
        const char *best; /* borrowed from the caller; NULL: nothing is near */
        unsigned distance;
} Suggestion;

#define SUGGESTION(w) ((Suggestion){.word = (w), .distance = ~0u})

/* The first of equally near candidates stands. */
void suggestion_consider(Suggestion *suggestion, const char *candidate);
/* The nearest of a vector, or NULL. */
const char *suggest(const char *word, char *const *candidates);

/* Letters to insert, delete, change or swap with their neighbour to get from one to the other; case counts nothing.
 * At most `limit` + 1 is told, and of words longer than 64 bytes that, too. */
unsigned edit_distance(const char *a, const char *b, unsigned limit);
