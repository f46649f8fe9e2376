/* SPDX-License-Identifier: MIT */

/* The rings are read first, into memory (they are bounded), the journal after them: a line that leaves its ring
 * meanwhile has been given to the journal. What journald has received and not yet written is in neither; numbers show
 * that, and a moment of patience cures it. Only as much of the journal is read as is wanted: the way back from its
 * end is gone with the view's own filter, to the beginning of a datagram, as only from there lines can be counted. */

#include "ctl/log-history.h"

#include <errno.h>
#include <string.h>

#include "common/protocol.h"
#include "common/strv.h"
#include "ctl/time-text.h"

#define PATIENCE           (USEC_PER_SEC)
#define PATIENCE_STEP      (50 * USEC_PER_MSEC)
#define PENDING_EVENTS_MAX 64

int log_history_init(LogHistory *history, LogView *view)
{
        *history = (LogHistory){.view = view};
        return log_join_new(&history->join);
}

void log_history_done(LogHistory *history)
{
        for (size_t i = 0; i < history->n_ring; i++)
                entry_done(&history->ring[i]);
        free(history->ring);
        log_join_free(history->join);
        *history = (LogHistory){0};
}

static int add_ring_entry(LogHistory *history, const Entry *entry)
{
        int r;

        if (history->n_ring == history->ring_allocated) {
                size_t n = MAX(history->ring_allocated * 2, (size_t) 64);
                Entry *ring = reallocarray(history->ring, n, sizeof(*ring));

                if (!ring)
                        return -ENOMEM;
                history->ring = ring;
                history->ring_allocated = n;
        }
        r = entry_copy(entry, &history->ring[history->n_ring]);
        if (r < 0)
                return r;
        r = log_join_add_ring(history->join, entry);
        if (r < 0) {
                entry_done(&history->ring[history->n_ring]);
                return r;
        }
        history->n_ring++;
        return 0;
}

int log_history_load_ring(LogHistory *history, RingReader *reader, bool has_journal)
{
        _cleanup_(entry_done) Entry entry = ENTRY_NULL;
        int r;

        while ((r = ring_reader_next(reader, TENDED_ANSWER_USEC, &entry)) > 0) {
                if (has_journal && entry_find(&entry, "TENDED_MISSED"))
                        continue;
                r = add_ring_entry(history, &entry);
                if (r < 0)
                        return r;
        }
        return r;
}

