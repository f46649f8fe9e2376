/* SPDX-License-Identifier: MIT */
#pragma once

/* A writer process of ours (tended-helper writer) behind a socket that keeps messages apart: what it can't write yet
 * waits in the socket, then with the caller. One that dies is replaced. */

#include "host/sink.h"

typedef struct WriterLink WriterLink;

typedef struct WriterLinkOptions {
        ProcessTable *processes; /* weak */
        char *const *argv;       /* of the writer; copied */
        void (*on_writable)(void *userdata);
        void (*on_event)(void *userdata, SinkEvent event, const char *text, uint64_t in_flight);
        void (*on_finished)(void *userdata);
        void *userdata;
} WriterLinkOptions;

int writer_link_new(Loop *loop, const WriterLinkOptions *options, WriterLink **ret);
/* The writer gets its end of file and is left to itself. */
WriterLink *writer_link_free(WriterLink *link);
DEFINE_CLEANUP(WriterLink *, writer_link_free);
/* As sink_send(); on_event may be called from within. */
int writer_link_send(WriterLink *link, const SinkDatagram *datagrams, size_t n);
const char *writer_link_state(const WriterLink *link);
/* Bytes that the writer has not received: a number that moves as long as it writes. */
int writer_link_queued(const WriterLink *link);
/* End of file; on_finished when it has ended, unless that is so already. */
void writer_link_close(WriterLink *link);
bool writer_link_is_finished(const WriterLink *link);
