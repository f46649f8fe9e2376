/* SPDX-License-Identifier: MIT */
#pragma once

/* What a client may cost. Everybody can connect to a system daemon's socket, so everything that one can make it keep
 * or do has its bound here. "Privileged" is who may change things: see access.h. */

#include "common/macro.h"

/* Connections in all (fewer where descriptors are few: see DESCRIPTORS_SHARE), from all who are not privileged, and
 * from one user who is neither root nor the daemon's own. */
#define CONNECTIONS_MAX              1024
#define CONNECTIONS_UNPRIVILEGED_MAX 768
#define CONNECTIONS_PER_UID_MAX      64
/* Connections take no more than this part of the descriptors that the daemon may have. */
#define DESCRIPTORS_SHARE            4

/* A connection that has not said who it is by then is closed. */
#define AUTHENTICATION_USEC          (8 * USEC_PER_SEC)
/* A connection that takes nothing of what waits for it so long is closed. */
#define STALL_USEC                   (30 * USEC_PER_SEC)
/* Descriptors kept for clients, where services have taken all others. */
#define SPARE_DESCRIPTORS            8
/* New connections are left in the queue so long where no descriptor is left. */
#define ACCEPT_PAUSE_USEC            (200 * USEC_PER_MSEC)
/* Taken out of the queue in one turn of the loop. */
#define ACCEPTS_PER_TURN             16

/* A request: its bytes, and how often it is read from before it is whole. */
#define REQUEST_SIZE_MAX             (1024 * 1024)
#define REQUEST_READS_MAX            256
/* When serving the clients of one user has taken so much of a window of time, they wait as long as it took, but not
 * longer than a window: they get half of the daemon's time at most, however many ask for however much. */
#define SERVING_USEC                 (25 * USEC_PER_MSEC)
#define SERVING_WINDOW_USEC          (100 * USEC_PER_MSEC)
/* Handled for one connection in one turn of the loop. */
#define REQUESTS_PER_TURN            4
/* Names or patterns in one request, patterns among them, and bytes of each. */
#define REQUEST_NAMES_MAX            4096
#define REQUEST_PATTERNS_MAX         16
#define REQUEST_NAME_SIZE_MAX        256
/* Requests of one connection that are not answered yet. */
#define PENDING_PRIVILEGED_MAX       256
#define PENDING_UNPRIVILEGED_MAX     4

/* Bytes that the kernel keeps for a reader. */
#define SEND_BUFFER                  (256 * 1024)
/* Messages that wait for a reader; one that lets more come together is closed. */
#define QUEUED_MESSAGES_MAX          256
/* Big answers that may wait for one reader who isn't privileged; and how many such readers there may be. */
#define QUEUED_LISTS_MAX             2
#define STALLED_UNPRIVILEGED_MAX     8
