/* SPDX-License-Identifier: MIT */
/* What a server answers a probe, and what a probe is pointed at. The first byte of a case says which reader gets the
 * rest: an answer has to mean the same however it is cut; a target that is accepted makes a request of one head that
 * nothing of it can end early. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/http.h"
#include "fuzz.h"

static void check_answer(const char *data, size_t size)
{
        HttpResponse whole = HTTP_RESPONSE_NULL, parts = HTTP_RESPONSE_NULL, halves = HTTP_RESPONSE_NULL;
        char text[200], other[200];
        size_t half = size / 2;

        http_response_feed(&whole, data, size);
        for (size_t i = 0; i < size; i++)
                http_response_feed(&parts, data + i, 1);
        http_response_feed(&halves, data, half);
        http_response_feed(&halves, data + half, size - half);

        assert(whole.phase == parts.phase && whole.phase == halves.phase);
        assert(whole.n_head <= HTTP_HEAD_MAX + 1);
        if (whole.phase == HTTP_BODY) {
                assert(whole.status == parts.status && whole.status == halves.status);
                assert(whole.status >= 100 && whole.status <= 999);
        }
        if (whole.phase == HTTP_BROKEN) {
                assert(strcmp(whole.problem, parts.problem) == 0);
                http_response_error(&whole, text, sizeof(text));
                assert(strlen(text) < sizeof(text) - 1);
                for (const char *c = text; *c; c++)
                        assert(*c >= ' ' && *c < 0x7f);
                http_response_error(&parts, other, 4);
                assert(strlen(other) < 4);
        }
}

static void check_request(const ProbeTarget *target)
{
        char *request, *end;

        assert(target->status_min >= 100 && target->status_max <= 999 && target->status_min <= target->status_max);
        assert(target->path[0] == '/' && !strpbrk(target->path, " \r\n"));
        assert(http_request_format(target, &request) >= 0);
        end = strstr(request, "\r\n\r\n");
        assert(end && end[4] == '\0');
        free(request);
}

static void check_target(ProbeKind kind, const char *data, size_t size)
{
        ProbeTarget target = PROBE_TARGET_NULL;
        char *text = strndup(data, size);
        const char *error = NULL;

        assert(text);
        if (probe_target_parse(kind, text, &target, &error) < 0) {
                assert(error);
                assert(!target.host && !target.path && !target.authority);
        } else {
                if (kind == PROBE_TCP || kind == PROBE_HTTP)
                        assert(target.port > 0 && target.host && !strpbrk(target.host, " \r\n/@"));
                if (kind == PROBE_HTTP)
                        check_request(&target);
                probe_target_done(&target);
        }
        free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *rest = (const char *) data + 1;

        if (size == 0)
                return 0;
        switch (data[0] % (PROBE_EXEC + 1)) {
        case PROBE_EXEC:
                check_answer(rest, size - 1);
                break;
        default:
                check_target(data[0] % (PROBE_EXEC + 1), rest, size - 1);
                break;
        }
        return 0;
}
