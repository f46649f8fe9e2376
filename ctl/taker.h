/* SPDX-License-Identifier: MIT */
#pragma once

/* Takes what a service puts out, prints it, and knows when it is enough: a number of lines, a match, or whatever
 * there is. What is beyond the end of that is neither printed nor counted as taken. */

#include <stdio.h>

#include "common/talk-protocol.h"
#include "common/text.h"
#include "ctl/matcher.h"

typedef struct TakerStream {
        Text text;         /* not printed yet, or to be looked back at */
        size_t printed;    /* so much of it is */
        size_t scan;       /* where the next search begins */
        uint64_t position; /* of the first byte of text */
        bool seen;         /* anything came */
        bool carriage;     /* a \r was kept back */
} TakerStream;

typedef struct Taker {
        FILE *out;        /* NULL: nothing is printed */
        Matcher *matcher; /* weak; NULL: none */
        uint64_t lines;   /* wanted; 0: not counted */
        uint64_t n_lines; /* taken */
        bool crlf;        /* \r\n becomes \n */
        bool took;        /* anything at all */
        TakerStream streams[TALK_STREAMS];
} Taker;

void taker_done(Taker *taker);
/* 1: that is all; 0: more is needed. -E2BIG: the pattern takes too many steps; -EMSGSIZE: too much text would have to
 * be kept for it. */
int taker_feed(Taker *taker, unsigned stream, uint64_t position, const char *data, size_t size);
/* Prints what was kept back. */
void taker_flush(Taker *taker);
/* The end of what was taken. False: nothing of this stream was. */
bool taker_end(const Taker *taker, unsigned stream, uint64_t *ret);
