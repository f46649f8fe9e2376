/* SPDX-License-Identifier: MIT */
#pragma once

/* Whether the journald behind a socket keeps every entry of a datagram, found out by trying: two entries with a
 * random id are sent in one datagram, and a helper process reads them back. Nothing waits for the answer. */

#include "host/loop.h"

typedef struct ProcessTable ProcessTable;
typedef struct JournalProbe JournalProbe;

typedef enum ProbeAnswer {
        PROBE_UNKNOWN, /* not asked, under way, or nothing could be read */
        PROBE_SEVERAL,
        PROBE_ONE, /* the first entry arrived, the second did not */
} ProbeAnswer;

typedef void (*journal_probe_fn)(void *userdata, ProbeAnswer answer);

/* `processes` NULL: the answer stays unknown. `on_answer` is called when an answer came that is not PROBE_UNKNOWN. */
int journal_probe_new(Loop *loop, ProcessTable *processes, const char *helper, journal_probe_fn on_answer,
                      void *userdata, JournalProbe **ret);
JournalProbe *journal_probe_free(JournalProbe *probe);
DEFINE_CLEANUP(JournalProbe *, journal_probe_free);

/* Forgets the answer and asks anew over `socket_fd`, which stays the caller's and must stay open until stop. Tries
 * some times where nothing can be read, then no more. */
void journal_probe_start(JournalProbe *probe, int socket_fd);
/* Forgets the answer, and an attempt under way. */
void journal_probe_stop(JournalProbe *probe);
ProbeAnswer journal_probe_answer(const JournalProbe *probe);
