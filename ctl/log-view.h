/* SPDX-License-Identifier: MIT */
#pragma once

/* Which entries are shown, and how: the options of `logs` applied to one entry after the other. */

#include "ctl/log-verify.h"
#include "ctl/options.h"

typedef struct LogView LogView;

/* -EINVAL: --grep is no pattern; *ret_error, the caller's, says why. `style` is stdout's. */
int log_view_new(const Options *options, const Style *style, LogView **ret, char **ret_error);
LogView *log_view_free(LogView *view);
DEFINE_CLEANUP(LogView *, log_view_free);

/* Only entries of these runs (ended by NULL; the caller's) from here on. */
void log_view_set_runs(LogView *view, char *const *runs);
/* Only the last `lines` until log_view_flush(); LINES_ALL: at once. */
void log_view_set_window(LogView *view, uint64_t lines);

/* Would it be shown? (Of its time, that is for the caller to bound.) */
bool log_view_accepts(const LogView *view, const Entry *entry);
/* Shows, or keeps for the window, or counts for --verify, what is accepted. -EPIPE: nobody reads any more. */
int log_view_show(LogView *view, const Entry *entry, uint64_t number);
/* The window's entries, and everything at once from here on. */
int log_view_flush(LogView *view);

/* Entries shown or counted. */
uint64_t log_view_n_shown(const LogView *view);
const LogVerify *log_view_verify(const LogView *view);
