/* SPDX-License-Identifier: MIT */
#pragma once

/* The server from the inside, for the files of the control layer. */

#include <systemd/sd-bus.h>

#include "control/access.h"
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

        usec_t window_begin; /* see SERVING_USEC */
        usec_t spent;        /* in this window */
        bool resting;        /* nobody is served until `rest` is over */
        Timer rest;

        sd_bus_vtable *service_vtable;
};

/* A connection's deadline has changed. */
void server_update_deadline(Server *server);
/* The time that we have spent computing. */
usec_t server_cpu_time(void);
/* Says that clients have been served since `begin`, of that time. */
void server_account(Server *server, usec_t begin);
/* Connections that are not privileged and don't read what waits for them. */
size_t server_n_stalled(const Server *server);
