/* SPDX-License-Identifier: MIT */
#include "ctl/log-join.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "ctl-entry.h"

/* A log of a few streams, as it was written: what the journal and the rings have of it is cut out of this. */
#define STREAMS 3
#define LINES   60

typedef struct Written {
        unsigned stream;
        uint64_t number;
        uint64_t batch, sent; /* of its datagram */
        bool in_journal, in_ring;
        unsigned shown; /* how often it came out */
} Written;

typedef struct Output {
        Written *log;
        Written *ring[LINES];
        uint64_t last[STREAMS + 1];
} Output;

static void line_entry(Entry *entry, unsigned stream, uint64_t batch, uint64_t sent)
{
        static char run[64], number[64]; /* one entry lives at a time */

        snprintf(run, sizeof(run), "TENDED_INVOCATION_ID=%032u", stream / 2);
        snprintf(number, sizeof(number), "TENDED_BATCH=%lu", (unsigned long) batch);
        ENTRY(entry, 0, run, number, stream % 2 ? "TENDED_STREAM=stderr" : "TENDED_STREAM=stdout");
        entry->sent = sent;
}

static void come_out(Output *output, Written *line, uint64_t number)
{
        cr_assert_eq(number, line->number);
        cr_assert_gt(number, output->last[line->stream], "stream %u: %lu after %lu", line->stream,
                     (unsigned long) number, (unsigned long) output->last[line->stream]);
        output->last[line->stream] = number;
        cr_assert_eq(line->shown++, 0);
}

static int on_item(void *userdata, size_t item, uint64_t number)
{
        Output *output = userdata;

        come_out(output, output->ring[item], number);
        return 0;
}

/* Lines of random streams in random batches; the journal lacks some in the middle (`holes`), and the end; the ring
 * has the end, from somewhere on. */
static void write_log(Written *log, unsigned seed, bool holes)
{
        uint64_t next[STREAMS] = {1, 1, 1};
        unsigned journal_end, ring_begin;

        srand(seed);
        for (unsigned i = 0; i < LINES;) {
                unsigned stream = (unsigned) rand() % STREAMS, n = 1 + (unsigned) rand() % 5;
                bool lost = holes && rand() % 8 == 0;
                uint64_t batch = next[stream];

                for (; n > 0 && i < LINES; n--, i++)
                        log[i] = (Written){.stream = stream,
                                           .number = next[stream]++,
                                           .batch = batch,
                                           .sent = 1000 + batch * STREAMS + stream,
                                           .in_journal = !lost};
        }
        journal_end = (unsigned) rand() % (LINES + 1);
        ring_begin = (unsigned) rand() % (LINES + 1);
        for (unsigned i = 0; i < LINES; i++) {
                /* A datagram arrives whole or not at all. */
                bool cut = i >= journal_end;

                for (unsigned j = i; j < LINES && log[j].sent == log[i].sent; j++)
                        cut = cut || j >= journal_end;
                log[i].in_journal = log[i].in_journal && !cut;
                log[i].in_ring = i >= ring_begin;
        }
        /* What was cut in its middle is cut as a whole. */
        for (unsigned i = 1; i < LINES; i++)
                if (log[i].sent == log[i - 1].sent && !log[i - 1].in_journal)
                        log[i].in_journal = false;
}

static LogJoin *join_ring(Written *log, Output *output)
{
        Entry entry = ENTRY_NULL;
        size_t n = 0;
        LogJoin *join;

        cr_assert_geq(log_join_new(&join), 0);
        for (unsigned i = 0; i < LINES; i++) {
                if (!log[i].in_ring)
                        continue;
                output->ring[n++] = &log[i];
                /* A ring's entry carries its own number. */
                line_entry(&entry, log[i].stream, log[i].number, 0);
                cr_assert_geq(log_join_add_ring(join, &entry), 0);
        }
        entry_done(&entry);
        return join;
}

static void read_journal(LogJoin *join, Written *log, unsigned begin, Output *output)
{
        Entry entry = ENTRY_NULL;
        uint64_t number;

        for (unsigned i = begin; i < LINES; i++) {
                if (!log[i].in_journal)
                        continue;
                line_entry(&entry, log[i].stream, log[i].batch, log[i].sent);
                cr_assert_eq(log_join_add_journal(join, &entry, on_item, output, &number), 1);
                come_out(output, &log[i], number);
        }
        entry_done(&entry);
}

Test(log_join, whatever_the_two_have_comes_once_and_in_order)
{
        for (unsigned seed = 1; seed <= 3000; seed++) {
                Written log[LINES];
                Output output = {.log = log};
                LogJoin *join;

                write_log(log, seed, seed % 2);
                join = join_ring(log, &output);
                read_journal(join, log, 0, &output);
                cr_assert_geq(log_join_finish(join, on_item, &output), 0);
                for (unsigned i = 0; i < LINES; i++)
                        cr_assert_eq(log[i].shown, log[i].in_journal || log[i].in_ring, "seed %u, line %u", seed, i);
                log_join_free(join);
        }
}

