/* SPDX-License-Identifier: MIT */
#pragma once

/* The control server: takes clients in, within limits, and has them served. */

#include "engine/manager.h"

typedef struct Server Server;

typedef struct ServerOptions {
        int listen_fd; /* listening, non-blocking; stays the caller's */
        uid_t own_uid;
        gid_t group;            /* whose members may change things; (gid_t) -1: none */
        uint64_t n_descriptors; /* RLIMIT_NOFILE */
} ServerOptions;

/* Serves `manager`; is to be freed before it. */
int server_new(Loop *loop, Manager *manager, const ServerOptions *options, Server **ret);
Server *server_free(Server *server);
DEFINE_CLEANUP(Server *, server_free);

/* Tells the subscribers that `service` has changed. */
void server_service_changed(Server *server, Service *service);
/* Tells them that it has come into being, or is about to go. */
void server_tell_service(Server *server, Service *service, bool is_new);
/* Answers those who wait for the shutdown. */
void server_shutdown_done(Server *server);
