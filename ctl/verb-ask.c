/* SPDX-License-Identifier: MIT */

/* `tendctl ask`: a line to a service, and what it answers. It is followed from before the line is written, and the
 * service waits for us where its answer is longer than the daemon's ring: nothing of it is lost. */

#include <errno.h>

#include "common/protocol.h"
#include "ctl/send-text.h"
#include "ctl/take.h"

typedef struct Question {
        Context *context;
        char *text;
        size_t size;
        Matcher *matcher;
        Taker taker;
} Question;

static void question_done(Question *question)
{
        taker_done(&question->taker);
        matcher_free(question->matcher);
        free(question->text);
}

/* The exit status where the command line is wrong. */
static int question_init(Question *question, Context *context, bool crlf)
{
        const Options *options = context->options;
        _cleanup_free_ char *complaint = NULL;
        int r;

        if (options_given(options, OPTION_UNTIL)) {
                r = matcher_new(options->until_word, crlf, &question->matcher, &complaint);
                if (r == -EINVAL) {
                        failure_print(options->json, FAILURE_USAGE, complaint);
                        return STATUS_USAGE;
                }
                if (r < 0)
                        return context_fail(context, NULL, r);
        }
        question->taker = (Taker){
                .out = options->quiet ? NULL : stdout,
                .matcher = question->matcher,
                .lines = question->matcher ? 0 : 1,
                .crlf = crlf,
        };
        if (options_given(options, OPTION_LINES) && options->lines != LINES_ALL)
                question->taker.lines = options->lines;
        return STATUS_DONE;
}

static int put_question(Question *question, Conversation *conversation, sd_bus_error *ret_error)
{
        const Options *options = question->context->options;
        TakeRules rules = {.deadline = take_deadline(options, USEC_INFINITY)};
        const char *stream = options->stream;
        int r;

        if (!stream && !question->matcher)
                stream = "stdout";
        r = conversation_open(
                question->context, options->arguments[0],
                &(ConversationQuery){
                        .input = true, .turn = true, .lossless = true, .from = "written", .stream = stream},
                conversation, ret_error);
        if (r < 0)
                return r;
        if (conversation->flags & TALK_FLAG_PTY) {
                question->matcher = question->taker.matcher = matcher_free(question->matcher);
                if (question_init(question, question->context, true) != STATUS_DONE)
                        return -EINVAL;
        }
        conversation->input.data = question->text;
        conversation->input.size = question->size;
        r = take(conversation, &question->taker, &rules, ret_error);
        return r > 0 ? take_note(conversation, &question->taker, ret_error) : r;
}

int verb_ask(Context *context)
{
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(conversation_done) Conversation conversation = CONVERSATION_NULL;
        _cleanup_(question_done) Question question = {.context = context};
        int status, r;

        status = question_init(&question, context, false);
        if (status == STATUS_DONE)
                status = context_connect(context);
        if (status != STATUS_DONE)
                return status;
        r = send_text(context->options->arguments + 1, !context->options->no_newline, &question.text, &question.size);
        if (r >= 0)
                r = put_question(&question, &conversation, &error);
        return r < 0 ? take_fail(context, &error, r, "no answer yet") : STATUS_DONE;
}
