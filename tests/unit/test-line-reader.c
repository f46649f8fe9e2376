/* SPDX-License-Identifier: MIT */

/* The splitter's promise: the lines depend on the bytes alone. Compared with a model that knows no ring, over every
 * cut of a corpus that has all that is awkward, every place in the ring, and many random histories of several runs.
 */

#include "core/line-reader.h"

#include "ring-fixture.h"

#define LINE_MAX_HERE 10u

/* Prefixes (whole, false, cut by the end), empty lines, NULs, lines of just line_max, one more, much more, a tail. */
static const char corpus[] = "one\n"
                             "\n\n"
                             "<3>three\n<9>x\n<12\n<7>\n<0>\n"
                             "a\0b\n\0\n"
                             "0123456789\n"
                             "0123456789A\n"
                             "<4>0123456789ABCDEFGHIJKLMNOP\n"
                             "01234567890123456789\n"
                             "\nt<5>\n"
                             "tail";
#define CORPUS_SIZE (sizeof(corpus) - 1)

static void model_of_corpus(Model *model)
{
        *model = (Model){.line_max = LINE_MAX_HERE};
        model_write(model, 0, 0, corpus, CORPUS_SIZE);
        model_eof(model, 0, 0);
}

static void finish(Fixture *fixture, unsigned channel)
{
        ring_mark(&fixture->ring, 0, channel, 100, SEGMENT_EOF, fixture->clock);
}

Test(line_reader, every_cut_gives_the_same_lines)
{
        static Model model;
        Fixture fixture;

        model_of_corpus(&model);
        fixture_init(&fixture, LINE_MAX_HERE);
        for (size_t i = 0; i <= CORPUS_SIZE; i++)
                for (size_t j = i; j <= CORPUS_SIZE; j++)
                        for (unsigned how = 0; how < 4; how++) {
                                SeenList seen = {0};

                                fixture_restart(&fixture, 0);
                                fixture_run(&fixture, 0, 0, LINE_MAX_HERE);
                                fixture_write(&fixture, 0, 0, corpus, i);
                                if (how & 1)
                                        fixture_pump(&fixture, &seen, 3, true);
                                if (how & 2)
                                        ring_seal(&fixture.ring);
                                fixture_write(&fixture, 0, 0, corpus + i, j - i);
                                if (how & 1)
                                        fixture_pump(&fixture, &seen, 1, false);
                                if (how & 2)
                                        ring_seal(&fixture.ring);
                                fixture_write(&fixture, 0, 0, corpus + j, CORPUS_SIZE - j);
                                finish(&fixture, 0);
                                fixture_pump(&fixture, &seen, LINE_BATCH_MAX, true);
                                seen_compare(&seen, &model.seen, "cut");
                                cr_assert_eq(ring_run(&fixture.ring, 0)->lines[0], model.seen.n);
                                cr_assert_eq(ring_run(&fixture.ring, 0)->bytes[0], CORPUS_SIZE);
                                cr_assert_eq(ring_pinned(&fixture.ring), 0);
                                seen_done(&seen);
                        }
        seen_done(&model.seen);
        fixture_done(&fixture);
}

Test(line_reader, two_channels_do_not_mix)
{
        Fixture fixture;

        fixture_init(&fixture, LINE_MAX_HERE);
        for (size_t i = 0; i <= CORPUS_SIZE; i++)
                for (size_t j = 0; j <= CORPUS_SIZE; j++) {
                        static Model model;
                        SeenList seen = {0};
                        /* Of one stream (main and control command), and of both. */
                        unsigned other = 1 + (i + j) % 2;

                        memset(&model, 0, sizeof(model));
                        model.line_max = LINE_MAX_HERE;
                        fixture_restart(&fixture, 0);
                        fixture_run(&fixture, 0, 0, LINE_MAX_HERE);
                        for (unsigned part = 0; part < 2; part++) {
                                const char *a = part == 0 ? corpus : corpus + i, *b = part == 0 ? corpus : corpus + j;
                                size_t a_size = part == 0 ? i : CORPUS_SIZE - i;
                                size_t b_size = part == 0 ? j : CORPUS_SIZE - j;

                                fixture_write(&fixture, 0, 0, a, a_size);
                                model_write(&model, 0, 0, a, a_size);
                                fixture_write(&fixture, 0, other, b, b_size);
                                model_write(&model, 0, other, b, b_size);
                                if (i % 3 == 0)
                                        fixture_pump(&fixture, &seen, 2, true);
                        }
                        finish(&fixture, 0);
                        model_eof(&model, 0, 0);
                        finish(&fixture, other);
                        model_eof(&model, 0, other);
                        fixture_pump(&fixture, &seen, LINE_BATCH_MAX, true);
                        seen_compare(&seen, &model.seen, "two channels");
                        seen_done(&seen);
                        seen_done(&model.seen);
                }
        fixture_done(&fixture);
}

