/* SPDX-License-Identifier: MIT */

/* Who may speak when. Those with input stand in a line: the first is listened to until all that it gave is written,
 * so that what two clients send is never mixed, and each knows what became of its own. Those that ask and wait for
 * the answer stand in another line before that one: a question is put when the answer to the last has been taken.
 *
 * The mark belongs to the service: it moves when something is sent, to what had been put out before, and when
 * something is taken, to the end of that. Two commands of a script, each a client of its own, so miss nothing that
 * the ring still holds. */

#include "engine/dialogue.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/talk.h"

#define TALKS_MAX 256u /* of one service */

static void look_at_turns(Dialogue *dialogue)
{
        Talk *talk = LIST_FIRST(&dialogue->turns, Talk, turn_link);

        if (talk && !talk->done && !talk->has_turn) {
                talk->has_turn = true;
                talk_begin_turn(talk);
        }
}

void dialogue_look_at_hold(Dialogue *dialogue)
{
        Capture *capture = dialogue->capture;

        if (!capture->held || dialogue_room(dialogue) < capture->ring.header->size / 8)
                return;
        capture->held = false;
        capture_retry(capture);
}

static void reap(void *userdata)
{
        Dialogue *dialogue = userdata;
        Talk *talk;

        LIST_FOREACH (talk, &dialogue->talks, Talk, link)
                if (talk->done) {
                        talk_free(talk);
                        dialogue->n_talks--;
                }
        dialogue_look_at_senders(dialogue);
        look_at_turns(dialogue);
        dialogue_look_at_hold(dialogue);
}

void talk_finish(Talk *talk)
{
        talk->done = true;
        talk->follows = false;
        (void) deferred_schedule(&talk->dialogue->reap);
}

static void push(void *userdata)
{
        Dialogue *dialogue = userdata;
        bool more = false;
        Talk *talk;

        LIST_FOREACH (talk, &dialogue->talks, Talk, link)
                more = talk_push(talk) || more;
        dialogue_look_at_hold(dialogue);
        if (more)
                (void) deferred_schedule(&dialogue->push);
}

void dialogue_on_output(Dialogue *dialogue)
{
        push(dialogue);
}

void dialogue_look_at_senders(Dialogue *dialogue)
{
        Talk *talk = LIST_FIRST(&dialogue->senders, Talk, sender_link);

        if (talk)
                talk_look_at_input(talk);
}

/* It is not waited for any longer, and cut off where it misses something. */
static void give_up_hold(Talk *talk)
{
        talk->options.whole = talk->options.whole || talk->options.holds;
        talk->options.holds = false;
}

/* The next run has to wait until the output of the last one is read: it waits for nobody who reads nothing. */
static void on_patience(void *userdata, usec_t now)
{
        Dialogue *dialogue = userdata;
        bool waits = false;
        Talk *talk;

        LIST_FOREACH (talk, &dialogue->talks, Talk, link) {
                if (!talk->options.holds || !talk->follows || !talk->ended)
                        continue;
                if (talk->offset == talk->looked_at) {
                        give_up_hold(talk);
                        continue;
                }
                talk->looked_at = talk->offset;
                waits = true;
        }
        if (waits)
                (void) timer_set(&dialogue->patience, usec_add(now, dialogue->patience_usec));
        dialogue_look_at_hold(dialogue);
}

void dialogue_set_patience(Dialogue *dialogue, usec_t patience_usec)
{
        dialogue->patience_usec = patience_usec;
}

static size_t on_write(void *userdata, size_t size)
{
        Dialogue *dialogue = userdata;

        return capture_input_room(dialogue->capture, size);
}

static void on_written(void *userdata, const char *data, size_t size)
{
        Dialogue *dialogue = userdata;

        capture_note_input(dialogue->capture, data, size);
}

static void on_progress(void *userdata)
{
        Dialogue *dialogue = userdata;
        Talk *talk = LIST_FIRST(&dialogue->senders, Talk, sender_link);

        if (talk) {
                talk_look_at_written(talk);
                dialogue_look_at_senders(dialogue);
        }
}

