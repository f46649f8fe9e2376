/* SPDX-License-Identifier: MIT */
#pragma once

/* A game: the whole life of one world, made up from a seed, or played again from a history. */

#include "move.h"

typedef struct Game {
        uint64_t n_moves, n_events; /* made; calls of the engine that came of them */
        char broken[BROKEN_MAX];    /* empty: all promises were kept */
        const char *broken_kind;    /* two of the same kind have the same; NULL of crashes */
} Game;

/* `record` (may be NULL) gets all moves that were made; `story` (may be NULL) is told as it goes. */
void game_play(uint64_t seed, unsigned n_moves, History *record, FILE *story, Game *ret);
void game_replay(const History *history, FILE *story, Game *ret);
