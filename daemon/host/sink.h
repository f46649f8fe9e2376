/* SPDX-License-Identifier: MIT */
#pragma once

/* Where the log goes: journald's socket, a writer process of ours (console, files), or nowhere. Takes datagrams of
 * entries in journald's native protocol as far as it can without waiting, and says when it can take more. What it did
 * not take stays the caller's: it keeps it and gives it again.
 *
 * No call blocks, and none calls a handler from within itself: handlers come from the loop. */

#include <sys/uio.h>

#include "core/config.h"
#include "host/loop.h"

typedef struct ProcessTable ProcessTable;
typedef struct Sink Sink;

/* One datagram: `n_entries` entries, each ended by its newline, an empty line between two. */
typedef struct SinkDatagram {
        const struct iovec *iov;
        unsigned n_iov;     /* at most SINK_IOV_MAX */
        unsigned n_entries; /* at most sink_max_entries() */
        size_t size;        /* sum of the iov */
} SinkDatagram;

#define SINK_IOV_MAX      1024
/* What fits into one datagram of the socket. Datagrams of several entries must not be longer; a single entry may, and
 * goes as a sealed memfd. */
#define SINK_DATAGRAM_MAX ((size_t) 64 * 1024)
#define SINK_ENTRIES_MAX  64

typedef enum SinkEvent {
        SINK_LOST, /* journald or the writer went away; `in_flight`: at most so many entries went with it */
        SINK_BACK, /* it is there again */
} SinkEvent;

typedef struct SinkHandler {
        /* After -EAGAIN: it may go on now. Once for each -EAGAIN; a spurious one is possible. */
        void (*on_writable)(void *userdata);
        /* `text`: a sentence for the log (and it gets there after SINK_BACK). */
        void (*on_event)(void *userdata, SinkEvent event, const char *text, uint64_t in_flight);
        /* After sink_close(): all that was taken is written, or whoever should write it is dead. */
        void (*on_finished)(void *userdata);
        void *userdata;
} SinkHandler;

typedef struct SinkOptions {
        LogTarget target;            /* not AUTO */
        const char *directory;       /* of LOG_TARGET_FILE */
        bool console_too;            /* of LOG_TARGET_FILE: lines of services go to stdout as well */
        uint64_t file_max;           /* LogFileMax */
        unsigned file_count;         /* LogFileCount */
        const char *helper;          /* path of the helper program: writer, probe */
        const char *socket_path;     /* of LOG_TARGET_JOURNAL; NULL: journald's own */
        const char *invocation_path; /* a link that is made anew when journald is started; NULL: systemd's */
        SinkHandler handler;
} SinkOptions;

/* Succeeds where journald is not there (yet): it is waited for. `options` is copied with its strings. */
int sink_new(Loop *loop, ProcessTable *processes, const SinkOptions *options, Sink **ret);
/* A writer that still writes is left to end by itself. */
Sink *sink_free(Sink *sink);
DEFINE_CLEANUP(Sink *, sink_free);

/* Gives `n` datagrams, first to last. Returns how many were taken (at least 1; where fewer than `n`, on_writable
 * tells when to go on, or -E2BIG comes next), or -EAGAIN: none; on_writable tells when to try again (also where
 * journald is gone); -E2BIG: the first has more entries than sink_max_entries(), which may change from one turn to
 * the next: compose it anew (where it is not the first, those before it are taken and counted). */
int sink_send(Sink *sink, const SinkDatagram *datagrams, size_t n);
/* How many entries one datagram may have now: 1, or SINK_ENTRIES_MAX. Ask before composing. */
unsigned sink_max_entries(const Sink *sink);

/* CLOCK_MONOTONIC, as of the turn in which it last took something (or a writer was seen to have taken something from
 * its socket); that of its making where it never did. */
usec_t sink_last_progress(Sink *sink);
/* For status: "delivering", "waiting for journald", "journald is gone", …; static. */
const char *sink_state(const Sink *sink);
/* Nothing more will be sent: a writer gets its end of file. on_finished follows, once. */
void sink_close(Sink *sink);

/* 0 where a journald answers on `path` (NULL: its own) now, else a negative errno. */
int sink_probe_journal(const char *path);
