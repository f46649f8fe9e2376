/* SPDX-License-Identifier: MIT */
#pragma once

/* Everything that goes into the log: takes lines from the captures in turn and events from a bounded queue, gives
 * them to the sink in batches, and stops where the sink takes no more, until it does again. Owns the sink. Followers
 * read the same rings at their own pace and never slow anything. */

#include "common/macro.h"
#include "core/config.h"
#include "host/loop.h"

typedef struct Delivery Delivery;
typedef struct ProcessTable ProcessTable;

/* Events of a service's life. Each has a MESSAGE_ID and an entry in the catalog. */
typedef enum EventId {
        EVENT_ID_DAEMON_STARTED,
        EVENT_ID_DAEMON_STOPPED,
        EVENT_ID_RELOADED,
        EVENT_ID_BAD_SETTING,
        EVENT_ID_STARTED, /* the process is executed: pid, command line */
        EVENT_ID_READY,
        EVENT_ID_START_FAILED,
        EVENT_ID_STOPPING, /* why, by whom */
        EVENT_ID_EXITED,   /* the exit record, with totals */
        EVENT_ID_STOPPED,
        EVENT_ID_FAILED,
        EVENT_ID_RESTART_SCHEDULED,
        EVENT_ID_LIMIT_HIT,
        EVENT_ID_TIMED_OUT, /* and killed: pids and command lines */
        EVENT_ID_LEFTOVERS_KILLED,
        EVENT_ID_LEFTOVERS_FOUND, /* of an earlier daemon */
        EVENT_ID_LEFT_RUNNING,    /* renounced by KillMode=process or SendSIGKILL=no */
        EVENT_ID_UNKILLABLE,
        EVENT_ID_CHANGED_BY,     /* who asked: verb, uid, pid */
        EVENT_ID_MAIN_PROCESS,   /* it was found, or is another one now */
        EVENT_ID_NOTIFY_IGNORED, /* words on the notify socket that were not for us, or not from whom they may come */
        EVENT_ID_RESET,          /* reset-failed */
        EVENT_ID_SKIPPED,        /* ExecCondition */
        EVENT_ID_COMMAND_FAILED, /* an Exec*= command other than the main one */
        EVENT_ID_RELOADED_SERVICE,
        EVENT_ID_HEALTH_CHECK_FAILED,
        EVENT_ID_UNHEALTHY,
        EVENT_ID_LOG_LOST, /* the log went away: when, how much was in flight */
        EVENT_ID_LOG_BACK,
        EVENT_ID_LINES_DROPPED,
        EVENT_ID_UNATTRIBUTED,
        EVENT_ID_COMMAND_BEGINS, /* of a test environment */
        EVENT_ID_COMMAND_ENDED,
        EVENT_ID_EVENTS_LOST,   /* the queue of events was full: how many are missing */
        EVENT_ID_OUTPUT_WAITS,  /* no memory or descriptor for a ring: the pipe is left alone for a while */
        EVENT_ID_TRIGGERED,     /* OnFailure or OnSuccess starts it */
        EVENT_ID_OUTPUT_CLOSED, /* a left-over of an old run is not listened to any longer */
        _EVENT_ID_N,
} EventId;

/* One event as it is said: the text is a sentence, `fields` are more `NAME=VALUE`. The strings are copied. */
typedef struct EventRecord {
        EventId id;
        int priority;        /* 0 to 7 */
        const char *service; /* NULL: the daemon itself */
        const Id128 *invocation_id;
        const char *text;
        char *const *fields;
} EventRecord;

typedef struct DeliveryOptions {
        LogTarget target;      /* AUTO has been decided by the caller through delivery_auto_target() */
        const char *directory; /* of LOG_TARGET_FILE */
        bool console_too;      /* of LOG_TARGET_FILE: lines go to stdout as well */
        const DaemonConfig *config;
        const char *helper;              /* path of the helper program: writer, probe */
        void (*on_idle)(void *userdata); /* everything is delivered */
        void *userdata;
} DeliveryOptions;

/* JOURNAL where journald's socket answers now, else CONSOLE. */
LogTarget delivery_auto_target(void);
int delivery_new(Loop *loop, ProcessTable *processes, const DeliveryOptions *options, Delivery **ret);
Delivery *delivery_free(Delivery *delivery);
/* How large the rings are from the services' next runs on. */
void delivery_set_ring_size(Delivery *delivery, uint64_t size);
DEFINE_CLEANUP(Delivery *, delivery_free);

/* Queues an event; where the queue is full it is counted, and the count is logged. Never fails, never waits. */
void delivery_event(Delivery *delivery, const EventRecord *record);
/* Those who watch what happens; see watchers.h. */
typedef struct Watchers Watchers;
Watchers *delivery_watchers(Delivery *delivery);
LogTarget delivery_target(const Delivery *delivery);
/* Nothing is queued and no capture holds anything undelivered. */
bool delivery_is_idle(const Delivery *delivery);
/* CLOCK_MONOTONIC of the last entry that the sink took. */
usec_t delivery_last_progress(const Delivery *delivery);
/* "delivering", "waiting for journald (since …)", …: for status; static or the delivery's. */
const char *delivery_state(const Delivery *delivery);
/* The writer gets its end of file and is waited for by on_idle. */
void delivery_close(Delivery *delivery);

/* A reader over the rings of `services` (NULL: all, new ones too): the last `lines` (UINT64_MAX: all that is there),
 * then, with `follow`, what comes. Returns the client's end of a SEQPACKET socket. */
int delivery_follow(Delivery *delivery, char *const *services, uint64_t lines, bool follow, bool events, int *ret_fd);
