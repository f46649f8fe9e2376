/* SPDX-License-Identifier: MIT */
#pragma once

/* What there is of the log until now: the daemon's rings and the journal, read in the order that leaves nothing out,
 * joined, and shown through a view. */

#include "ctl/context.h"
#include "ctl/journal.h"
#include "ctl/log-join.h"
#include "ctl/log-view.h"
#include "ctl/ring.h"

typedef struct LogHistory {
        LogView *view; /* weak */
        LogJoin *join;
        Journal *journal; /* weak; NULL: there is none */
        Entry *ring;      /* the rings' entries, copied */
        size_t n_ring, ring_allocated;
} LogHistory;

int log_history_init(LogHistory *history, LogView *view);
void log_history_done(LogHistory *history);

/* Takes everything that `reader` has, up to its end. Comes first: what leaves the rings after that is in the journal,
 * if (`has_journal`) there is one; what this reader was too slow for is then no news. */
int log_history_load_ring(LogHistory *history, RingReader *reader, bool has_journal);
/* Shows it all: of the journal what the view may want (the last `lines`, since when), then what only the rings
 * have. Lines that are on their way between the two are waited for, shortly. */
int log_history_show(LogHistory *history, const Options *options, uint64_t lines);
/* Shows an entry that came after that, unless it was among it. */
int log_history_follow(LogHistory *history, const Entry *entry);

/* Runs of a service in the rings, from the latest back, each once, appended to *ret. */
int log_history_runs(const LogHistory *history, const char *service, char ***ret);