Test(line_reader, every_place_in_the_ring_gives_the_same_lines)
{
        static Model model;
        Fixture fixture;

        model_of_corpus(&model);
        fixture_init(&fixture, LINE_MAX_HERE);
        for (size_t before = 0; before <= CORPUS_SIZE; before++)
                for (size_t cut = 0; cut <= CORPUS_SIZE; cut += 5) {
                        SeenList seen = {0};

                        fixture_restart(&fixture, 7 * FIXTURE_SIZE - before);
                        fixture_run(&fixture, 0, 0, LINE_MAX_HERE);
                        fixture_write(&fixture, 0, 0, corpus, cut);
                        fixture_pump(&fixture, &seen, 2, false);
                        ring_seal(&fixture.ring);
                        fixture_pump(&fixture, &seen, 2, false);
                        fixture_write(&fixture, 0, 0, corpus + cut, CORPUS_SIZE - cut);
                        finish(&fixture, 0);
                        fixture_pump(&fixture, &seen, 64, false);
                        seen_compare(&seen, &model.seen, "wrapped");
                        seen_done(&seen);
                }
        seen_done(&model.seen);
        fixture_done(&fixture);
}

static uint32_t next_random(uint32_t *state)
{
        *state = *state * 1664525u + 1013904223u;
        return *state >> 8;
}

/* Some bytes that like to be awkward. */
static size_t make_bytes(uint32_t *random, char *buffer, size_t size_max)
{
        static const char letters[] = "\n\n\n<3>ab\0cde<\n0123456789";
        size_t size = next_random(random) % size_max;

        if (next_random(random) % 4 == 0) {
                memset(buffer, 'x', size);
                return size;
        }
        for (size_t i = 0; i < size; i++)
                buffer[i] = letters[next_random(random) % (sizeof(letters) - 1)];
        return size;
}

typedef struct History {
        Fixture *fixture;
        Model *model;
        SeenList seen;
        uint32_t random;
        uint32_t line_max;
        uint32_t n_runs;
        unsigned n_refused;
} History;

static void history_step(History *history)
{
        Fixture *fixture = history->fixture;
        uint32_t run = next_random(&history->random) % history->n_runs;
        unsigned channel = next_random(&history->random) % RING_SLOT_STREAMS;
        char buffer[900];
        size_t size;

        switch (next_random(&history->random) % 16) {
        case 0:
                ring_mark(&fixture->ring, run, channel, 100 + run, SEGMENT_EOF, fixture->clock);
                model_eof(history->model, run, channel);
                break;
        case 1:
                ring_mark(&fixture->ring, run, channel, 100 + run, SEGMENT_DISCARD, fixture->clock);
                model_discard(history->model, run, channel);
                break;
        case 2:
                ring_seal(&fixture->ring);
                break;
        case 3:
                fixture->clock += 20 * USEC_PER_MSEC;
                break;
        case 4 ... 6:
                fixture_pump(fixture, &history->seen, 1 + next_random(&history->random) % 70,
                             next_random(&history->random) % 2);
                break;
        default:
                size = make_bytes(&history->random, buffer, next_random(&history->random) % 3 == 0 ? 900 : 40);
                if (fixture_write(fixture, run, channel, buffer, size))
                        model_write(history->model, run, channel, buffer, size);
                else
                        history->n_refused++;
                break;
        }
}

