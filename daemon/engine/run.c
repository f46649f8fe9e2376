/* SPDX-License-Identifier: MIT */

/* One run of a service, as far as output goes: what its definition said when it began, its pipes, its totals, its
 * exit record. The record waits until everything is read that stood in the pipes when the run ended, so that its
 * totals are right; a left-over that writes on is listened to, and a second record corrects them when its pipe ends.
 * A finished run stays as long as the ring may hold lines of it: their fields come from here. */

#include "engine/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/fd.h"
#include "common/strv.h"

/* The channel whose unfinished line has waited longest; of two, what was given stands before the answer. */
static unsigned find_oldest(const Run *run, const RingRun *entry)
{
        unsigned found = RING_SLOT_STREAMS;

        for (unsigned i = RING_SLOT_STREAMS; i > 0; i--)
                if (entry->in_line[i - 1] > 0 &&
                    (found == RING_SLOT_STREAMS || run->written[i - 1] < run->written[found]))
                        found = i - 1;
        return found;
}

/* Lines that nothing was added to for long enough are whole. */
static void on_flush(void *userdata, usec_t now)
{
        Run *run = userdata;
        Ring *ring = &run->capture->ring;
        const RingRun *entry = ring->header ? ring_run(ring, run->index) : NULL;
        usec_t next = USEC_INFINITY;

        while (entry) {
                unsigned channel = find_oldest(run, entry);

                if (channel == RING_SLOT_STREAMS)
                        break;
                next = usec_add(run->written[channel], run->flush_usec);
                if (next > now)
                        break;
                next = USEC_INFINITY;
                ring_mark(ring, run->index, channel, run->pid, SEGMENT_IDLE,
                          loop_realtime(run->capture->delivery->loop));
                delivery_mark(run->capture);
                follow_mark(run->capture);
        }
        (void) timer_set(&run->flush, next);
}

void run_note_written(Run *run, unsigned channel)
{
        if (run->flush_usec == USEC_INFINITY)
                return;
        run->written[channel] = loop_now(run->capture->delivery->loop);
        if (run->flush.at == USEC_INFINITY && ring_run(&run->capture->ring, run->index)->in_line[channel] > 0)
                (void) timer_set(&run->flush, usec_add(run->written[channel], run->flush_usec));
}

int run_new(Capture *capture, const ServiceConfig *config, Id128 invocation_id, uint32_t slot, Run **ret)
{
        _cleanup_(run_freep) Run *run = calloc(1, sizeof(Run));
        int r;

        if (!run)
                return -ENOMEM;

        *run = (Run){
                .capture = capture,
                .index = capture->n_runs,
                .slot = slot,
                .id = invocation_id,
                .rules = {.line_max = (uint32_t) MAX(MIN(config->line_max, RING_SIZE_MAX / 4), (uint64_t) 1),
                          .level = (uint8_t) (config->syslog_level & 7),
                          .level_prefix = config->syslog_level_prefix,
                          .crlf = config->input.target == STREAM_PTY},
                .level_max = (uint8_t) (config->log_level_max & 7),
                .piped = {config->output.target == STREAM_JOURNAL, config->error.target == STREAM_JOURNAL},
                .drops = config->log_overflow == OVERFLOW_DROP,
                .line_numbers = config->log_line_numbers,
                .log_input = config->log_input,
                .flush_usec = config->line_flush_usec > 0 ? config->line_flush_usec : USEC_INFINITY,
                .several_mains = config->commands[COMMAND_START].n > 1,
        };
        for (unsigned i = 0; i < RUN_CHANNELS; i++)
                run->channels[i] = (Channel){.run = run, .index = i, .stream = STREAM_CLOSED, .write_fd = -EBADF};

        run->identifier = strdup(config->syslog_identifier ? config->syslog_identifier : capture->service);
        if (!run->identifier)
                return -ENOMEM;
        r = strv_copy(config->log_extra_fields, &run->extra_fields);
        if (r >= 0 && run->flush_usec != USEC_INFINITY)
                r = timer_init(&run->flush, capture->delivery->loop, on_flush, run);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(run);
        return 0;
}

static void run_set_awaited(Run *run, bool awaited)
{
        Delivery *delivery = run->capture->delivery;

        if (run->awaited == awaited)
                return;
        run->awaited = awaited;
        delivery->n_awaited += awaited ? 1 : -1u;
        delivery_mark(run->capture);
}

static void forget_events(Run *run)
{
        Event *event;

        if (!run->capture->queue.next)
                return;
        LIST_FOREACH (event, &run->capture->queue.events, Event, link)
                if (event->run == run)
                        event->run = NULL;
}

