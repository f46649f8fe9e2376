/* SPDX-License-Identifier: MIT */

/* The methods that tell something of services: properties of many in one call, definitions, and the log, which does
 * not pass through the bus: the caller gets a descriptor. */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "common/fd.h"
#include "common/protocol.h"
#include "common/strv.h"
#include "control/call-options.h"
#include "control/errors.h"
#include "control/manager-methods.h"
#include "control/objects.h"
#include "control/selection.h"
#include "control/wire.h"
#include "engine/properties.h"
#include "engine/watchers.h"

/* Which properties a List is to have: one run over the table, whatever was asked for in which order. */
typedef struct Columns {
        char **names;
        bool common, all;
        bool secrets; /* the caller may read them */
} Columns;

static bool columns_contain(const Columns *columns, Property property)
{
        unsigned flags = property_flags(property);

        if (columns->names && strv_contains(columns->names, property_name(property)))
                return true;
        if (columns->all)
                return columns->secrets || !(flags & PROPERTY_SECRET);
        return columns->common && (flags & PROPERTY_COMMON);
}

static int columns_check(const Columns *columns, sd_bus_error *error)
{
        Property property;

        STRV_FOREACH (name, columns->names) {
                if (strcmp(*name, "*") == 0)
                        continue;
                if (property_find(*name, &property) < 0)
                        return control_error(error, SD_BUS_ERROR_UNKNOWN_PROPERTY, "No property %s", *name);
                if (!columns->secrets && (property_flags(property) & PROPERTY_SECRET))
                        return control_error(error, TENDED_ERROR_NOT_PERMITTED, "Not permitted: %s may hold secrets",
                                             *name);
        }
        return 0;
}

static int columns_read(Columns *columns, sd_bus_message *call, sd_bus_error *error)
{
        int r;

        r = selection_read_names(call, &columns->names, error);
        if (r < 0)
                return r;
        columns->common = strv_length(columns->names) == 0;
        columns->all = strv_contains(columns->names, "*");
        return columns_check(columns, error);
}

static int append_service(sd_bus_message *reply, Service *service, const Property *properties, size_t n)
{
        int r;

        r = sd_bus_message_open_container(reply, 'a', "{sv}");
        for (size_t i = 0; r >= 0 && i < n; i++) {
                _cleanup_(value_done) Value value = VALUE_NULL;

                if (!property_applies(properties[i], service))
                        continue;
                r = property_get(properties[i], service, &value);
                if (r >= 0)
                        r = wire_append_entry(reply, property_name(properties[i]), property_signature(properties[i]),
                                              &value);
        }
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

/* The chosen properties, so that the table is not searched for each service again. */
static int columns_resolve(const Columns *columns, Property **ret, size_t *ret_n)
{
        Property property = PROPERTY_NULL;
        Property *chosen;
        size_t n = 0;

        while (property_next(&property))
                n++;
        chosen = calloc(n, sizeof(Property));
        if (!chosen)
                return -ENOMEM;

        n = 0;
        property = PROPERTY_NULL;
        while (property_next(&property))
                if (columns_contain(columns, property))
                        chosen[n++] = property;
        *ret = chosen;
        *ret_n = n;
        return 0;
}

static int answer_list(sd_bus_message *call, const Selection *selection, const Columns *columns)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_free_ Property *properties = NULL;
        size_t n;
        int r;

        r = columns_resolve(columns, &properties, &n);
        if (r < 0)
                return r;
        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "a{sv}");
        for (size_t i = 0; r >= 0 && i < selection->n; i++)
                r = append_service(reply, selection->items[i], properties, n);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return r < 0 ? r : sd_bus_message_send(reply);
}

int method_list(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        _cleanup_(selection_done) Selection selection = SELECTION_NULL;
        Connection *connection = userdata;
        Columns columns = {.secrets = connection->privileged};
        int r;

        r = connection_check_room(connection, error);
        if (r < 0)
                return r;
        r = selection_read(&selection, connection->manager, call, true, error);
        if (r < 0)
                return r;
        r = columns_read(&columns, call, error);
        if (r >= 0)
                r = answer_list(call, &selection, &columns);
        strv_free(columns.names);
        return r;
}