Test(line_reader, random_histories_of_several_runs_give_what_the_model_gives, .timeout = 60)
{
        unsigned n_refused = 0;

        for (uint32_t seed = 0; seed < 60; seed++) {
                static Model model;
                uint32_t line_max = 1 + seed % 50 * (seed % 50);
                Fixture fixture;
                History history = {
                        .fixture = &fixture, .model = &model, .random = seed, .line_max = MIN(line_max, 2000u)};

                memset(&model, 0, sizeof(model));
                model.line_max = history.line_max;
                fixture_init(&fixture, history.line_max);
                for (unsigned i = 0; i < 800; i++) {
                        if (i % 150 == 0 && history.n_runs < FIXTURE_RUNS) {
                                fixture_run(&fixture, history.n_runs, history.n_runs, history.line_max);
                                history.n_runs++;
                        }
                        /* As many marks as there is room for: the capture makes fewer. */
                        if (fixture.ring.header->segment_head - fixture.ring.pin_segment > 140)
                                fixture_pump(&fixture, &history.seen, 64, false);
                        history_step(&history);
                }
                for (uint32_t run = 0; run < history.n_runs; run++)
                        for (unsigned channel = 0; channel < RING_SLOT_STREAMS; channel++) {
                                fixture_pump(&fixture, &history.seen, 64, false);
                                ring_mark(&fixture.ring, run, channel, 100 + run, SEGMENT_EOF, fixture.clock);
                                model_eof(&model, run, channel);
                        }
                fixture_pump(&fixture, &history.seen, 64, false);
                seen_compare(&history.seen, &model.seen, "history");
                cr_assert_eq(fixture.reader.state.total, fixture.ring.header->total);
                cr_assert_eq(fixture.ring.header->total, model.seen.n);
                cr_assert_eq(ring_pinned(&fixture.ring), 0);
                n_refused += history.n_refused;
                seen_done(&history.seen);
                seen_done(&model.seen);
                fixture_done(&fixture);
        }
        /* The ring was really full now and then. */
        cr_assert_gt(n_refused, 50);
}

/* What a slow reader saw must be part of what there was, in order, with the right numbers. */
static void assert_subsequence(const SeenList *part, const SeenList *all)
{
        size_t j = 0;

        for (size_t i = 0; i < part->n; i++) {
                const Seen *a = &part->items[i];

                while (j < all->n && (all->items[j].run != a->run || all->items[j].stream != a->stream ||
                                      all->items[j].number != a->number))
                        j++;
                cr_assert_lt(j, all->n, "line %llu of stream %u, '%s', is nowhere", (unsigned long long) a->number,
                             a->stream, a->text);
                cr_assert_eq(a->size, all->items[j].size);
                cr_assert_eq(memcmp(a->text, all->items[j].text, a->size), 0);
        }
}

Test(line_reader, a_reader_that_is_overrun_knows_how_much_it_missed, .timeout = 60)
{
        unsigned n_overruns = 0;

        for (uint32_t seed = 0; seed < 40; seed++) {
                static Model model;
                uint64_t missed = 0;
                SeenList slow_seen = {0};
                LineReader slow;
                Fixture fixture;
                History history = {.fixture = &fixture, .model = &model, .random = seed, .line_max = 100};

                memset(&model, 0, sizeof(model));
                model.line_max = 100;
                fixture_init(&fixture, 100);
                for (history.n_runs = 0; history.n_runs < 2; history.n_runs++)
                        fixture_run(&fixture, history.n_runs, history.n_runs, 100);
                line_reader_init(&slow, &fixture.ring, ring_first_whole(&fixture.ring));
                for (unsigned i = 0; i < 1500; i++) {
                        fixture_pump(&fixture, &history.seen, 64, false);
                        history_step(&history);
                        if (next_random(&history.random) % 60 > 0)
                                continue;
                        if (!line_reader_is_valid(&slow, &fixture.ring)) {
                                missed += line_reader_restart(&slow, &fixture.ring);
                                n_overruns++;
                        }
                        fixture_pump_to(&fixture, &slow, &slow_seen, 5, false, UINT64_MAX);
                }
                if (!line_reader_is_valid(&slow, &fixture.ring))
                        missed += line_reader_restart(&slow, &fixture.ring);
                fixture_pump_to(&fixture, &slow, &slow_seen, 64, false, UINT64_MAX);
                fixture_pump(&fixture, &history.seen, 64, false);

                assert_subsequence(&slow_seen, &history.seen);
                cr_assert_eq(slow_seen.n + missed + slow.state.skipped, fixture.ring.header->total,
                             "seed %u: %zu seen, %llu missed, %llu skipped, of %llu", seed, slow_seen.n,
                             (unsigned long long) missed, (unsigned long long) slow.state.skipped,
                             (unsigned long long) fixture.ring.header->total);
                line_reader_done(&slow);
                seen_done(&slow_seen);
                seen_done(&history.seen);
                seen_done(&model.seen);
                fixture_done(&fixture);
        }
        cr_assert_gt(n_overruns, 40);
}

