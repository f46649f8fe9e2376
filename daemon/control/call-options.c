/* SPDX-License-Identifier: MIT */

/* Options of a call: a table of names and types. An option that nobody knows is an error, as a caller who writes one
 * wants something by it. */

#include "control/call-options.h"

#include <errno.h>
#include <string.h>

#include "control/errors.h"

static const struct {
        CallOption option;
        const char *name;
        char type;
        size_t offset;
} call_options[] = {
        {OPTION_NO_BLOCK, "no-block", 'b', offsetof(CallOptions, no_block)},
        {OPTION_LINES, "lines", 't', offsetof(CallOptions, lines)},
        {OPTION_FOLLOW, "follow", 'b', offsetof(CallOptions, follow)},
        {OPTION_EVENTS, "events", 'b', offsetof(CallOptions, events)},
        {OPTION_NOW, "now", 'b', offsetof(CallOptions, now)},
        {OPTIONS_TALK, "input", 'b', offsetof(CallOptions, talk.input)},
        {OPTIONS_TALK, "alone", 'b', offsetof(CallOptions, talk.alone)},
        {OPTIONS_TALK, "turn", 'b', offsetof(CallOptions, talk.turn)},
        {OPTIONS_TALK, "whole", 'b', offsetof(CallOptions, talk.whole)},
        {OPTIONS_TALK, "lossless", 'b', offsetof(CallOptions, talk.lossless)},
        {OPTIONS_TALK, "wait", 'b', offsetof(CallOptions, talk.wait)},
        {OPTIONS_TALK, "from", 's', offsetof(CallOptions, talk.from)},
        {OPTIONS_TALK, "stream", 's', offsetof(CallOptions, talk.stream)},
        {OPTIONS_TALK, "stdin", 'h', offsetof(CallOptions, talk.fds[0])},
        {OPTIONS_TALK, "stdout", 'h', offsetof(CallOptions, talk.fds[1])},
        {OPTIONS_TALK, "stderr", 'h', offsetof(CallOptions, talk.fds[2])},
        {OPTION_HOLD, "hold", 'b', offsetof(CallOptions, hold)},
        {OPTION_WAIT, "wait", 'b', offsetof(CallOptions, wait)},
        {OPTION_DRY_RUN, "dry-run", 'b', offsetof(CallOptions, dry_run)},
};

static int read_variant(sd_bus_message *call, char type, void *field)
{
        int truth, r;

        switch (type) {
        case 'b':
                r = sd_bus_message_read(call, "v", "b", &truth);
                if (r >= 0)
                        *(bool *) field = truth;
                return r;
        case 's':
                return sd_bus_message_read(call, "v", "s", (const char **) field);
        case 'h':
                return sd_bus_message_read(call, "v", "h", (int *) field);
        default:
                return sd_bus_message_read(call, "v", "t", (uint64_t *) field);
        }
}

static int read_option(sd_bus_message *call, unsigned known, CallOptions *options, sd_bus_error *error)
{
        const char *name;
        int r;

        r = sd_bus_message_read_basic(call, 's', &name);
        if (r < 0)
                return r;

        for (size_t i = 0; i < ELEMENTSOF(call_options); i++) {
                if (!(known & call_options[i].option) || strcmp(call_options[i].name, name) != 0)
                        continue;
                r = read_variant(call, call_options[i].type, (char *) options + call_options[i].offset);
                if (r == -ENXIO)
                        return control_error(error, SD_BUS_ERROR_INVALID_ARGS, "The option %s is of type %c", name,
                                             call_options[i].type);
                return r;
        }
        return control_error(error, SD_BUS_ERROR_INVALID_ARGS, "This call has no option %s", name);
}

int call_options_read(sd_bus_message *call, unsigned known, CallOptions *ret, sd_bus_error *error)
{
        CallOptions options = CALL_OPTIONS_DEFAULT;
        int r;

        r = sd_bus_message_enter_container(call, 'a', "{sv}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(call, 'e', "sv")) > 0) {
                r = read_option(call, known, &options, error);
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(call);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;
        r = sd_bus_message_exit_container(call);
        if (r < 0)
                return r;

        *ret = options;
        return 0;
}
