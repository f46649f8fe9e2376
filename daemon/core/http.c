/* SPDX-License-Identifier: MIT */

/* A response is read byte by byte into a fixed line; nothing of it is kept but the status. A server may send anything
 * for any length of time: what does not begin as HTTP is refused at its first wrong byte, and a head that does not
 * end is refused at HTTP_HEAD_MAX. Lines may end with a bare newline, as the standard advises. */

#include "core/http.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PREFIX     "HTTP/1."
#define SHOWN_MAX  60                   /* of what is no HTTP */
#define STATUS_AT  (sizeof(PREFIX) + 1) /* behind the digit of the version and a blank */
#define STATUS_END (STATUS_AT + 3)

int http_request_format(const ProbeTarget *target, char **ret)
{
        char *text;

        if (asprintf(&text,
                     "GET %s HTTP/1.1\r\n"
                     "Host: %s\r\n"
                     "User-Agent: tended\r\n"
                     "Accept: */*\r\n"
                     "Connection: close\r\n"
                     "\r\n",
                     target->path, target->authority) < 0)
                return -ENOMEM;
        *ret = text;
        return 0;
}

static void refuse(HttpResponse *response, const char *problem)
{
        response->phase = HTTP_BROKEN;
        response->problem = problem;
}

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

/* May `c` stand at `i` of a status line? */
static bool fits(size_t i, char c)
{
        if (i < sizeof(PREFIX) - 1)
                return c == PREFIX[i];
        if (i == sizeof(PREFIX) - 1)
                return is_digit(c);
        if (i == STATUS_AT - 1)
                return c == ' ';
        if (i == STATUS_AT)
                return is_digit(c) && c != '0';
        if (i < STATUS_END)
                return is_digit(c);
        if (i == STATUS_END)
                return c == ' ' || c == '\r';
        return true;
}

static void end_status_line(HttpResponse *response)
{
        const char *digits = response->line + STATUS_AT;

        if (response->n_line < STATUS_END) {
                refuse(response, "not HTTP");
                return;
        }
        response->status = (unsigned) ((digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0'));
        response->phase = HTTP_FIELDS;
        response->in_line = false;
}

static void feed_status_line(HttpResponse *response, char c)
{
        if (c == '\n') {
                end_status_line(response);
                return;
        }
        if (response->n_line == HTTP_LINE_MAX) {
                refuse(response, "a status line without an end");
                return;
        }
        response->line[response->n_line] = c;
        if (!fits(response->n_line++, c))
                refuse(response, "not HTTP");
}

static void feed_fields(HttpResponse *response, char c)
{
        if (c != '\n') {
                response->in_line = response->in_line || c != '\r';
                return;
        }
        if (response->in_line) {
                response->in_line = false;
                return;
        }
        /* 101 is an answer like any other to a client that did not ask for it. */
        if (response->status >= 200 || response->status == 101) {
                response->phase = HTTP_BODY;
                return;
        }
        response->phase = HTTP_STATUS_LINE;
        response->n_line = 0;
}

/* Keeps the beginning of what is no HTTP, to be shown. */
static void keep_for_show(HttpResponse *response, const char *data, size_t size)
{
        while (size > 0 && response->n_line < SHOWN_MAX && *data != '\n') {
                response->line[response->n_line++] = *data++;
                size--;
        }
}

void http_response_feed(HttpResponse *response, const char *data, size_t size)
{
        for (size_t i = 0; i < size; i++) {
                if (response->phase == HTTP_BODY || response->phase == HTTP_BROKEN)
                        return;
                if (response->n_head++ == HTTP_HEAD_MAX) {
                        refuse(response, "a head without an end");
                        return;
                }
                if (response->phase == HTTP_STATUS_LINE)
                        feed_status_line(response, data[i]);
                else
                        feed_fields(response, data[i]);
                if (response->phase == HTTP_BROKEN)
                        keep_for_show(response, data + i + 1, size - i - 1);
        }
}

const char *http_response_error(const HttpResponse *response, char *buffer, size_t size)
{
        char shown[SHOWN_MAX + 1];
        size_t n = 0;

        while (n < SHOWN_MAX && n < response->n_line) {
                char c = response->line[n];

                if (c == '\r' && n + 1 == response->n_line)
                        break;
                shown[n++] = c < ' ' || c >= 0x7f || c == '"' ? '.' : c;
        }
        shown[n] = '\0';
        (void) snprintf(buffer, size, "%s: \"%s\"", response->problem, shown);
        return buffer;
}