Test(line_reader, the_last_lines_are_found)
{
        for (uint32_t seed = 0; seed < 100; seed++) {
                static Model model;
                Fixture fixture;
                History history = {.fixture = &fixture, .model = &model, .random = seed, .line_max = 60};

                memset(&model, 0, sizeof(model));
                model.line_max = 60;
                fixture_init(&fixture, 60);
                fixture_run(&fixture, 0, 0, 60);
                history.n_runs = 1;
                for (unsigned i = 0; i < 500; i++) {
                        fixture_pump(&fixture, &history.seen, 64, false);
                        history_step(&history);
                }
                fixture_pump(&fixture, &history.seen, 64, false);
                for (uint64_t n = 0; n < 40; n++) {
                        uint64_t surplus, from = line_reader_find_last(&fixture.ring, n, &surplus);
                        SeenList last = {0};
                        LineReader reader;

                        line_reader_init(&reader, &fixture.ring, from);
                        fixture_pump_to(&fixture, &reader, &last, 64, false, UINT64_MAX);
                        if (last.n < n + surplus) {
                                /* There are fewer in the ring. */
                                cr_assert_eq(from, ring_first_whole(&fixture.ring));
                                cr_assert_eq(surplus, 0);
                        } else {
                                cr_assert_eq(last.n, n + surplus, "seed %u, n %llu", seed, (unsigned long long) n);
                        }
                        seen_done(&last);
                        line_reader_done(&reader);
                }
                seen_done(&history.seen);
                seen_done(&model.seen);
                fixture_done(&fixture);
        }
}

Test(line_reader, a_limit_is_a_place_between_lines)
{
        SeenList seen = {0};
        Fixture fixture;
        uint64_t place;

        fixture_init(&fixture, 50);
        fixture_run(&fixture, 0, 0, 50);
        fixture_write(&fixture, 0, 0, "before\nprompt: ", 15);
        place = ring_seal(&fixture.ring);
        fixture_write(&fixture, 0, 0, "answer\nafter\n", 13);

        fixture_pump_to(&fixture, &fixture.reader, &seen, 64, false, place);
        cr_assert_eq(seen.n, 1);
        cr_assert_eq(fixture.reader.state.segment, place);
        fixture_pump(&fixture, &seen, 64, false);
        cr_assert_eq(seen.n, 3);
        cr_assert_str_eq(seen.items[1].text, "prompt: answer");
        cr_assert_str_eq(seen.items[2].text, "after");
        seen_done(&seen);
        fixture_done(&fixture);
}

Test(line_reader, a_line_that_grows_slowly_holds_nothing_up)
{
        const unsigned length = 10 * FIXTURE_SEGMENTS;
        SeenList seen = {0};
        Fixture fixture;

        fixture_init(&fixture, length);
        fixture_run(&fixture, 0, 0, length);
        /* Dots of a progress bar, each in a segment of its own, and now and then somebody who looks. */
        for (unsigned i = 0; i < length; i++) {
                fixture.clock += USEC_PER_SEC;
                cr_assert(fixture_write(&fixture, 0, 0, ".", 1), "no room for dot %u", i);
                fixture_pump(&fixture, &seen, 64, i % 2 == 0);
                if (i % 3 == 0)
                        (void) ring_seal(&fixture.ring);
        }
        cr_assert_eq(seen.n, 0);
        cr_assert(fixture_write(&fixture, 0, 0, "\nnext\n", 6));
        fixture_pump(&fixture, &seen, 64, true);
        cr_assert_eq(seen.n, 2);
        cr_assert_eq(seen.items[0].size, length);
        cr_assert_eq(strspn(seen.items[0].text, "."), length);
        cr_assert_str_eq(seen.items[1].text, "next");
        seen_done(&seen);
        fixture_done(&fixture);
}

Test(line_reader, what_was_published_is_where_a_successor_goes_on)
{
        SeenList seen = {0}, rest = {0};
        const ReaderState *found;
        Fixture fixture;
        LineBatch batch;

        fixture_init(&fixture, 50);
        fixture_run(&fixture, 0, 0, 50);
        fixture_write(&fixture, 0, 0, "one\ntwo\nthr", 11);
        fixture_write(&fixture, 0, 1, "other\n", 6);
        fixture_write(&fixture, 0, 0, "ee\nfour\n", 8);
        cr_assert_eq(line_reader_peek(&fixture.reader, &fixture.ring, UINT64_MAX, 64, &batch), 1);
        seen_add_batch(&seen, &batch, batch.n);
        line_reader_commit(&fixture.reader, &fixture.ring);
        /* Looked at and never passed: this comes again. */
        cr_assert_eq(line_reader_peek(&fixture.reader, &fixture.ring, UINT64_MAX, 64, &batch), 1);

        found = &fixture.ring.header->readers[fixture.ring.header->reader];
        cr_assert_eq(memcmp(found, &fixture.reader.state, sizeof(*found)), 0);
        fixture.reader.state = *found;
        fixture_pump(&fixture, &rest, 64, false);
        cr_assert_eq(seen.n, 2);
        cr_assert_eq(rest.n, 3);
        cr_assert_str_eq(rest.items[0].text, "other");
        cr_assert_str_eq(rest.items[1].text, "three");
        cr_assert_eq(rest.items[1].number, 3);
        cr_assert_str_eq(rest.items[2].text, "four");
        seen_done(&seen);
        seen_done(&rest);
        fixture_done(&fixture);
}

