/* SPDX-License-Identifier: MIT */

/* `tendctl logs`: what services printed, and what happened to them. The history comes from the journal and from the
 * daemon, whichever there are: without a journal the rings are all there is, without a daemon the journal is. What
 * comes after comes from the daemon, as it happens. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/protocol.h"
#include "common/strv.h"
#include "ctl/log-history.h"
#include "ctl/log-select.h"
#include "ctl/pager.h"

#define FOLLOW_LINES 10
/* A follower that hears nothing so long asks whether anybody is there. */
#define QUIET        (10 * USEC_PER_SEC)

typedef struct Logs {
        Context *context;
        LogSelection selection;
        LogView *view;
        LogHistory history;
        RingReader follower;
        bool has_ring;
        char **runs;
} Logs;

static void logs_done(Logs *logs)
{
        ring_reader_done(&logs->follower);
        log_history_done(&logs->history);
        log_selection_done(&logs->selection);
        strv_free(logs->runs);
        log_view_free(logs->view);
}

static char *const *ring_names(const Logs *logs)
{
        return logs->selection.all ? NULL : logs->selection.services;
}

/* The follower is there before the rings are read: nothing can come in between. */
static int read_rings(Logs *logs, sd_bus_error *ret_error)
{
        _cleanup_(ring_reader_done) RingReader reader = RING_READER_NULL;
        int r;

        if (logs->context->options->follow) {
                r = ring_open(logs->context, ring_names(logs), &(RingQuery){.follow = true, .events = true},
                              &logs->follower, ret_error);
                if (r < 0)
                        return r;
        }
        r = ring_open(logs->context, ring_names(logs), &(RingQuery){.lines = LINES_ALL, .events = true}, &reader,
                      ret_error);
        if (r < 0)
                return r;
        r = log_history_load_ring(&logs->history, &reader, logs->selection.use_journal);
        if (r < 0)
                return r;
        logs->has_ring = true;
        return 0;
}

/* 0 where there is a way to go on without the rings; else the exit status, having said why. */
static int open_rings(Logs *logs)
{
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        if (!logs->selection.online)
                return 0;
        r = read_rings(logs, &error);
        if (r >= 0)
                return 0;
        if (logs->context->options->follow || !sd_bus_error_has_name(&error, TENDED_ERROR_NOT_PERMITTED) ||
            !logs->selection.use_journal)
                return context_fail(logs->context, &error, r);
        context_note(logs->context, "tendctl: from the journal alone: %s", error.message);
        return 0;
}

/* The runs that --invocation means, one of each service. */
static int choose_runs(Logs *logs, Journal *journal)
{
        const Options *options = logs->context->options;
        size_t back = (size_t) -options->invocation;
        int r;

        STRV_FOREACH (service, logs->selection.services) {
                _cleanup_(strv_freep) char **runs = NULL;

                r = log_history_runs(&logs->history, *service, &runs);
                if (r >= 0 && journal)
                        r = journal_ask_runs(journal_ask(journal), *service, back + 1 + strv_length(runs), &runs);
                if (r < 0)
                        return r;
                if (strv_length(runs) <= back) {
                        context_note(logs->context, "tendctl: %s: only %zu runs are known", *service,
                                     strv_length(runs));
                        continue;
                }
                r = strv_extend(&logs->runs, runs[back]);
                if (r < 0)
                        return r;
        }
        if (!logs->runs)
                return -ENOENT;
        log_view_set_runs(logs->view, logs->runs);
        return 0;
}

/* The next entry that comes, however long that takes, as long as the daemon is there. */
static int wait_for_entry(Logs *logs, Entry *entry)
{
        int r;

        for (;;) {
                r = ring_reader_next(&logs->follower, QUIET, entry);
                if (r != -ETIMEDOUT)
                        return r;
                r = client_ping(logs->context->client, &logs->selection.failure);
                if (r < 0)
                        return r;
        }
}

