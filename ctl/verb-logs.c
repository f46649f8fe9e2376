/* SPDX-License-Identifier: MIT */

/* `tendctl logs`: what services printed, and what happened to them. */

#include <stdio.h>

#include "common/protocol.h"
#include "common/strv.h"
#include "ctl/pager.h"
#include "ctl/ring.h"
#include "ctl/services.h"

int verb_logs(Context *context)
{
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(ring_reader_done) RingReader reader = RING_READER_NULL;
        _cleanup_(entry_done) Entry entry = ENTRY_NULL;
        const Options *options = context->options;
        EntryPrinter printer = {.format = options->format, .style = context->out, .safe = context->out.terminal};
        RingQuery query = {.lines = options->lines, .follow = options->follow, .events = !options->no_events};
        int status, r;

        status = context_connect(context);
        if (status != STATUS_DONE)
                return status;
        r = ring_open(context, context_names(context), &query, &reader, &error);
        if (r < 0)
                return context_fail(context, &error, r);
        while ((r = ring_reader_next(&reader, options->follow ? USEC_INFINITY : TENDED_ANSWER_USEC, &entry)) > 0) {
                r = entry_print(stdout, &printer, &entry);
                if (r < 0)
                        break;
                if (options->follow)
                        (void) fflush(stdout);
        }
        return r < 0 ? context_fail(context, NULL, r) : STATUS_DONE;
}
