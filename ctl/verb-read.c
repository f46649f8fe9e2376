/* SPDX-License-Identifier: MIT */

/* `tendctl read`: takes what a service has put out since the mark, without waiting; with --timeout until something,
 * or enough lines, came. */

#include <errno.h>

#include "ctl/take.h"

static int read_output(Context *context, Taker *taker, sd_bus_error *ret_error)
{
        _cleanup_(conversation_done) Conversation conversation = CONVERSATION_NULL;
        const Options *options = context->options;
        bool waits = options_given(options, OPTION_TIMEOUT);
        TakeRules rules = {
                .deadline = take_deadline(options, USEC_INFINITY),
                .only_present = !waits,
                .anything = waits && taker->lines == 0,
                .end_is_enough = true,
        };
        int r;

        r = conversation_open(context, context_names(context)[0],
                              &(ConversationQuery){.from = "mark", .stream = options->stream}, &conversation,
                              ret_error);
        if (r < 0)
                return r;
        taker->crlf = conversation.flags & TALK_FLAG_PTY;
        r = take(&conversation, taker, &rules, ret_error);
        if (r < 0 && r != -ETIMEDOUT)
                return r;
        return take_note(&conversation, taker, ret_error);
}

int verb_read(Context *context)
{
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        const Options *options = context->options;
        _cleanup_(taker_done) Taker taker = {.out = options->quiet ? NULL : stdout};
        int status, r;

        if (options_given(options, OPTION_LINES) && options->lines != LINES_ALL)
                taker.lines = options->lines;
        status = context_connect(context);
        if (status != STATUS_DONE)
                return status;
        r = read_output(context, &taker, &error);
        if (r < 0)
                return context_fail(context, &error, r);
        return taker.took && taker.n_lines >= taker.lines ? STATUS_DONE : STATUS_NOT_SO;
}
