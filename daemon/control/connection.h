/* SPDX-License-Identifier: MIT */
#pragma once

/* One client: a D-Bus connection, peer to peer, that is served without ever being waited for. */

#include <systemd/sd-bus.h>

#include "base/list.h"
#include "control/access.h"
#include "control/account.h"
#include "engine/manager.h"
#include "host/loop.h"

typedef struct Server Server;
typedef struct Service Service;
typedef struct Manager Manager;

typedef struct Connection {
        Server *server;   /* weak */
        Manager *manager; /* weak */
        List link;        /* in the server's list, oldest first */
        sd_bus *bus;      /* owns the descriptor */
        Watch watch;
        uint32_t watched; /* events */

        Peer peer;
        Account *account; /* of its user; the server's */
        bool privileged;
        bool ready;      /* it has said who it is */
        bool doomed;     /* to be freed at the end of the turn; is not served any more */
        bool unfinished; /* more of what it has sent is to be handled in the next turn */
        bool waiting;    /* until its account has had its rest; is not listened to until then */
        bool stalled;    /* something waits for it to read */
        usec_t deadline; /* CLOCK_MONOTONIC; USEC_INFINITY: nothing has to happen */
        uint64_t unique; /* its number, for its name on the bus */

        bool has_services; /* their objects are added */
        bool subscribed;   /* wants PropertiesChanged */
        List requests;     /* see requests.h */
        size_t n_requests;

        size_t partial_size; /* of the request being received */
        unsigned n_partial_reads;
        Service *found; /* whom the property calls of this very message are about */
} Connection;

/* A client of `server` on `fd`, which it owns from here on, also on failure. */
int connection_new(Server *server, int fd, Peer *peer, Connection **ret);
/* What it has asked for goes on; nobody waits for it any more. */
Connection *connection_free(Connection *connection);
DEFINE_CLEANUP(Connection *, connection_free);

/* Handles what it has sent, a few messages at most, and writes what waits for it. */
void connection_serve(Connection *connection);
/* After anything was sent to it: watches for room where it waits, ends it where too much does. */
void connection_sent(Connection *connection);
/* Ends it at the end of this turn. */
void connection_doom(Connection *connection);
/* May a big answer be made for it? Sets the error Busy where too many wait to be read. */
int connection_check_room(Connection *connection, sd_bus_error *error);
/* Who it is, as the engine notes it; `verb` is static. */
Caller connection_caller(const Connection *connection, const char *verb);
/* Sets the error NotPermitted where it is not privileged. */
int connection_check_privileged(Connection *connection, sd_bus_error *error);