static int follow(Logs *logs)
{
        _cleanup_(entry_done) Entry entry = ENTRY_NULL;
        int r;

        (void) fflush(stdout);
        while ((r = wait_for_entry(logs, &entry)) > 0) {
                r = log_history_follow(&logs->history, &entry);
                if (r < 0)
                        return r;
                /* A whole datagram at once, and nothing kept back after it. */
                if (logs->follower.size == 0 && fflush(stdout) != 0)
                        return -errno;
        }
        if (r == 0)
                context_note(logs->context, "tendctl: the daemon has ended");
        return r;
}

static int show_history(Logs *logs)
{
        const Options *options = logs->context->options;
        uint64_t lines = options->lines;
        Pager pager = PAGER_NULL;
        int r;

        if (options->follow && !options_given(options, OPTION_LINES))
                lines = options->since > 0 ? LINES_ALL : FOLLOW_LINES;
        if (options->verify)
                lines = LINES_ALL;

        if (!options->follow && !options->verify && !options->json)
                pager_open(logs->context, &pager);
        r = log_history_show(&logs->history, options, lines);
        pager_close(&pager);
        return r;
}

/* The outcome of --verify: 1 where a line is missing. */
static int report(Logs *logs)
{
        const LogVerify *verify = log_view_verify(logs->view);
        const Options *options = logs->context->options;
        _cleanup_json_ JsonValue *rows = NULL;
        unsigned incomplete;
        int r;

        if (!options->json && !options->quiet) {
                if (log_verify_n_runs(verify) == 0)
                        puts("No run is in the log.");
                return log_verify_print(verify, stdout) > 0 ? STATUS_FAILED : STATUS_DONE;
        }
        r = log_verify_to_json(verify, &rows, &incomplete);
        if (r >= 0 && !options->quiet)
                r = json_print_rows(rows);
        if (r < 0)
                return context_fail(logs->context, NULL, r);
        return incomplete > 0 ? STATUS_FAILED : STATUS_DONE;
}

static int show(Logs *logs)
{
        const Options *options = logs->context->options;
        _cleanup_(journal_freep) Journal *journal = NULL;
        JournalQuery query = log_selection_query(&logs->selection, options);
        int r;

        if (logs->selection.use_journal) {
                r = journal_open(&query, &journal);
                if (r < 0 && !logs->has_ring)
                        return r;
        }
        logs->history.journal = journal;
        if (options_given(options, OPTION_INVOCATION)) {
                r = choose_runs(logs, journal);
                if (r < 0)
                        return r;
        }
        r = show_history(logs);
        logs->history.journal = NULL;
        if (r >= 0 && options->follow)
                r = follow(logs);
        return r;
}

/* The words for what came of it. Nobody reading any more (the pager was left) is no failure. */
static int conclude(Logs *logs, int r)
{
        if (r == -EPIPE)
                return STATUS_DONE;
        if (r == -ENOENT && logs->runs == NULL && options_given(logs->context->options, OPTION_INVOCATION)) {
                failure_print(logs->context->options->json, TENDED_ERROR_FAILED, "there is no such run");
                return STATUS_FAILED;
        }
        if (r < 0)
                return context_fail(logs->context, &logs->selection.failure, r);
        /* Nobody to ask, and nothing found: the reason is that nobody could be asked. */
        if (!logs->has_ring && log_view_n_shown(logs->view) == 0 && logs->selection.failure.name)
                return context_fail(logs->context, &logs->selection.failure, -ECONNREFUSED);
        return logs->context->options->verify ? report(logs) : STATUS_DONE;
}

int verb_logs(Context *context)
{
        _cleanup_(logs_done) Logs logs = {.context = context, .follower = RING_READER_NULL};
        _cleanup_free_ char *complaint = NULL;
        int status, r;

        r = log_view_new(context->options, &context->out, &logs.view, &complaint);
        if (r < 0) {
                failure_print(context->options->json, FAILURE_USAGE, complaint ? complaint : strerror(-r));
                return r == -EINVAL ? STATUS_USAGE : STATUS_FAILED;
        }
        r = log_history_init(&logs.history, logs.view);
        if (r < 0)
                return context_fail(context, NULL, r);

        status = log_selection_init(&logs.selection, context);
        if (logs.selection.failed)
                return status;
        r = open_rings(&logs);
        if (r != STATUS_DONE)
                return status_worse(status, r);
        return status_worse(status, conclude(&logs, show(&logs)));
}
