/* SPDX-License-Identifier: MIT */

/* `tendctl expect`: waits until what a service puts out matches a pattern. */

#include <errno.h>

#include "common/protocol.h"
#include "ctl/take.h"

int verb_expect(Context *context)
{
        _cleanup_(conversation_done) Conversation conversation = CONVERSATION_NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        const Options *options = context->options;
        _cleanup_(matcher_freep) Matcher *matcher = NULL;
        _cleanup_(taker_done) Taker taker = {.out = options->quiet ? NULL : stdout};
        _cleanup_free_ char *complaint = NULL;
        TakeRules rules = {.deadline = take_deadline(options, USEC_INFINITY)};
        int status, r;

        /* Whatever the service is like: what is no pattern is a mistake of the command line. */
        r = matcher_new(context_names(context)[1], false, &matcher, &complaint);
        if (r == -EINVAL) {
                failure_print(options->json, FAILURE_USAGE, complaint);
                return STATUS_USAGE;
        }
        status = r < 0 ? context_fail(context, NULL, r) : context_connect(context);
        if (status != STATUS_DONE)
                return status;

        r = conversation_open(context, context_names(context)[0],
                              &(ConversationQuery){.from = options->from, .stream = options->stream}, &conversation,
                              &error);
        if (r >= 0 && (conversation.flags & TALK_FLAG_PTY)) {
                matcher = matcher_free(matcher);
                taker.crlf = true;
                r = matcher_new(context_names(context)[1], true, &matcher, &complaint);
        }
        taker.matcher = matcher;
        if (r >= 0)
                r = take(&conversation, &taker, &rules, &error);
        if (r > 0)
                r = take_note(&conversation, &taker, &error);
        return r < 0 ? take_fail(context, &error, r, "no match yet") : STATUS_DONE;
}
