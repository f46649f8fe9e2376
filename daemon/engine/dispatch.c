/* SPDX-License-Identifier: MIT */

/* From the rings and queues into the sink. Captures with something to deliver stand in one list and take turns; a
 * turn is bounded, so that pipes are read and clients answered in between. Of one capture, an event is sent when all
 * lines before its place are, and lines only up to the next event. */

#include <errno.h>
#include <inttypes.h>

#include "engine/output.h"

#define TURN_STEPS    128u /* batches and events in one turn of the loop … */
#define CAPTURE_STEPS 8u   /* … and of one capture, before it is the next one's turn */

typedef enum Step {
        STEP_NOTHING, /* there is nothing to be delivered */
        STEP_DONE,
        STEP_BLOCKED,
} Step;

static bool has_daemon_events(const Delivery *delivery)
{
        return delivery->queue.next != NULL;
}

/* How many of the `n` datagrams are gone. */
static size_t send_datagrams(Delivery *delivery, const SinkDatagram *datagrams, size_t n)
{
        int r;

        if (delivery->null) {
                delivery->progress = loop_now(delivery->loop);
                return n;
        }
        if (delivery->closed)
                return 0;

        r = sink_send(delivery->sink, datagrams, n);
        /* Where it took a part, the next call says why. -E2BIG: what it takes has changed; compose for that. */
        if (r < 0 && r != -E2BIG)
                delivery->blocked = true;
        if (r < 0 && r != -E2BIG && r != -EAGAIN)
                delivery_retry_later(delivery);
        return r > 0 ? (size_t) r : 0;
}

/* Known now: what LogLevelMax kept out of the log stands before the record. */
static void add_filtered(Delivery *delivery, Event *event)
{
        size_t before = event->text.n;

        if (!event->run || event->run->filtered == 0)
                return;
        entry_add_number(&event->text, "TENDED_FILTERED_LINES", event->run->filtered);
        /* Without memory the record goes without. */
        if (event->text.failed)
                event->text.n = before;
        delivery->events_size += event->text.n - before;
        event->run = NULL;
}

static Step send_event(Delivery *delivery, EventQueue *queue)
{
        Event *event = queue->next;
        struct iovec iov;

        add_filtered(delivery, event);
        iov = (struct iovec){event->text.bytes, event->text.n};
        if (send_datagrams(delivery, &(SinkDatagram){.iov = &iov, .n_iov = 1, .n_entries = 1, .size = event->text.n},
                           1) == 0)
                return delivery->blocked ? STEP_BLOCKED : STEP_DONE;
        event_queue_pass(delivery, queue);
        return STEP_DONE;
}

static void commit(Capture *capture, unsigned n)
{
        LineBatch *batch = &capture->delivery->batch;

        /* A part: look again at just as many, so that the reader stands behind them. */
        if (n < batch->n)
                (void) line_reader_peek(capture->reader, &capture->ring, UINT64_MAX, n, batch);
        line_reader_commit(capture->reader, &capture->ring);
}

/* Lines that LogLevelMax keeps out, at the beginning of the batch. */
static unsigned count_filtered(const LineBatch *batch, uint8_t level_max)
{
        unsigned n = 0;

        while (n < batch->n && batch->lines[n].priority > level_max)
                n++;
        return n;
}

static unsigned count_wanted(const LineBatch *batch, uint8_t level_max)
{
        unsigned n = 0;

        while (n < batch->n && batch->lines[n].priority <= level_max)
                n++;
        return n;
}

/* The first `n` lines of the batch. Returns how many are gone, or -ENOMEM. */
static int send_lines(Delivery *delivery, Run *run, unsigned n)
{
        EntryComposer *composer = &delivery->composer;
        const LineBatch *batch = &delivery->batch;
        SinkDatagram datagrams[LINE_BATCH_MAX];
        unsigned max = sink_max_entries(delivery->sink), n_datagrams = 0;
        EntryDatagram one;
        EntryStyle style;
        int r;

        r = run_style(run, batch->stream, batch->pid, FIELDS_FOR_SINK, &style);
        if (r < 0)
                return r;

        entry_composer_reset(composer);
        if (max > 1) {
                r = entry_compose_several(composer, &style, batch, 0, MIN(n, max), SINK_DATAGRAM_MAX, &one);
                if (r < 0)
                        return r;
                datagrams[0] = (SinkDatagram){one.iov, one.n_iov, one.n_entries, one.size};
                return send_datagrams(delivery, datagrams, 1) > 0 ? (int) one.n_entries : 0;
        }

        while (n_datagrams < n) {
                entry_compose_one(composer, &style, batch, n_datagrams, &one);
                datagrams[n_datagrams++] = (SinkDatagram){one.iov, one.n_iov, one.n_entries, one.size};
        }
        return (int) send_datagrams(delivery, datagrams, n_datagrams);
}

