/* SPDX-License-Identifier: MIT */

/* LogInput: what is written to a service's stdin goes through the ring as a stream of its own, between what had been
 * read before and what is read after. Where the ring is full it has to wait, as output does. */

#include "engine/output.h"

#include <string.h>

#include "engine/dialogue.h"

static Run *logging_run(const Capture *capture)
{
        return capture->current && capture->current->log_input ? capture->current : NULL;
}

size_t capture_input_room(Capture *capture, size_t size)
{
        Run *run = logging_run(capture);
        size_t room;
        char *place;

        if (!run)
                return size;
        /* The answer to what was written before stands before what is written now. */
        capture_catch_up(capture);
        if (run_enter_ring(run) < 0) {
                capture->input_waits = true;
                delivery_retry_later(capture->delivery);
                return 0;
        }
        room = MIN(ring_room(&capture->ring, &place), dialogue_room(capture->dialogue));
        if (room < capture->ring.header->size / 16) {
                capture->input_waits = true;
                if (ring_room(&capture->ring, &place) < capture->ring.header->size / 16)
                        capture->blocked = true;
                else
                        capture->held = true;
                delivery_mark(capture);
                return 0;
        }
        return MIN(size, room);
}

void capture_note_input(Capture *capture, const char *data, size_t size)
{
        Run *run = logging_run(capture);
        char *place;

        if (!run)
                return;
        (void) ring_room(&capture->ring, &place);
        memcpy(place, data, size);
        ring_append(&capture->ring, run->index, RING_INPUT, run->pid, size, loop_realtime(capture->delivery->loop));
        run_note_written(run, RING_INPUT);
        delivery_mark(capture);
        follow_mark(capture);
}

void capture_end_input(Capture *capture)
{
        Run *run = logging_run(capture);
        const RingRun *entry = run && capture->ring.header ? ring_run(&capture->ring, run->index) : NULL;

        if (!entry || entry->in_line[RING_INPUT] == 0)
                return;
        ring_mark(&capture->ring, run->index, RING_INPUT, run->pid, SEGMENT_EOF,
                  loop_realtime(capture->delivery->loop));
        delivery_mark(capture);
        follow_mark(capture);
}
