/* SPDX-License-Identifier: MIT */

#include "core/probe.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef struct Good {
        ProbeKind kind;
        const char *text;
        ProbeHost host_kind;
        const char *host;
        uint16_t port;
        const char *path;
        unsigned status_min, status_max;
} Good;

Test(probe, targets_are_taken_apart)
{
        static const Good cases[] = {
                {PROBE_TCP, "127.0.0.1:6390", PROBE_HOST_ADDRESS, "127.0.0.1", 6390},
                {PROBE_TCP, "0.0.0.0:1", PROBE_HOST_ADDRESS, "0.0.0.0", 1},
                {PROBE_TCP, "[::1]:65535", PROBE_HOST_ADDRESS, "::1", 65535},
                {PROBE_TCP, "[fe80::1:2]:80", PROBE_HOST_ADDRESS, "fe80::1:2", 80},
                {PROBE_TCP, "localhost:80", PROBE_HOST_LOCAL, "localhost", 80},
                {PROBE_TCP, "LocalHost:80", PROBE_HOST_LOCAL, "LocalHost", 80},
                {PROBE_TCP, "5432", PROBE_HOST_LOCAL, "localhost", 5432},
                {PROBE_TCP, "db-1.example.org:5432", PROBE_HOST_NAME, "db-1.example.org", 5432},
                {PROBE_TCP, "1a:5432", PROBE_HOST_NAME, "1a", 5432},
                {PROBE_TCP, "my_db:1", PROBE_HOST_NAME, "my_db", 1},
                {PROBE_UNIX, "/run/x y/s", .path = "/run/x y/s"},
                {PROBE_UNIX, "@name", .path = "@name"},
                {PROBE_PATH, "/run/x.pid", .path = "/run/x.pid"},
                {PROBE_HTTP, "http://127.0.0.1", PROBE_HOST_ADDRESS, "127.0.0.1", 80, "/", 200, 399},
                {PROBE_HTTP, "http://[::1]", PROBE_HOST_ADDRESS, "::1", 80, "/", 200, 399},
                {PROBE_HTTP, "http://[::1]:8080/a/b?c=d&e", PROBE_HOST_ADDRESS, "::1", 8080, "/a/b?c=d&e", 200, 399},
                {PROBE_HTTP, "HTTP://localhost:8080/", PROBE_HOST_LOCAL, "localhost", 8080, "/", 200, 399},
                {PROBE_HTTP, "http://web?q", PROBE_HOST_NAME, "web", 80, "/?q", 200, 399},
                {PROBE_HTTP, "http://web/ 204", PROBE_HOST_NAME, "web", 80, "/", 204, 204},
                {PROBE_HTTP, "http://web/  \t200-499", PROBE_HOST_NAME, "web", 80, "/", 200, 499},
                {PROBE_HTTP, "http://web/x 401", PROBE_HOST_NAME, "web", 80, "/x", 401, 401},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const Good *c = &cases[i];
                ProbeTarget target = PROBE_TARGET_NULL;
                const char *error = NULL;

                cr_assert_eq(probe_target_parse(c->kind, c->text, &target, &error), 0, "%s: %s", c->text, error);
                cr_expect_eq(target.kind, c->kind);
                cr_expect_eq(target.host_kind, c->host_kind, "%s", c->text);
                cr_expect_eq(target.port, c->port, "%s", c->text);
                cr_expect_eq(target.status_min, c->status_min, "%s", c->text);
                cr_expect_eq(target.status_max, c->status_max, "%s", c->text);
                cr_expect(c->host ? strcmp(target.host, c->host) == 0 : !target.host, "%s", c->text);
                cr_expect(c->path ? strcmp(target.path, c->path) == 0 : !target.path, "%s", c->text);
                probe_target_done(&target);
                cr_expect_null(target.host);
        }
}

