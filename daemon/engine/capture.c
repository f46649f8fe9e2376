/* SPDX-License-Identifier: MIT */

/* The output of one service, from the outside. A service that prints nothing costs no ring; one that floods costs its
 * ring and no more. Runs follow each other; at most RING_SLOTS of them have open pipes, and at most one that has
 * ended waits for its delivery. */

#include "engine/capture.h"

#include <errno.h>
#include <string.h>

#include "common/fd.h"
#include "engine/dialogue.h"
#include "engine/output.h"

#define PUMP_AT_END 16u /* batches that the end of a run delivers at once, so that a restart needn't wait a turn */

int capture_new(Delivery *delivery, const char *service, const CaptureHandler *handler, Capture **ret)
{
        _cleanup_free_ Capture *capture = calloc(1, sizeof(Capture));
        int r;

        if (!capture)
                return -ENOMEM;

        *capture = (Capture){
                .delivery = delivery,
                .handler = *handler,
                .memory = RING_MEMORY_NULL,
                .service = strdup(service),
        };
        if (!capture->service)
                return -ENOMEM;

        event_queue_init(&capture->queue);
        list_init(&capture->followers);
        list_init(&capture->work);
        r = delivery_add_capture(delivery, capture);
        if (r < 0) {
                free(capture->service);
                return r;
        }
        follow_capture_added(capture);
        *ret = TAKE_PTR(capture);
        return 0;
}

Capture *capture_free(Capture *capture)
{
        Delivery *delivery;

        if (!capture)
                return NULL;

        delivery = capture->delivery;
        follow_capture_removed(capture);
        for (unsigned i = 0; i < RING_RUNS; i++)
                run_free(capture->runs[i]);
        /* Its events are still news. */
        event_queue_hand_over(&capture->queue, &delivery->queue);
        event_queue_done(&capture->queue);
        free(capture->reader);
        ring_memory_done(&capture->memory);
        delivery_remove_capture(delivery, capture);
        list_remove(&capture->work);
        free(capture->service);
        free(capture);
        delivery_schedule(delivery);
        return NULL;
}

bool capture_is_drained(const Capture *capture)
{
        for (unsigned i = 0; i < RING_RUNS; i++)
                if (capture->runs[i] && capture->runs[i]->phase == RUN_ENDING)
                        return false;
        return !capture->ring.header || capture->reader->state.segment >= capture->end_position;
}

bool capture_may_begin(Capture *capture)
{
        bool may = capture_is_drained(capture);

        if (!may)
                capture->asked_in_vain = true;
        return may;
}

static bool is_live(const Run *run)
{
        return run && run->phase != RUN_FINISHED;
}

static void close_leftover(Run *run)
{
        output_event(run->capture->delivery, run->capture, EVENT_ID_OUTPUT_CLOSED, &run->id,
                     "%s: left-over processes of old runs still hold pipes: the oldest is not listened to any longer",
                     run->capture->service);
        run_close(run, true);
}

static Run *oldest_live(const Capture *capture)
{
        Run *found = NULL;

        for (unsigned i = 0; i < RING_RUNS; i++)
                if (is_live(capture->runs[i]) && (!found || capture->runs[i]->index < found->index))
                        found = capture->runs[i];
        return found;
}

/* Left-overs are listened to for half as many runs as the ring knows: when a run's place is taken by another, the
 * ends of later runs have been delivered, and with them all its lines. */
static void close_old_leftovers(Capture *capture)
{
        for (;;) {
                Run *run = oldest_live(capture);

                if (!run || capture->n_runs - run->index < RING_RUNS / 2)
                        return;
                close_leftover(run);
        }
}

/* A slot that no run with an open pipe has. */
static uint32_t find_slot(Capture *capture)
{
        for (;;) {
                uint32_t taken = 0, slot = 0;

                for (unsigned i = 0; i < RING_RUNS; i++)
                        if (is_live(capture->runs[i]))
                                taken |= 1u << capture->runs[i]->slot;
                while (slot < RING_SLOTS && (taken & 1u << slot))
                        slot++;
                if (slot < RING_SLOTS)
                        return slot;
                close_leftover(oldest_live(capture));
        }
}

int capture_begin_run(Capture *capture, const ServiceConfig *config, Id128 invocation_id)
{
        Run **place = &capture->runs[capture->n_runs % RING_RUNS], *run;
        int r;

        if (capture->current || !capture_is_drained(capture))
                return -EBUSY;

        close_old_leftovers(capture);
        r = run_new(capture, config, invocation_id, find_slot(capture), &run);
        if (r < 0)
                return r;

        /* Lines of the run that stood here are forgotten together with it. */
        if (*place && capture->ring.header)
                ring_forget_run(&capture->ring, (*place)->index);
        run_free(*place);
        *place = capture->current = run;
        capture->n_runs++;
        memcpy(capture->run_start, capture->stream_bytes, sizeof(capture->run_start));
        return 0;
}

