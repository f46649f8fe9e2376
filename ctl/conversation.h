/* SPDX-License-Identifier: MIT */
#pragma once

/* Talking with a service: the socket that the daemon's Attach returns, packet by packet (common/talk-protocol.h).
 * What is to be written goes out while what comes is taken in: neither waits for the other. */

#include "common/talk-protocol.h"
#include "ctl/context.h"

typedef struct ConversationQuery {
        bool input, alone, turn, whole, lossless, wait;
        const char *from, *stream; /* NULL: no output; both streams */
        const int *fds;            /* three, to be dealt with by the daemon; NULL, or -EBADF in it: none */
} ConversationQuery;

/* What goes to the service, as the caller has it. */
typedef struct ConversationInput {
        const char *data; /* still to be sent … */
        size_t size;
        int fd;      /* … and then what this gives; -EBADF: nothing */
        bool end;    /* close stdin behind it */
        bool active; /* it is our turn, and something is still to be sent */
        char detach; /* this letter ends it; 0: none does */
        bool detached;
        char *buffer;
} ConversationInput;

typedef struct Conversation {
        Context *context; /* weak */
        const char *name; /* weak: of the service, for messages */
        int fd;
        uint32_t flags; /* TalkFlags, of the hello */
        ConversationInput input;
        int signal_fd;                    /* weak; -EBADF: none. What is readable there … */
        int (*on_signal)(void *userdata); /* … is for this; a negative errno ends the wait */
        void *userdata;
        char *packet;
} Conversation;

#define CONVERSATION_NULL ((Conversation){.fd = -EBADF, .signal_fd = -EBADF, .input = {.fd = -EBADF}})

/* Begins, and hears the hello. */
int conversation_open(Context *context, const char *name, const ConversationQuery *query, Conversation *ret,
                      sd_bus_error *ret_error);
void conversation_done(Conversation *conversation);

typedef struct TalkPacket {
        TalkHead head;
        const char *data; /* the conversation's, until the next call */
        size_t size;
} TalkPacket;

/* The next packet; meanwhile what is to be sent is. `deadline`: CLOCK_MONOTONIC. -ETIMEDOUT; -EINTR where the letter
 * came that ends it; others with a sentence. */
int conversation_next(Conversation *conversation, usec_t deadline, TalkPacket *ret, sd_bus_error *ret_error);
/* A packet without data, now. -EAGAIN where there is no room for it, as what was given before is not taken yet. */
int conversation_tell(Conversation *conversation, TalkKind kind, uint32_t stream, uint64_t number);
/* Moves the mark of one stream, and waits until it is. */
int conversation_set_mark(Conversation *conversation, uint32_t stream, uint64_t position, sd_bus_error *ret_error);
/* How the service ended, of a TALK_ENDED: "exit code 3", "signal KILL". Returns `buffer`. */
const char *conversation_end_text(const TalkHead *head, char *buffer, size_t size);
/* An error that says so. */
int conversation_fail_ended(const Conversation *conversation, const TalkHead *head, sd_bus_error *ret_error);
int conversation_fail_refused(const Conversation *conversation, const TalkHead *head, sd_bus_error *ret_error);
