/* SPDX-License-Identifier: MIT */

/* One client's side of a dialogue: its socket, its input, its turn. Input is only taken from the socket while it is
 * this client's turn to write and the queue has room for a whole packet, so that what a client has too much stays in
 * its own socket, and it waits. Short packets (it is written, it is your turn) are owed until there is room for them;
 * nothing here is ever freed under a caller: what has ended is marked, and freed at the end of the turn.
 *
 * What a client says is checked like anything foreign: packets that are too short, of an unknown kind, or out of
 * their order end the talk. */

#include "engine/talk.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "common/fd.h"
#include "host/packet-pair.h"
#include "host/terminal.h"

#define PACKETS_PER_TURN 8u

typedef struct Packet {
        TalkHead head;
        char data[TALK_DATA_MAX];
} Packet;

Talk *talk_free(Talk *talk)
{
        if (!talk)
                return NULL;

        list_remove(&talk->link);
        list_remove(&talk->sender_link);
        list_remove(&talk->turn_link);
        for (size_t i = 0; i < ELEMENTSOF(talk->ducts); i++)
                duct_done(&talk->ducts[i]);
        watch_done(&talk->watch);
        fd_close(talk->fd);
        free(talk);
        return NULL;
}

bool talk_is_gone(const Talk *talk)
{
        struct pollfd pollfd = {.fd = talk->fd};

        return poll(&pollfd, 1, 0) > 0 && (pollfd.revents & (POLLHUP | POLLERR));
}

static bool may_listen(const Talk *talk)
{
        const Dialogue *dialogue = talk->dialogue;

        if (!talk->options.input || talk->gave_all)
                return true;
        /* What waits for a run keeps what it has until then. */
        return dialogue->has_input && LIST_FIRST(&dialogue->senders, Talk, sender_link) == talk &&
               input_room(&dialogue->input) >= TALK_DATA_MAX;
}

static void watch_socket(Talk *talk)
{
        (void) watch_set_events(&talk->watch, (may_listen(talk) ? EPOLLIN : 0u) | (talk->blocked ? EPOLLOUT : 0u));
}

void talk_look_at_input(Talk *talk)
{
        if (talk->done)
                return;
        watch_socket(talk);
        duct_wait(&talk->ducts[0], !talk->gave_all && may_listen(talk));
}

void talk_block(Talk *talk, Duct *duct)
{
        talk->blocked = true;
        if (duct)
                duct_wait(duct, true);
        else
                watch_socket(talk);
}