/* The journal's last number of each stream, as its index would tell. */
static void settle(LogJoin *join, const Written *log)
{
        LogUnsettled unsettled;
        size_t position = 0;

        while (log_join_next_unsettled(join, &position, &unsettled)) {
                uint64_t last = 0;

                for (unsigned i = 0; i < LINES; i++) {
                        char key[64];

                        snprintf(key, sizeof(key), "%032u/%u", log[i].stream / 2, log[i].stream % 2);
                        if (log[i].in_journal && strcmp(key, unsettled.key) == 0)
                                last = log[i].number;
                }
                log_join_settle(join, unsettled.stream, last);
        }
}

Test(log_join, read_from_midway_nothing_new_is_left_out_and_nothing_old_comes_late)
{
        for (unsigned seed = 1; seed <= 3000; seed++) {
                Written log[LINES];
                Output output = {.log = log};
                unsigned begin;
                LogJoin *join;

                write_log(log, seed, false);
                begin = (unsigned) rand() % LINES;
                /* Only at the beginning of a datagram numbers can be told. */
                while (begin > 0 && log[begin].sent == log[begin - 1].sent)
                        begin--;

                join = join_ring(log, &output);
                log_join_set_midway(join);
                read_journal(join, log, begin, &output);
                settle(join, log);
                cr_assert_geq(log_join_finish(join, on_item, &output), 0);
                for (unsigned i = 0; i < LINES; i++) {
                        bool wanted = log[i].in_journal ? i >= begin : log[i].in_ring;

                        cr_assert_eq(log[i].shown, wanted, "seed %u, line %u (begin %u)", seed, i, begin);
                }
                log_join_free(join);
        }
}

Test(log_join, it_is_behind_while_lines_are_on_their_way)
{
        for (unsigned seed = 1; seed <= 1000; seed++) {
                uint64_t last[STREAMS] = {0};
                bool behind = false;
                Written log[LINES];
                Output output = {.log = log};
                LogJoin *join;

                write_log(log, seed, false);
                join = join_ring(log, &output);
                read_journal(join, log, 0, &output);
                for (unsigned i = 0; i < LINES; i++)
                        if (log[i].in_journal)
                                last[log[i].stream] = log[i].number;
                for (unsigned i = 0; i < LINES; i++) {
                        if (log[i].in_journal || !log[i].in_ring)
                                continue;
                        behind = behind || log[i].number > last[log[i].stream] + 1;
                        last[log[i].stream] = log[i].number;
                }
                cr_assert_eq(log_join_is_behind(join), behind, "seed %u", seed);
                log_join_free(join);
        }
}

static int count(void *userdata, size_t item, uint64_t number)
{
        (*(unsigned *) userdata)++;
        return 0;
}

Test(log_join, a_hole_in_the_ring_is_something_to_wait_for)
{
        static const uint64_t ring[] = {3, 4, 7};
        Entry entry = ENTRY_NULL;
        unsigned n = 0;
        uint64_t number;
        LogJoin *join;

        cr_assert_geq(log_join_new(&join), 0);
        for (size_t i = 0; i < ELEMENTSOF(ring); i++) {
                line_entry(&entry, 0, ring[i], 0);
                cr_assert_geq(log_join_add_ring(join, &entry), 0);
        }
        for (uint64_t i = 1; i <= 6; i++) {
                cr_assert(log_join_is_behind(join), "before line %lu", (unsigned long) i);
                line_entry(&entry, 0, i, 0);
                cr_assert_eq(log_join_add_journal(join, &entry, count, &n, &number), 1);
        }
        cr_assert(!log_join_is_behind(join));
        cr_assert_eq(n, 0);
        entry_done(&entry);
        log_join_free(join);
}

Test(log_join, a_batch_that_was_sent_twice_comes_once)
{
        static const struct {
                uint64_t batch, sent;
                int r;
                uint64_t number;
        } entries[] = {
                {1, 10, 1, 1}, {1, 10, 1, 2}, {1, 10, 1, 3}, {1, 20, 0, 0},
                {1, 20, 0, 0}, {1, 20, 0, 0}, {4, 30, 1, 4},
        };
        Entry entry = ENTRY_NULL;
        LogJoin *join;

        cr_assert_geq(log_join_new(&join), 0);
        for (size_t i = 0; i < ELEMENTSOF(entries); i++) {
                uint64_t number = 0;

                line_entry(&entry, 0, entries[i].batch, entries[i].sent);
                cr_assert_eq(log_join_add_journal(join, &entry, on_item, NULL, &number), entries[i].r, "%zu", i);
                cr_assert_eq(number, entries[i].number, "%zu", i);
        }
        entry_done(&entry);
        log_join_free(join);
}

