/* SPDX-License-Identifier: MIT */

/* `tendctl reset-failed`: failures and restart counters are forgotten; without names those of every service. */

#include "ctl/services.h"

static int reset_names(Context *context, char *const *names, void *userdata, sd_bus_error *ret_error)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r;

        r = client_new_call(context->client, "ResetFailed", &call);
        if (r < 0)
                return r;
        r = sd_bus_message_append_strv(call, (char **) names);
        if (r < 0)
                return r;
        return client_call(context->client, call, NULL, ret_error);
}

int verb_reset_failed(Context *context)
{
        int status = context_connect(context);

        return status != STATUS_DONE ? status : services_call(context, context_names(context), reset_names, NULL);
}