Test(probe, what_is_no_target_is_refused_with_what_it_should_have_been)
{
        static const struct {
                ProbeKind kind;
                const char *text, *error;
        } cases[] = {
                {PROBE_TCP, "localhost", "HOST:PORT"},
                {PROBE_TCP, "127.0.0.1", "HOST:PORT"},
                {PROBE_TCP, "x:", "port"},
                {PROBE_TCP, ":80", "host"},
                {PROBE_TCP, "0", "port"},
                {PROBE_TCP, "x:0", "port"},
                {PROBE_TCP, "x:65536", "port"},
                {PROBE_TCP, "x:+80", "port"},
                {PROBE_TCP, "x: 80", "port"},
                {PROBE_TCP, "x:0x50", "port"},
                {PROBE_TCP, "x:http", "port"},
                {PROBE_TCP, "x:99999999999999999999", "port"},
                {PROBE_TCP, "::1:80", "host"},
                {PROBE_TCP, "[::1]", "HOST:PORT"},
                {PROBE_TCP, "[::1", "host"},
                {PROBE_TCP, "[::1]80", "host"},
                {PROBE_TCP, "[127.0.0.1]:80", "host"},
                {PROBE_TCP, "[::g]:80", "host"},
                {PROBE_TCP, "1.2.3:80", "host"},
                {PROBE_TCP, "1.2.3.256:80", "host"},
                {PROBE_TCP, "a b:80", "host"},
                {PROBE_TCP, "-a:80", "host"},
                {PROBE_TCP, ".a:80", "host"},
                {PROBE_TCP, "a/b:80", "host"},
                {PROBE_UNIX, "run/x", "absolute"},
                {PROBE_UNIX, "@", "absolute"},
                {PROBE_PATH, "x", "absolute"},
                {PROBE_PATH, "@x", "absolute"},
                {PROBE_HTTP, "127.0.0.1:80", "http://"},
                {PROBE_HTTP, "http:/x", "http://"},
                {PROBE_HTTP, "http://", "host"},
                {PROBE_HTTP, "http:///x", "host"},
                {PROBE_HTTP, "ftp://x", "http://"},
                {PROBE_HTTP, "https://x/", "curl"},
                {PROBE_HTTP, "HTTPS://x/", "curl"},
                {PROBE_HTTP, "http://u@x/", "user"},
                {PROBE_HTTP, "http://u:p@x/", "user"},
                {PROBE_HTTP, "http://x/#a", "#"},
                {PROBE_HTTP, "http://x#a", "#"},
                {PROBE_HTTP, "http://x/\xc3\xa4", "letter"},
                {PROBE_HTTP, "http://x/\r\nHost: y", "letter"},
                {PROBE_HTTP, "http://x:y/", "port"},
                {PROBE_HTTP, "http://x:/", "port"},
                {PROBE_HTTP, "http://::1/", "host"},
                {PROBE_HTTP, "http://x/ ok", "status"},
                {PROBE_HTTP, "http://x/ 99", "status"},
                {PROBE_HTTP, "http://x/ 1000", "status"},
                {PROBE_HTTP, "http://x/ 300-200", "status"},
                {PROBE_HTTP, "http://x/ 200-", "status"},
                {PROBE_HTTP, "http://x/ -200", "status"},
                {PROBE_HTTP, "http://x/ 200 201", "status"},
                {PROBE_HTTP, "http://x/ 2xx", "status"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                ProbeTarget target = PROBE_TARGET_NULL;
                const char *error = "";

                cr_expect_eq(probe_target_parse(cases[i].kind, cases[i].text, &target, &error), -EINVAL, "%s",
                             cases[i].text);
                cr_expect(strstr(error, cases[i].error), "%s: %s", cases[i].text, error);
                cr_expect_null(target.host, "%s", cases[i].text);
        }
}

Test(probe, a_host_is_as_long_as_names_are)
{
        char text[300];
        ProbeTarget target = PROBE_TARGET_NULL;
        const char *error;

        for (unsigned n = 250; n < 258; n++) {
                memset(text, 'a', n);
                (void) snprintf(text + n, sizeof(text) - n, ":80");
                cr_expect_eq(probe_target_parse(PROBE_TCP, text, &target, &error), n <= 253 ? 0 : -EINVAL, "%u", n);
                probe_target_done(&target);
        }
}

Test(probe, a_url_is_bounded)
{
        char text[5000];
        ProbeTarget target = PROBE_TARGET_NULL;
        const char *error;

        for (unsigned n = 4095; n < 4099; n++) {
                memset(text, 'a', n);
                memcpy(text, "http://x/", 9);
                text[n] = '\0';
                cr_expect_eq(probe_target_parse(PROBE_HTTP, text, &target, &error), n <= 4096 ? 0 : -EINVAL, "%u", n);
                probe_target_done(&target);
        }
}

Test(probe, the_name_of_an_abstract_socket_fits_into_its_address)
{
        char text[200];
        ProbeTarget target = PROBE_TARGET_NULL;
        const char *error;

        for (unsigned n = 105; n < 111; n++) {
                memset(text, 'a', n);
                text[0] = '@';
                text[n] = '\0';
                cr_expect_eq(probe_target_parse(PROBE_UNIX, text, &target, &error), n <= 107 ? 0 : -EINVAL, "%u", n);
                probe_target_done(&target);
                text[0] = '/';
                cr_expect_eq(probe_target_parse(PROBE_UNIX, text, &target, &error), 0, "a path of %u", n);
                probe_target_done(&target);
        }
}

Test(probe, addresses_are_in_network_order)
{
        ProbeAddress address, local[PROBE_LOCAL_ADDRESSES];

        cr_assert_eq(probe_address_parse("127.0.0.1", &address), 0);
        probe_local_addresses(local);
        cr_expect_arr_eq(&address, &local[0], sizeof(address));
        cr_assert_eq(probe_address_parse("::1", &address), 0);
        cr_expect_arr_eq(&address, &local[1], sizeof(address));
        cr_expect_eq(probe_address_parse("localhost", &address), -EINVAL);
        cr_expect_eq(probe_address_parse("", &address), -EINVAL);
}

Test(probe, any_address_is_this_machine)
{
        static const char *const texts[] = {"0.0.0.0:80", "[::]:80"};
        ProbeAddress local[PROBE_LOCAL_ADDRESSES];

        probe_local_addresses(local);
        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                ProbeTarget target = PROBE_TARGET_NULL;
                const char *error;

                cr_assert_eq(probe_target_parse(PROBE_TCP, texts[i], &target, &error), 0);
                cr_expect_eq(target.host_kind, PROBE_HOST_ADDRESS);
                cr_expect_eq(memcmp(&target.address, &local[i], sizeof(local[i])), 0);
                probe_target_done(&target);
        }
}

