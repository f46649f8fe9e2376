/* SPDX-License-Identifier: MIT */
#pragma once

/* Followers: readers over the rings that hold nothing up. See delivery_follow(); what the delivery and the captures
 * tell them stands in output.h. */

#include "engine/output.h"

/* What one follower reads of one capture. */
typedef struct FollowReader {
        Follower *follower;   /* weak */
        Capture *capture;     /* weak; NULL: the daemon's own events */
        List link;            /* in its follower */
        List of_source, work; /* in its capture, or in the delivery for the daemon's events */
        LineReader reader;
        unsigned generation;     /* of the ring that the reader stands in; 0: in none yet */
        uint64_t next_event;     /* number */
        uint64_t end_segment;    /* not followed: nothing from here on */
        uint64_t end_event;      /* … and none beyond this number */
        uint64_t surplus;        /* lines still to be left out at the beginning */
        uint64_t missed;         /* lines, not told yet */
        uint64_t skipped_before; /* of reader.state.skipped, these are told, or were never due */
        bool overrun;
} FollowReader;

struct Follower {
        Delivery *delivery; /* weak */
        int fd;
        Watch watch;
        List link, scheduled; /* in the delivery: of all, of those with work */
        List readers, work;
        char **services;
        uint64_t lines;
        bool all, follow, events;
        bool blocked; /* the client has to take something first */
        Text out;     /* composed, not sent yet … */
        size_t sent;  /* … but for so much of it */
};

/* follow-reader.c: what comes next of a capture. */

/* When the reader's next entry came, as far as that is known without looking; USEC_INFINITY: there is nothing. */
usec_t follow_reader_next(const FollowReader *reader);
/* Adds its next entries (events, or lines of one segment) to `out`, about `size` bytes. */
int follow_reader_compose(FollowReader *reader, Text *out, size_t size);
/* Stands the reader where its follower wants to begin. */
void follow_reader_place(FollowReader *reader);
