/* SPDX-License-Identifier: MIT */

#include "host/net-probe.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "common/fd.h"
#include "host/listeners.h"

static Loop *loop;
static NetProbe probe;
static ProbeTarget target;
static unsigned n_answers;
static char answer[NET_PROBE_ERROR_MAX];

static void on_answer(void *userdata, const char *error)
{
        n_answers++;
        (void) snprintf(answer, sizeof(answer), "%s", error ?: "ok");
}

static void up(void)
{
        cr_assert_geq(loop_new(&loop), 0);
        probe = NET_PROBE_NULL;
        n_answers = 0;
}

static void down(void)
{
        net_probe_done(&probe);
        probe_target_done(&target);
        loop_free(loop);
}

TestSuite(net_probe, .init = up, .fini = down, .timeout = 60);

static int listen_at(int family, uint16_t *ret_port)
{
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
        struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        struct sockaddr *address = family == AF_INET6 ? (struct sockaddr *) &v6 : (struct sockaddr *) &v4;
        socklen_t size = family == AF_INET6 ? sizeof(v6) : sizeof(v4);
        int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

        cr_assert_geq(fd, 0);
        cr_assert_geq(bind(fd, address, size), 0, "%m");
        cr_assert_geq(getsockname(fd, address, &size), 0);
        cr_assert_geq(listen(fd, 8), 0);
        *ret_port = ntohs(family == AF_INET6 ? v6.sin6_port : v4.sin_port);
        return fd;
}

static void aim(ProbeKind kind, const char *before, uint16_t port, const char *after)
{
        char text[100];
        const char *error;

        probe_target_done(&target);
        (void) snprintf(text, sizeof(text), "%s:%u%s", before, port, after);
        cr_assert_geq(probe_target_parse(kind, text, &target, &error), 0, "%s", error);
}

static void begin(const Listeners *before, usec_t timeout)
{
        static ProbeAddress addresses[PROBE_LOCAL_ADDRESSES];

        if (target.host_kind == PROBE_HOST_LOCAL)
                probe_local_addresses(addresses);
        else
                addresses[0] = target.address;
        cr_assert_geq(net_probe_begin(&probe, loop,
                                      &(NetProbeRequest){
                                              .target = &target,
                                              .addresses = addresses,
                                              .n_addresses = target.host_kind == PROBE_HOST_LOCAL ? 2 : 1,
                                              .timeout = timeout,
                                              .before = before,
                                              .fn = on_answer,
                                      }),
                      0);
}

static void turn_until_answered(void)
{
        while (n_answers == 0)
                cr_assert_geq(sd_event_run(loop_sd_event(loop), UINT64_MAX), 0);
        cr_assert_eq(n_answers, 1);
}

/* The connection that the probe has made. */
static int take(int listener)
{
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

        cr_assert_geq(fd, 0, "%m");
        return fd;
}

Test(net_probe, a_port_that_takes_connections_answers)
{
        static const struct {
                int family;
                const char *host;
        } cases[] = {{AF_INET, "127.0.0.1"}, {AF_INET6, "[::1]"}, {AF_INET, "localhost"}, {AF_INET6, "localhost"}};

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                uint16_t port;
                _cleanup_close_ _unused_ int fd = listen_at(cases[i].family, &port);

                n_answers = 0;
                aim(PROBE_TCP, cases[i].host, port, "");
                begin(NULL, 10 * USEC_PER_SEC);
                turn_until_answered();
                cr_expect_str_eq(answer, "ok", "%s: %s", cases[i].host, answer);
                cr_expect_eq(probe.fd, -EBADF);
        }
}

Test(net_probe, a_port_without_a_listener_refuses)
{
        uint16_t port;
        int fd = listen_at(AF_INET, &port);

        close(fd);
        aim(PROBE_TCP, "localhost", port, "");
        begin(NULL, 10 * USEC_PER_SEC);
        turn_until_answered();
        cr_expect_str_eq(answer, "connection refused");
}

