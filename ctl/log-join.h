/* SPDX-License-Identifier: MIT */
#pragma once

/* Joins two views of the same log: the journal, which has all that it was given until now, and the daemon's rings,
 * which have the last lines, given or not. Each line once, none left out, those of a stream in their order. Pure.
 *
 * Lines have numbers: of entries with the same TENDED_BATCH the n-th is line batch + n of its run and stream. Events
 * are the same where service, MESSAGE_ID and TENDED_EVENT_TIMESTAMP are.
 *
 * First every entry of the rings is added, then the journal is read through, then the rest is asked for; then, when
 * following, each new entry is looked at. */

#include "ctl/entry.h"

typedef struct LogJoin LogJoin;

int log_join_new(LogJoin **ret);
LogJoin *log_join_free(LogJoin *join);
DEFINE_CLEANUP(LogJoin *, log_join_free);

/* The entry is the item of that index, counted from 0. */
int log_join_add_ring(LogJoin *join, const Entry *entry);

/* The journal is not read from its beginning: what is older than its first entry of a stream is no gap. */
void log_join_set_midway(LogJoin *join);

/* Told of an item that comes now; `number` as below. */
typedef int (*log_item_fn)(void *userdata, size_t item, uint64_t number);

/* The journal's next entry. Items that it shows to be missing in the journal are given first. 1: the entry comes now,
 * with its number (0: an event); 0: it was there before (sent twice). */
int log_join_add_journal(LogJoin *join, const Entry *entry, log_item_fn on_item, void *userdata,
                         uint64_t *ret_number);
/* What only the rings have. */
int log_join_finish(LogJoin *join, log_item_fn on_item, void *userdata);

/* Something that came after all that: 1 where it is new. */
int log_join_add_new(LogJoin *join, const Entry *entry, uint64_t *ret_number);

/* The rings have lines, and those just before them are neither there nor (yet) in the journal. */
bool log_join_is_behind(const LogJoin *join);

/* A stream of which there are items, and of which the journal has said nothing since it was read from midway. */
typedef struct LogUnsettled {
        size_t stream;
        bool is_event;
        const char *key; /* `INVOCATION/STREAM`, or `SERVICE/MESSAGE_ID` */
} LogUnsettled;

/* Goes through them; begin with *position 0. */
bool log_join_next_unsettled(const LogJoin *join, size_t *position, LogUnsettled *ret);
/* The numbers of the stream's items that have not come, from the greatest down; how many were stored. */
size_t log_join_pending(const LogJoin *join, size_t stream, uint64_t *numbers, size_t max);
/* The journal has everything of that stream up to `number`. */
void log_join_settle(LogJoin *join, size_t stream, uint64_t number);
