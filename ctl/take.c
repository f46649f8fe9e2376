/* SPDX-License-Identifier: MIT */

/* The loop over a conversation's packets for those who wait for output. Whether a service that has ended, or doesn't
 * run, is the end of the matter, the rules say; what it had put out before is looked at in any case. */

#include "ctl/take.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/protocol.h"
#include "common/timespan.h"
#include "ctl/time-text.h"

usec_t take_deadline(const Options *options, usec_t otherwise)
{
        if (!options_given(options, OPTION_TIMEOUT))
                return otherwise;
        return usec_add(time_now_monotonic(), options->timeout);
}

static int feed(Taker *taker, const TalkPacket *packet, sd_bus_error *ret_error)
{
        int r;

        if (packet->head.stream >= TALK_STREAMS)
                return -EBADMSG;
        r = taker_feed(taker, packet->head.stream, packet->head.number, packet->data, packet->size);
        if (r == -E2BIG)
                return failure_set(ret_error, r, TENDED_ERROR_FAILED,
                                   "the pattern takes too many steps to be looked for");
        if (r == -EMSGSIZE)
                return failure_set(ret_error, r, TENDED_ERROR_FAILED,
                                   "more than 16 MiB of output might be the beginning of a match");
        if (taker->matcher && taker->out)
                (void) fflush(taker->out);
        return r;
}

static void tell_lost(const Conversation *conversation, const TalkHead *head)
{
        context_note(conversation->context,
                     "tendctl: %" PRIu64 " bytes of %s are lost: they were overwritten before they were read",
                     head->number, head->stream == TALK_STDERR ? "stderr" : "stdout");
}

static int on_now(const Conversation *conversation, const Taker *taker, const TakeRules *rules,
                  sd_bus_error *ret_error)
{
        if (rules->only_present || (rules->anything && taker->took))
                return 1;
        if (conversation->flags & (TALK_FLAG_RUNNING | TALK_FLAG_COMING))
                return -EAGAIN;
        if (rules->end_is_enough)
                return 0;
        return failure_set(ret_error, -ESRCH, TENDED_ERROR_NOT_ACTIVE, "%s does not run", conversation->name);
}

/* -EAGAIN: on to the next. */
static int handle(Conversation *conversation, Taker *taker, const TakeRules *rules, const TalkPacket *packet,
                  sd_bus_error *ret_error)
{
        int r;

        switch (packet->head.kind) {
        case TALK_OUTPUT:
                r = feed(taker, packet, ret_error);
                return r == 0 && rules->anything && !rules->only_present ? -EINPROGRESS : r == 0 ? -EAGAIN : r;
        case TALK_LOST:
                tell_lost(conversation, &packet->head);
                return -EAGAIN;
        case TALK_NOW:
                return on_now(conversation, taker, rules, ret_error);
        case TALK_TURN:
                conversation->input.active = true;
                return -EAGAIN;
        case TALK_REFUSED:
                return conversation_fail_refused(conversation, &packet->head, ret_error);
        case TALK_ENDED:
                return rules->end_is_enough ? 0 : conversation_fail_ended(conversation, &packet->head, ret_error);
        default:
                return -EAGAIN;
        }
}

int take(Conversation *conversation, Taker *taker, const TakeRules *rules, sd_bus_error *ret_error)
{
        bool present = false;
        TalkPacket packet;
        int r;

        for (;;) {
                r = conversation_next(conversation, rules->deadline, &packet, ret_error);
                if (r < 0)
                        break;
                present = present || packet.head.kind == TALK_NOW;
                r = handle(conversation, taker, rules, &packet, ret_error);
                /* Something came: enough, when all that had been there before is taken, too. */
                if (r == -EINPROGRESS) {
                        if (!present)
                                continue;
                        r = 1;
                }
                if (r != -EAGAIN)
                        break;
        }
        taker_flush(taker);
        return r;
}

int take_note(Conversation *conversation, const Taker *taker, sd_bus_error *ret_error)
{
        for (unsigned i = 0; i < TALK_STREAMS; i++) {
                uint64_t end;
                int r;

                if (!taker_end(taker, i, &end))
                        continue;
                r = conversation_set_mark(conversation, i, end, ret_error);
                if (r < 0)
                        return r;
        }
        return 0;
}

int take_fail(Context *context, const sd_bus_error *error, int r, const char *what)
{
        _cleanup_(sd_bus_error_free) sd_bus_error timed_out = SD_BUS_ERROR_NULL;
        char span[TIMESPAN_MAX];

        if (r != -ETIMEDOUT)
                return context_fail(context, error, r);
        timespan_format(span, sizeof(span), context->options->timeout, 1);
        (void) failure_set(&timed_out, r, TENDED_ERROR_TIMED_OUT, "timed out after %s: %s", span, what);
        return context_fail(context, &timed_out, r);
}
