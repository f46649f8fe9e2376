/* SPDX-License-Identifier: MIT */

/* Shared by all verbs: connecting when somebody needs it, and saying what went wrong. */

#include "ctl/context.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/protocol.h"
#include "common/socket-path.h"

void context_done(Context *context)
{
        context->client = client_free(context->client);
        free(context->socket_path);
        context->socket_path = NULL;
}

int context_try_connect(Context *context, sd_bus_error *ret_error)
{
        int r;

        if (context->client)
                return 0;
        if (!context->socket_path) {
                r = socket_path_find(context->options->socket, context->options->scope, &context->socket_path);
                if (r < 0)
                        return failure_set(ret_error, r, FAILURE_NO_DAEMON, "can't tell where the socket is: %s",
                                           strerror(-r));
        }
        return client_new(context->socket_path, &context->client, ret_error);
}

int context_connect(Context *context)
{
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = context_try_connect(context, &error);
        return r < 0 ? context_fail(context, &error, r) : 0;
}

int context_fail(const Context *context, const sd_bus_error *error, int r)
{
        /* Where the daemon takes none from us, sd-bus itself refuses a message with descriptors. */
        if (r == -EOPNOTSUPP && !(error && sd_bus_error_is_set(error))) {
                failure_print(
                        context->options->json, TENDED_ERROR_NOT_PERMITTED,
                        "Not permitted: this is for root, the daemon's own user and members of the group tended");
                return STATUS_NOT_PERMITTED;
        }
        return failure_report(context->options->json, error, r);
}

void context_note(const Context *context, const char *format, ...)
{
        va_list args;

        if (context->options->quiet || context->options->json)
                return;
        (void) fflush(stdout);
        va_start(args, format);
        (void) vfprintf(stderr, format, args);
        va_end(args);
        fputc('\n', stderr);
}
