/* SPDX-License-Identifier: MIT */

/* /io/tended/service/NAME, io.tended.Service: one service on the bus. There are no methods, only properties, made of
 * the engine's table of them; no object is kept for a service: its path is its name, looked up with each message. */

#include <errno.h>
#include <string.h>

#include "common/protocol.h"
#include "common/strv.h"
#include "control/errors.h"
#include "control/objects.h"
#include "control/server-private.h"
#include "control/wire.h"
#include "engine/manager.h"
#include "engine/properties.h"

static int get_property(sd_bus *bus, const char *path, const char *interface, const char *name, sd_bus_message *reply,
                        void *userdata, sd_bus_error *error)
{
        _cleanup_(value_done) Value value = VALUE_NULL;
        Connection *connection = userdata;
        Property property;
        int r;

        r = property_find(name, &property);
        if (r < 0)
                return r;
        if ((property_flags(property) & PROPERTY_SECRET) && !connection->privileged)
                return control_error(error, TENDED_ERROR_NOT_PERMITTED, "Not permitted: %s may hold secrets", name);

        r = property_get(property, connection->found, &value);
        if (r < 0)
                return r;
        return wire_append_value(reply, property_signature(property), &value);
}

static uint64_t vtable_flags(Property property)
{
        unsigned flags = property_flags(property);

        /* What a caller may not read must not spoil GetAll for him. */
        if (flags & PROPERTY_SECRET)
                return SD_BUS_VTABLE_PROPERTY_EXPLICIT;
        return flags & PROPERTY_CHANGES ? SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE : 0;
}

int service_object_vtable(sd_bus_vtable **ret)
{
        Property property = PROPERTY_NULL;
        sd_bus_vtable *vtable;
        size_t n = 0;

        while (property_next(&property))
                n++;
        vtable = calloc(n + 2, sizeof(sd_bus_vtable));
        if (!vtable)
                return -ENOMEM;

        vtable[0] = (sd_bus_vtable) SD_BUS_VTABLE_START(0);
        n = 1;
        property = PROPERTY_NULL;
        while (property_next(&property))
                vtable[n++] = (sd_bus_vtable) SD_BUS_PROPERTY(property_name(property), property_signature(property),
                                                              get_property, 0, vtable_flags(property));
        vtable[n] = (sd_bus_vtable) SD_BUS_VTABLE_END;

        *ret = vtable;
        return 0;
}

/* Notes the service for get_property(), which is called before anything else can happen. */
static int find_service(sd_bus *bus, const char *path, const char *interface, void *userdata, void **ret_found,
                        sd_bus_error *error)
{
        Connection *connection = userdata;
        _cleanup_free_ char *name = NULL;
        Service *service;
        int r;

        r = sd_bus_path_decode(path, TENDED_SERVICE_PREFIX, &name);
        if (r <= 0)
                return r;
        service = manager_find(connection->manager, name);
        /* `web.service` is a way to say `web`, not a second object. */
        if (!service || strcmp(service_name(service), name) != 0)
                return 0;

        connection->found = service;
        *ret_found = connection;
        return 1;
}

static int service_path(const Service *service, char **ret)
{
        return sd_bus_path_encode(TENDED_SERVICE_PREFIX, service_name(service), ret);
}

static int enumerate_services(sd_bus *bus, const char *prefix, void *userdata, char ***ret_nodes, sd_bus_error *error)
{
        Manager *manager = ((Connection *) userdata)->manager;
        size_t n = manager_n_services(manager);
        char **nodes;
        int r;

        nodes = calloc(n + 1, sizeof(char *));
        if (!nodes)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                r = service_path(manager_service(manager, i), &nodes[i]);
                if (r < 0) {
                        strv_free(nodes);
                        return r;
                }
        }
        *ret_nodes = nodes;
        return 0;
}

int service_object_add(Connection *connection)
{
        int r;

        if (connection->has_services)
                return 0;

        r = sd_bus_add_fallback_vtable(connection->bus, NULL, TENDED_SERVICE_PREFIX, TENDED_SERVICE_INTERFACE,
                                       connection->server->service_vtable, find_service, connection);
        if (r < 0)
                return r;
        r = sd_bus_add_node_enumerator(connection->bus, NULL, TENDED_SERVICE_PREFIX, enumerate_services, connection);
        if (r < 0)
                return r;
        connection->has_services = true;
        return 0;
}

int service_object_emit(Connection *connection, Service *service)
{
        _cleanup_free_ char *path = NULL;
        int r;

        r = service_path(service, &path);
        if (r < 0)
                return r;
        /* Without names: all properties that tell their changes. */
        return sd_bus_emit_properties_changed_strv(connection->bus, path, TENDED_SERVICE_INTERFACE, NULL);
}

int service_object_announce(Connection *connection, Service *service, bool is_new)
{
        _cleanup_free_ char *path = NULL;
        int r;

        r = service_path(service, &path);
        if (r < 0)
                return r;
        return sd_bus_emit_signal(connection->bus, TENDED_OBJECT_PATH, TENDED_MANAGER_INTERFACE,
                                  is_new ? "ServiceNew" : "ServiceRemoved", "so", service_name(service), path);
}