/* How many tries it takes until something is seen that came up after `up`, and how late that is. */
static unsigned count_tries(ProbeKind kind, usec_t up, usec_t *ret_late)
{
        unsigned n = 1;
        usec_t now = 0;

        while (now < up) {
                usec_t delay = probe_retry_delay(kind, now, 1);

                cr_assert_gt(delay, 0);
                now += delay;
                n++;
        }
        *ret_late = now - up;
        return n;
}

Test(probe, what_comes_up_is_seen_soon_and_a_long_wait_costs_little)
{
        static const usec_t ups[] = {
                1, 500, 3000, 10000, 50000, 200000, USEC_PER_SEC, 10 * USEC_PER_SEC, 90 * USEC_PER_SEC};
        usec_t late;

        for (size_t i = 0; i < ELEMENTSOF(ups); i++) {
                usec_t up = ups[i], seconds = up / USEC_PER_SEC;
                usec_t bound = up <= 10 * USEC_PER_SEC ? 20 * USEC_PER_MSEC : USEC_PER_SEC / 4;
                unsigned n = count_tries(PROBE_TCP, up, &late);

                cr_expect_leq(late, MIN(MAX(up / 8, USEC_PER_MSEC), bound), "%d: late by %d", (int) up, (int) late);
                cr_expect_leq(n, 60 + 50 * MIN(seconds, (usec_t) 10) + 4 * seconds, "%d: %u tries", (int) up, n);
                n = count_tries(PROBE_EXEC, up, &late);
                cr_expect_leq(late, MAX(up / 4, 5 * USEC_PER_MSEC), "%d: late by %d", (int) up, (int) late);
                cr_expect_leq(n, 30 + seconds, "%d: %u commands", (int) up, n);
        }
        /* However long it takes. */
        cr_expect_eq(probe_retry_delay(PROBE_TCP, USEC_INFINITY, 1), USEC_PER_SEC / 4);
        cr_expect_eq(probe_retry_delay(PROBE_EXEC, USEC_INFINITY, 1), USEC_PER_SEC);
}

Test(probe, many_together_ask_no_more_often_than_few)
{
        for (unsigned n = 1; n <= 100000; n *= 10)
                for (usec_t elapsed = 1; elapsed < 100 * USEC_PER_SEC; elapsed *= 7) {
                        double tries = (double) n * USEC_PER_SEC / probe_retry_delay(PROBE_HTTP, elapsed, n);
                        double commands = (double) n * USEC_PER_SEC / probe_retry_delay(PROBE_EXEC, elapsed, n);

                        cr_expect_leq(tries, 5001, "%u after %d: %f a second", n, (int) elapsed, tries);
                        cr_expect_leq(commands, 401, "%u after %d: %f a second", n, (int) elapsed, commands);
                }
}

Test(probe, each_kind_has_its_directives_name)
{
        static const char *const names[] = {"TCP", "Unix", "HTTP", "Path", "Exec"};

        for (ProbeKind kind = 0; kind < _PROBE_KIND_N; kind++)
                cr_expect_str_eq(probe_kind_to_string(kind), names[kind]);
}