static Step deliver_batch(Capture *capture)
{
        Delivery *delivery = capture->delivery;
        const LineBatch *batch = &delivery->batch;
        Run *run = capture->runs[batch->run % RING_RUNS];
        unsigned n;
        int r;

        assert(run && run->index == batch->run);

        n = count_filtered(batch, run->level_max);
        if (n > 0) {
                run->filtered += n;
                commit(capture, n);
                return STEP_DONE;
        }

        n = count_wanted(batch, run->level_max);
        if (delivery->null) {
                delivery->progress = loop_now(delivery->loop);
                commit(capture, n);
                return STEP_DONE;
        }
        r = send_lines(delivery, run, n);
        if (r < 0) {
                delivery_retry_later(delivery);
                delivery->blocked = true;
                return STEP_BLOCKED;
        }
        if (r > 0)
                commit(capture, (unsigned) r);
        return delivery->blocked ? STEP_BLOCKED : STEP_DONE;
}

/* One batch or one event of this capture. */
static Step deliver_one(Capture *capture)
{
        const Event *event = capture->queue.next;
        uint64_t limit = event ? event->position : UINT64_MAX; /* EVENT_LATER: all that is there */
        int r;

        if (event && event->position != EVENT_LATER &&
            (!capture->ring.header || capture->reader->state.segment >= event->position))
                return send_event(capture->delivery, &capture->queue);
        if (!capture->ring.header)
                return STEP_NOTHING;

        r = line_reader_peek(capture->reader, &capture->ring, limit, LINE_BATCH_MAX, &capture->delivery->batch);
        if (r <= 0)
                return STEP_NOTHING;
        if (capture->delivery->batch.n == 0) {
                line_reader_commit(capture->reader, &capture->ring);
                return STEP_DONE;
        }
        return deliver_batch(capture);
}

static void tell_drained(Capture *capture)
{
        if (!capture->asked_in_vain || !capture_is_drained(capture))
                return;
        capture->asked_in_vain = false;
        if (capture->handler.on_drained)
                capture->handler.on_drained(capture->handler.userdata);
}

/* Returns how many steps it took; the capture is out of the list of work where it has nothing more. */
static unsigned deliver_some(Capture *capture, unsigned n_max)
{
        Step step = STEP_DONE;
        unsigned n = 0;

        while (step == STEP_DONE && n++ < n_max)
                step = deliver_one(capture);
        if (step == STEP_NOTHING)
                list_remove(&capture->work);
        capture_look_at_room(capture);
        return n;
}

void dispatch_pump(Capture *capture, unsigned n_steps)
{
        Delivery *delivery = capture->delivery;

        /* The daemon's own events, and other services, keep their turn. */
        if (!delivery->blocked && !has_daemon_events(delivery))
                (void) deliver_some(capture, n_steps);
        delivery_mark(capture);
}

static void tell_lost_events(Delivery *delivery)
{
        uint64_t n = delivery->n_events_lost;

        /* With room for this one and some more. */
        if (n == 0 || delivery->n_events > EVENTS_MAX / 2 || delivery->events_size > EVENTS_SIZE_MAX / 2)
                return;
        delivery->n_events_lost = 0;
        output_event(delivery, NULL, EVENT_ID_EVENTS_LOST, NULL,
                     "%" PRIu64 " events are missing in the log: it was too slow for them", n);
}

void dispatch_turn(void *userdata)
{
        Delivery *delivery = userdata;
        unsigned n = 0;

        while (n < TURN_STEPS && !delivery->blocked && has_daemon_events(delivery)) {
                (void) send_event(delivery, &delivery->queue);
                n++;
        }
        while (n < TURN_STEPS && !delivery->blocked && !list_is_empty(&delivery->work)) {
                Capture *capture = LIST_FIRST(&delivery->work, Capture, work);

                /* Behind the others; deliver_some() takes it out where it has nothing more. */
                list_remove(&capture->work);
                list_append(&delivery->work, &capture->work);
                n += deliver_some(capture, MIN(CAPTURE_STEPS, TURN_STEPS - n));
                tell_drained(capture);
        }
        tell_lost_events(delivery);

        if (has_daemon_events(delivery) || !list_is_empty(&delivery->work))
                delivery_schedule(delivery);
        else if (delivery->closing && !delivery->closed && delivery->n_awaited == 0) {
                delivery->closed = true;
                sink_close(delivery->sink);
        } else
                delivery_tell_idle(delivery);
}
