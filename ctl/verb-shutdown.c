/* SPDX-License-Identifier: MIT */

/* `tendctl shutdown`: returns when nothing is left of any service, and the daemon is about to exit. */

#include <errno.h>

#include "ctl/operate.h"

int verb_shutdown(Context *context)
{
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        static char *const everything[] = {NULL};
        int status, r;

        status = context_connect(context);
        if (status != STATUS_DONE)
                return status;

        r = client_new_call(context->client, "Shutdown", &call);
        if (r >= 0)
                r = sd_bus_message_append(call, "a{sv}", 0);
        if (r >= 0)
                r = operate_call(context, call, everything, NULL, &error);
        return r < 0 ? context_fail(context, &error, r) : STATUS_DONE;
}
