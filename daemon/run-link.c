/* SPDX-License-Identifier: MIT */

/* Messages between the processes of a trial: a head of fixed size and a text, in one datagram of a connected pair, so
 * that nothing is ever half there. Both ends are the same program; still what comes is checked. */

#include "run-link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define PATIENCE_MSEC 1000

int trial_link_new(int ret[2])
{
        return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret) < 0 ? -errno : 0;
}

int trial_send(int fd, const TrialHead *head, const char *text)
{
        struct iovec iov[] = {
                {.iov_base = (void *) head, .iov_len = sizeof(*head)},
                {.iov_base = (void *) text, .iov_len = text ? MIN(strlen(text), TRIAL_TEXT_MAX - 1) : 0},
        };
        struct msghdr message = {.msg_iov = iov, .msg_iovlen = ELEMENTSOF(iov)};
        int patience_msec = head->word == WORD_PROGRESS ? 0 : PATIENCE_MSEC;

        for (;;) {
                struct pollfd room = {.fd = fd, .events = POLLOUT};

                if (sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
                        return 0;
                if (errno == EINTR)
                        continue;
                if (errno != EAGAIN || patience_msec == 0)
                        return -errno;
                (void) poll(&room, 1, patience_msec);
                patience_msec = 0;
        }
}

int trial_receive(int fd, TrialMessage *message)
{
        TrialHead head;
        struct iovec iov[] = {
                {.iov_base = &head, .iov_len = sizeof(head)},
                {.iov_base = message->text, .iov_len = sizeof(message->text) - 1},
        };
        struct msghdr header = {.msg_iov = iov, .msg_iovlen = ELEMENTSOF(iov)};
        ssize_t n;

        do
                n = recvmsg(fd, &header, MSG_DONTWAIT);
        while (n < 0 && errno == EINTR);
        if (n < 0 && errno == ECONNRESET)
                return 0;
        if (n <= 0)
                return n < 0 ? -errno : 0;
        if ((size_t) n < sizeof(head) || head.word < 0 || head.word >= _TRIAL_WORD_N)
                return -EBADMSG;

        message->word = (TrialWord) head.word;
        message->number = head.number;
        message->by_terminal = head.by_terminal;
        message->usec = head.usec;
        message->text[(size_t) n - sizeof(head)] = '\0';
        return 1;
}