Test(log_join, a_numbered_line_is_what_it_says)
{
        Entry entry = ENTRY_NULL;
        uint64_t number;
        LogJoin *join;

        cr_assert_geq(log_join_new(&join), 0);
        ENTRY(&entry, 0, "TENDED_INVOCATION_ID=a", "TENDED_BATCH=5", "TENDED_LINE=7");
        cr_assert_eq(log_join_add_journal(join, &entry, on_item, NULL, &number), 1);
        cr_assert_eq(number, 7);
        entry_done(&entry);
        log_join_free(join);
}

Test(log_join, an_event_of_both_comes_once)
{
        static const char *const times[] = {"TENDED_EVENT_TIMESTAMP=1", "TENDED_EVENT_TIMESTAMP=2",
                                            "TENDED_EVENT_TIMESTAMP=3"};
        Entry entry = ENTRY_NULL;
        unsigned n = 0;
        uint64_t number;
        LogJoin *join;

        cr_assert_geq(log_join_new(&join), 0);
        for (size_t i = 0; i < ELEMENTSOF(times); i++) {
                ENTRY(&entry, 0, "MESSAGE_ID=m", "TENDED_SERVICE=web", times[i]);
                cr_assert_geq(log_join_add_ring(join, &entry), 0);
        }
        for (size_t i = 0; i < 2; i++) {
                ENTRY(&entry, 0, "MESSAGE_ID=m", "TENDED_SERVICE=web", times[i]);
                cr_assert_eq(log_join_add_journal(join, &entry, count, &n, &number), 1);
        }
        cr_assert_geq(log_join_finish(join, count, &n), 0);
        cr_assert_eq(n, 1);

        /* What follows: the last one again, and a new one; another service's is another. */
        cr_assert_eq(log_join_add_new(join, &entry, &number), 0);
        ENTRY(&entry, 0, "MESSAGE_ID=m", "TENDED_SERVICE=web", "TENDED_EVENT_TIMESTAMP=4");
        cr_assert_eq(log_join_add_new(join, &entry, &number), 1);
        cr_assert_eq(log_join_add_new(join, &entry, &number), 0);
        ENTRY(&entry, 0, "MESSAGE_ID=m", "TENDED_SERVICE=db", "TENDED_EVENT_TIMESTAMP=4");
        cr_assert_eq(log_join_add_new(join, &entry, &number), 1);
        entry_done(&entry);
        log_join_free(join);
}

Test(log_join, an_older_event_that_the_journal_has_settles_those_before_it)
{
        static const char *const times[] = {"TENDED_EVENT_TIMESTAMP=1", "TENDED_EVENT_TIMESTAMP=2",
                                            "TENDED_EVENT_TIMESTAMP=3"};
        LogUnsettled unsettled;
        uint64_t numbers[2];
        Entry entry = ENTRY_NULL;
        size_t position = 0;
        unsigned n = 0;
        LogJoin *join;

        cr_assert_geq(log_join_new(&join), 0);
        for (size_t i = 0; i < ELEMENTSOF(times); i++) {
                ENTRY(&entry, 0, "MESSAGE_ID=m", "TENDED_SERVICE=web", times[i]);
                cr_assert_geq(log_join_add_ring(join, &entry), 0);
        }
        log_join_set_midway(join);
        cr_assert(log_join_next_unsettled(join, &position, &unsettled));
        cr_assert(unsettled.is_event);
        cr_assert_str_eq(unsettled.key, "web/m");
        cr_assert_eq(log_join_pending(join, unsettled.stream, numbers, ELEMENTSOF(numbers)), 2);
        cr_assert_eq(numbers[0], 3);
        cr_assert_eq(numbers[1], 2);

        log_join_settle(join, unsettled.stream, 2);
        cr_assert_geq(log_join_finish(join, count, &n), 0);
        cr_assert_eq(n, 1);
        entry_done(&entry);
        log_join_free(join);
}

Test(log_join, what_follows_goes_on_where_the_history_ended)
{
        Entry entry = ENTRY_NULL;
        uint64_t number;
        unsigned n = 0;
        LogJoin *join;

        cr_assert_geq(log_join_new(&join), 0);
        line_entry(&entry, 0, 1, 0);
        cr_assert_geq(log_join_add_ring(join, &entry), 0);
        line_entry(&entry, 0, 2, 0);
        cr_assert_geq(log_join_add_ring(join, &entry), 0);
        cr_assert_geq(log_join_finish(join, count, &n), 0);

        for (uint64_t i = 1; i <= 4; i++) {
                line_entry(&entry, 0, i, 0);
                cr_assert_eq(log_join_add_new(join, &entry, &number), i > 2);
        }
        cr_assert_eq(number, 4);
        entry_done(&entry);
        log_join_free(join);
}
