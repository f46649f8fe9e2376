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

bool delivery_is_idle(const Delivery *delivery)
{
        if (delivery->closing)
                return delivery->finished;
        return !delivery->queue.next && list_is_empty(&delivery->work) && delivery->n_awaited == 0 &&
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

void delivery_mark_output(Capture *capture)
{
        Delivery *delivery = capture->delivery;
        const Ring *ring = &capture->ring;

        /* What nobody takes is forgotten now and then: no turn of the loop for each line. */
        if (!delivery->null || capture->queue.next || !capture->current ||
            ring_pinned(ring) > ring->header->size / 4) {
                delivery_mark(capture);
                return;
        }
        if (list_is_empty(&capture->work))
                list_append(&delivery->work, &capture->work);
        delivery->idle_told = false;
}

void delivery_tell_idle(Delivery *delivery)
{
        if (!delivery_is_idle(delivery) || delivery->idle_told)
                return;
        delivery->idle_told = true;
        if (delivery->on_idle)
                delivery->on_idle(delivery->userdata);
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
        delivery_tell_idle(delivery);
}

static void on_retry(void *userdata, usec_t now)
{
        Delivery *delivery = userdata;

        (void) timer_set(&delivery->retry, USEC_INFINITY);
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
                .console_too = options->console_too,
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
        list_init(&delivery->event_followers);
        event_queue_init(&delivery->queue);

        r = deferred_init(&delivery->turn, loop, PRIORITY_STREAM, dispatch_turn, delivery, "delivery");
        if (r >= 0)
                r = watchers_init(&delivery->watchers, loop);
        if (r >= 0)
                r = deferred_init(&delivery->follow_turn, loop, PRIORITY_STREAM, follow_turn, delivery, "followers");
        if (r >= 0)
                r = timer_init(&delivery->retry, loop, on_retry, delivery);
        if (r >= 0)
                r = make_sink(delivery, processes, options);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(delivery);
        return 0;
}

void delivery_set_ring_size(Delivery *delivery, uint64_t size)
{
        delivery->ring_size = size;
}

Delivery *delivery_free(Delivery *delivery)
{
        if (!delivery)
                return NULL;

        assert(delivery->n_captures == 0);
        follow_done(delivery);
        watchers_done(&delivery->watchers);
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

void delivery_tell_watchers(Delivery *delivery, const EventRecord *record)
{
        Text text = TEXT_NULL;

        if (!watchers_any(&delivery->watchers))
                return;
        event_encode(&text, delivery, record);
        watchers_tell(&delivery->watchers, record->service, &text);
        text_done(&text);
}

Watchers *delivery_watchers(Delivery *delivery)
{
        return &delivery->watchers;
}

void delivery_event(Delivery *delivery, const EventRecord *record)
{
        Capture *capture = record->service ? delivery_find_capture(delivery, record->service) : NULL;

        delivery_tell_watchers(delivery, record);
        if (!capture) {
                (void) event_queue_add(delivery, &delivery->queue, record, 0);
                follow_mark_events(delivery);
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
