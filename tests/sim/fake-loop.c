/* SPDX-License-Identifier: MIT */

/* A loop without descriptors and with a clock that stands. What is ready stands in one list, by priority and then by
 * when it became ready, as sd-event has it. */

#include "fake-loop.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "promises.h"
#include "world.h"

#define REALTIME_AT_ZERO (UINT64_C(1700000000) * USEC_PER_SEC)
/* More calls than any instant needs. */
#define CALLS_MAX        20000u

/* Loop's headers know this name alone; it is no sd-event's. */
struct sd_event_source {
        List link; /* in the loop's list of what is ready, or of its timers; or nowhere */
        Loop *loop;
        LoopPriority priority;
        bool is_ready;
        timer_fn timer;       /* either */
        deferred_fn deferred; /* or */
        void *userdata;
        usec_t at;
};

/* A timer's source is one of these alone. */
struct TimerEntry {
        struct sd_event_source source;
};

struct Loop {
        usec_t now;
        List ready, timers;
        bool has_exited;
        const void *firing;
};

int loop_new(Loop **ret)
{
        Loop *loop = calloc(1, sizeof(Loop));

        assert(loop);
        loop->now = 1000 * USEC_PER_SEC;
        list_init(&loop->ready);
        list_init(&loop->timers);
        *ret = loop;
        return 0;
}

Loop *loop_free(Loop *loop)
{
        assert(!loop || (list_is_empty(&loop->ready) && list_is_empty(&loop->timers)));
        free(loop);
        return NULL;
}

void loop_exit(Loop *loop, int code)
{
        loop->has_exited = true;
}

const void *fake_loop_firing(const Loop *loop)
{
        return loop->firing;
}

bool fake_loop_has_exited(const Loop *loop)
{
        return loop->has_exited;
}

usec_t loop_now(Loop *loop)
{
        return loop->now;
}

usec_t loop_realtime(Loop *loop)
{
        return REALTIME_AT_ZERO + loop->now;
}

static struct sd_event_source *source_new(Loop *loop, LoopPriority priority, void *userdata)
{
        struct sd_event_source *source = calloc(1, sizeof(struct sd_event_source));

        assert(source);
        *source = (struct sd_event_source){.loop = loop, .priority = priority, .userdata = userdata};
        return source;
}

static struct sd_event_source *source_free(struct sd_event_source *source)
{
        if (source) {
                list_remove(&source->link);
                free(source);
        }
        return NULL;
}

static void source_make_ready(struct sd_event_source *source)
{
        List *at = source->loop->ready.prev;

        if (source->is_ready)
                return;
        list_remove(&source->link);
        while (at != &source->loop->ready &&
               CONTAINER_OF(at, struct sd_event_source, link)->priority > source->priority)
                at = at->prev;
        source->link = (List){.prev = at, .next = at->next};
        at->next->prev = &source->link;
        at->next = &source->link;
        source->is_ready = true;
}

static void source_disarm(struct sd_event_source *source)
{
        list_remove(&source->link);
        source->is_ready = false;
}

int timer_init(Timer *timer, Loop *loop, timer_fn fn, void *userdata)
{
        timer->entry = (struct TimerEntry *) source_new(loop, PRIORITY_NORMAL, userdata);
        timer->entry->source.timer = fn;
        timer->entry->source.at = timer->at = USEC_INFINITY;
        return 0;
}

int timer_set(Timer *timer, usec_t at)
{
        struct sd_event_source *source = &timer->entry->source;

        if (at == timer->at && (at == USEC_INFINITY || !list_is_empty(&source->link)))
                return 0;
        timer->at = source->at = at;
        source_disarm(source);
        if (at == USEC_INFINITY)
                return 0;
        if (at <= source->loop->now)
                source_make_ready(source);
        else
                list_append(&source->loop->timers, &source->link);
        return 0;
}

void timer_done(Timer *timer)
{
        if (timer->entry)
                (void) source_free(&timer->entry->source);
        timer->entry = NULL;
}

bool fake_timer_is_armed(const Timer *timer, usec_t at)
{
        if (at == USEC_INFINITY)
                return list_is_empty(&timer->entry->source.link);
        return timer->entry->source.at == at && timer->at == at && !list_is_empty(&timer->entry->source.link);
}

int deferred_init(Deferred *deferred, Loop *loop, LoopPriority priority, deferred_fn fn, void *userdata,
                  const char *description)
{
        deferred->source = source_new(loop, priority, userdata);
        deferred->source->deferred = fn;
        return 0;
}

int deferred_schedule(Deferred *deferred)
{
        source_make_ready(deferred->source);
        return 0;
}

void deferred_done(Deferred *deferred)
{
        deferred->source = source_free(deferred->source);
}

unsigned fake_loop_settle(Loop *loop)
{
        struct sd_event_source *source;
        unsigned n = 0;

        while (!loop->has_exited && (source = LIST_FIRST(&loop->ready, struct sd_event_source, link))) {
                if (n++ == CALLS_MAX)
                        return UINT_MAX;
                source_disarm(source);
                /* The callback may free it. */
                loop->firing = source->timer ? source->userdata : NULL;
                if (source->timer)
                        source->timer(source->userdata, loop->now);
                else
                        source->deferred(source->userdata);
                loop->firing = NULL;
        }
        return n;
}

usec_t fake_loop_next(const Loop *loop)
{
        usec_t next = USEC_INFINITY;

        for (const List *i = loop->timers.next; i != &loop->timers; i = i->next)
                next = MIN(next, CONTAINER_OF(i, struct sd_event_source, link)->at);
        return next;
}

/* The earliest first, as the daemon would have seen them. */
void fake_loop_advance(Loop *loop, usec_t to)
{
        loop->now = MAX(loop->now, to);
        for (usec_t next; (next = fake_loop_next(loop)) <= loop->now;) {
                struct sd_event_source *source;

                LIST_FOREACH (source, &loop->timers, struct sd_event_source, link)
                        if (source->at == next)
                                source_make_ready(source);
        }
}

/* Descriptors are not watched here: what stands in for their owners tells by itself. */
int watch_init(Watch *watch, Loop *loop, int fd, uint32_t events, LoopPriority priority, watch_fn fn, void *userdata)
{
        return 0;
}

int watch_set_events(Watch *watch, uint32_t events)
{
        return 0;
}

int watch_set_enabled(Watch *watch, bool enabled)
{
        return 0;
}

void watch_done(Watch *watch)
{
}