Run *run_free(Run *run)
{
        if (!run)
                return NULL;

        for (unsigned i = 0; i < RUN_CHANNELS; i++) {
                stream_done(&run->channels[i].stream);
                fd_close(run->channels[i].write_fd);
        }
        if (run->awaited)
                run->capture->delivery->n_awaited--;
        forget_events(run);
        timer_done(&run->flush);
        for (unsigned i = 0; i < RING_STREAMS; i++)
                for (unsigned j = 0; j < _FIELDS_FOR_N; j++)
                        text_done(&run->fields[i][j].text);
        text_done(&run->record);
        strv_free(run->extra_fields);
        free(run->identifier);
        free(run);
        return NULL;
}

/* The ring may be made anew where nobody needs what it holds. */
static bool ring_is_free(const Capture *capture, const Run *for_run)
{
        if (capture->reader->state.segment != capture->ring.header->segment_head || ring_pinned(&capture->ring) > 0)
                return false;
        for (unsigned i = 0; i < RING_RUNS; i++) {
                const Run *run = capture->runs[i];

                if (run && run != for_run && (run->phase != RUN_FINISHED || capture->queue.next))
                        return false;
        }
        return true;
}

static int make_ring(Capture *capture, const Run *for_run)
{
        uint64_t first_segment = 0, total = 0;
        RingMemory memory;
        int r;

        if (!capture->reader)
                capture->reader = malloc(sizeof(LineReader));
        if (!capture->reader)
                return -ENOMEM;
        r = ring_memory_init(&memory, capture->delivery->ring_size, for_run->rules.line_max);
        if (r < 0)
                return r;

        if (capture->ring.header) {
                /* Numbers go on: those who read the old one see where they are. */
                first_segment = capture->ring.header->segment_head;
                total = capture->ring.header->total;
                ring_memory_done(&capture->memory);
                for (unsigned i = 0; i < RING_RUNS; i++)
                        if (capture->runs[i] != for_run)
                                capture->runs[i] = run_free(capture->runs[i]);
        }
        capture->memory = memory;
        capture->generation++;
        ring_init(&capture->ring, memory.base, &memory.layout, first_segment);
        capture->ring.header->total = total;
        line_reader_init_pinning(capture->reader, &capture->ring, ring_memory_carry(&memory));
        return 0;
}

int run_enter_ring(Run *run)
{
        Capture *capture = run->capture;
        int r;

        if (capture->ring.header && ring_run(&capture->ring, run->index))
                return 0;

        if (!capture->ring.header ||
            (!ring_memory_fits(&capture->memory, capture->delivery->ring_size, run->rules.line_max) &&
             ring_is_free(capture, run))) {
                r = make_ring(capture, run);
                if (r < 0 && !capture->ring.header)
                        return r;
        }
        ring_begin_run(&capture->ring, run->index, run->slot, run->id, &run->rules);
        run->rules = ring_run(&capture->ring, run->index)->rules;
        return 0;
}

RunTotals run_totals(const Run *run)
{
        const RingRun *entry = run->capture->ring.header ? ring_run(&run->capture->ring, run->index) : NULL;
        RunTotals totals = {.dropped = run->dropped};

        for (unsigned i = 0; entry && i < RING_STREAMS; i++) {
                totals.lines[i] = entry->lines[i];
                totals.bytes[i] = entry->bytes[i];
        }
        return totals;
}

static bool totals_equal(const RunTotals *a, const RunTotals *b)
{
        return memcmp(a->lines, b->lines, sizeof(a->lines)) == 0 &&
               memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0 && a->dropped == b->dropped;
}

static void add_totals(Text *text, const RunTotals *totals)
{
        if (totals->bytes[2] > 0) {
                entry_add_number(text, "TENDED_STDIN_LINES", totals->lines[2]);
                entry_add_number(text, "TENDED_STDIN_BYTES", totals->bytes[2]);
        }
        entry_add_number(text, "TENDED_STDOUT_LINES", totals->lines[0]);
        entry_add_number(text, "TENDED_STDOUT_BYTES", totals->bytes[0]);
        entry_add_number(text, "TENDED_STDERR_LINES", totals->lines[1]);
        entry_add_number(text, "TENDED_STDERR_BYTES", totals->bytes[1]);
        entry_add_number(text, "TENDED_DROPPED_LINES", totals->dropped);
}