int method_cat(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        Connection *connection = userdata;
        const char *name, *source;
        int r;

        r = connection_check_privileged(connection, error);
        if (r < 0)
                return r;
        r = sd_bus_message_read_basic(call, 's', &name);
        if (r < 0)
                return r;
        r = selection_source(connection->manager, name, &source, error);
        if (r < 0)
                return r;

        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = wire_append_string(reply, source);
        return r < 0 ? r : sd_bus_message_send(reply);
}

static int follow(Connection *connection, const Selection *selection, bool all, const CallOptions *options,
                  int *ret_fd)
{
        _cleanup_(strv_freep) char **names = NULL;
        int fds[2], r;

        if (!all && selection->n == 0) {
                /* Patterns without a match: nothing to read, and the end of it. */
                if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
                        return -errno;
                fd_close(fds[1]);
                *ret_fd = fds[0];
                return 0;
        }
        for (size_t i = 0; !all && i < selection->n; i++) {
                r = strv_extend(&names, service_name(selection->items[i]));
                if (r < 0)
                        return r;
        }
        return delivery_follow(manager_delivery(connection->manager), names, options->lines, options->follow,
                               options->events, ret_fd);
}

static int answer_logs(Connection *connection, sd_bus_message *call, bool always_follow, sd_bus_error *error)
{
        _cleanup_(selection_done) Selection selection = SELECTION_NULL;
        _cleanup_(strv_freep) char **names = NULL;
        _cleanup_close_ int fd = -EBADF;
        CallOptions options;
        int r;

        r = connection_check_privileged(connection, error);
        if (r < 0)
                return r;
        r = selection_read_names(call, &names, error);
        if (r < 0)
                return r;
        r = selection_init(&selection, connection->manager, names, false, error);
        if (r < 0)
                return r;
        r = call_options_read(call, OPTION_LINES | OPTION_FOLLOW | OPTION_EVENTS, &options, error);
        if (r < 0)
                return r;

        options.follow = options.follow || always_follow;
        r = follow(connection, &selection, strv_length(names) == 0, &options, &fd);
        if (r < 0)
                return control_error_errno(error, r, "Can't read the log");
        /* The message has a copy of the descriptor. */
        return sd_bus_reply_method_return(call, "h", fd);
}

int method_logs(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        return answer_logs(userdata, call, false, error);
}

int method_follow(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        return answer_logs(userdata, call, true, error);
}

/* What patterns will match is not known yet; a name that stands for nothing is refused as everywhere. */
int method_events(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        _cleanup_(selection_done) Selection selection = SELECTION_NULL;
        _cleanup_(strv_freep) char **names = NULL;
        Connection *connection = userdata;
        _cleanup_close_ int fd = -EBADF;
        CallOptions options;
        int r;

        r = connection_check_privileged(connection, error);
        if (r < 0)
                return r;
        r = selection_read_names(call, &names, error);
        if (r < 0)
                return r;
        r = selection_init(&selection, connection->manager, names, false, error);
        if (r < 0)
                return r;
        r = call_options_read(call, 0, &options, error);
        if (r < 0)
                return r;

        r = watchers_add(delivery_watchers(manager_delivery(connection->manager)),
                         strv_length(names) > 0 ? names : NULL, &fd);
        if (r < 0)
                return control_error_errno(error, r, "Can't watch");
        /* The message has a copy of the descriptor. */
        return sd_bus_reply_method_return(call, "h", fd);
}

int method_subscribe(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        Connection *connection = userdata;
        int r;

        r = service_object_add(connection);
        if (r < 0)
                return r;
        connection->subscribed = true;
        return sd_bus_reply_method_return(call, NULL);
}

int method_unsubscribe(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        Connection *connection = userdata;

        connection->subscribed = false;
        return sd_bus_reply_method_return(call, NULL);
}
