/* SPDX-License-Identifier: MIT */
#pragma once

/* The daemon's one loop: descriptors, deadlines, signals and work put off to the end of a turn. A thin dress over
 * sd-event, so that nothing above this layer knows it, and so that another host (a simulated one) can take its
 * place. Watches and timers are embedded in their owners; zero-initialised ones may be "done" at any moment. */

#include <signal.h>
#include <sys/epoll.h>

#include "common/macro.h"

typedef struct Loop Loop;
struct sd_event;
struct sd_event_source;
struct signalfd_siginfo;

int loop_new(Loop **ret);
Loop *loop_free(Loop *loop);
DEFINE_CLEANUP(Loop *, loop_free);
/* Runs until loop_exit(). Returns the code given there, or a negative errno. */
int loop_run(Loop *loop);
void loop_exit(Loop *loop, int code);
/* CLOCK_MONOTONIC, as of the beginning of this turn. */
usec_t loop_now(Loop *loop);
/* CLOCK_REALTIME, as of the beginning of this turn. */
usec_t loop_realtime(Loop *loop);
/* For sd-bus, which brings its own sources (control layer and host only). */
struct sd_event *loop_sd_event(Loop *loop);

/* Lower numbers come first in a turn. */
typedef enum LoopPriority {
        PRIORITY_REAP = -20, /* exits before what was read afterwards */
        PRIORITY_NORMAL = 0,
        PRIORITY_CONTROL = 10, /* clients */
        PRIORITY_STREAM = 20,  /* floods of output come last: everything else goes on. What shares this priority
                                  takes turns with them; what came behind it would starve */
} LoopPriority;

typedef struct Watch {
        struct WatchEntry *entry; /* NULL: none */
} Watch;

typedef void (*watch_fn)(void *userdata, int fd, uint32_t events);
/* `events`: EPOLLIN, EPOLLOUT, EPOLLPRI; 0 waits for EPOLLHUP and EPOLLERR alone. The descriptor stays the caller's.
 */
int watch_init(Watch *watch, Loop *loop, int fd, uint32_t events, LoopPriority priority, watch_fn fn, void *userdata);
int watch_set_events(Watch *watch, uint32_t events);
/* A watch that is off costs nothing and sees nothing, not even a hang-up. */
int watch_set_enabled(Watch *watch, bool enabled);
void watch_done(Watch *watch);

/* One deadline, exact to a millisecond. */
typedef struct Timer {
        struct TimerEntry *entry; /* NULL: none */
        usec_t at;
} Timer;

typedef void (*timer_fn)(void *userdata, usec_t now);
int timer_init(Timer *timer, Loop *loop, timer_fn fn, void *userdata);
/* CLOCK_MONOTONIC; USEC_INFINITY: off. Cheap where nothing changes. */
int timer_set(Timer *timer, usec_t at);
void timer_done(Timer *timer);

/* Work that is done once, after what else is ready in this turn. */
typedef struct Deferred {
        struct sd_event_source *source;
} Deferred;

typedef void (*deferred_fn)(void *userdata);
int deferred_init(Deferred *deferred, Loop *loop, LoopPriority priority, deferred_fn fn, void *userdata,
                  const char *description);
int deferred_schedule(Deferred *deferred);
void deferred_done(Deferred *deferred);

typedef void (*signal_fn)(void *userdata, const struct signalfd_siginfo *info);
/* Blocks `signo` for the process and calls `fn` for each one that comes. Lives as long as the loop. */
int loop_on_signal(Loop *loop, int signo, LoopPriority priority, signal_fn fn, void *userdata);