int talk_send(Talk *talk, const TalkHead *head, const void *data, size_t size)
{
        struct iovec iov[2] = {{(void *) head, sizeof(*head)}, {(void *) data, size}};
        struct msghdr message = {.msg_iov = iov, .msg_iovlen = size > 0 ? 2 : 1};

        while (sendmsg(talk->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
                if (errno == EAGAIN) {
                        talk_block(talk, NULL);
                        return -EAGAIN;
                }
                if (errno != EINTR) {
                        int r = -errno;

                        talk_finish(talk);
                        return r;
                }
        }
        return 0;
}

static uint32_t hello_flags(const Talk *talk)
{
        const TalkOptions *options = &talk->options;
        uint32_t flags = 0;

        if (talk->dialogue->input.terminal_fd >= 0)
                flags |= TALK_FLAG_PTY;
        if (options->running)
                flags |= TALK_FLAG_RUNNING;
        if (options->coming)
                flags |= TALK_FLAG_COMING;
        return flags;
}

static bool pay(Talk *talk)
{
        for (uint32_t kind = TALK_HELLO; talk->owed != 0 && kind <= TALK_GONE; kind++) {
                TalkHead head = {.kind = kind};

                if (!(talk->owed & 1u << kind))
                        continue;
                if (kind == TALK_HELLO)
                        head.stream = hello_flags(talk);
                else if (kind == TALK_REFUSED)
                        head.stream = talk->refusal;
                if (talk_send(talk, &head, NULL, 0) < 0)
                        return false;
                talk->owed &= ~(1u << kind);
        }
        return true;
}

void talk_tell(Talk *talk, TalkKind kind)
{
        talk->owed |= 1u << kind;
        if (!talk->done)
                (void) pay(talk);
}

static void refuse(Talk *talk, TalkRefusal refusal)
{
        talk->refusal = refusal;
        talk->gave_all = true;
        talk->due = UINT64_MAX;
        duct_wait(&talk->ducts[0], false);
        talk_tell(talk, TALK_REFUSED);
        list_remove(&talk->sender_link);
        dialogue_look_at_senders(talk->dialogue);
}

/* The first byte that it gives is about to be written: what is asked for from here on is an answer to it. */
static void set_mark(Talk *talk)
{
        Dialogue *dialogue = talk->dialogue;

        if (talk->marked)
                return;
        talk->marked = true;
        capture_catch_up(dialogue->capture);
        if (!talk->options.alone)
                memcpy(dialogue->mark, dialogue->capture->stream_bytes, sizeof(dialogue->mark));
        if (talk->options.from == TALK_FROM_WRITTEN)
                talk_follow(talk, dialogue->capture->stream_bytes);
}

static void give(Talk *talk, const char *data, size_t size)
{
        set_mark(talk);
        if (input_give(&talk->dialogue->input, data, size) < 0)
                refuse(talk, TALK_REFUSED_CLOSED);
}

static void give_end(Talk *talk, bool end)
{
        Input *input = &talk->dialogue->input;

        set_mark(talk);
        if (!input_is_open(input)) {
                refuse(talk, TALK_REFUSED_CLOSED);
                return;
        }
        talk->gave_all = true;
        talk->ends_input = end;
        talk->due = input->n_given;
        if (end)
                input_end(input);
        talk_look_at_written(talk);
}

void talk_look_at_written(Talk *talk)
{
        const Input *input = &talk->dialogue->input;

        if (!talk->gave_all || list_is_empty(&talk->sender_link))
                return;
        if (input->n_written < talk->due && input->closed) {
                refuse(talk, TALK_REFUSED_CLOSED);
                return;
        }
        if (input->n_written < talk->due)
                return;
        list_remove(&talk->sender_link);
        talk_tell(talk, TALK_WRITTEN);
        dialogue_look_at_senders(talk->dialogue);
}

void talk_refuse_ended(Talk *talk)
{
        /* Who still reads what the run has left must not write to the next one meanwhile. */
        if (talk->options.input && !(talk->gave_all && list_is_empty(&talk->sender_link)))
                refuse(talk, TALK_REFUSED_ENDED);
}

static void move_mark(Talk *talk, const TalkHead *head)
{
        Dialogue *dialogue = talk->dialogue;

        if (head->stream >= TALK_STREAMS) {
                talk_finish(talk);
                return;
        }
        dialogue->mark[head->stream] = MIN(head->number, dialogue->capture->stream_bytes[head->stream]);
        talk_tell(talk, TALK_MARK);
}

static void handle(Talk *talk, const Packet *packet, size_t size)
{
        bool may_give = talk->options.input && !talk->gave_all && !list_is_empty(&talk->sender_link);

        switch (packet->head.kind) {
        case TALK_INPUT:
                if (may_give)
                        give(talk, packet->data, size);
                if (may_give && !talk->gave_all && packet->head.stream != 0)
                        give_end(talk, packet->head.stream == TALK_INPUT_EOF);
                return;
        case TALK_INPUT_DONE:
        case TALK_INPUT_EOF:
                if (may_give)
                        give_end(talk, packet->head.kind == TALK_INPUT_EOF);
                return;
        case TALK_MARK:
                move_mark(talk, &packet->head);
                return;
        case TALK_WINDOW:
                if (talk->options.input && talk->dialogue->input.terminal_fd >= 0)
                        (void) terminal_set_size(talk->dialogue->input.terminal_fd, packet->head.stream,
                                                 (unsigned) MIN(packet->head.number, (uint64_t) UINT16_MAX));
                return;
        }
        talk_finish(talk);
}

static void receive(Talk *talk)
{
        Packet packet;

        for (unsigned i = 0; i < PACKETS_PER_TURN && !talk->done && may_listen(talk); i++) {
                ssize_t n = recv(talk->fd, &packet, sizeof(packet), MSG_DONTWAIT | MSG_TRUNC);

                if (n < 0 && (errno == EAGAIN || errno == EINTR))
                        return;
                if (n < (ssize_t) sizeof(packet.head) || n > (ssize_t) sizeof(packet)) {
                        talk_finish(talk);
                        return;
                }
                handle(talk, &packet, (size_t) n - sizeof(packet.head));
        }
}

static void unblock(Talk *talk)
{
        talk->blocked = false;
        duct_wait(&talk->ducts[1], false);
        duct_wait(&talk->ducts[2], false);
        watch_socket(talk);
        if (pay(talk) && talk_push(talk))
                (void) deferred_schedule(&talk->dialogue->push);
        dialogue_look_at_hold(talk->dialogue);
}

static void on_socket(void *userdata, int fd, uint32_t events)
{
        Talk *talk = userdata;

        if (talk->done)
                return;
        if ((events & EPOLLOUT) && talk->blocked)
                unblock(talk);
        if (events & EPOLLIN)
                receive(talk);
        if (events & (EPOLLHUP | EPOLLERR))
                talk_finish(talk);
        else
                talk_look_at_input(talk);
}

/* The client's own stdin. */
static void on_input(void *userdata)
{
        Talk *talk = userdata;
        char data[TALK_DATA_MAX];
        ssize_t n;

        if (talk->done || talk->gave_all || !may_listen(talk)) {
                duct_wait(&talk->ducts[0], false);
                return;
        }
        n = duct_read(&talk->ducts[0], data, sizeof(data));
        if (n == -EAGAIN)
                return;
        if (n > 0) {
                give(talk, data, (size_t) n);
        } else {
                give_end(talk, true);
                duct_done(&talk->ducts[0]);
        }
        talk_look_at_input(talk);
}

static void on_duct_room(void *userdata)
{
        Talk *talk = userdata;

        if (!talk->done)
                unblock(talk);
}

static int open_ducts(Talk *talk)
{
        Loop *loop = talk->dialogue->loop;

        for (unsigned i = 0; i < ELEMENTSOF(talk->ducts); i++) {
                int r;

                if (talk->options.fds[i] < 0)
                        continue;
                r = duct_open(&talk->ducts[i], loop, talk->options.fds[i], i > 0, i == 0 ? on_input : on_duct_room,
                              talk);
                if (r < 0)
                        return r;
                talk->options.fds[i] = -EBADF;
        }
        return 0;
}

int talk_new(Dialogue *dialogue, const TalkOptions *options, Talk **ret, int *ret_fd)
{
        _cleanup_(talk_freep) Talk *talk = calloc(1, sizeof(Talk));
        _cleanup_close_ int theirs = -EBADF;
        int r;

        if (!talk)
                return -ENOMEM;
        *talk = (Talk){
                .dialogue = dialogue,
                .options = *options,
                .fd = -EBADF,
                .ducts = {DUCT_CLOSED, DUCT_CLOSED, DUCT_CLOSED},
        };
        r = packet_pair(&talk->fd, &theirs);
        if (r >= 0)
                r = watch_init(&talk->watch, dialogue->loop, talk->fd, 0, PRIORITY_STREAM, on_socket, talk);
        if (r >= 0)
                r = open_ducts(talk);
        if (r < 0)
                return r;
        talk_tell(talk, TALK_HELLO);
        *ret_fd = TAKE_FD(theirs);
        *ret = TAKE_PTR(talk);
        return 0;
}

void talk_begin_turn(Talk *talk)
{
        list_append(&talk->dialogue->senders, &talk->sender_link);
        talk_tell(talk, TALK_TURN);
        dialogue_look_at_senders(talk->dialogue);
}
