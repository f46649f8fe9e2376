/* SPDX-License-Identifier: MIT */

/* /org/freedesktop/DBus: there is no message bus here, but clients that expect one (busctl is such a client) greet it
 * first, and ask it who is there. They are told: one service, the daemon, and themselves. AddMatch is how such a
 * client says that it wants signals; which ones is not looked at. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/strv.h"
#include "control/errors.h"
#include "control/objects.h"
#include "control/server-private.h"

#define BUS_PATH        "/org/freedesktop/DBus"
#define BUS_NAME        "org.freedesktop.DBus"
#define OWN_NAME        "io.tended"
#define OWN_UNIQUE_NAME ":1.0"

static bool is_own_name(const char *name)
{
        return strcmp(name, OWN_NAME) == 0 || strcmp(name, OWN_UNIQUE_NAME) == 0;
}

static void unique_name(const Connection *connection, char buffer[static 32])
{
        snprintf(buffer, 32, ":1.%llu", (unsigned long long) connection->unique);
}

static int method_hello(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        char name[32];

        unique_name(userdata, name);
        return sd_bus_reply_method_return(call, "s", name);
}

static int method_add_match(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        Connection *connection = userdata;
        int r;

        r = service_object_add(connection);
        if (r < 0)
                return r;
        connection->subscribed = true;
        return sd_bus_reply_method_return(call, NULL);
}

static int method_remove_match(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        return sd_bus_reply_method_return(call, NULL);
}

static int method_list_names(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        char name[32];

        unique_name(userdata, name);
        return sd_bus_reply_method_return(call, "as", 4, BUS_NAME, OWN_NAME, OWN_UNIQUE_NAME, name);
}

static int method_list_activatable(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        return sd_bus_reply_method_return(call, "as", 0);
}

/* The unique name behind `name`; NULL: nobody's. */
static const char *owner_of(const Connection *connection, const char *name, char buffer[static 32])
{
        unique_name(connection, buffer);
        if (strcmp(name, BUS_NAME) == 0)
                return BUS_NAME;
        if (is_own_name(name))
                return OWN_UNIQUE_NAME;
        return strcmp(name, buffer) == 0 ? buffer : NULL;
}

static int method_get_name_owner(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        const char *name, *owner;
        char buffer[32];
        int r;

        r = sd_bus_message_read_basic(call, 's', &name);
        if (r < 0)
                return r;
        owner = owner_of(userdata, name, buffer);
        if (!owner)
                return control_error(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER, "Nobody has the name %.255s", name);
        return sd_bus_reply_method_return(call, "s", owner);
}

static int method_name_has_owner(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        const char *name;
        char buffer[32];
        int r;

        r = sd_bus_message_read_basic(call, 's', &name);
        if (r < 0)
                return r;
        return sd_bus_reply_method_return(call, "b", owner_of(userdata, name, buffer) != NULL);
}

static int method_get_credentials(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        const Connection *connection = userdata;
        const char *name, *owner;
        char buffer[32];
        bool own;
        int r;

        r = sd_bus_message_read_basic(call, 's', &name);
        if (r < 0)
                return r;
        owner = owner_of(connection, name, buffer);
        if (!owner)
                return control_error(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER, "Nobody has the name %.255s", name);

        own = owner != buffer;
        return sd_bus_reply_method_return(
                call, "a{sv}", 2, "UnixUserID", "u", own ? connection->server->policy.own_uid : connection->peer.uid,
                "ProcessID", "u", own ? (uint32_t) getpid() : (uint32_t) connection->peer.pid);
}

static int method_get_id(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        char id[SD_ID128_STRING_MAX];

        return sd_bus_reply_method_return(call, "s", sd_id128_to_string(((Connection *) userdata)->server->id, id));
}

static const sd_bus_vtable bus_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("Hello", "", "s", method_hello, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("AddMatch", "s", "", method_add_match, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("RemoveMatch", "s", "", method_remove_match, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("ListNames", "", "as", method_list_names, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("ListActivatableNames", "", "as", method_list_activatable, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("GetNameOwner", "s", "s", method_get_name_owner, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("NameHasOwner", "s", "b", method_name_has_owner, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("GetConnectionCredentials", "s", "a{sv}", method_get_credentials, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("GetId", "", "s", method_get_id, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

int bus_object_add(Connection *connection)
{
        return sd_bus_add_object_vtable(connection->bus, NULL, BUS_PATH, BUS_NAME, bus_vtable, connection);
}
