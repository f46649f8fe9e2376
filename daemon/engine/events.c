/* SPDX-License-Identifier: MIT */

/* Events on their way into the log. They are encoded when they happen, and wait in a queue of their service, each at
 * its place between the lines: what was read before it comes before it. The bounds hold for all queues together. What
 * is delivered is kept for a while, as the ring keeps lines, so that somebody who looks afterwards sees both. */

#include <stdarg.h>
#include <stdio.h>

#include "common/id128.h"
#include "engine/event-log.h"
#include "engine/output.h"

void event_queue_init(EventQueue *queue)
{
        *queue = (EventQueue){0};
        list_init(&queue->events);
}

static void event_free(Event *event)
{
        list_remove(&event->link);
        text_done(&event->text);
        free(event);
}

void event_queue_done(EventQueue *queue)
{
        Event *event;

        LIST_FOREACH (event, &queue->events, Event, link)
                event_free(event);
        queue->next = NULL;
}

void event_encode(Text *text, const Delivery *delivery, const EventRecord *record)
{
        const EventInfo *info = event_info(record->id);
        char id[ID128_STRING_MAX];

        entry_add_string(text, "SYSLOG_IDENTIFIER", "tended");
        entry_add_string(text, "MESSAGE_ID", info->message_id);
        entry_add_number(text, "PRIORITY", (unsigned) record->priority % 8);
        entry_add_string(text, "MESSAGE", record->text ? record->text : "");
        entry_add_string(text, "TENDED_EVENT", info->name);
        if (record->service) {
                entry_add_string(text, "TENDED_SERVICE", record->service);
                if (delivery->root) {
                        text_add_string(text, "OBJECT_SYSTEMD_UNIT=tended-");
                        text_add_string(text, record->service);
                        text_add_string(text, ".service\n");
                }
        }
        if (record->invocation_id)
                entry_add_string(text, "TENDED_INVOCATION_ID", id128_format(*record->invocation_id, id));
        for (char *const *i = record->fields; i && *i; i++)
                entry_add_assignment(text, *i);
}

/* No two events have the same time: it tells them apart, and orders those of one turn. A clock that was set back is
 * believed nevertheless. */
static usec_t event_time(Delivery *delivery)
{
        usec_t now = loop_realtime(delivery->loop);

        if (now <= delivery->last_event && delivery->last_event - now < USEC_PER_SEC)
                now = delivery->last_event + 1;
        delivery->last_event = now;
        return now;
}

/* An event may be kept for long. */
static void text_shrink(Text *text)
{
        char *bytes = realloc(text->bytes, text->n + 1);

        if (!bytes)
                return;
        text->bytes = bytes;
        text->allocated = text->n + 1;
}

Event *event_queue_add_text(Delivery *delivery, EventQueue *queue, Text *text, uint64_t position)
{
        Event *event = NULL;
        usec_t now = event_time(delivery);

        entry_add_number(text, "TENDED_EVENT_TIMESTAMP", now);
        if (!text->failed && delivery->n_events < EVENTS_MAX && delivery->events_size + text->n <= EVENTS_SIZE_MAX)
                event = calloc(1, sizeof(Event));
        if (!event) {
                delivery->n_events_lost++;
                text_done(text);
                return NULL;
        }

        event->number = ++queue->n_ever;
        event->position = position;
        event->realtime = now;
        event->text = *text;
        *text = TEXT_NULL;
        text_shrink(&event->text);
        list_append(&queue->events, &event->link);
        if (!queue->next)
                queue->next = event;
        delivery->n_events++;
        delivery->events_size += event->text.n;
        return event;
}

Event *event_queue_add(Delivery *delivery, EventQueue *queue, const EventRecord *record, uint64_t position)
{
        Text text = TEXT_NULL;

        event_encode(&text, delivery, record);
        return event_queue_add_text(delivery, queue, &text, position);
}

void event_queue_pass(Delivery *delivery, EventQueue *queue)
{
        Event *event = queue->next;
        bool was_last = event->link.next == &queue->events;

        delivery->n_events--;
        delivery->events_size -= MIN(delivery->events_size, event->text.n);
        event->run = NULL;
        queue->next = was_last ? NULL : CONTAINER_OF(event->link.next, Event, link);

        if (++queue->n_kept > EVENTS_KEPT) {
                event_free(LIST_FIRST(&queue->events, Event, link));
                queue->n_kept--;
        }
}

void event_queue_hand_over(EventQueue *from, EventQueue *to)
{
        while (from->next) {
                Event *event = from->next;

                from->next = event->link.next == &from->events ? NULL : CONTAINER_OF(event->link.next, Event, link);
                list_remove(&event->link);
                event->run = NULL;
                event->position = 0;
                event->number = ++to->n_ever;
                list_append(&to->events, &event->link);
                if (!to->next)
                        to->next = event;
        }
}

const Event *event_queue_find(const EventQueue *queue, uint64_t number)
{
        /* Those that are still to be delivered are at the end, and so are those that followers ask for. */
        const Event *found = NULL;

        for (const List *i = queue->events.prev; i != &queue->events; i = i->prev) {
                const Event *event = CONTAINER_OF(i, Event, link);

                if (event->number < number)
                        break;
                found = event;
        }
        return found;
}

void output_event(Delivery *delivery, Capture *capture, EventId id, const Id128 *invocation_id, const char *format,
                  ...)
{
        EventRecord record = {
                .id = id,
                .priority = event_info(id)->priority,
                .service = capture ? capture->service : NULL,
                .invocation_id = invocation_id,
        };
        char text[512];
        va_list args;

        va_start(args, format);
        vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        record.text = text;
        delivery_event(delivery, &record);
}
