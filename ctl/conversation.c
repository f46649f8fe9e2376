/* SPDX-License-Identifier: MIT */

/* One loop serves both directions: a packet goes out when the socket has room, and one is taken in when there is one.
 * A service that answers before it has read everything can so never hold up the one that talks with it. A daemon that
 * falls silent is asked for a sign of life now and then, over the bus. */

#include "ctl/conversation.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "common/exit-status.h"
#include "common/fd.h"
#include "common/parse.h"
#include "common/protocol.h"
#include "ctl/time-text.h"

/* A conversation that hears nothing so long asks whether anybody is there. */
#define QUIET (10 * USEC_PER_SEC)

static int append_flag(sd_bus_message *call, const char *name, bool value)
{
        return value ? sd_bus_message_append(call, "{sv}", name, "b", 1) : 0;
}

static int append_word(sd_bus_message *call, const char *name, const char *value)
{
        return value ? sd_bus_message_append(call, "{sv}", name, "s", value) : 0;
}

static int append_fds(sd_bus_message *call, const int *fds)
{
        static const char *const names[] = {"stdin", "stdout", "stderr"};
        int r = 0;

        for (size_t i = 0; fds && r >= 0 && i < ELEMENTSOF(names); i++)
                if (fds[i] >= 0)
                        r = sd_bus_message_append(call, "{sv}", names[i], "h", fds[i]);
        return r;
}

static int append_query(sd_bus_message *call, const char *name, const ConversationQuery *query)
{
        int r;

        r = sd_bus_message_append_basic(call, 's', name);
        if (r >= 0)
                r = sd_bus_message_open_container(call, 'a', "{sv}");
        if (r >= 0)
                r = append_flag(call, "input", query->input);
        if (r >= 0)
                r = append_flag(call, "alone", query->alone);
        if (r >= 0)
                r = append_flag(call, "turn", query->turn);
        if (r >= 0)
                r = append_flag(call, "whole", query->whole);
        if (r >= 0)
                r = append_flag(call, "lossless", query->lossless);
        if (r >= 0)
                r = append_flag(call, "wait", query->wait);
        if (r >= 0)
                r = append_word(call, "from", query->from);
        if (r >= 0)
                r = append_word(call, "stream", query->stream);
        if (r >= 0)
                r = append_fds(call, query->fds);
        return r < 0 ? r : sd_bus_message_close_container(call);
}

static int attach(Context *context, const char *name, const ConversationQuery *query, int *ret,
                  sd_bus_error *ret_error)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
        int fd, r;

        r = client_new_call(context->client, "Attach", &call);
        if (r >= 0)
                r = append_query(call, name, query);
        if (r >= 0)
                r = client_call(context->client, call, &reply, ret_error);
        if (r < 0)
                return r;
        /* The message owns its descriptor. */
        r = sd_bus_message_read_basic(reply, 'h', &fd);
        if (r < 0)
                return r;
        fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        if (fd < 0)
                return -errno;
        *ret = fd;
        return 0;
}

void conversation_done(Conversation *conversation)
{
        fd_close(conversation->fd);
        free(conversation->packet);
        free(conversation->input.buffer);
        *conversation = CONVERSATION_NULL;
}

int conversation_open(Context *context, const char *name, const ConversationQuery *query, Conversation *ret,
                      sd_bus_error *ret_error)
{
        _cleanup_(conversation_done) Conversation conversation = CONVERSATION_NULL;
        TalkPacket packet;
        int r;

        conversation.context = context;
        conversation.name = name;
        conversation.packet = malloc(sizeof(TalkHead) + TALK_DATA_MAX);
        if (!conversation.packet)
                return -ENOMEM;
        r = attach(context, name, query, &conversation.fd, ret_error);
        if (r < 0)
                return r;
        r = conversation_next(&conversation, usec_add(time_now_monotonic(), TENDED_ANSWER_USEC), &packet, ret_error);
        if (r < 0)
                return r;
        if (packet.head.kind != TALK_HELLO)
                return -EBADMSG;
        conversation.flags = packet.head.stream;
        *ret = conversation;
        conversation = CONVERSATION_NULL;
        return 0;
}

