/* SPDX-License-Identifier: MIT */
#pragma once

/* The little of HTTP that a probe needs: the text of a GET, and the head of what comes back. */

#include "core/probe.h"

#define HTTP_LINE_MAX 1024u        /* of a status line */
#define HTTP_HEAD_MAX (64u * 1024) /* of all heads together */

/* A GET that asks the server to close afterwards; the caller frees it. */
int http_request_format(const ProbeTarget *target, char **ret);

typedef enum HttpPhase {
        HTTP_STATUS_LINE,
        HTTP_FIELDS, /* behind it, up to the empty line */
        HTTP_BODY,   /* the head is complete: `status` is the answer */
        HTTP_BROKEN, /* it is no HTTP, or too much of it: see http_response_error() */
} HttpPhase;

typedef struct HttpResponse {
        HttpPhase phase;
        unsigned status;
        size_t n_head; /* bytes so far, of all heads */
        bool in_line;  /* of the fields: the line has a byte */
        char line[HTTP_LINE_MAX];
        size_t n_line;
        const char *problem; /* of HTTP_BROKEN; static */
} HttpResponse;

#define HTTP_RESPONSE_NULL ((HttpResponse){.phase = HTTP_STATUS_LINE})

/* More bytes from the server, cut anywhere. Interim answers (1xx) are passed over. */
void http_response_feed(HttpResponse *response, const char *data, size_t size);
/* Of HTTP_BROKEN: why, with the beginning of what came, printable, in `buffer`; returned. */
const char *http_response_error(const HttpResponse *response, char *buffer, size_t size);
