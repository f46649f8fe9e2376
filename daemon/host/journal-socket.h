/* SPDX-License-Identifier: MIT */
#pragma once

/* The connection to journald: one socket of ours for datagrams and one for memfds, both non-blocking; knows when
 * journald is gone, connects again when it is back, and how many entries one datagram may have. */

#include "host/sink.h"

typedef struct JournalSocket JournalSocket;

#define JOURNAL_SOCKET_PATH     "/run/systemd/journal/socket"
#define JOURNAL_INVOCATION_PATH "/run/systemd/units/invocation:systemd-journald.service"

typedef struct JournalSocketOptions {
        ProcessTable *processes; /* weak; NULL: single entries only */
        const char *helper;
        const char *path;            /* of the socket */
        const char *invocation_path; /* a link that is made anew each time journald is started */
        void (*on_writable)(void *userdata);
        void (*on_event)(void *userdata, SinkEvent event, const char *text, uint64_t in_flight);
        void *userdata;
} JournalSocketOptions;

int journal_socket_new(Loop *loop, const JournalSocketOptions *options, JournalSocket **ret);
JournalSocket *journal_socket_free(JournalSocket *journal);
DEFINE_CLEANUP(JournalSocket *, journal_socket_free);
/* As sink_send(), -E2BIG excepted; on_event may be called from within. */
int journal_socket_send(JournalSocket *journal, const SinkDatagram *datagrams, size_t n);
unsigned journal_socket_max_entries(const JournalSocket *journal);
const char *journal_socket_state(const JournalSocket *journal);
/* A connected socket of the kind that is used here, or a negative errno. */
int journal_socket_connect(const char *path, int send_buffer, int *ret_fd);
