/* SPDX-License-Identifier: MIT */
#pragma once

/* What the processes of a trial tell each other, over sockets that keep messages apart. The end of such a socket says
 * that the other one is gone. */

#include "common/macro.h"

typedef enum TrialWord {
        /* relay to guard */
        WORD_SIGNAL, /* number: it was sent to the relay, by somebody (`by_terminal`: by the terminal, to all); usec:
                        when it was heard there */
        /* guard to relay */
        WORD_STATUS, /* number: the exit status; it is all over */
        /* daemon to guard */
        WORD_SAY,      /* text: a sentence for people */
        WORD_PROGRESS, /* text: the line in place of the last */
        WORD_READY,    /* text: variables for the command, each ended by a newline */
        WORD_REFUSED,  /* number: the exit status; text: names of the services to blame, each ended by a newline */
        WORD_STRICT,   /* a service has failed, and the command is to end because of it */
        WORD_CASE,     /* a service at the end: text: its name, a newline, what was wrong ("": nothing); usec: how
                          long it took to be ready */
        /* guard to daemon */
        WORD_STOP, /* text: how the command ended */
        WORD_KILL, /* at once */
        _TRIAL_WORD_N,
} TrialWord;

#define TRIAL_TEXT_MAX ((size_t) 64 * 1024)

typedef struct TrialMessage {
        TrialWord word;
        int number;
        bool by_terminal;
        usec_t usec;
        char text[TRIAL_TEXT_MAX]; /* terminated */
} TrialMessage;

typedef struct TrialHead {
        int word, number, by_terminal;
        usec_t usec;
} TrialHead;

/* Two ends, neither of which is inherited across an exec. */
int trial_link_new(int ret[2]);
/* Waits a second at most for one that doesn't listen (-EAGAIN), and for progress, which is soon out of date, not at
 * all; never raises SIGPIPE. -EPIPE: it is gone. A longer text is cut. */
int trial_send(int fd, const TrialHead *head, const char *text);
/* 1; 0: the other one is gone; -EAGAIN: there is nothing. */
int trial_receive(int fd, TrialMessage *message);
