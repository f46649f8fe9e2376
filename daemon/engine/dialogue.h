/* SPDX-License-Identifier: MIT */
#pragma once

/* Who talks with a service, and what it has been told and has answered: the service's stdin, its mark, and the
 * clients (Talk) that write to it or read its output byte by byte. Clients and daemon speak common/talk-protocol.h
 * over a socket; nothing of it passes through the bus. */

#include "common/talk-protocol.h"
#include "core/lifecycle.h"
#include "engine/capture.h"

typedef struct Dialogue Dialogue;
typedef struct Talk Talk;

typedef enum TalkFrom {
        TALK_FROM_NONE,    /* no output is wanted */
        TALK_FROM_MARK,    /* from the mark on */
        TALK_FROM_NOW,     /* what comes */
        TALK_FROM_START,   /* from the beginning of the latest run, as far as the ring has it */
        TALK_FROM_WRITTEN, /* what comes after its own input */
} TalkFrom;

typedef struct TalkOptions {
        bool input;   /* it writes to stdin */
        bool alone;   /* … and nobody else does meanwhile */
        bool turn;    /* it waits for its turn among those that want one */
        bool whole;   /* what it reads too slowly ends it */
        bool holds;   /* it is never too slow: the service waits */
        bool coming;  /* where nothing runs: it waits for the next run */
        bool running; /* the main process lives */
        TalkFrom from;
        unsigned streams; /* bit 0: stdout, bit 1: stderr */
        int fds[3];       /* the client's own stdin, stdout, stderr, each dealt with directly; -EBADF: over the
                             socket. They stay the caller's */
} TalkOptions;

/* The capture's, of which it lives as long as the service. */
int dialogue_new(Loop *loop, Capture *capture, Dialogue **ret);
Dialogue *dialogue_free(Dialogue *dialogue);
DEFINE_CLEANUP(Dialogue *, dialogue_free);

/* A client. Returns its end of the socket. -EBUSY: somebody has stdin for himself; -EPIPE: stdin was closed; -EUSERS:
 * too many; -ENOTCONN: the service has no stdin of ours. */
int dialogue_talk(Dialogue *dialogue, const TalkOptions *options, int *ret_fd);
/* A main process is about to be spawned: who still reads what the last one has left sees nothing of this one. */
void dialogue_begin(Dialogue *dialogue);
/* Likewise, with a pipe of ours as stdin: the reading end, the caller's to close. */
int dialogue_open_pipe(Dialogue *dialogue, int *ret_read_fd);
/* Likewise with a terminal of ours. */
int dialogue_open_terminal(Dialogue *dialogue, int master_fd);
/* Who holds the output of a run that is over is waited for so long after it last took something. */
void dialogue_set_patience(Dialogue *dialogue, usec_t patience_usec);
/* The main process has ended: what is queued for it is dropped, and all are told, each when it has read the rest. */
void dialogue_end(Dialogue *dialogue, TalkEnd end, int status);
/* There is a stdin of ours, and somebody reads it. */
bool dialogue_is_heard(const Dialogue *dialogue);
/* The text, and the end, that a stop begins with. What is queued goes first; where the queue is full it is left out.
 */
void dialogue_stop(Dialogue *dialogue, const char *text, size_t size, bool end);

/* The capture has more output, or an end. */
void dialogue_on_output(Dialogue *dialogue);
/* How much more the ring may take without going over those that hold it; SIZE_MAX: nobody does. */
size_t dialogue_room(const Dialogue *dialogue);
/* There is room in the ring again, where input is logged. */
void dialogue_pump(Dialogue *dialogue);
/* The daemon goes: nobody holds the ring any more; who is too slow is cut off. */
void dialogue_let_go(Dialogue *dialogue);
/* Output of `stream` that never came into the ring. */
void dialogue_on_dropped(Dialogue *dialogue, unsigned stream, size_t size);
/* For status: "stdin is held by pid 12; 2 readers, of which one holds the output"; empty where nobody talks. */
void dialogue_describe(const Dialogue *dialogue, char *buffer, size_t size);
