/* SPDX-License-Identifier: MIT */

/* `tendctl events`: what happens, from now on, a line for each. It ends with the daemon, with --timeout, or when
 * nobody reads it any more. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/protocol.h"
#include "ctl/event-text.h"
#include "ctl/ring.h"
#include "ctl/services.h"
#include "ctl/time-text.h"

/* The daemon is asked for a sign of life when it has been quiet for so long. */
#define QUIET (30 * USEC_PER_SEC)

static int open_events(Context *context, char *const *names, void *userdata, sd_bus_error *ret_error)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
        int r;

        r = client_new_call(context->client, "Events", &call);
        if (r >= 0)
                r = sd_bus_message_append_strv(call, (char **) names);
        if (r >= 0)
                r = sd_bus_message_append(call, "a{sv}", 0);
        if (r >= 0)
                r = client_call(context->client, call, &reply, ret_error);
        return r < 0 ? r : ring_reader_init(userdata, reply);
}

/* As ring_reader_next(), until `deadline`; -ETIMEDOUT: it is over. */
static int next_entry(Context *context, RingReader *reader, usec_t deadline, Entry *entry, sd_bus_error *error)
{
        for (;;) {
                usec_t now = time_now_monotonic();
                int r;

                if (now >= deadline)
                        return -ETIMEDOUT;
                r = ring_reader_next(reader, MIN(QUIET, deadline - now), entry);
                if (r != -ETIMEDOUT && r != -EINTR)
                        return r;
                if (deadline - now > QUIET) {
                        r = client_ping(context->client, error);
                        if (r < 0)
                                return r;
                }
        }
}

static int print(const Context *context, const Entry *entry)
{
        _cleanup_json_ JsonValue *object = NULL;
        _cleanup_free_ char *line = NULL;
        int r;

        if (context->options->quiet)
                return 0;
        if (context->options->json) {
                r = event_to_json(entry, &object);
                return r < 0 ? r : json_print_line(object);
        }
        r = event_format(entry, &context->out, &line);
        if (r >= 0)
                puts(line);
        return r;
}

static int watch(Context *context, RingReader *reader, sd_bus_error *error)
{
        usec_t deadline = usec_add(time_now_monotonic(), context->options->timeout);
        _cleanup_(entry_done) Entry entry = ENTRY_NULL;
        int r;

        while ((r = next_entry(context, reader, deadline, &entry, error)) > 0) {
                r = print(context, &entry);
                if (r < 0)
                        return r;
                /* A whole datagram at once, and nothing kept back after it. */
                if (reader->size == 0 && fflush(stdout) != 0)
                        return -errno;
        }
        return r;
}

int verb_events(Context *context)
{
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(ring_reader_done) RingReader reader = RING_READER_NULL;
        int status, r;

        status = context_connect(context);
        if (status != STATUS_DONE)
                return status;
        status = services_call(context, context_names(context), open_events, &reader);
        if (reader.fd < 0)
                return status;

        r = watch(context, &reader, &error);
        if (r == -EPIPE)
                return status;
        if (r == -ETIMEDOUT)
                return status_worse(status, STATUS_TIMED_OUT);
        if (r == 0) {
                r = failure_set(&error, -ECONNREFUSED, FAILURE_NO_DAEMON, "the daemon has ended");
        }
        return status_worse(status, context_fail(context, &error, r));
}