int log_history_runs(const LogHistory *history, const char *service, char ***ret)
{
        char run[40];
        int r;

        for (size_t i = history->n_ring; i-- > 0;) {
                const Entry *entry = &history->ring[i];

                if (!entry_field_is(entry_find(entry, "TENDED_SERVICE"), service))
                        continue;
                entry_string(entry, "TENDED_INVOCATION_ID", run, sizeof(run));
                if (!*run || strv_contains(*ret, run))
                        continue;
                r = strv_extend(ret, run);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* What the entries of one datagram have in common. */
typedef struct Datagram {
        char run[40];
        EntryStream stream;
        uint64_t batch, sent;
} Datagram;

static Datagram datagram_of(const Entry *entry)
{
        Datagram d = {
                .stream = entry_stream(entry), .batch = entry_number(entry, "TENDED_BATCH", 0), .sent = entry->sent};

        entry_string(entry, "TENDED_INVOCATION_ID", d.run, sizeof(d.run));
        return d;
}

static bool is_same_datagram(const Datagram *a, const Entry *entry)
{
        Datagram b = datagram_of(entry);

        return a->batch > 0 && a->batch == b.batch && a->sent == b.sent && a->stream == b.stream &&
               strcmp(a->run, b.run) == 0;
}

/* Goes back until `lines` entries that will be shown lie ahead, and on to the beginning of their datagram. The next
 * step forward is the first of them. */
static int go_back(LogHistory *history, const Options *options, uint64_t lines)
{
        _cleanup_(entry_done) Entry entry = ENTRY_NULL;
        Datagram first = {0};
        uint64_t n = 0;
        int r;

        while ((r = journal_previous(history->journal, &entry)) > 0) {
                if (n >= lines && !is_same_datagram(&first, &entry))
                        return 0;
                if (n >= lines)
                        continue;
                if (entry.realtime < options->since)
                        return 0;
                first = datagram_of(&entry);
                n += log_view_accepts(history->view, &entry);
        }
        return r < 0 ? r : journal_seek_head(history->journal);
}

/* To the first entry that is new enough, and back to the beginning of its datagram. */
static int go_since(LogHistory *history, usec_t since)
{
        _cleanup_(entry_done) Entry entry = ENTRY_NULL;
        Datagram first;
        int r;

        r = journal_seek_time(history->journal, since);
        if (r < 0)
                return r;
        r = journal_next(history->journal, &entry);
        if (r <= 0)
                return r < 0 ? r : journal_seek_tail(history->journal);
        first = datagram_of(&entry);
        while ((r = journal_previous(history->journal, &entry)) > 0)
                if (!is_same_datagram(&first, &entry))
                        return 0;
        return r < 0 ? r : journal_seek_head(history->journal);
}

static int seek(LogHistory *history, const Options *options, uint64_t lines)
{
        int r;

        if (lines == LINES_ALL && options->since == 0)
                return journal_seek_head(history->journal);

        log_join_set_midway(history->join);
        if (lines == LINES_ALL)
                return go_since(history, options->since);
        r = options->until == USEC_INFINITY ? journal_seek_tail(history->journal)
                                            : journal_seek_time(history->journal, usec_add(options->until, 1));
        return r < 0 ? r : go_back(history, options, lines);
}

static int show_item(void *userdata, size_t item, uint64_t number)
{
        LogHistory *history = userdata;

        return log_view_show(history->view, &history->ring[item], number);
}

/* Forward to the journal's present end. */
static int read_on(LogHistory *history, const Options *options)
{
        _cleanup_(entry_done) Entry entry = ENTRY_NULL;
        uint64_t number;
        int r;

        while ((r = journal_next(history->journal, &entry)) > 0) {
                r = log_join_add_journal(history->join, &entry, show_item, history, &number);
                if (r > 0)
                        r = log_view_show(history->view, &entry, number);
                if (r < 0)
                        return r;
        }
        return r;
}

/* Of which items the journal has said nothing, as it was not read from its beginning: does it have them? */
static int settle(LogHistory *history)
{
        JournalAsk *ask = journal_ask(history->journal);
        uint64_t numbers[PENDING_EVENTS_MAX], last;
        LogUnsettled unsettled;
        size_t position = 0, n;
        int r;

        while (log_join_next_unsettled(history->join, &position, &unsettled)) {
                if (!unsettled.is_event) {
                        r = journal_ask_last_number(ask, unsettled.key, &last);
                        if (r < 0)
                                return r;
                        log_join_settle(history->join, unsettled.stream, last);
                        continue;
                }
                /* They were given in order: where it has the latest it has them all. */
                n = log_join_pending(history->join, unsettled.stream, numbers, ELEMENTSOF(numbers));
                for (size_t i = 0; i < n; i++) {
                        r = journal_ask_event(ask, unsettled.key, numbers[i]);
                        if (r < 0)
                                return r;
                        if (r == 0)
                                continue;
                        log_join_settle(history->join, unsettled.stream, numbers[i]);
                        break;
                }
        }
        return 0;
}

static int show_journal(LogHistory *history, const Options *options, uint64_t lines)
{
        usec_t patient_until = 0;
        int r;

        r = seek(history, options, lines);
        if (r < 0)
                return r;
        for (;;) {
                r = read_on(history, options);
                if (r < 0)
                        return r;
                r = settle(history);
                if (r < 0)
                        return r;
                if (!log_join_is_behind(history->join))
                        return 0;
                if (patient_until == 0)
                        patient_until = time_now_monotonic() + PATIENCE;
                if (time_now_monotonic() >= patient_until)
                        return 0;
                r = journal_wait(history->journal, PATIENCE_STEP);
                if (r < 0)
                        return r;
        }
}

int log_history_show(LogHistory *history, const Options *options, uint64_t lines)
{
        int r;

        log_view_set_window(history->view, lines);
        if (history->journal) {
                r = show_journal(history, options, lines);
                if (r < 0)
                        return r;
        }
        r = log_join_finish(history->join, show_item, history);
        return r < 0 ? r : log_view_flush(history->view);
}

int log_history_follow(LogHistory *history, const Entry *entry)
{
        uint64_t number = 0;
        int r;

        /* A note that lines were missed is no line. */
        if (!entry_find(entry, "TENDED_MISSED")) {
                r = log_join_add_new(history->join, entry, &number);
                if (r <= 0)
                        return r;
        }
        return log_view_show(history->view, entry, number);
}
