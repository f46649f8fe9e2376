/* SPDX-License-Identifier: MIT */

/* The method that ends the daemon. */

#include "control/call-options.h"
#include "control/manager-methods.h"
#include "control/requests.h"
#include "engine/cause.h"
#include "engine/manager.h"

int method_shutdown(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        Connection *connection = userdata;
        CallOptions options;
        Caller caller;
        int r;

        r = connection_check_privileged(connection, error);
        if (r < 0)
                return r;
        r = call_options_read(call, OPTION_NOW, &options, error);
        if (r < 0)
                return r;

        r = request_shutdown(connection, call, error);
        if (r < 0)
                return r;
        caller = connection_caller(connection, "shutdown");
        manager_tell_caller(connection->manager, NULL, &caller);
        manager_begin_order(connection->manager, &caller);
        manager_shutdown(connection->manager, options.now);
        manager_end_order(connection->manager);
        return r;
}
