/* SPDX-License-Identifier: MIT */

/* `tendctl send`: writes to a service's stdin, and has done when all of it is written. */

#include <errno.h>
#include <string.h>

#include "common/protocol.h"
#include "ctl/send-text.h"
#include "ctl/take.h"

/* 0: all is written. */
static int wait_for_written(Conversation *conversation, usec_t deadline, sd_bus_error *ret_error)
{
        TalkPacket packet;
        int r;

        for (;;) {
                r = conversation_next(conversation, deadline, &packet, ret_error);
                if (r < 0)
                        return r;
                if (packet.head.kind == TALK_WRITTEN)
                        return 0;
                if (packet.head.kind == TALK_REFUSED)
                        return conversation_fail_refused(conversation, &packet.head, ret_error);
        }
}

int verb_send(Context *context)
{
        _cleanup_(conversation_done) Conversation conversation = CONVERSATION_NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        const Options *options = context->options;
        _cleanup_free_ char *text = NULL;
        size_t size = 0;
        int status, r;

        status = context_connect(context);
        if (status != STATUS_DONE)
                return status;
        r = send_text(options->arguments + 1, !options->no_newline, &text, &size);
        if (r >= 0)
                r = conversation_open(context, context_names(context)[0], &(ConversationQuery){.input = true},
                                      &conversation, &error);
        if (r >= 0) {
                conversation.input.data = text;
                conversation.input.size = size;
                conversation.input.end = options->eof;
                conversation.input.fd = text || options->eof ? -EBADF : STDIN_FILENO;
                conversation.input.active = true;
                r = wait_for_written(&conversation, take_deadline(options, USEC_INFINITY), &error);
        }
        return r < 0 ? take_fail(context, &error, r,
                                 "not all of it is written; what the daemon has taken may still be")
                     : STATUS_DONE;
}