int capture_open(Capture *capture, CaptureRole role, int *ret_output_fd, int *ret_error_fd)
{
        _cleanup_close_ int output_fd = -EBADF, error_fd = -EBADF;
        Run *run = capture->current;
        int r;

        if (!run)
                return -ESRCH;

        /* Main processes follow each other, and so do commands; no main process begins while a command runs. */
        for (unsigned i = 0; i < RUN_CHANNELS; i++)
                if (i / 2 == CAPTURE_CONTROL || role == CAPTURE_MAIN)
                        channel_cut(&run->channels[i]);
        for (unsigned stream = 0; stream < 2; stream++) {
                if (!run->piped[stream])
                        continue;
                r = channel_open(&run->channels[2 * role + stream], stream == 0 ? &output_fd : &error_fd);
                if (r < 0)
                        return r;
        }
        *ret_output_fd = TAKE_FD(output_fd);
        *ret_error_fd = TAKE_FD(error_fd);
        return 0;
}

int capture_open_terminal(Capture *capture, int master_fd)
{
        _cleanup_close_ int owned = master_fd;
        Run *run = capture->current;

        if (!run)
                return -ESRCH;
        for (unsigned i = 0; i < RUN_CHANNELS; i++)
                channel_cut(&run->channels[i]);
        return channel_open_terminal(&run->channels[2 * CAPTURE_MAIN], TAKE_FD(owned));
}

void capture_set_quiet(Capture *capture, bool quiet)
{
        capture->quiet = quiet;
}

void capture_catch_up(Capture *capture)
{
        Run *run = capture->current;

        for (unsigned stream = 0; run && !capture->quiet && stream < 2; stream++)
                channel_catch_up(&run->channels[2 * CAPTURE_MAIN + stream]);
}

bool capture_is_read(const Capture *capture)
{
        for (unsigned i = 0; i < RING_RUNS; i++)
                for (unsigned stream = 0; capture->runs[i] && stream < 2; stream++)
                        if (capture->runs[i]->channels[2 * CAPTURE_MAIN + stream].drain > 0)
                                return false;
        return true;
}

void capture_set_main_pid(Capture *capture, pid_t pid)
{
        if (capture->current)
                capture->current->pid = (uint32_t) pid;
}

void capture_set_listening(Capture *capture, bool listening)
{
        capture->listening = listening;
}

void capture_main_ended(Capture *capture)
{
        Run *run = capture->current;

        for (unsigned stream = 0; run && stream < 2; stream++)
                channel_drain(&run->channels[2 * CAPTURE_MAIN + stream]);
}

int capture_end_run(Capture *capture, const EventRecord *record)
{
        Run *run = TAKE_PTR(capture->current);

        if (!run)
                return -ESRCH;
        delivery_tell_watchers(capture->delivery, record);
        run_end(run, record);
        dispatch_pump(capture, PUMP_AT_END);
        return 0;
}

static void count_pipes(const Capture *capture, uint64_t *lines, uint64_t *bytes)
{
        _cleanup_free_ char *buffer = malloc(READ_SIZE);

        for (unsigned i = 0; i < RING_RUNS; i++) {
                const Run *run = capture->runs[i];

                for (unsigned j = 0; run && buffer && j < RUN_CHANNELS; j++) {
                        const RingRun *entry = capture->ring.header ? ring_run(&capture->ring, run->index) : NULL;
                        uint32_t in_line = entry ? entry->in_line[j] : 0, before = in_line;
                        size_t n = stream_look(&run->channels[j].stream, buffer, READ_SIZE);

                        *bytes += n;
                        *lines += lines_count(&in_line, run->rules.line_max, buffer, n) + (in_line > 0);
                        /* The unfinished line of the ring has been counted. */
                        *lines -= before > 0;
                }
        }
}

void capture_undelivered(const Capture *capture, uint64_t *ret_lines, uint64_t *ret_bytes)
{
        uint64_t lines = 0, bytes = 0;

        if (capture->ring.header) {
                const ReaderState *state = &capture->reader->state;

                lines = capture->ring.header->total - state->total;
                bytes = ring_pinned(&capture->ring);
                for (unsigned i = 0; i < RING_CHANNELS; i++)
                        bytes += state->channels[i].carry;
                for (unsigned i = 0; i < RING_RUNS; i++)
                        for (unsigned j = 0; is_live(capture->runs[i]) && j < RING_SLOT_STREAMS; j++) {
                                const RingRun *entry = ring_run(&capture->ring, capture->runs[i]->index);

                                lines += entry && entry->in_line[j] > 0;
                        }
        }
        count_pipes(capture, &lines, &bytes);
        *ret_lines = lines;
        *ret_bytes = bytes;
}

bool capture_is_blocked(const Capture *capture)
{
        return capture->blocked;
}

void capture_retry(Capture *capture)
{
        if (capture->blocked)
                return;
        if (capture->input_waits && capture->dialogue) {
                capture->input_waits = false;
                dialogue_pump(capture->dialogue);
        }
        for (unsigned i = 0; i < RING_RUNS; i++)
                for (unsigned j = 0; capture->runs[i] && j < RUN_CHANNELS; j++)
                        stream_set_paused(&capture->runs[i]->channels[j].stream, false);
}

void capture_close(Capture *capture)
{
        if (capture->dialogue)
                dialogue_let_go(capture->dialogue);
        for (unsigned i = 0; i < RING_RUNS; i++)
                if (is_live(capture->runs[i]))
                        run_close(capture->runs[i], false);
}
