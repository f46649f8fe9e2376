/* SPDX-License-Identifier: MIT */

/* Asks the kernel by sock_diag (netlink), which needs no rights and does not wait: the answer is made while it is
 * read. A machine without it (the module is not there, a sandbox) knows nothing, and nobody is the worse for it. */

#include "host/listeners.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "common/fd.h"

#define LISTENERS_MAX  1024
#define TCP_LISTEN_BIT (1u << 10)

typedef struct Question {
        struct nlmsghdr header;
        struct inet_diag_req_v2 request;
        struct rtattr attribute;
        /* The filter: of all that listen, those of one port. Each word skips so many bytes where it holds, or not. */
        struct inet_diag_bc_op filter[4];
} Question;

void listeners_done(Listeners *listeners)
{
        free(listeners->items);
        *listeners = LISTENERS_NULL;
}

static int add(Listeners *listeners, const struct inet_diag_msg *message)
{
        Listener listener = {.address.is_v6 = message->idiag_family == AF_INET6};
        Listener *grown;

        if (listeners->n == LISTENERS_MAX)
                return -E2BIG;
        memcpy(listener.address.bytes, message->id.idiag_src, listener.address.is_v6 ? 16 : 4);
        listener.cookie = (uint64_t) message->id.idiag_cookie[1] << 32 | message->id.idiag_cookie[0];
        grown = reallocarray(listeners->items, listeners->n + 1, sizeof(Listener));
        if (!grown)
                return -ENOMEM;
        listeners->items = grown;
        listeners->items[listeners->n++] = listener;
        return 0;
}

static int ask(int fd, int family, uint16_t port)
{
        Question question = {
                .header = {.nlmsg_len = sizeof(Question),
                           .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                           .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
                .request = {.sdiag_family = (uint8_t) family,
                            .sdiag_protocol = IPPROTO_TCP,
                            .idiag_states = TCP_LISTEN_BIT},
                .attribute = {.rta_len = sizeof(struct rtattr) + 4 * sizeof(struct inet_diag_bc_op),
                              .rta_type = INET_DIAG_REQ_BYTECODE},
                /* port >= PORT and port <= PORT: each takes two words (the operation, its number); a `no` leads
                 * four bytes behind the end, which is how the kernel says no. */
                .filter = {{.code = INET_DIAG_BC_S_GE, .yes = 8, .no = 20},
                           {.no = port},
                           {.code = INET_DIAG_BC_S_LE, .yes = 8, .no = 12},
                           {.no = port}},
        };
        struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

        return sendto(fd, &question, sizeof(question), 0, (struct sockaddr *) &kernel, sizeof(kernel)) < 0 ? -errno
                                                                                                           : 0;
}

/* 1: the answer is complete; 0: there is more. */
static int take(const char *bytes, size_t size, uint16_t port, Listeners *listeners)
{
        const struct nlmsghdr *header = (const struct nlmsghdr *) (const void *) bytes;

        for (; NLMSG_OK(header, size); header = NLMSG_NEXT(header, size)) {
                const struct inet_diag_msg *message = NLMSG_DATA(header);
                int r;

                if (header->nlmsg_type == NLMSG_DONE)
                        return 1;
                if (header->nlmsg_type == NLMSG_ERROR)
                        return -EOPNOTSUPP;
                if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
                    header->nlmsg_len < NLMSG_LENGTH(sizeof(struct inet_diag_msg)) ||
                    ntohs(message->id.idiag_sport) != port)
                        continue;
                r = add(listeners, message);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int look(int fd, int family, uint16_t port, Listeners *listeners)
{
        _Alignas(struct nlmsghdr) char bytes[16384];
        int r;

        r = ask(fd, family, port);
        while (r == 0) {
                ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n < 0 ? -errno : -EPROTO;
                r = take(bytes, (size_t) n, port, listeners);
        }
        return r < 0 ? r : 0;
}

void listeners_look(uint16_t port, Listeners *ret)
{
        _cleanup_close_ int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);
        _cleanup_(listeners_done) Listeners listeners = LISTENERS_NULL;

        listeners_done(ret);
        if (fd < 0 || look(fd, AF_INET, port, &listeners) < 0 || look(fd, AF_INET6, port, &listeners) < 0)
                return;
        listeners.is_known = true;
        *ret = listeners;
        listeners = LISTENERS_NULL;
}

static bool is_any(const ProbeAddress *address)
{
        static const uint8_t zero[16];

        return memcmp(address->bytes, zero, sizeof(zero)) == 0;
}

static bool takes(const Listener *listener, const ProbeAddress *address)
{
        /* `::` takes what comes by IPv4, too, where nobody has forbidden it. */
        if (is_any(&listener->address))
                return listener->address.is_v6 || !address->is_v6;
        return listener->address.is_v6 == address->is_v6 &&
               memcmp(listener->address.bytes, address->bytes, sizeof(address->bytes)) == 0;
}

static bool knows(const Listeners *listeners, uint64_t cookie)
{
        for (size_t i = 0; i < listeners->n; i++)
                if (listeners->items[i].cookie == cookie)
                        return true;
        return false;
}

bool listeners_all_old(const Listeners *before, const Listeners *now, const ProbeAddress *address)
{
        bool found = false;

        if (!before->is_known || !now->is_known)
                return false;
        for (size_t i = 0; i < now->n; i++) {
                if (!takes(&now->items[i], address))
                        continue;
                if (!knows(before, now->items[i].cookie))
                        return false;
                found = true;
        }
        return found;
}
