/* SPDX-License-Identifier: MIT */
#pragma once

/* The objects that a connection shows. Each adds itself to the connection's bus, which owns it from then on. */

#include "control/connection.h"

/* /io/tended: what the daemon does. */
int manager_object_add(Connection *connection);
/* /io/tended/service/…: how services are. The vtable is the server's, made once. */
int service_object_add(Connection *connection);
/* /org/freedesktop/DBus: as much of a message bus as its clients ask for (busctl among them). */
int bus_object_add(Connection *connection);

/* The properties of a service as sd-bus wants them; to be freed after the last connection. */
int service_object_vtable(sd_bus_vtable **ret);
/* Emits PropertiesChanged. */
int service_object_emit(Connection *connection, Service *service);
/* Emits the manager's ServiceNew, or ServiceRemoved. */
int service_object_announce(Connection *connection, Service *service, bool is_new);