static int fail_gone(const Conversation *conversation, sd_bus_error *ret_error)
{
        return failure_set(ret_error, -ECONNREFUSED, FAILURE_NO_DAEMON,
                           "the daemon has ended, or forgotten %s, while it was talked with", conversation->name);
}

/* 1: sent; 0: not now. */
static int send_packet(const Conversation *conversation, const TalkHead *head, const void *data, size_t size)
{
        struct iovec iov[2] = {{(void *) head, sizeof(*head)}, {(void *) data, size}};
        struct msghdr message = {.msg_iov = iov, .msg_iovlen = size > 0 ? 2 : 1};

        if (sendmsg(conversation->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
                return 1;
        /* Who is gone may have said why: that is read first. */
        return errno == EAGAIN || errno == EINTR || errno == EPIPE || errno == ECONNRESET ? 0 : -errno;
}

/* Sends a packet of what is there, and says where it is the last. */
static int send_input(Conversation *conversation)
{
        ConversationInput *input = &conversation->input;
        TalkKind end = input->end ? TALK_INPUT_EOF : TALK_INPUT_DONE;
        TalkHead head = {.kind = TALK_INPUT};
        size_t size = MIN(input->size, TALK_DATA_MAX);
        bool last = size == input->size && input->fd < 0 && !input->detached;
        int r;

        if (last && size > 0)
                head.stream = end;
        else if (last)
                head.kind = end;
        r = send_packet(conversation, &head, input->data, size);
        if (r <= 0)
                return r;
        if (size > 0) {
                input->data += size;
                input->size -= size;
        }
        if (last)
                input->active = false;
        return 1;
}

/* Takes more from our own stdin. */
static int read_input(ConversationInput *input)
{
        ssize_t n;

        if (!input->buffer)
                input->buffer = malloc(TALK_DATA_MAX);
        if (!input->buffer)
                return -ENOMEM;
        n = read(input->fd, input->buffer, TALK_DATA_MAX);
        if (n < 0 && errno != EINTR && errno != EAGAIN)
                return -errno;
        if (n == 0)
                input->fd = -EBADF;
        if (n > 0) {
                const char *detach = input->detach ? memchr(input->buffer, input->detach, (size_t) n) : NULL;

                input->data = input->buffer;
                input->size = detach ? (size_t) (detach - input->buffer) : (size_t) n;
                input->detached = detach != NULL;
        }
        return 0;
}

/* Something is there to be sent, or the end of it. */
static bool has_input(const ConversationInput *input)
{
        return input->active && (input->size > 0 || (input->fd < 0 && !input->detached));
}

static bool wants_input(const ConversationInput *input)
{
        return input->active && input->size == 0 && input->fd >= 0 && !input->detached;
}

/* 1: a packet. */
static int receive(Conversation *conversation, TalkPacket *ret, sd_bus_error *ret_error)
{
        ssize_t n = recv(conversation->fd, conversation->packet, sizeof(TalkHead) + TALK_DATA_MAX, MSG_DONTWAIT);

        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        if (n == 0)
                return fail_gone(conversation, ret_error);
        if ((size_t) n < sizeof(TalkHead))
                return -EBADMSG;
        memcpy(&ret->head, conversation->packet, sizeof(TalkHead));
        ret->data = conversation->packet + sizeof(TalkHead);
        ret->size = (size_t) n - sizeof(TalkHead);
        return 1;
}

/* Waits for anything of ours, and takes in what there is to be sent. 1: something happened. */
static int wait_for(Conversation *conversation, usec_t deadline)
{
        ConversationInput *input = &conversation->input;
        struct pollfd fds[] = {
                {.fd = conversation->fd, .events = (short) (POLLIN | (has_input(input) ? POLLOUT : 0))},
                {.fd = wants_input(input) ? input->fd : -1, .events = POLLIN},
                {.fd = conversation->signal_fd, .events = POLLIN},
        };
        usec_t span = MIN(usec_sub(deadline, time_now_monotonic()), QUIET);
        struct timespec timeout = {.tv_sec = (time_t) (span / USEC_PER_SEC),
                                   .tv_nsec = (long) (span % USEC_PER_SEC) * 1000};
        int n = ppoll(fds, ELEMENTSOF(fds), &timeout, NULL), r = 0;

        if (n < 0)
                return errno == EINTR ? 1 : -errno;
        if (fds[1].revents)
                r = read_input(input);
        if (r >= 0 && fds[2].revents)
                r = conversation->on_signal(conversation->userdata);
        return r < 0 ? r : n;
}

int conversation_next(Conversation *conversation, usec_t deadline, TalkPacket *ret, sd_bus_error *ret_error)
{
        ConversationInput *input = &conversation->input;
        int r;

        for (;;) {
                r = receive(conversation, ret, ret_error);
                if (r != 0)
                        return r < 0 ? r : 0;
                if (has_input(input)) {
                        r = send_input(conversation);
                        if (r != 0) {
                                if (r < 0)
                                        return r;
                                continue;
                        }
                }
                if (input->detached && input->size == 0)
                        return -EINTR;
                if (time_now_monotonic() >= deadline)
                        return -ETIMEDOUT;
                r = wait_for(conversation, deadline);
                if (r == 0 && time_now_monotonic() < deadline)
                        r = client_ping(conversation->context->client, ret_error);
                if (r < 0)
                        return r;
        }
}

int conversation_tell(Conversation *conversation, TalkKind kind, uint32_t stream, uint64_t number)
{
        TalkHead head = {.kind = kind, .stream = stream, .number = number};

        while (send(conversation->fd, &head, sizeof(head), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
                if (errno != EINTR)
                        return -errno;
        return 0;
}

int conversation_set_mark(Conversation *conversation, uint32_t stream, uint64_t position, sd_bus_error *ret_error)
{
        usec_t deadline = usec_add(time_now_monotonic(), TENDED_ANSWER_USEC);
        TalkPacket packet;
        int r;

        r = conversation_tell(conversation, TALK_MARK, stream, position);
        while (r >= 0) {
                r = conversation_next(conversation, deadline, &packet, ret_error);
                if (r >= 0 && packet.head.kind == TALK_MARK)
                        return 0;
        }
        return r;
}

const char *conversation_end_text(const TalkHead *head, char *buffer, size_t size)
{
        const char *name = sigabbrev_np((int) head->number);

        if (head->stream == TALK_END_EXITED)
                (void) snprintf(buffer, size, "exit code %d", (int) head->number);
        else if (head->stream == TALK_END_NOT_EXECUTED)
                (void) snprintf(buffer, size, "not executed%s%s", head->number > 0 ? ": " : "",
                                head->number > 0 ? strerror((int) head->number) : "");
        else
                (void) snprintf(buffer, size, "signal %s%s", name ? name : "?",
                                head->stream == TALK_END_DUMPED ? ", core dumped" : "");
        return buffer;
}

int conversation_fail_ended(const Conversation *conversation, const TalkHead *head, sd_bus_error *ret_error)
{
        char text[128];

        return failure_set(ret_error, -ECANCELED, TENDED_ERROR_FAILED, "%s has ended meanwhile: %s",
                           conversation->name, conversation_end_text(head, text, sizeof(text)));
}

int conversation_fail_refused(const Conversation *conversation, const TalkHead *head, sd_bus_error *ret_error)
{
        return failure_set(ret_error, -EPIPE, TENDED_ERROR_FAILED,
                           head->stream == TALK_REFUSED_ENDED ? "%s has ended: what it had not read is dropped"
                                                              : "%s does not read its stdin any more: it was closed",
                           conversation->name);
}