Test(line_reader, a_batch_is_of_one_run_stream_and_pid)
{
        Fixture fixture;
        LineBatch batch;
        char *room;

        fixture_init(&fixture, 50);
        fixture_run(&fixture, 0, 0, 50);
        fixture_write(&fixture, 0, 0, "a\nb\n", 4);
        cr_assert_gt(ring_room(&fixture.ring, &room), 10);
        memcpy(room, "c\n", 2);
        ring_append(&fixture.ring, 0, 0, 999, 2, fixture.clock);

        cr_assert_eq(line_reader_peek(&fixture.reader, &fixture.ring, UINT64_MAX, 64, &batch), 1);
        cr_assert_eq(batch.n, 2);
        cr_assert_eq(batch.pid, 100);
        line_reader_commit(&fixture.reader, &fixture.ring);
        cr_assert_eq(line_reader_peek(&fixture.reader, &fixture.ring, UINT64_MAX, 64, &batch), 1);
        cr_assert_eq(batch.n, 1);
        cr_assert_eq(batch.pid, 999);
        cr_assert_eq(batch.number, 3);
        fixture_done(&fixture);
}

/* Puts the text into a ring of these rules, ends it as `kind` says, and compares the lines with `expected`. */
static void lines_are(const LineRules *rules, unsigned channel, const char *text, SegmentKind kind,
                      const Seen *expected)
{
        SeenList seen = {0};
        Fixture fixture;
        size_t n = 0;

        fixture_init(&fixture, rules->line_max);
        ring_begin_run(&fixture.ring, 0, 0, (Id128){{0}}, rules);
        fixture_write(&fixture, 0, channel, text, strlen(text));
        ring_mark(&fixture.ring, 0, channel, 100, kind, fixture.clock);
        fixture_pump(&fixture, &seen, 64, false);
        for (; expected[n].text; n++) {
                cr_assert_lt(n, seen.n);
                cr_assert_str_eq(seen.items[n].text, expected[n].text);
                cr_assert_eq(seen.items[n].line_break, expected[n].line_break);
                cr_assert_eq(seen.items[n].stream, expected[n].stream);
        }
        cr_assert_eq(seen.n, n);
        cr_assert_eq(fixture.ring.header->total, n);
        seen_done(&seen);
        fixture_done(&fixture);
}

Test(line_reader, a_line_that_was_quiet_for_long_ends_and_the_next_begins_anew)
{
        lines_are(
                &(LineRules){.line_max = 100, .level = 6}, 0, "one\nEnter: ", SEGMENT_IDLE,
                (Seen[]){{.text = (char *) "one"}, {.text = (char *) "Enter: ", .line_break = LINE_BREAK_IDLE}, {0}});
        /* Nothing is no line. */
        lines_are(&(LineRules){.line_max = 100, .level = 6}, 0, "one\n", SEGMENT_IDLE,
                  (Seen[]){{.text = (char *) "one"}, {0}});
}

Test(line_reader, input_is_a_stream_of_its_own)
{
        lines_are(&(LineRules){.line_max = 100, .level = 6}, RING_INPUT, "given\n", SEGMENT_EOF,
                  (Seen[]){{.text = (char *) "given", .stream = 2}, {0}});
}

Test(line_reader, lines_of_a_terminal_lose_their_carriage_return_and_no_more)
{
        const LineRules rules = {.line_max = 100, .level = 6, .crlf = 1};

        lines_are(&rules, 0, "one\r\n\r\ntwo\r\r\nth\rree\n", SEGMENT_EOF,
                  (Seen[]){{.text = (char *) "one"},
                           {.text = (char *) ""},
                           {.text = (char *) "two\r"},
                           {.text = (char *) "th\rree"},
                           {0}});
        lines_are(&rules, RING_INPUT, "as it is\r\n", SEGMENT_EOF,
                  (Seen[]){{.text = (char *) "as it is\r", .stream = 2}, {0}});
}
