/* SPDX-License-Identifier: MIT */
#pragma once

/* The connection to the daemon. Whoever listens on that socket, and whatever they do: a call comes back with an
 * answer or an error within the time that it was given, and what waits for something long notices when the daemon
 * dies or hangs meanwhile. */

#include <systemd/sd-bus.h>

#include "common/macro.h"

typedef struct Client Client;

/* -ECONNREFUSED (nobody there) or others, with a sentence in `ret_error`. */
int client_new(const char *socket_path, Client **ret, sd_bus_error *ret_error);
Client *client_free(Client *client);
DEFINE_CLEANUP(Client *, client_free);

/* The user that listens, by the kernel. */
uid_t client_daemon_uid(const Client *client);

/* A call of the manager's method `member`, to be filled in by the caller. */
int client_new_call(Client *client, const char *member, sd_bus_message **ret);

/* Something short: an answer within seconds, or -ECONNREFUSED with a sentence. Other errors are the daemon's own. */
int client_call(Client *client, sd_bus_message *call, sd_bus_message **ret_reply, sd_bus_error *ret_error);

typedef struct ClientWait {
        usec_t timeout; /* USEC_INFINITY: as long as it takes */
        /* Called every `tick` (0: never) while nothing has come; may send with client_send(). */
        void (*on_tick)(void *userdata);
        usec_t tick;
        void *userdata;
} ClientWait;

/* Something long: waits without bound, or until the timeout (-ETIMEDOUT), as long as the daemon is alive. */
int client_call_long(Client *client, sd_bus_message *call, const ClientWait *wait, sd_bus_message **ret_reply,
                     sd_bus_error *ret_error);

/* Does it still answer? Returns as client_call(). */
int client_ping(Client *client, sd_bus_error *ret_error);

/* Sends a call whose answer comes to `callback` during one of the waits above, as long as the slot lives (NULL: as
 * the connection does). */
int client_send(Client *client, sd_bus_message *call, sd_bus_message_handler_t callback, void *userdata,
                sd_bus_slot **ret_slot);

/* All properties of the manager, as PropertiesGetAll answers. */
int client_manager_properties(Client *client, sd_bus_message **ret_reply, sd_bus_error *ret_error);
/* One of them, as PropertiesGet answers: a variant. */
int client_manager_property(Client *client, const char *name, sd_bus_message **ret_reply, sd_bus_error *ret_error);