int run_style(Run *run, unsigned stream, uint32_t pid, FieldsFor whom, EntryStyle *ret)
{
        const Delivery *delivery = run->capture->delivery;
        RunFields *fields = &run->fields[stream][whom];

        if (fields->text.n == 0 || fields->pid != pid) {
                text_done(&fields->text);
                entry_add_identity(&fields->text,
                                   &(EntryIdentity){
                                           .service = run->capture->service,
                                           .identifier = run->identifier,
                                           .invocation_id = run->id,
                                           .extra_fields = run->extra_fields,
                                           .with_unit = delivery->root,
                                           .minimal = delivery->minimal && whom == FIELDS_FOR_SINK,
                                   },
                                   stream, pid);
                if (fields->text.failed) {
                        text_done(&fields->text);
                        return -ENOMEM;
                }
                fields->pid = pid;
        }

        *ret = (EntryStyle){
                .fields = fields->text.bytes,
                .fields_size = fields->text.n,
                .level = run->rules.level,
                .line_numbers = run->line_numbers,
        };
        return 0;
}

static bool all_closed(const Run *run)
{
        for (unsigned i = 0; i < RUN_CHANNELS; i++)
                if (channel_is_open(&run->channels[i]))
                        return false;
        return true;
}

static bool all_drained(const Run *run)
{
        for (unsigned i = 0; i < RUN_CHANNELS; i++)
                if (channel_is_open(&run->channels[i]) && run->channels[i].drain > 0)
                        return false;
        return true;
}

static void finish_record(Run *run)
{
        Capture *capture = run->capture;
        Event *event = run->event;

        run->told = run_totals(run);
        run->event = NULL;
        if (event) {
                size_t before = event->text.n;

                add_totals(&event->text, &run->told);
                event->position = ring_seal(&capture->ring);
                capture->delivery->events_size += event->text.n - before;
        }
        capture->end_position = ring_seal(&capture->ring);
        run->phase = RUN_LEFTOVER;
        delivery_mark(capture);
        follow_mark(capture);
}

static void correct_record(Run *run)
{
        Capture *capture = run->capture;
        RunTotals totals = run_totals(run);
        Text text = TEXT_NULL;
        Event *event;

        if (totals_equal(&totals, &run->told))
                return;
        text_add(&text, run->record.bytes, run->record.n);
        add_totals(&text, &totals);
        event = event_queue_add_text(capture->delivery, &capture->queue, &text, ring_seal(&capture->ring));
        if (event)
                event->run = run;
        delivery_mark(capture);
        follow_mark(capture);
}

void run_look(Run *run)
{
        Capture *capture = run->capture;

        if (run->phase == RUN_ENDING && all_drained(run))
                finish_record(run);
        if (run->phase == RUN_LEFTOVER && all_closed(run)) {
                correct_record(run);
                text_done(&run->record);
                run->phase = RUN_FINISHED;
        }
        run_set_awaited(run, run->phase == RUN_ENDING || (run->closing && !all_closed(run)));

        /* A run without output needs no place behind its end. */
        if (run->phase == RUN_FINISHED && !(capture->ring.header && ring_run(&capture->ring, run->index))) {
                capture->runs[run->index % RING_RUNS] = NULL;
                run_free(run);
        }
}

static void close_write_ends(Run *run)
{
        for (unsigned i = 0; i < RUN_CHANNELS; i++)
                run->channels[i].write_fd = fd_close(run->channels[i].write_fd);
}

void run_end(Run *run, const EventRecord *record)
{
        Capture *capture = run->capture;
        EventRecord correction = *record;
        Text text = TEXT_NULL;
        char sentence[512];

        /* Nobody shall believe that it ended twice. */
        (void) snprintf(sentence, sizeof(sentence), "%s (told before; left-over processes have written more since)",
                        record->text ? record->text : "");
        correction.text = sentence;
        event_encode(&run->record, capture->delivery, &correction);
        event_encode(&text, capture->delivery, record);
        run->event = event_queue_add_text(capture->delivery, &capture->queue, &text, EVENT_LATER);
        if (run->event)
                run->event->run = run;

        run->phase = RUN_ENDING;
        close_write_ends(run);
        for (unsigned i = 0; i < RUN_CHANNELS; i++)
                channel_drain(&run->channels[i]);
        run_look(run);
}

void run_close(Run *run, bool at_once)
{
        run->closing = true;
        close_write_ends(run);
        for (unsigned i = 0; i < RUN_CHANNELS; i++) {
                channel_drain(&run->channels[i]);
                if (at_once && channel_is_open(&run->channels[i]))
                        channel_end(&run->channels[i]);
        }
        run_look(run);
}
