/* SPDX-License-Identifier: MIT */
#pragma once

/* Whose log is meant, and where it is to be looked for. */

#include "ctl/context.h"
#include "ctl/journal.h"

typedef struct LogSelection {
        bool online;          /* the daemon answers */
        bool use_journal;     /* that is where the log goes, as far as we know */
        bool all;             /* no names were given */
        bool failed;          /* nothing can be shown: all is said */
        char **services;      /* of `all`: those that are known */
        char **identifiers;   /* under which their lines may stand */
        uid_t uid;            /* whose entries in the journal count */
        sd_bus_error failure; /* why the daemon does not answer */
} LogSelection;

/* Returns the exit status that has come of it so far, having said why it isn't 0. */
int log_selection_init(LogSelection *selection, Context *context);
void log_selection_done(LogSelection *selection);
/* What to ask the journal; borrows from the selection. */
JournalQuery log_selection_query(const LogSelection *selection, const Options *options);
