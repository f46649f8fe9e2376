/* SPDX-License-Identifier: MIT */

/* The system calls of the log path, and the account of what is in flight. The account is kept from sizes: the kernel
 * tells how many bytes nobody has received (SIOCOUTQ), and walking back from the last datagram until their sizes make
 * up for it gives the number of entries. Each message costs the kernel at least OVERHEAD more than its size, so the
 * answer is never too small. It is asked for after sending, as a receiver that died leaves an empty queue. */

#include "host/datagram.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/fd.h"

/* sizeof(struct sk_buff) + sizeof(struct skb_shared_info), rounded down. */
#define OVERHEAD    512
#define PADDING_MAX (32 * 1024)

void flight_add(Flight *flight, const SinkDatagram *datagram)
{
        /* What goes as a memfd weighs next to nothing in the queue. */
        size_t size = datagram->size <= SINK_DATAGRAM_MAX ? datagram->size : 0;

        flight->sent[flight->n_sent % FLIGHT_MAX].size = (uint32_t) size + OVERHEAD;
        flight->sent[flight->n_sent % FLIGHT_MAX].n_entries = datagram->n_entries;
        flight->n_sent++;
}

void flight_observe(Flight *flight, int queued)
{
        flight->before = flight->last;
        flight->last = (FlightObservation){.n_sent = flight->n_sent, .queued = queued};
}

void flight_settle(Flight *flight)
{
        flight->n_settled = flight->n_sent;
        flight->last = flight->before = (FlightObservation){.n_sent = flight->n_sent};
}

/* By what was seen then: everything sent since, what makes up for the queue, and one more in the receiver's hands. */
static uint64_t flight_entries_by(const Flight *flight, const FlightObservation *seen)
{
        uint64_t end = MAX(flight->n_settled, flight->n_sent > FLIGHT_MAX ? flight->n_sent - FLIGHT_MAX : 0);
        uint64_t entries = 0;
        int64_t queued = seen->queued;
        bool in_hands = true;

        for (uint64_t n = flight->n_sent; n > end && in_hands; n--) {
                bool counted = n > seen->n_sent;

                in_hands = counted || queued > 0;
                if (!counted)
                        queued -= flight->sent[(n - 1) % FLIGHT_MAX].size;
                entries += flight->sent[(n - 1) % FLIGHT_MAX].n_entries;
        }
        return entries;
}

uint64_t flight_entries(const Flight *flight)
{
        uint64_t last = flight_entries_by(flight, &flight->last), before = flight_entries_by(flight, &flight->before);

        return MAX(last, before);
}

int socket_queued(int fd)
{
        int queued = 0;

        return fd >= 0 && ioctl(fd, SIOCOUTQ, &queued) >= 0 ? queued : 0;
}

int datagram_send(int fd, const SinkDatagram *datagrams, size_t n)
{
        struct mmsghdr messages[SINK_ENTRIES_MAX];
        int r;

        n = MIN(n, ELEMENTSOF(messages));
        for (size_t i = 0; i < n; i++)
                messages[i].msg_hdr = (struct msghdr){
                        .msg_iov = (struct iovec *) datagrams[i].iov,
                        .msg_iovlen = datagrams[i].n_iov,
                };

        do {
                if (n == 1)
                        r = sendmsg(fd, &messages[0].msg_hdr, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -1 : 1;
                else
                        r = sendmmsg(fd, messages, (unsigned) n, MSG_DONTWAIT | MSG_NOSIGNAL);
        } while (r < 0 && errno == EINTR);
        return r < 0 ? -errno : r;
}

/* Writes all of it; the memfd is memory, so this does not wait. */
static int write_all(int fd, const struct iovec *iov, unsigned n_iov)
{
        for (unsigned i = 0; i < n_iov; i++)
                for (size_t done = 0; done < iov[i].iov_len;) {
                        ssize_t n = write(fd, (const char *) iov[i].iov_base + done, iov[i].iov_len - done);

                        if (n < 0 && errno != EINTR)
                                return -errno;
                        if (n > 0)
                                done += (size_t) n;
                }
        return 0;
}

static int datagram_to_memfd(const SinkDatagram *datagram, int *ret)
{
        _cleanup_close_ int fd = memfd_create("tended-log-entry", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        int r;

        if (fd < 0)
                return -errno;
        r = write_all(fd, datagram->iov, datagram->n_iov);
        if (r < 0)
                return r;
        /* Exactly these: journald compares. */
        if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
                return -errno;
        *ret = TAKE_FD(fd);
        return 0;
}

int datagram_send_memfd(int fd, const SinkDatagram *datagram, size_t padding)
{
        static const char nothing[PADDING_MAX];
        _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
        struct iovec iov = {.iov_base = (char *) nothing, .iov_len = MIN(padding, sizeof(nothing))};
        struct msghdr message = {
                .msg_iov = &iov,
                .msg_iovlen = padding > 0 ? 1 : 0,
                .msg_control = control,
                .msg_controllen = sizeof(control),
        };
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        _cleanup_close_ int memory_fd = -EBADF;
        int r;

        r = datagram_to_memfd(datagram, &memory_fd);
        if (r < 0)
                return r;

        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &memory_fd, sizeof(int));

        do
                r = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 1;
        while (r == -EINTR);
        return r;
}

SendTrouble datagram_trouble(int error)
{
        switch (error < 0 ? -error : error) {
        case EAGAIN:
                return SEND_FULL;
        case ENOBUFS:
        case ENOMEM:
        case EMFILE:
        case ENFILE:
        case ENOSPC:
        case ETOOMANYREFS:
                return SEND_LATER;
        case EMSGSIZE:
                return SEND_TOO_BIG;
        default:
                return SEND_GONE;
        }
}
