/* SPDX-License-Identifier: MIT */
#pragma once

/* What a client that talks to a service and the daemon say to each other, on the SOCK_SEQPACKET socket that Attach
 * returns: packets of a head and up to TALK_DATA_MAX bytes behind it. Numbers are the machine's own: both ends are on
 * one machine.
 *
 * Positions count the bytes that the main processes of a service ever wrote to one stream, from 0 on, for as long as
 * the daemon knows the service. */

#include "common/macro.h"

#define TALK_DATA_MAX ((size_t) 32 * 1024)

#define TALK_STDOUT   0u
#define TALK_STDERR   1u
#define TALK_STREAMS  2u

typedef enum TalkKind {
        /* from the daemon */
        TALK_HELLO = 1, /* first: `stream` holds TalkFlags */
        TALK_OUTPUT,    /* bytes of `stream`, the first of them at `number` */
        TALK_LOST,      /* `number` bytes of `stream` were gone before this client read them */
        TALK_NOW,       /* all that was there when it asked has been sent */
        TALK_TURN,      /* it has its turn */
        TALK_WRITTEN,   /* all of its input is written */
        TALK_REFUSED,   /* its input, or a part of it, will never be; `stream`: TalkRefusal */
        TALK_ENDED, /* the main process has ended, and all that it wrote was sent; `stream`: TalkEnd, `number`: the
                       exit code, the signal, or the errno */
        TALK_MARK,  /* from the client: the mark of `stream` goes to `number`; from the daemon: so it is */
        TALK_SLOW,  /* it was too slow for what it wanted whole: nothing more comes */
        TALK_GONE,  /* nobody reads its own stdout or stderr any more: nothing more comes */
        /* from the client */
        TALK_INPUT,      /* bytes for stdin; `stream`: 0, or TALK_INPUT_DONE or _EOF where they are the last */
        TALK_INPUT_DONE, /* that was all: TALK_WRITTEN is due when it is written */
        TALK_INPUT_EOF,  /* likewise, and stdin is closed behind it */
        TALK_WINDOW,     /* the terminal has `stream` rows and `number` columns */
} TalkKind;

typedef enum TalkFlags {
        TALK_FLAG_PTY = 1 << 0,     /* the service has a terminal: lines end with \r\n */
        TALK_FLAG_RUNNING = 1 << 1, /* its main process lives */
        TALK_FLAG_COMING = 1 << 2,  /* it doesn't, but is about to be started */
        TALK_FLAG_DIRECT = 1 << 3,  /* the daemon reads and writes the client's own descriptors */
} TalkFlags;

typedef enum TalkRefusal {
        TALK_REFUSED_ENDED,  /* the run ended */
        TALK_REFUSED_CLOSED, /* the service closed its stdin, or somebody did */
} TalkRefusal;

typedef enum TalkEnd {
        TALK_END_EXITED,
        TALK_END_KILLED,
        TALK_END_DUMPED,
        TALK_END_NOT_EXECUTED, /* something failed before the command */
} TalkEnd;

typedef struct TalkHead {
        uint32_t kind, stream;
        uint64_t number;
} TalkHead;
