/* SPDX-License-Identifier: MIT */
#pragma once

/* The path of output from the inside: shared by capture, channel, run, events, delivery and follow, and by nobody
 * else.
 *
 *   Delivery ── Capture (one a service) ── Run (the present one; old ones while a left-over keeps a pipe, or while
 * the │          │                          │    ring holds their lines) ── Channel (role and stream) ── Stream │ ├─
 * Ring, RingMemory, LineReader (pins) │          └─ Event (queued, then kept for followers) ├─ Event (of the daemon
 * itself) ├─ Sink └─ Follower ── FollowReader (one a capture), also in its capture's list
 */

#include "base/list.h"
#include "core/entry.h"
#include "core/line-reader.h"
#include "engine/capture.h"
#include "engine/delivery.h"
#include "engine/watchers.h"
#include "host/ring-memory.h"
#include "host/sink.h"
#include "host/stream.h"

#define READ_SIZE       ((size_t) 64 * 1024) /* of one pipe in one turn */
#define EVENTS_MAX      1024u                /* queued, of all services */
#define EVENTS_SIZE_MAX ((size_t) 1024 * 1024)
#define EVENTS_KEPT     16u /* delivered ones, of each service, for followers */
#define FOLLOWERS_MAX   256u
#define RUN_CHANNELS    4u           /* role * 2 + stream */
#define RETRY_USEC      USEC_PER_SEC /* where memory or descriptors are short */
#define EVENT_LATER     UINT64_MAX

typedef struct Run Run;
typedef struct Follower Follower;
typedef struct Dialogue Dialogue;

/* One pipe of a run. */
typedef struct Channel {
        Run *run;       /* weak */
        unsigned index; /* role * 2 + stream */
        Stream stream;
        int write_fd; /* kept for the run's next command; -EBADF: not */
        size_t drain; /* bytes that were in the pipe when the run ended, and are not read yet */
        bool cut;     /* an ended command's line ends with the next `until_cut` bytes, newline or not */
        size_t until_cut;
        bool dropping;    /* LogOverflow=drop: what comes is counted and forgotten */
        uint32_t in_line; /* dropping: bytes of the unfinished line */
        uint64_t dropped; /* lines, in the dropping that goes on */
} Channel;

typedef enum RunPhase {
        RUN_OPEN,
        RUN_ENDING,   /* over; what was in its pipes then is being read */
        RUN_LEFTOVER, /* its exit record is out, and somebody still has a pipe */
        RUN_FINISHED, /* here for the lines that the ring holds of it */
} RunPhase;

/* The totals that an exit record tells. */
typedef struct RunTotals {
        uint64_t lines[RING_STREAMS], bytes[RING_STREAMS], dropped;
} RunTotals;

/* Fields of lines, said once: for a stream, a main pid, and one kind of receiver. */
typedef struct RunFields {
        Text text; /* empty: not said yet */
        uint32_t pid;
} RunFields;

typedef enum FieldsFor {
        FIELDS_FOR_SINK,
        FIELDS_FOR_FOLLOWER,
        _FIELDS_FOR_N,
} FieldsFor;

/* An encoded entry. Stands in its capture's list (or the delivery's) in order; those before `next_event` are
 * delivered and kept for followers. */
typedef struct Event {
        List link;
        uint64_t number;   /* in its list */
        uint64_t position; /* it comes before this segment; EVENT_LATER: not known yet, nothing overtakes it */
        usec_t realtime;
        Run *run; /* whose exit record it is, while it is not delivered; weak */
        Text text;
} Event;

struct Run {
        Capture *capture; /* weak */
        uint32_t index;   /* of all runs of this service */
        uint32_t slot;
        RunPhase phase;
        bool closing; /* what is in its pipes now is its last */
        bool awaited; /* counted in Delivery.n_awaited: something in its pipes is still to be read */
        Id128 id;
        uint32_t pid;
        LineRules rules;
        char *identifier;
        char **extra_fields;
        uint8_t level_max;
        bool piped[2]; /* by stream: it comes to us */
        bool drops, line_numbers;
        bool several_mains;         /* main processes follow each other, on one pipe */
        uint64_t dropped, filtered; /* lines that aren't in the log: of the ring's bytes, of LogLevelMax */
        Text record;                /* the exit record without its totals */
        Event *event;               /* its exit record while that waits for the totals; weak */
        RunTotals told;
        Channel channels[RUN_CHANNELS];
        RunFields fields[RING_STREAMS][_FIELDS_FOR_N];
        bool log_input;
        usec_t flush_usec;                 /* LineFlushSec */
        Timer flush;                       /* some unfinished line may be due */
        usec_t written[RING_SLOT_STREAMS]; /* when something last came, by channel */
};

