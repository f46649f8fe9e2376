/* SPDX-License-Identifier: MIT */
#pragma once

/* Services' entries in the journal. Only what the daemon's own user sent is believed: anybody may write
 * TENDED_SERVICE=web into the journal, but not somebody else's _UID. */

#include <sys/types.h>

#include "ctl/entry.h"
#include "ctl/journal-ask.h"

typedef struct Journal Journal;

typedef struct JournalQuery {
        bool all;                 /* every service, and the daemon's own events */
        char *const *services;    /* whose entries to look for; NULL with `all`: look at everything */
        char *const *identifiers; /* under which they may stand as well: SYSLOG_IDENTIFIER */
        uid_t uid;                /* of the daemon */
        bool this_boot;
        bool all_fields;        /* journald's own, too */
        const char *invocation; /* NULL: all runs */
} JournalQuery;

/* -ENOENT and others: there is no journal to be read. `query` is the caller's, and outlives the journal. */
int journal_open(const JournalQuery *query, Journal **ret);
Journal *journal_free(Journal *journal);
DEFINE_CLEANUP(Journal *, journal_free);

int journal_seek_head(Journal *journal);
int journal_seek_tail(Journal *journal);
int journal_seek_time(Journal *journal, usec_t realtime);

/* The next (or the one before) entry of the services asked for; valid until the next call. 1, or 0 at the end. */
int journal_next(Journal *journal, Entry *entry);
int journal_previous(Journal *journal, Entry *entry);
/* Waits for new entries, at most `timeout`. */
int journal_wait(Journal *journal, usec_t timeout);

/* For questions aside; the journal's own. */
JournalAsk *journal_ask(Journal *journal);
