/* SPDX-License-Identifier: MIT */

/* The dress over sd-event. Watches and timers have sets of their own (watch.c, timers.c), with a source for each set.
 * Nothing here is woken unless something is due. */

#include "host/loop.h"

#include <errno.h>
#include <systemd/sd-event.h>

#include "host/timers.h"
#include "host/watch.h"

/* One for each LoopPriority. */
#define N_WATCH_SETS 4

typedef struct SignalHandler SignalHandler;

struct Loop {
        sd_event *event;
        WatchSet *watches[N_WATCH_SETS];
        TimerQueue *timers;
        SignalHandler *signals; /* a chain; freed with the loop */
};

struct SignalHandler {
        SignalHandler *next;
        sd_event_source *source;
        signal_fn fn;
        void *userdata;
};

static const LoopPriority watch_priorities[N_WATCH_SETS] = {PRIORITY_REAP, PRIORITY_NORMAL, PRIORITY_CONTROL,
                                                            PRIORITY_STREAM};

int loop_new(Loop **ret)
{
        _cleanup_(loop_freep) Loop *loop = calloc(1, sizeof(Loop));
        int r;

        if (!loop)
                return -ENOMEM;

        r = sd_event_new(&loop->event);
        for (size_t i = 0; r >= 0 && i < N_WATCH_SETS; i++)
                r = watch_set_new(loop->event, watch_priorities[i], &loop->watches[i]);
        if (r >= 0)
                r = timer_queue_new(loop->event, &loop->timers);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(loop);
        return 0;
}

Loop *loop_free(Loop *loop)
{
        if (!loop)
                return NULL;

        while (loop->signals) {
                SignalHandler *handler = loop->signals;

                loop->signals = handler->next;
                sd_event_source_disable_unref(handler->source);
                free(handler);
        }
        for (size_t i = 0; i < N_WATCH_SETS; i++)
                watch_set_free(loop->watches[i]);
        timer_queue_free(loop->timers);
        sd_event_unref(loop->event);
        free(loop);
        return NULL;
}

int loop_run(Loop *loop)
{
        return sd_event_loop(loop->event);
}

void loop_exit(Loop *loop, int code)
{
        (void) sd_event_exit(loop->event, code);
}

static usec_t loop_clock(Loop *loop, clockid_t clock)
{
        uint64_t now = 0;

        /* Before the first turn it answers with the clock itself, and says so by 1. */
        (void) sd_event_now(loop->event, clock, &now);
        return now;
}

usec_t loop_now(Loop *loop)
{
        return loop_clock(loop, CLOCK_MONOTONIC);
}

usec_t loop_realtime(Loop *loop)
{
        return loop_clock(loop, CLOCK_REALTIME);
}

struct sd_event *loop_sd_event(Loop *loop)
{
        return loop->event;
}

/* The owner's function and argument, kept behind the source, so that it stays one pointer in its owner. */
typedef struct Callback {
        deferred_fn fn;
        void *userdata;
} Callback;

static int callback_attach(sd_event_source *source, const Callback *callback, LoopPriority priority,
                           const char *description)
{
        Callback *copy = malloc(sizeof(Callback));
        int r;

        if (!copy)
                return -ENOMEM;
        *copy = *callback;
        sd_event_source_set_userdata(source, copy);
        r = sd_event_source_set_destroy_callback(source, free);
        if (r < 0) {
                free(copy);
                return r;
        }
        (void) sd_event_source_set_description(source, description);
        return sd_event_source_set_priority(source, priority);
}

int watch_init(Watch *watch, Loop *loop, int fd, uint32_t events, LoopPriority priority, watch_fn fn, void *userdata)
{
        size_t i = 0;

        while (watch_priorities[i] != priority) {
                i++;
                assert(i < N_WATCH_SETS);
        }
        return watch_set_add(loop->watches[i], watch, fd, events, fn, userdata);
}

int timer_init(Timer *timer, Loop *loop, timer_fn fn, void *userdata)
{
        return timer_queue_add(loop->timers, timer, fn, userdata);
}

static int on_deferred(sd_event_source *source, void *userdata)
{
        Callback callback = *(const Callback *) userdata;

        callback.fn(callback.userdata);
        return 0;
}

int deferred_init(Deferred *deferred, Loop *loop, LoopPriority priority, deferred_fn fn, void *userdata,
                  const char *description)
{
        int r;

        r = sd_event_add_defer(loop->event, &deferred->source, on_deferred, NULL);
        if (r < 0)
                return r;

        r = callback_attach(deferred->source, &(Callback){.fn = fn, .userdata = userdata}, priority, description);
        if (r >= 0)
                r = sd_event_source_set_enabled(deferred->source, SD_EVENT_OFF);
        if (r < 0)
                deferred_done(deferred);
        return r;
}

int deferred_schedule(Deferred *deferred)
{
        return sd_event_source_set_enabled(deferred->source, SD_EVENT_ONESHOT);
}

void deferred_done(Deferred *deferred)
{
        deferred->source = sd_event_source_disable_unref(deferred->source);
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
        SignalHandler *handler = userdata;

        handler->fn(handler->userdata, info);
        return 0;
}

int loop_on_signal(Loop *loop, int signo, LoopPriority priority, signal_fn fn, void *userdata)
{
        SignalHandler *handler;
        sigset_t set;
        int r;

        if (sigemptyset(&set) < 0 || sigaddset(&set, signo) < 0 || sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;

        handler = calloc(1, sizeof(SignalHandler));
        if (!handler)
                return -ENOMEM;
        *handler = (SignalHandler){.next = loop->signals, .fn = fn, .userdata = userdata};

        r = sd_event_add_signal(loop->event, &handler->source, signo, on_signal, handler);
        if (r < 0) {
                free(handler);
                return r;
        }
        loop->signals = handler;
        return sd_event_source_set_priority(handler->source, priority);
}