typedef struct EventQueue {
        List events;
        Event *next; /* the first that is not delivered; NULL: none */
        uint64_t n_ever;
        unsigned n_kept;
} EventQueue;

struct Capture {
        Delivery *delivery; /* weak */
        char *service;
        CaptureHandler handler;
        List work;
        RingMemory memory;
        Ring ring;
        LineReader *reader;   /* comes with the ring */
        Run *runs[RING_RUNS]; /* by index modulo RING_RUNS */
        Run *current;
        uint32_t n_runs; /* ever */
        EventQueue queue;
        uint64_t end_position; /* where the last ended run ends */
        bool listening, blocked;
        bool waits_told;    /* EVENT_ID_OUTPUT_WAITS */
        bool asked_in_vain; /* capture_may_begin() said no */
        List followers;
        unsigned generation;      /* of the ring; 0: there was none yet */
        Dialogue *dialogue;       /* weak; NULL: nobody has talked with the service yet */
        uint64_t stream_bytes[2]; /* of main processes, ever, by stream */
        uint64_t run_start[2];    /* how many of them came before the latest run */
        bool quiet;               /* nothing is read just to catch up */
        bool input_waits;         /* for room in the ring */
        bool held;                /* a talk holds the ring: pipes are left alone */
};

struct Delivery {
        Loop *loop;
        LogTarget target;
        void (*on_idle)(void *userdata);
        void *userdata;
        Sink *sink;
        Capture **captures; /* sorted by service */
        size_t n_captures;
        List work, followers, follow_work;
        List event_followers; /* of the daemon's own events */
        Watchers watchers;
        EventQueue queue; /* the daemon's own */
        unsigned n_events, n_followers, n_awaited;
        size_t events_size;
        uint64_t n_events_lost;
        usec_t last_event; /* CLOCK_REALTIME, as it was told */
        Deferred turn, follow_turn;
        Timer retry;
        EntryComposer composer;
        LineBatch batch;
        char *scratch; /* READ_SIZE: what is dropped goes through it */
        usec_t progress;
        uint64_t ring_size;
        bool root, minimal, null, blocked;
        bool closing, closed, finished;
        bool idle_told;
};

/* channel.c: from the pipe into the ring */
int channel_open(Channel *channel, int *ret_write_fd);
/* Over the master of a terminal, which is the channel's from here on. */
int channel_open_terminal(Channel *channel, int master_fd);
/* Reads once, at most READ_SIZE, as far as there is room. True where there may be more to be had now. */
bool channel_read(Channel *channel);
/* From here on `drain` bytes are awaited: what the pipe holds now. Reads them as far as there is room. */
void channel_drain(Channel *channel);
/* Whoever wrote until now has ended, and another one follows in the same pipe: their lines are not joined. */
void channel_cut(Channel *channel);
/* Reads what is in the pipe by now, where there is anything. */
void channel_catch_up(Channel *channel);
/* The pipe is at its end, for us. */
void channel_end(Channel *channel);
static inline bool channel_is_open(const Channel *channel)
{
        return stream_is_open(&channel->stream);
}
/* Nothing of an ended run is undelivered. */
bool capture_is_drained(const Capture *capture);
/* After a delivery: pipes that were left alone are read on, when there is room again. */
void capture_look_at_room(Capture *capture);