int dialogue_new(Loop *loop, Capture *capture, Dialogue **ret)
{
        static const InputHandler handler = {on_write, on_written, on_progress, NULL};
        _cleanup_(dialogue_freep) Dialogue *dialogue = calloc(1, sizeof(Dialogue));
        InputHandler mine = handler;
        int r;

        if (!dialogue)
                return -ENOMEM;
        dialogue->loop = loop;
        dialogue->capture = capture;
        list_init(&dialogue->talks);
        list_init(&dialogue->senders);
        list_init(&dialogue->turns);
        memcpy(dialogue->run_start, capture->run_start, sizeof(dialogue->run_start));
        mine.userdata = dialogue;
        input_init(&dialogue->input, loop, &mine);
        r = deferred_init(&dialogue->reap, loop, PRIORITY_STREAM, reap, dialogue, "ended talks");
        if (r >= 0)
                r = deferred_init(&dialogue->push, loop, PRIORITY_STREAM, push, dialogue, "talks");
        if (r >= 0)
                r = timer_init(&dialogue->patience, loop, on_patience, dialogue);
        if (r < 0)
                return r;
        capture->dialogue = dialogue;
        *ret = TAKE_PTR(dialogue);
        return 0;
}

Dialogue *dialogue_free(Dialogue *dialogue)
{
        Talk *talk;

        if (!dialogue)
                return NULL;
        LIST_FOREACH (talk, &dialogue->talks, Talk, link)
                talk_free(talk);
        if (dialogue->capture->dialogue == dialogue)
                dialogue->capture->dialogue = NULL;
        input_done(&dialogue->input);
        deferred_done(&dialogue->reap);
        deferred_done(&dialogue->push);
        timer_done(&dialogue->patience);
        free(dialogue);
        return NULL;
}

/* Who has stdin for itself; not one that only reads on what a run has left. */
static const Talk *find_writer(const Dialogue *dialogue)
{
        Talk *talk;

        LIST_FOREACH (talk, &dialogue->talks, Talk, link)
                if (talk->options.alone && !talk->ended && !talk->done && !talk_is_gone(talk))
                        return talk;
        return NULL;
}

static int check_input(const Dialogue *dialogue, const TalkOptions *options)
{
        if (find_writer(dialogue))
                return -EBUSY;
        if (!options->running)
                return options->coming ? 0 : -ESRCH;
        if (!dialogue->has_input)
                return -ENOTCONN;
        return input_is_open(&dialogue->input) ? 0 : -EPIPE;
}

static void begin(Dialogue *dialogue, Talk *talk)
{
        static const uint64_t nothing[TALK_STREAMS] = {0};

        switch (talk->options.from) {
        case TALK_FROM_NONE:
        case TALK_FROM_WRITTEN:
                break;
        case TALK_FROM_MARK:
                talk_follow(talk, dialogue->mark);
                break;
        case TALK_FROM_NOW:
                talk_follow(talk, dialogue->capture->stream_bytes);
                break;
        case TALK_FROM_START:
                talk_follow(talk, dialogue->capture->ring.header ? dialogue->capture->run_start : nothing);
                break;
        }

        if (talk->options.turn) {
                list_append(&dialogue->turns, &talk->turn_link);
                look_at_turns(dialogue);
        } else if (talk->options.input) {
                list_append(&dialogue->senders, &talk->sender_link);
        }
        dialogue_look_at_senders(dialogue);
        talk_look_at_input(talk);
}

int dialogue_talk(Dialogue *dialogue, const TalkOptions *options, int *ret_fd)
{
        Talk *talk;
        int r;

        if (dialogue->n_talks >= TALKS_MAX)
                return -EUSERS;
        if (options->input) {
                r = check_input(dialogue, options);
                if (r < 0)
                        return r;
        }
        r = talk_new(dialogue, options, &talk, ret_fd);
        if (r < 0)
                return r;
        list_append(&dialogue->talks, &talk->link);
        dialogue->n_talks++;
        /* What it put out before it was asked is there before what it is asked for. */
        capture_catch_up(dialogue->capture);
        begin(dialogue, talk);
        return 0;
}

void dialogue_begin(Dialogue *dialogue)
{
        Talk *talk;

        LIST_FOREACH (talk, &dialogue->talks, Talk, link) {
                if (!talk->ended || talk->bounded)
                        continue;
                talk->bounded = true;
                memcpy(talk->bound, dialogue->capture->stream_bytes, sizeof(talk->bound));
                (void) deferred_schedule(&dialogue->push);
        }
}

