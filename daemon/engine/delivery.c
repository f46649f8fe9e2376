/* SPDX-License-Identifier: MIT */

/* From the rings and queues into the sink. Captures with something to deliver stand in one list and take turns; a
 * turn is bounded, so that pipes are read and clients answered in between. Where the sink takes no more, everything
 * stays where it is until it does, and nothing wakes us before. */

#include "engine/delivery.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/event-log.h"
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

bool delivery_is_idle(const Delivery *delivery)
{
        if (delivery->closing)
                return delivery->finished;
        return !has_daemon_events(delivery) && list_is_empty(&delivery->work) && delivery->n_awaited == 0 &&
               delivery->n_events_lost == 0;
}

void delivery_schedule(Delivery *delivery)
{
        delivery->idle_told = false;
        if (delivery->blocked || delivery->closed)
                return;
        (void) deferred_schedule(&delivery->turn);
}

void delivery_mark(Capture *capture)
{
        if (list_is_empty(&capture->work))
                list_append(&capture->delivery->work, &capture->work);
        delivery_schedule(capture->delivery);
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
        /* -E2BIG: what the sink takes has changed; the next turn composes for that. */
        if (r < (int) n && r != -E2BIG)
                delivery->blocked = true;
        return r > 0 ? (size_t) r : 0;
}

static Step send_event(Delivery *delivery, EventQueue *queue)
{
        Event *event = queue->next;
        struct iovec iov[2] = {{event->text.bytes, event->text.n}};
        SinkDatagram datagram = {.iov = iov, .n_iov = 1, .n_entries = 1, .size = event->text.n};
        Text more = TEXT_NULL;
        size_t sent;

        /* Known now: what LogLevelMax kept out of the log stands before the record. */
        if (event->run && event->run->filtered > 0)
                entry_add_number(&more, "TENDED_FILTERED_LINES", event->run->filtered);
        if (more.n > 0 && !more.failed) {
                iov[1] = (struct iovec){more.bytes, more.n};
                datagram.n_iov = 2;
                datagram.size += more.n;
        }
        sent = send_datagrams(delivery, &datagram, 1);
        text_done(&more);
        if (sent == 0)
                return delivery->blocked ? STEP_BLOCKED : STEP_DONE;
        event_queue_pass(delivery, queue);
        return STEP_DONE;
}