Test(net_probe, who_listened_before_does_not_count)
{
        Listeners before = LISTENERS_NULL;
        uint16_t port;
        int old = listen_at(AF_INET, &port), on = 1;
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        _cleanup_close_ int new = -EBADF;

        listeners_look(port, &before);
        if (!before.is_known)
                cr_skip("this kernel does not tell who listens");
        cr_assert_eq(before.n, 1);
        aim(PROBE_TCP, "127.0.0.1", port, "");
        begin(&before, 10 * USEC_PER_SEC);
        turn_until_answered();
        cr_expect_str_eq(answer, "another process listens there, from before the start");

        /* At the same port, but another socket. */
        close(old);
        new = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        address.sin_port = htons(port);
        cr_assert_geq(setsockopt(new, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
        cr_assert_geq(bind(new, (struct sockaddr *) &address, sizeof(address)), 0, "%m");
        cr_assert_geq(listen(new, 8), 0);
        n_answers = 0;
        begin(&before, 10 * USEC_PER_SEC);
        turn_until_answered();
        cr_expect_str_eq(answer, "ok");
        listeners_done(&before);
}

Test(net_probe, the_kernel_tells_who_listens_by_both_families)
{
        static const int families[] = {AF_INET, AF_INET6};

        for (size_t i = 0; i < ELEMENTSOF(families); i++) {
                Listeners found = LISTENERS_NULL;
                ProbeAddress local[PROBE_LOCAL_ADDRESSES];
                uint16_t port;
                int fd = listen_at(families[i], &port);

                probe_local_addresses(local);
                listeners_look(port, &found);
                if (!found.is_known)
                        cr_skip("this kernel does not tell who listens");
                cr_assert_eq(found.n, 1);
                cr_expect_eq(memcmp(&found.items[0].address, &local[i], sizeof(local[i])), 0);
                cr_expect_gt(found.items[0].inode, 0);
                close(fd);
                listeners_look(port, &found);
                cr_expect(found.is_known && found.n == 0);
                listeners_done(&found);
        }
}

Test(net_probe, listeners_are_told_apart_by_address)
{
        ProbeAddress v4, v6, other, any4 = {}, any6 = {.is_v6 = true};
        Listener items[2];
        Listeners before = {.items = items, .n = 1, .is_known = true},
                  now = {.items = items, .n = 1, .is_known = true};

        cr_assert_geq(probe_address_parse("127.0.0.1", &v4), 0);
        cr_assert_geq(probe_address_parse("::1", &v6), 0);
        cr_assert_geq(probe_address_parse("10.0.0.1", &other), 0);

        items[0] = (Listener){v4, 1};
        cr_expect(listeners_all_old(&before, &now, &v4));
        cr_expect(!listeners_all_old(&before, &now, &v6));
        cr_expect(!listeners_all_old(&before, &now, &other));
        items[0].address = any4;
        cr_expect(listeners_all_old(&before, &now, &other));
        cr_expect(!listeners_all_old(&before, &now, &v6));
        items[0].address = any6;
        cr_expect(listeners_all_old(&before, &now, &v4) && listeners_all_old(&before, &now, &v6));
        /* One more, which is new. */
        now.n = 2;
        items[1] = (Listener){any4, 2};
        cr_expect(!listeners_all_old(&before, &now, &v4));
        cr_expect(listeners_all_old(&before, &now, &v6));
        now.n = 0;
        cr_expect(!listeners_all_old(&before, &now, &v4));
        now.is_known = false;
        cr_expect(!listeners_all_old(&before, &now, &v4));
}

/* Sends `text` in pieces of `step` bytes, with turns of the loop in between, until the probe has its answer. */
static void serve(int fd, const char *text, size_t step)
{
        size_t n = strlen(text);

        for (size_t i = 0; i < n && n_answers == 0; i += step) {
                (void) send(fd, text + i, MIN(step, n - i), MSG_NOSIGNAL);
                while (sd_event_run(loop_sd_event(loop), 0) > 0) {
                }
        }
}

Test(net_probe, an_http_answer_counts_by_its_status)
{
        static const struct {
                const char *text, *wanted;
        } cases[] = {
                {"HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody", "ok"},
                {"HTTP/1.0 399 x\r\n\r\n", "ok"},
                {"HTTP/1.1 404 Not Found\r\n\r\n", "HTTP status 404"},
                {"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 503 No\r\n\r\n", "HTTP status 503"},
                {"+PONG\r\n", "not HTTP: \"+"},
                {"HTTP/1.1 200 OK\r\n", "closed the connection in the middle of its answer"},
                {"", "closed the connection without an answer"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                for (size_t step = 1; step < 64; step += 31) {
                        uint16_t port;
                        _cleanup_close_ int listener = listen_at(AF_INET, &port);
                        char request[512];
                        ssize_t n;
                        int fd;

                        n_answers = 0;
                        aim(PROBE_HTTP, "http://127.0.0.1", port, "/path");
                        begin(NULL, 10 * USEC_PER_SEC);
                        cr_assert_geq(sd_event_run(loop_sd_event(loop), UINT64_MAX), 0);
                        fd = take(listener);
                        n = recv(fd, request, sizeof(request), 0);
                        cr_assert_gt(n, 20);
                        cr_expect_arr_eq(request, "GET /path HTTP/1.1\r\n", 20);
                        serve(fd, cases[i].text, step);
                        close(fd);
                        turn_until_answered();
                        cr_expect_eq(strncmp(answer, cases[i].wanted, strlen(cases[i].wanted)), 0, "%s: %s",
                                     cases[i].text, answer);
                }
}

Test(net_probe, who_took_the_connection_is_told_before_who_refused_it)
{
        uint16_t port;
        _cleanup_close_ int listener = listen_at(AF_INET, &port);

        aim(PROBE_HTTP, "http://localhost", port, "/");
        begin(NULL, 10 * USEC_PER_SEC);
        cr_assert_geq(sd_event_run(loop_sd_event(loop), UINT64_MAX), 0);
        close(take(listener));
        turn_until_answered();
        cr_expect(strstr(answer, "closed the connection") || strstr(answer, "reset"), "%s", answer);
}

Test(net_probe, a_server_that_says_nothing_is_given_up)
{
        uint16_t port;
        _cleanup_close_ int listener = listen_at(AF_INET, &port), fd = -EBADF;

        aim(PROBE_HTTP, "http://127.0.0.1", port, "/");
        begin(NULL, 50 * USEC_PER_MSEC);
        turn_until_answered();
        cr_expect_str_eq(answer, "no answer within 50ms");

        n_answers = 0;
        close(take(listener));
        begin(NULL, 50 * USEC_PER_MSEC);
        cr_assert_geq(sd_event_run(loop_sd_event(loop), UINT64_MAX), 0);
        fd = take(listener);
        cr_assert_eq(send(fd, "HTTP/1.1 2", 10, MSG_NOSIGNAL), 10);
        turn_until_answered();
        cr_expect_str_eq(answer, "no complete answer within 50ms");
}

Test(net_probe, the_rest_of_an_answer_is_read_as_servers_do_not_like_to_be_cut_off)
{
        static const char head[] = "HTTP/1.1 200 OK\r\n\r\n";
        uint16_t port;
        _cleanup_close_ int listener = listen_at(AF_INET, &port);
        int fd;

        aim(PROBE_HTTP, "http://127.0.0.1", port, "/");
        begin(NULL, 100 * USEC_PER_SEC);
        cr_assert_geq(sd_event_run(loop_sd_event(loop), UINT64_MAX), 0);
        fd = take(listener);
        cr_assert_geq(send(fd, head, sizeof(head) - 1, 0), 0);
        cr_assert_geq(sd_event_run(loop_sd_event(loop), UINT64_MAX), 0);
        cr_assert(probe.settled);
        cr_assert_eq(n_answers, 0);
        close(fd);
        turn_until_answered();
        cr_expect_str_eq(answer, "ok");
}

Test(net_probe, a_body_without_an_end_is_not_waited_for)
{
        static const char head[] = "HTTP/1.1 200 OK\r\n\r\n";
        uint16_t port;
        _cleanup_close_ int listener = listen_at(AF_INET, &port), fd = -EBADF;

        aim(PROBE_HTTP, "http://127.0.0.1", port, "/");
        begin(NULL, 100 * USEC_PER_SEC);
        cr_assert_geq(sd_event_run(loop_sd_event(loop), UINT64_MAX), 0);
        fd = take(listener);
        cr_assert_geq(send(fd, head, sizeof(head) - 1, 0), 0);
        turn_until_answered();
        cr_expect_str_eq(answer, "ok");
}

Test(net_probe, a_body_that_floods_is_cut_off)
{
        static char flood[64 * 1024];
        uint16_t port;
        _cleanup_close_ int listener = listen_at(AF_INET, &port), fd = -EBADF;

        memset(flood, 'x', sizeof(flood));
        memcpy(flood, "HTTP/1.1 200 OK\r\n\r\n", 19);
        aim(PROBE_HTTP, "http://127.0.0.1", port, "/");
        begin(NULL, 100 * USEC_PER_SEC);
        cr_assert_geq(sd_event_run(loop_sd_event(loop), UINT64_MAX), 0);
        fd = take(listener);
        cr_assert_geq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
        while (n_answers == 0) {
                (void) send(fd, flood, sizeof(flood), MSG_NOSIGNAL);
                memset(flood, 'x', 19);
                cr_assert_geq(sd_event_run(loop_sd_event(loop), USEC_PER_MSEC), 0);
        }
        cr_expect_str_eq(answer, "ok");
}

Test(net_probe, a_try_that_is_ended_says_nothing_and_keeps_nothing)
{
        uint16_t port;
        _cleanup_close_ _unused_ int listener = listen_at(AF_INET, &port);

        aim(PROBE_HTTP, "http://127.0.0.1", port, "/");
        begin(NULL, 10 * USEC_PER_MSEC);
        net_probe_done(&probe);
        net_probe_done(&probe);
        while (sd_event_run(loop_sd_event(loop), 50 * USEC_PER_MSEC) > 0) {
        }
        cr_expect_eq(n_answers, 0);
        begin(NULL, 10 * USEC_PER_SEC);
        cr_assert_geq(sd_event_run(loop_sd_event(loop), UINT64_MAX), 0);
        net_probe_done(&probe);
        cr_expect_eq(n_answers, 0);
}
