/* SPDX-License-Identifier: MIT */

/* A try goes through the addresses until one answers, each within its share of the time. Of several errors the one
 * that got furthest is told: who took the connection and answered 503 says more than who refused it.
 *
 * What may lie is looked at: a connection of a socket with itself (two random ports may meet on a machine where
 * nobody listens), and one that was there before. An HTTP answer counts by its status; then the rest is read for a
 * moment, as servers complain of clients that hang up in their midst. */

#include "host/net-probe.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/fd.h"
#include "common/timespan.h"

#define READ_MAX    4096 /* in one turn */
#define REST_MAX    (64u * 1024)
#define REST_USEC   (100 * USEC_PER_MSEC)
#define ADDRESS_MIN USEC_PER_MSEC /* of time, for each address */

static void try_address(NetProbe *probe);

static void hang_up(NetProbe *probe)
{
        watch_done(&probe->watch);
        probe->fd = fd_close(probe->fd);
        probe->connected = false;
}

void net_probe_done(NetProbe *probe)
{
        hang_up(probe);
        timer_done(&probe->timer);
        free(probe->response);
        *probe = NET_PROBE_NULL;
}

/* The last thing that is done to a probe: it may be gone afterwards. */
static void finish(NetProbe *probe, bool answered)
{
        NetProbeRequest request = probe->request;
        char error[NET_PROBE_ERROR_MAX];

        memcpy(error, probe->error, sizeof(error));
        net_probe_done(probe);
        request.fn(request.userdata, answered ? NULL : error);
}

/* Keeps the error, unless another address got further. */
static void note_error(NetProbe *probe, const char *text)
{
        if (probe->error[0] && (probe->went_far || !probe->connected))
                return;
        probe->went_far = probe->connected;
        (void) snprintf(probe->error, sizeof(probe->error), "%s", text);
}

static void fail(NetProbe *probe, const char *text)
{
        note_error(probe, text);
        hang_up(probe);
        if (++probe->index < probe->request.n_addresses)
                try_address(probe);
        else
                finish(probe, false);
}

static void fail_errno(NetProbe *probe, int error)
{
        char text[NET_PROBE_ERROR_MAX];

        (void) snprintf(text, sizeof(text), "%s", strerror(error));
        /* "Connection refused", in the midst of a sentence. */
        if (islower((unsigned char) text[1]))
                text[0] = (char) tolower((unsigned char) text[0]);
        fail(probe, text);
}

static socklen_t to_sockaddr(const ProbeAddress *address, uint16_t port, struct sockaddr_storage *ret)
{
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *) ret;
        struct sockaddr_in *v4 = (struct sockaddr_in *) ret;

        *ret = (struct sockaddr_storage){.ss_family = address->is_v6 ? AF_INET6 : AF_INET};
        if (address->is_v6) {
                v6->sin6_port = htons(port);
                memcpy(&v6->sin6_addr, address->bytes, sizeof(v6->sin6_addr));
                return sizeof(*v6);
        }
        v4->sin_port = htons(port);
        memcpy(&v4->sin_addr, address->bytes, sizeof(v4->sin_addr));
        return sizeof(*v4);
}

/* Has it come to the very socket that it was made from? */
static bool met_itself(int fd)
{
        struct sockaddr_storage own = {0}, other = {0};
        socklen_t own_size = sizeof(own), other_size = sizeof(other);

        return getsockname(fd, (struct sockaddr *) &own, &own_size) >= 0 &&
               getpeername(fd, (struct sockaddr *) &other, &other_size) >= 0 && own_size == other_size &&
               memcmp(&own, &other, own_size) == 0;
}

/* Only what listens on this machine can be known to have been there before. */
static bool is_local(int fd, const ProbeAddress *address)
{
        static const ProbeAddress loopback = {.is_v6 = true, .bytes = {[15] = 1}};
        struct sockaddr_storage own = {0}, same;
        socklen_t size = sizeof(own);

        if (!address->is_v6 ? address->bytes[0] == 127 : memcmp(address, &loopback, sizeof(loopback)) == 0)
                return true;
        if (getsockname(fd, (struct sockaddr *) &own, &size) < 0)
                return false;
        (void) to_sockaddr(address, 0, &same);
        if (address->is_v6)
                return memcmp(&((struct sockaddr_in6 *) &own)->sin6_addr, &((struct sockaddr_in6 *) &same)->sin6_addr,
                              16) == 0;
        return ((struct sockaddr_in *) &own)->sin_addr.s_addr == ((struct sockaddr_in *) &same)->sin_addr.s_addr;
}

static bool was_there_before(const NetProbe *probe)
{
        const NetProbeRequest *request = &probe->request;
        const ProbeAddress *address = &request->addresses[probe->index];
        _cleanup_(listeners_done) Listeners now = LISTENERS_NULL;

        if (!request->before || !request->before->is_known || request->before->n == 0 ||
            !is_local(probe->fd, address))
                return false;
        listeners_look(request->target->port, &now);
        return listeners_all_old(request->before, &now, address);
}