/* run.c: beginning, end, totals */
int run_new(Capture *capture, const ServiceConfig *config, Id128 invocation_id, uint32_t slot, Run **ret);
Run *run_free(Run *run);
DEFINE_CLEANUP(Run *, run_free);
/* Something came of a channel: its unfinished line is due when nothing more does. */
void run_note_written(Run *run, unsigned channel);
/* Puts the run into the ring, where it isn't; makes the ring, where there is none. */
int run_enter_ring(Run *run);
RunTotals run_totals(const Run *run);
/* How its lines are composed; the text stays the run's until the next call for the same stream and receiver. */
int run_style(Run *run, unsigned stream, uint32_t pid, FieldsFor whom, EntryStyle *ret);
/* Something of its pipes changed: is its end reached, is its last pipe closed? May free the run. */
void run_look(Run *run);
/* The run is over: its exit record waits for what is in its pipes. May free the run. */
void run_end(Run *run, const EventRecord *record);
/* Its left-overs are not listened to any longer: what is in its pipes now is its last, and what of that the ring has
 * no room for is waited for, or (`at_once`) lost. May free the run. */
void run_close(Run *run, bool at_once);

/* events.c: the queues */
void event_queue_init(EventQueue *queue);
void event_queue_done(EventQueue *queue);
/* All fields but the time. */
void event_encode(Text *text, const Delivery *delivery, const EventRecord *record);
/* Encodes the record; `position` as in Event. NULL where the bounds are reached (that is counted). The queue's own.
 */
Event *event_queue_add(Delivery *delivery, EventQueue *queue, const EventRecord *record, uint64_t position);
/* An event whose text is made already but for its time; takes the text over. */
Event *event_queue_add_text(Delivery *delivery, EventQueue *queue, Text *text, uint64_t position);
/* The first one that waits is delivered: it is kept for followers, as long as there are not too many. */
void event_queue_pass(Delivery *delivery, EventQueue *queue);
/* What is not delivered goes to the end of another queue, free of its place. */
void event_queue_hand_over(EventQueue *from, EventQueue *to);
/* The event with that number, or the next one that is still there; NULL: none yet. */
const Event *event_queue_find(const EventQueue *queue, uint64_t number);
/* An event of a service or (NULL) of the daemon, printf-like. */
void output_event(Delivery *delivery, Capture *capture, EventId id, const Id128 *invocation_id, const char *format,
                  ...) _printf_(5, 6);

/* capture.c */
/* How many of `size` bytes of input may be written now: all, but where they are logged and there is no room. */
size_t capture_input_room(Capture *capture, size_t size);
/* These were written. */
void capture_note_input(Capture *capture, const char *data, size_t size);
/* No more will be: what has no newline is a line. */
void capture_end_input(Capture *capture);
void capture_set_quiet(Capture *capture, bool quiet);
/* What the main process has put out by now is read, as far as there is room. */
void capture_catch_up(Capture *capture);
/* Nothing that ended main processes have put out is unread. */
bool capture_is_read(const Capture *capture);
/* The retry's time has come: what was left alone for want of memory is tried again. */
void capture_retry(Capture *capture);
/* The daemon goes: what is in the pipes now is the last of it. */
void capture_close(Capture *capture);

/* dispatch.c */
/* One turn of the delivery. */
void dispatch_turn(void *userdata);
/* Delivers what can be delivered now, at most `n_steps` batches or events. */
void dispatch_pump(Capture *capture, unsigned n_steps);

/* delivery.c */
/* Tells the owner, once, where everything is delivered. */
void delivery_tell_idle(Delivery *delivery);
int delivery_add_capture(Delivery *delivery, Capture *capture);
void delivery_remove_capture(Delivery *delivery, Capture *capture);
/* NULL where there is none. */
Capture *delivery_find_capture(const Delivery *delivery, const char *service);
/* There may be something to be delivered. */
void delivery_mark(Capture *capture);
/* Likewise: output of a run in progress was put into its ring. */
void delivery_mark_output(Capture *capture);
void delivery_schedule(Delivery *delivery);
/* Tells those who watch, and nobody else. */
void delivery_tell_watchers(Delivery *delivery, const EventRecord *record);
/* A ring could not be made: later. */
void delivery_retry_later(Delivery *delivery);

/* follow.c */
void follow_capture_added(Capture *capture);
void follow_capture_removed(Capture *capture);
/* The capture has new bytes or events. */
void follow_mark(Capture *capture);
/* The daemon has. */
void follow_mark_events(Delivery *delivery);
void follow_turn(void *userdata);
void follow_done(Delivery *delivery);