int dialogue_open_pipe(Dialogue *dialogue, int *ret_read_fd)
{
        int r = input_open_pipe(&dialogue->input, ret_read_fd);

        dialogue->has_input = r >= 0;
        dialogue_look_at_senders(dialogue);
        return r;
}

int dialogue_open_terminal(Dialogue *dialogue, int master_fd)
{
        int r = input_open_terminal(&dialogue->input, master_fd);

        dialogue->has_input = r >= 0;
        dialogue_look_at_senders(dialogue);
        return r;
}

void dialogue_end(Dialogue *dialogue, TalkEnd end, int status)
{
        bool holds = false;
        Talk *talk;

        capture_end_input(dialogue->capture);
        input_close(&dialogue->input);
        dialogue->has_input = false;
        LIST_FOREACH (talk, &dialogue->talks, Talk, link) {
                if (talk->ended)
                        continue;
                talk->ended = true;
                talk->end = end;
                talk->status = status;
                talk->looked_at = talk->offset;
                holds = holds || (talk->follows && talk->options.holds);
                talk_refuse_ended(talk);
        }
        if (holds)
                (void) timer_set(&dialogue->patience, usec_add(loop_now(dialogue->loop), dialogue->patience_usec));
        push(dialogue);
}

bool dialogue_is_heard(const Dialogue *dialogue)
{
        return input_is_open(&dialogue->input) && outlet_is_heard(&dialogue->input.outlet);
}

void dialogue_stop(Dialogue *dialogue, const char *text, size_t size, bool end)
{
        Input *input = &dialogue->input;

        /* A life is in the middle of a step: what is read meanwhile must not become another one. */
        capture_set_quiet(dialogue->capture, true);
        if (size > 0 && size <= input_room(input))
                (void) input_give(input, text, size);
        if (end)
                input_end(input);
        capture_set_quiet(dialogue->capture, false);
}

size_t dialogue_room(const Dialogue *dialogue)
{
        size_t room = SIZE_MAX;
        Talk *talk;

        LIST_FOREACH (talk, &dialogue->talks, Talk, link)
                room = MIN(room, talk_room(talk));
        return room;
}

void dialogue_on_dropped(Dialogue *dialogue, unsigned stream, size_t size)
{
        Talk *talk;

        LIST_FOREACH (talk, &dialogue->talks, Talk, link)
                if (talk->follows)
                        talk->dropped[stream] += size;
}

void dialogue_pump(Dialogue *dialogue)
{
        input_pump(&dialogue->input);
}

void dialogue_let_go(Dialogue *dialogue)
{
        Talk *talk;

        LIST_FOREACH (talk, &dialogue->talks, Talk, link)
                give_up_hold(talk);
        dialogue_look_at_hold(dialogue);
}

void dialogue_describe(const Dialogue *dialogue, char *buffer, size_t size)
{
        const Talk *writer = find_writer(dialogue);
        unsigned n_readers = 0, n_holding = 0;
        const char *separator = "";
        size_t n = 0;
        Talk *talk;

        buffer[0] = '\0';
        LIST_FOREACH (talk, &dialogue->talks, Talk, link) {
                n_readers += talk->follows && talk != writer;
                n_holding += talk->follows && talk->options.holds;
        }
        if (writer) {
                n += (size_t) snprintf(buffer + n, size - n, "attached");
                separator = ", ";
        }
        if (n_readers > 0) {
                n += (size_t) snprintf(buffer + n, size - n, "%s%u %s", separator, n_readers,
                                       n_readers == 1 ? "reader" : "readers");
                separator = ", ";
        }
        if (n_holding > 0 && dialogue->capture->held)
                n += (size_t) snprintf(buffer + n, size - n, "%sheld up by a reader", separator);
        else if (n_holding > 0)
                n += (size_t) snprintf(buffer + n, size - n, "%slossless", separator);
        if (dialogue->input.n > 0)
                (void) snprintf(buffer + n, size - n, "%s%zu bytes of input queued", separator, dialogue->input.n);
}