static void send_request(NetProbe *probe)
{
        _cleanup_free_ char *text = NULL;
        size_t size;

        if (!probe->response)
                probe->response = malloc(sizeof(HttpResponse));
        if (!probe->response || http_request_format(probe->request.target, &text) < 0) {
                fail_errno(probe, ENOMEM);
                return;
        }
        *probe->response = HTTP_RESPONSE_NULL;
        size = strlen(text);
        /* A fresh socket takes more than a definition's line can hold. */
        if (send(probe->fd, text, size, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t) size)
                fail_errno(probe, errno ?: EMSGSIZE);
        else
                (void) watch_set_events(&probe->watch, EPOLLIN);
}

static void on_connected(NetProbe *probe)
{
        probe->connected = true;
        /* Who has taken the connection may have all the time that is left. */
        (void) timer_set(&probe->timer, probe->deadline);
        if (met_itself(probe->fd)) {
                probe->connected = false;
                fail_errno(probe, ECONNREFUSED);
        } else if (was_there_before(probe))
                fail(probe, "another process listens there, from before the start");
        else if (probe->request.target->kind == PROBE_HTTP)
                send_request(probe);
        else
                finish(probe, true);
}

/* The answer is there. Its rest is waited for a moment. */
static void settle(NetProbe *probe)
{
        const ProbeTarget *target = probe->request.target;
        unsigned status = probe->response->status;
        char text[64];

        probe->settled = true;
        probe->error[0] = '\0';
        if (status < target->status_min || status > target->status_max) {
                (void) snprintf(text, sizeof(text), "HTTP status %u", status);
                note_error(probe, text);
        }
        (void) timer_set(&probe->timer, usec_add(loop_now(probe->loop), REST_USEC));
}

/* Goes on with the next address where the answer is not the right one. */
static void end_settled(NetProbe *probe)
{
        char text[NET_PROBE_ERROR_MAX];

        if (!probe->error[0]) {
                finish(probe, true);
                return;
        }
        probe->settled = false;
        memcpy(text, probe->error, sizeof(text));
        fail(probe, text);
}

static void on_end_of_answer(NetProbe *probe)
{
        if (probe->settled)
                end_settled(probe);
        else if (probe->response->n_head == 0)
                fail(probe, "closed the connection without an answer");
        else
                fail(probe, "closed the connection in the middle of its answer");
}

static void read_answer(NetProbe *probe)
{
        HttpResponse *response = probe->response;
        char bytes[READ_MAX], text[NET_PROBE_ERROR_MAX];
        ssize_t n = recv(probe->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return;
        if (n < 0 && !probe->settled) {
                fail_errno(probe, errno);
                return;
        }
        if (n <= 0) {
                on_end_of_answer(probe);
                return;
        }
        if (probe->settled) {
                probe->n_body += (size_t) n;
                if (probe->n_body > REST_MAX)
                        end_settled(probe);
                return;
        }
        http_response_feed(response, bytes, (size_t) n);
        if (response->phase == HTTP_BROKEN)
                fail(probe, http_response_error(response, text, sizeof(text)));
        else if (response->phase == HTTP_BODY)
                settle(probe);
}

static void on_event(void *userdata, int fd, uint32_t events)
{
        NetProbe *probe = userdata;
        int error = 0;
        socklen_t size = sizeof(error);

        if (probe->connected) {
                read_answer(probe);
                return;
        }
        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
                error = errno;
        if (error > 0)
                fail_errno(probe, error);
        else
                on_connected(probe);
}

static void on_timer(void *userdata, usec_t now)
{
        NetProbe *probe = userdata;
        char text[NET_PROBE_ERROR_MAX], span[TIMESPAN_MAX];
        const char *what = "no connection";
        usec_t share = probe->request.timeout;

        if (probe->settled) {
                end_settled(probe);
                return;
        }
        if (probe->connected)
                what = probe->response->n_head > 0 ? "no complete answer" : "no answer";
        else
                share /= probe->request.n_addresses;
        (void) snprintf(text, sizeof(text), "%s within %s", what,
                        timespan_format(span, sizeof(span), share, USEC_PER_MSEC));
        fail(probe, text);
}

static void try_address(NetProbe *probe)
{
        const ProbeAddress *address = &probe->request.addresses[probe->index];
        size_t n_left = probe->request.n_addresses - probe->index;
        usec_t now = loop_now(probe->loop), left = usec_sub(probe->deadline, now);
        struct sockaddr_storage to;
        socklen_t size = to_sockaddr(address, probe->request.target->port, &to);
        int r;

        probe->n_body = 0;
        probe->fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (probe->fd < 0) {
                fail_errno(probe, errno);
                return;
        }
        r = connect(probe->fd, (struct sockaddr *) &to, size) < 0 ? -errno : 0;
        if (r < 0 && r != -EINPROGRESS) {
                fail_errno(probe, -r);
                return;
        }
        r = watch_init(&probe->watch, probe->loop, probe->fd, EPOLLOUT, PRIORITY_NORMAL, on_event, probe);
        if (r >= 0)
                r = timer_set(&probe->timer, usec_add(now, MAX(left / n_left, ADDRESS_MIN)));
        if (r < 0)
                fail_errno(probe, -r);
}

int net_probe_begin(NetProbe *probe, Loop *loop, const NetProbeRequest *request)
{
        int r;

        assert(!probe->loop && request->n_addresses > 0);

        r = timer_init(&probe->timer, loop, on_timer, probe);
        if (r < 0)
                return r;
        probe->loop = loop;
        probe->request = *request;
        probe->deadline = usec_add(loop_now(loop), request->timeout);
        try_address(probe);
        return 0;
}
