/* SPDX-License-Identifier: MIT */

#include "core/http.h"

#include <criterion/criterion.h>
#include <string.h>

static HttpResponse fed(const char *text, size_t n)
{
        HttpResponse response = HTTP_RESPONSE_NULL;

        http_response_feed(&response, text, n);
        return response;
}

Test(http, a_request_asks_for_the_path_and_names_the_host_as_it_was_written)
{
        static const struct {
                const char *url, *begin;
        } cases[] = {
                {"http://localhost:8070/a?b", "GET /a?b HTTP/1.1\r\nHost: localhost:8070\r\n"},
                {"http://[::1]:80", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n"},
                {"http://Web/", "GET / HTTP/1.1\r\nHost: Web\r\n"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                ProbeTarget target = PROBE_TARGET_NULL;
                const char *error;
                char *text;
                size_t n;

                cr_assert_eq(probe_target_parse(PROBE_HTTP, cases[i].url, &target, &error), 0);
                cr_assert_eq(http_request_format(&target, &text), 0);
                cr_expect_eq(strncmp(text, cases[i].begin, strlen(cases[i].begin)), 0, "%s", text);
                cr_expect(strstr(text, "\r\nConnection: close\r\n"));
                n = strlen(text);
                cr_expect_str_eq(text + n - 4, "\r\n\r\n");
                cr_expect_eq(strstr(text, "\r\n\r\n"), text + n - 4, "one head and nothing behind it");
                free(text);
                probe_target_done(&target);
        }
}

/* As servers send them. */
static const struct {
        const char *text;
        unsigned status; /* 0: refused */
} answers[] = {
        {"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Length: 2\r\n\r\nok", 200},
        {"HTTP/1.0 200 OK\r\nServer: SimpleHTTP/0.6 Python/3.11.2\r\n\r\n<html>", 200},
        {"HTTP/1.1 404 Not Found\r\nDate: x\r\nConnection: close\r\n\r\n", 404},
        {"HTTP/1.1 204 \r\n\r\n", 204},
        {"HTTP/1.1 204\r\n\r\n", 204},
        {"HTTP/1.1 301 Moved\nLocation: /\n\n", 301},
        {"HTTP/1.1 999 \xff\xfe\r\nX: \x01\r\n\r\n", 999},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 200},
        {"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 103 E\r\n\r\nHTTP/1.1 503 No\r\n\r\n", 503},
        {"HTTP/1.1 101 Switching Protocols\r\n\r\n", 101},
        {"HTTP/1.9 200 OK\r\n\r\n", 200},
        {"HTTP/1.1 200 OK\r\n folded: line\r\n\t\r\n\r\n", 200},
        {"-ERR unknown command 'GET'\r\n", 0},
        {"HTTP/2 200\r\n\r\n", 0},
        {"HTTP/1.1 20\r\n\r\n", 0},
        {"HTTP/1.1 2000 OK\r\n\r\n", 0},
        {"HTTP/1.1 020 OK\r\n\r\n", 0},
        {"HTTP/1.1  200 OK\r\n\r\n", 0},
        {"HTTP/1.1\t200 OK\r\n\r\n", 0},
        {"http/1.1 200 OK\r\n\r\n", 0},
        {"\r\nHTTP/1.1 200 OK\r\n\r\n", 0},
        {"\n", 0},
        {"HTTP/1.1 100 Continue\r\n\r\n+PONG\r\n", 0},
        {"SSH-2.0-OpenSSH_9.2\r\n", 0},
};

Test(http, what_servers_send_is_understood_and_what_others_send_is_refused)
{
        for (size_t i = 0; i < ELEMENTSOF(answers); i++) {
                HttpResponse response = fed(answers[i].text, strlen(answers[i].text));

                cr_expect_eq(response.phase, answers[i].status > 0 ? HTTP_BODY : HTTP_BROKEN, "%s", answers[i].text);
                if (answers[i].status > 0)
                        cr_expect_eq(response.status, answers[i].status, "%s", answers[i].text);
        }
}

Test(http, every_cut_gives_the_same)
{
        for (size_t i = 0; i < ELEMENTSOF(answers); i++) {
                const char *text = answers[i].text;
                size_t n = strlen(text);

                for (size_t cut = 0; cut <= n; cut++) {
                        HttpResponse response = fed(text, cut);

                        http_response_feed(&response, text + cut, n - cut);
                        cr_assert_eq(response.phase, answers[i].status > 0 ? HTTP_BODY : HTTP_BROKEN, "%s at %zu",
                                     text, cut);
                        if (answers[i].status > 0)
                                cr_assert_eq(response.status, answers[i].status, "%s at %zu", text, cut);
                }
        }
}

Test(http, an_answer_is_there_with_its_heads_last_byte)
{
        static const char text[] = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n";

        for (size_t n = 0; n < sizeof(text) - 1; n++) {
                HttpResponse response = fed(text, n);

                cr_assert_lt(response.phase, HTTP_BODY, "%zu", n);
        }
        cr_assert_eq(fed(text, sizeof(text) - 1).phase, HTTP_BODY);
}

Test(http, garbage_is_refused_at_its_first_byte)
{
        cr_expect_eq(fed("+", 1).phase, HTTP_BROKEN);
        cr_expect_eq(fed("HTTP/1.1 2x", 11).phase, HTTP_BROKEN);
        cr_expect_eq(fed("HTTP/1.1 2", 10).phase, HTTP_STATUS_LINE);
}

static void expect_error(const char *text, size_t n, const char *wanted)
{
        HttpResponse response = fed(text, n);
        char buffer[160];

        cr_assert_eq(response.phase, HTTP_BROKEN);
        cr_expect_str_eq(http_response_error(&response, buffer, sizeof(buffer)), wanted);
}

Test(http, the_error_shows_the_beginning_of_what_came)
{
        static const char secret[] = "x\x1b[2J\"\xff\ty";

        expect_error("-ERR wrong number of arguments\r\nmore", 36, "not HTTP: \"-ERR wrong number of arguments\"");
        expect_error(secret, sizeof(secret) - 1, "not HTTP: \"x.[2J...y\"");
        expect_error("aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggg", 70,
                     "not HTTP: \"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff\"");
        expect_error("\n", 1, "not HTTP: \"\"");
}

Test(http, a_line_and_a_head_without_an_end_are_given_up)
{
        static char text[2 * HTTP_HEAD_MAX];
        HttpResponse response = HTTP_RESPONSE_NULL;
        size_t n = 0;

        memset(text, 'x', sizeof(text));
        memcpy(text, "HTTP/1.1 200 ", 13);
        while (response.phase == HTTP_STATUS_LINE && n < sizeof(text))
                http_response_feed(&response, text + n++, 1);
        cr_expect_eq(response.phase, HTTP_BROKEN);
        cr_expect_eq(n, HTTP_LINE_MAX + 1);

        memcpy(text, "HTTP/1.1 200 OK\r\nX: ", 20);
        response = HTTP_RESPONSE_NULL;
        for (n = 0; response.phase < HTTP_BODY && n < sizeof(text);)
                http_response_feed(&response, text + n++, 1);
        cr_expect_eq(response.phase, HTTP_BROKEN);
        cr_expect_eq(n, HTTP_HEAD_MAX + 1);

        /* Nor is one that is interrupted by interim answers. */
        response = HTTP_RESPONSE_NULL;
        for (n = 0; response.phase < HTTP_BODY && n < 10000; n++)
                http_response_feed(&response, "HTTP/1.1 102 P\r\n\r\n", 18);
        cr_expect_eq(response.phase, HTTP_BROKEN);
}
