/* SPDX-License-Identifier: MIT */
#pragma once

/* The server from the inside, for the files of the control layer. */

#include <systemd/sd-bus.h>

#include "control/access.h"
#include "control/account.h"
#include "control/connection.h"
#include "control/limits.h"
#include "control/server.h"

struct Server {
        Loop *loop;       /* weak */
        Manager *manager; /* weak */
        AccessPolicy policy;
        sd_id128_t id;
        size_t max_connections;

        int listen_fd; /* weak */
        Watch accept;
        Timer resume;                  /* of accepting, where descriptors are short */
        int spares[SPARE_DESCRIPTORS]; /* places in the table of descriptors, given up for clients */

        List connections; /* oldest first */
        size_t n_connections;
        uint64_t n_accepted;
        Timer deadlines; /* the earliest of the connections' */
        Deferred tidy;   /* frees the doomed, goes on with the unfinished */

        Accounts accounts;

        sd_bus_vtable *service_vtable;
};

/* A connection's deadline has changed. */
void server_update_deadline(Server *server);
/* Connections that are not privileged and don't read what waits for them. */
size_t server_n_stalled(const Server *server);
