/* SPDX-License-Identifier: MIT */
#pragma once

/* Games in processes of their own, as a broken engine may crash or hang; and a history's shortest form that still
 * breaks the same promise. */

#include "game.h"

/* Plays it in a child. A crash, or a game without end, counts as broken. */
void trial_replay(const History *history, Game *ret);
/* The moves that the seed makes up, until it breaks. */
void trial_record(uint64_t seed, unsigned n_moves, History *ret);
/* For at most `seconds`. */
void shrink(History *history, unsigned seconds);
