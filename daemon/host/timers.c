/* SPDX-License-Identifier: MIT */

/* A heap of the timers that are set, the next one first, and one source of sd-event that is set for it. Room in the
 * heap is made when a timer is made. One timer fires in a turn, as one source would, so that what it leads to, and
 * what is more urgent, comes before the next. */

#include "host/timers.h"

#include <errno.h>
#include <systemd/sd-event.h>

/* sd-event's default of 250 ms would turn a delay of 100 ms into 350. */
#define ACCURACY_USEC 500
#define NOWHERE       SIZE_MAX

typedef struct TimerEntry {
        TimerQueue *queue;
        timer_fn fn;
        void *userdata;
        usec_t at;
        size_t place; /* in the heap; NOWHERE: it isn't set */
} TimerEntry;

struct TimerQueue {
        sd_event_source *source;
        TimerEntry **heap; /* the one at (i - 1) / 2 comes no later than the one at i */
        size_t n, room, n_entries;
        usec_t armed; /* what the source is set for; USEC_INFINITY: it is off */
};

static void put(TimerQueue *queue, size_t place, TimerEntry *entry)
{
        queue->heap[place] = entry;
        entry->place = place;
}

static void move_up(TimerQueue *queue, TimerEntry *entry)
{
        size_t place = entry->place;

        while (place > 0 && queue->heap[(place - 1) / 2]->at > entry->at) {
                put(queue, place, queue->heap[(place - 1) / 2]);
                place = (place - 1) / 2;
        }
        put(queue, place, entry);
}

static void move_down(TimerQueue *queue, TimerEntry *entry)
{
        size_t place = entry->place;

        for (;;) {
                size_t next = 2 * place + 1;

                if (next >= queue->n)
                        break;
                if (next + 1 < queue->n && queue->heap[next + 1]->at < queue->heap[next]->at)
                        next++;
                if (queue->heap[next]->at >= entry->at)
                        break;
                put(queue, place, queue->heap[next]);
                place = next;
        }
        put(queue, place, entry);
}

static void take_out(TimerQueue *queue, TimerEntry *entry)
{
        size_t place = entry->place;
        TimerEntry *last;

        if (place == NOWHERE)
                return;
        entry->place = NOWHERE;
        last = queue->heap[--queue->n];
        if (last == entry)
                return;
        put(queue, place, last);
        move_up(queue, last);
        move_down(queue, last);
}

static int arm(TimerQueue *queue)
{
        usec_t at = queue->n > 0 ? queue->heap[0]->at : USEC_INFINITY;
        int r;

        if (at == queue->armed)
                return 0;
        queue->armed = at;
        if (at == USEC_INFINITY)
                return sd_event_source_set_enabled(queue->source, SD_EVENT_OFF);
        r = sd_event_source_set_time(queue->source, at);
        if (r < 0)
                return r;
        return sd_event_source_set_enabled(queue->source, SD_EVENT_ONESHOT);
}

static int on_time(sd_event_source *source, uint64_t at, void *userdata)
{
        TimerQueue *queue = userdata;
        TimerEntry first;
        uint64_t now = at;

        queue->armed = USEC_INFINITY;
        (void) sd_event_now(sd_event_source_get_event(source), CLOCK_MONOTONIC, &now);
        if (queue->n == 0)
                return 0;

        /* It may be gone when its function returns. */
        first = *queue->heap[0];
        if (first.at <= now) {
                take_out(queue, queue->heap[0]);
                first.fn(first.userdata, now);
        }
        return arm(queue);
}

int timer_queue_new(sd_event *event, TimerQueue **ret)
{
        _cleanup_(timer_queue_freep) TimerQueue *queue = calloc(1, sizeof(TimerQueue));
        int r;

        if (!queue)
                return -ENOMEM;
        queue->armed = USEC_INFINITY;
        r = sd_event_add_time(event, &queue->source, CLOCK_MONOTONIC, USEC_INFINITY, ACCURACY_USEC, on_time, queue);
        if (r >= 0)
                r = sd_event_source_set_enabled(queue->source, SD_EVENT_OFF);
        if (r < 0)
                return r;
        (void) sd_event_source_set_description(queue->source, "timers");
        *ret = TAKE_PTR(queue);
        return 0;
}

TimerQueue *timer_queue_free(TimerQueue *queue)
{
        if (!queue)
                return NULL;
        assert(queue->n_entries == 0);
        sd_event_source_disable_unref(queue->source);
        free(queue->heap);
        free(queue);
        return NULL;
}

static int make_room(TimerQueue *queue)
{
        size_t room = MAX(2 * queue->room, (size_t) 16);
        TimerEntry **grown;

        if (queue->n_entries < queue->room)
                return 0;
        grown = reallocarray(queue->heap, room, sizeof(TimerEntry *));
        if (!grown)
                return -ENOMEM;
        queue->heap = grown;
        queue->room = room;
        return 0;
}

int timer_queue_add(TimerQueue *queue, Timer *timer, timer_fn fn, void *userdata)
{
        TimerEntry *entry;
        int r;

        r = make_room(queue);
        if (r < 0)
                return r;
        entry = malloc(sizeof(TimerEntry));
        if (!entry)
                return -ENOMEM;
        *entry = (TimerEntry){.queue = queue, .fn = fn, .userdata = userdata, .at = USEC_INFINITY, .place = NOWHERE};
        queue->n_entries++;
        *timer = (Timer){.entry = entry, .at = USEC_INFINITY};
        return 0;
}

int timer_set(Timer *timer, usec_t at)
{
        TimerEntry *entry = timer->entry;
        TimerQueue *queue = entry->queue;

        timer->at = at;
        if (at == USEC_INFINITY) {
                take_out(queue, entry);
        } else if (entry->place == NOWHERE) {
                entry->at = at;
                put(queue, queue->n++, entry);
                move_up(queue, entry);
        } else if (entry->at != at) {
                entry->at = at;
                move_up(queue, entry);
                move_down(queue, entry);
        }
        return arm(queue);
}

void timer_done(Timer *timer)
{
        TimerEntry *entry = timer->entry;

        timer->entry = NULL;
        if (!entry)
                return;
        take_out(entry->queue, entry);
        (void) arm(entry->queue);
        entry->queue->n_entries--;
        free(entry);
}
