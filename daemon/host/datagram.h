/* SPDX-License-Identifier: MIT */
#pragma once

/* Sending entries over a socket that keeps messages apart, without ever waiting, and knowing how much of what was
 * sent nobody has received yet. */

#include "host/sink.h"

/* The send buffer asked for; the kernel doubles it and counts its own overhead, so that 7 to 24 datagrams of 64 short
 * entries (450 to 1,536 lines) or 154 of one entry are on their way at most: that is what is lost where the receiver
 * is killed together with its socket. A bigger one brings no speed: the sender is woken when three quarters are
 * empty, and the last quarter keeps the receiver busy for longer than a turn of the loop takes. */
#define DATAGRAM_SEND_BUFFER (96 * 1024)

/* What is on its way: the last datagrams sent, and what the kernel said of its queue after sending, the last time and
 * the time before: a receiver may die between sending and asking, and its queue is empty then. */
#define FLIGHT_MAX           512
typedef struct FlightObservation {
        uint64_t n_sent; /* when it was made */
        int queued;      /* bytes, with the kernel's overhead */
} FlightObservation;

typedef struct Flight {
        struct {
                uint32_t size;
                uint32_t n_entries;
        } sent[FLIGHT_MAX]; /* a ring */
        uint64_t n_sent;    /* ever */
        uint64_t n_settled; /* of them so many are known to be out of the receiver's hands, too */
        FlightObservation last, before;
} Flight;

void flight_add(Flight *flight, const SinkDatagram *datagram);
/* What the kernel says just after sending: so many bytes nobody has received. */
void flight_observe(Flight *flight, int queued);
/* Nothing of what was sent up to now is in anybody's hands any more. */
void flight_settle(Flight *flight);
/* At most so many entries are in the queue, or taken from it and not yet stored. */
uint64_t flight_entries(const Flight *flight);
/* Bytes that were sent over `fd` and that nobody has received, with the kernel's overhead; 0 where there is none. */
int socket_queued(int fd);

/* Sends the first `n` (all of them short enough). Returns how many went, at least 1, or -errno of the first. */
int datagram_send(int fd, const SinkDatagram *datagrams, size_t n);
/* Sends one as a sealed memfd, accompanied by `padding` bytes of nothing (0: an empty message), which make the
 * socket's send buffer bound how many of them are on their way. */
int datagram_send_memfd(int fd, const SinkDatagram *datagram, size_t padding);

/* What an error of sending means. */
typedef enum SendTrouble {
        SEND_FULL,    /* wait until the socket is writable */
        SEND_LATER,   /* no memory, no descriptors: try again a little later */
        SEND_TOO_BIG, /* not in one datagram */
        SEND_GONE,    /* nobody is there */
} SendTrouble;
SendTrouble datagram_trouble(int error);