static void commit(Capture *capture, unsigned n)
{
        LineBatch *batch = &capture->delivery->batch;

        /* A part: look again at just as many, so that the reader stands behind them. */
        if (n < batch->n)
                (void) line_reader_peek(&capture->reader, &capture->ring, UINT64_MAX, n, batch);
        line_reader_commit(&capture->reader, &capture->ring);
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
            (!capture->ring.header || capture->reader.state.segment >= event->position))
                return send_event(capture->delivery, &capture->queue);
        if (!capture->ring.header)
                return STEP_NOTHING;

        r = line_reader_peek(&capture->reader, &capture->ring, limit, LINE_BATCH_MAX, &capture->delivery->batch);
        if (r <= 0)
                return STEP_NOTHING;
        if (capture->delivery->batch.n == 0) {
                line_reader_commit(&capture->reader, &capture->ring);
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

void delivery_pump(Capture *capture, unsigned n_steps)
{
        Delivery *delivery = capture->delivery;

        /* The daemon's own events, and other services, keep their turn. */
        if (!delivery->blocked && !has_daemon_events(delivery))
                (void) deliver_some(capture, n_steps);
        delivery_mark(capture);
}

static void tell_idle(Delivery *delivery)
{
        if (!delivery_is_idle(delivery) || delivery->idle_told)
                return;
        delivery->idle_told = true;
        if (delivery->on_idle)
                delivery->on_idle(delivery->userdata);
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

static void on_turn(void *userdata)
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
                tell_idle(delivery);
}

static void on_writable(void *userdata)
{
        Delivery *delivery = userdata;

        delivery->blocked = false;
        delivery_schedule(delivery);
}

static void on_sink_event(void *userdata, SinkEvent event, const char *text, uint64_t in_flight)
{
        char field[64];
        char *fields[] = {field, NULL};
        EventId id = event == SINK_LOST ? EVENT_ID_LOG_LOST : EVENT_ID_LOG_BACK;

        snprintf(field, sizeof(field), "TENDED_IN_FLIGHT=%" PRIu64, in_flight);
        delivery_event(userdata, &(EventRecord){.id = id,
                                                .priority = event_info(id)->priority,
                                                .text = text,
                                                .fields = event == SINK_LOST ? fields : NULL});
}

static void on_finished(void *userdata)
{
        Delivery *delivery = userdata;

        delivery->finished = true;
        tell_idle(delivery);
}

static void on_retry(void *userdata, usec_t now)
{
        Delivery *delivery = userdata;

        for (size_t i = 0; i < delivery->n_captures; i++)
                capture_retry(delivery->captures[i]);
        delivery->blocked = false;
        delivery_schedule(delivery);
}

void delivery_retry_later(Delivery *delivery)
{
        if (delivery->retry.at == USEC_INFINITY)
                (void) timer_set(&delivery->retry, usec_add(loop_now(delivery->loop), RETRY_USEC));
}

LogTarget delivery_auto_target(void)
{
        return sink_probe_journal(NULL) >= 0 ? LOG_TARGET_JOURNAL : LOG_TARGET_CONSOLE;
}

static int make_sink(Delivery *delivery, ProcessTable *processes, const DeliveryOptions *options)
{
        const SinkOptions sink = {
                .target = options->target,
                .directory = options->directory,
                .file_max = options->config->log_file_max,
                .file_count = options->config->log_file_count,
                .helper = options->helper,
                .handler = {.on_writable = on_writable,
                            .on_event = on_sink_event,
                            .on_finished = on_finished,
                            .userdata = delivery},
        };

        return sink_new(delivery->loop, processes, &sink, &delivery->sink);
}

int delivery_new(Loop *loop, ProcessTable *processes, const DeliveryOptions *options, Delivery **ret)
{
        _cleanup_(delivery_freep) Delivery *delivery = calloc(1, sizeof(Delivery));
        int r;

        if (!delivery)
                return -ENOMEM;

        delivery->loop = loop;
        delivery->target = options->target;
        delivery->on_idle = options->on_idle;
        delivery->userdata = options->userdata;
        delivery->ring_size = options->config->ring_size;
        delivery->root = geteuid() == 0;
        delivery->null = options->target == LOG_TARGET_NULL;
        /* The writer's lines name their service; only a journal can do without, by the run's first event. */
        delivery->minimal = options->config->log_fields_minimal && options->target == LOG_TARGET_JOURNAL;
        delivery->progress = loop_now(loop);
        delivery->idle_told = true;
        list_init(&delivery->work);
        list_init(&delivery->followers);
        list_init(&delivery->follow_work);
        event_queue_init(&delivery->queue);

        r = deferred_init(&delivery->turn, loop, PRIORITY_STREAM, on_turn, delivery, "delivery");
        if (r >= 0)
                r = deferred_init(&delivery->follow_turn, loop, PRIORITY_STREAM, follow_turn, delivery, "followers");
        if (r >= 0)
                r = timer_init(&delivery->retry, loop, on_retry, delivery, "delivery retry");
        if (r >= 0)
                r = make_sink(delivery, processes, options);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(delivery);
        return 0;
}

Delivery *delivery_free(Delivery *delivery)
{
        if (!delivery)
                return NULL;

        assert(delivery->n_captures == 0);
        follow_done(delivery);
        event_queue_done(&delivery->queue);
        deferred_done(&delivery->turn);
        deferred_done(&delivery->follow_turn);
        timer_done(&delivery->retry);
        sink_free(delivery->sink);
        entry_composer_done(&delivery->composer);
        free(delivery->scratch);
        free(delivery->captures);
        free(delivery);
        return NULL;
}

/* Where it stands, or belongs. */
static size_t find_place(const Delivery *delivery, const char *service)
{
        size_t low = 0, high = delivery->n_captures;

        while (low < high) {
                size_t middle = (low + high) / 2;

                if (strcmp(delivery->captures[middle]->service, service) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

Capture *delivery_find_capture(const Delivery *delivery, const char *service)
{
        size_t i = find_place(delivery, service);

        return i < delivery->n_captures && strcmp(delivery->captures[i]->service, service) == 0
                       ? delivery->captures[i]
                       : NULL;
}

int delivery_add_capture(Delivery *delivery, Capture *capture)
{
        Capture **grown = reallocarray(delivery->captures, delivery->n_captures + 1, sizeof(Capture *));
        size_t i;

        if (!grown)
                return -ENOMEM;
        delivery->captures = grown;
        i = find_place(delivery, capture->service);
        memmove(grown + i + 1, grown + i, (delivery->n_captures - i) * sizeof(Capture *));
        grown[i] = capture;
        delivery->n_captures++;
        return 0;
}

void delivery_remove_capture(Delivery *delivery, Capture *capture)
{
        size_t i = find_place(delivery, capture->service);

        while (delivery->captures[i] != capture)
                i++;
        delivery->n_captures--;
        memmove(delivery->captures + i, delivery->captures + i + 1, (delivery->n_captures - i) * sizeof(Capture *));
}

void delivery_event(Delivery *delivery, const EventRecord *record)
{
        Capture *capture = record->service ? delivery_find_capture(delivery, record->service) : NULL;

        if (!capture) {
                (void) event_queue_add(delivery, &delivery->queue, record, 0);
                delivery_schedule(delivery);
                return;
        }
        (void) event_queue_add(delivery, &capture->queue, record, ring_seal(&capture->ring));
        delivery_mark(capture);
        follow_mark(capture);
}

LogTarget delivery_target(const Delivery *delivery)
{
        return delivery->target;
}

usec_t delivery_last_progress(const Delivery *delivery)
{
        return delivery->null ? delivery->progress : sink_last_progress(delivery->sink);
}

const char *delivery_state(const Delivery *delivery)
{
        return sink_state(delivery->sink);
}

void delivery_close(Delivery *delivery)
{
        if (delivery->closing)
                return;

        delivery->closing = true;
        for (size_t i = 0; i < delivery->n_captures; i++)
                capture_close(delivery->captures[i]);
        delivery_schedule(delivery);
}
