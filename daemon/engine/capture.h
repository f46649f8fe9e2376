/* SPDX-License-Identifier: MIT */
#pragma once

/* The output of one service: its pipes, its ring, its runs. Bytes go from the pipe straight into the ring; the
 * delivery and the followers read lines out of it. Nothing here waits for anything: when the ring is full of what is
 * not delivered, the pipe is left alone, and the child waits. */

#include "core/config.h"
#include "core/lifecycle.h"
#include "engine/delivery.h"

typedef struct Capture Capture;

/* Which process of the service writes: a control command has pipes of its own. */
typedef enum CaptureRole {
        CAPTURE_MAIN,
        CAPTURE_CONTROL,
        _CAPTURE_ROLE_N,
} CaptureRole;

typedef struct CaptureHandler {
        /* Bytes as they were read, a prompt without newline too, of the run in progress. `stream` 0: stdout, 1:
         * stderr. */
        void (*on_output)(void *userdata, CaptureRole role, unsigned stream, const char *data, size_t size);
        /* capture_may_begin() became true. */
        void (*on_drained)(void *userdata);
        void *userdata;
} CaptureHandler;

int capture_new(Delivery *delivery, const char *service, const CaptureHandler *handler, Capture **ret);
/* Undelivered lines are lost then; see capture_undelivered(). */
Capture *capture_free(Capture *capture);
DEFINE_CLEANUP(Capture *, capture_free);

/* False while output of an ended run is not delivered: at most one such run is kept. on_drained follows then. */
bool capture_may_begin(Capture *capture);
/* A new run. `config` is kept by value where it matters (identifier, level, limits, extra fields). */
int capture_begin_run(Capture *capture, const ServiceConfig *config, Id128 invocation_id);
/* Write ends for a process about to be spawned, the caller's to close after the spawn; -EBADF where the definition
 * sends the stream elsewhere or lets stderr follow stdout. */
int capture_open(Capture *capture, CaptureRole role, int *ret_output_fd, int *ret_error_fd);
/* Likewise for a main process whose streams are a terminal; its master is the capture's from here on. */
int capture_open_terminal(Capture *capture, int master_fd);
void capture_set_main_pid(Capture *capture, pid_t pid);
/* on_output is called only while somebody wants it. */
void capture_set_listening(Capture *capture, bool listening);
/* The main process has ended: what is in its pipes now is read (as far as the ring has room) and counts as its last.
 */
void capture_main_ended(Capture *capture);
/* The run is over. `record` (its fields without the totals) follows its last line, with the totals. */
int capture_end_run(Capture *capture, const EventRecord *record);

/* Lines (complete or not) and bytes that are read and not delivered, or not read. */
void capture_undelivered(const Capture *capture, uint64_t *ret_lines, uint64_t *ret_bytes);
bool capture_is_blocked(const Capture *capture);
