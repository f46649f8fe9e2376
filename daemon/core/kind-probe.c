/* SPDX-License-Identifier: MIT */

/* Directives whose value is the target of a probe (core/probe). A further assignment is a further condition, an empty
 * one takes them all back. */

#include <errno.h>
#include <string.h>

#include "common/strv.h"
#include "core/kinds.h"
#include "core/probe.h"

/* Of one kind: what a person would write is far less. */
#define TARGETS_MAX 32

static int parse_target(const Assignment *assignment, ProbeKind kind)
{
        _cleanup_(probe_target_done) ProbeTarget target = PROBE_TARGET_NULL;
        _cleanup_free_ char *value = NULL;
        char ***field = TARGET(char **, assignment);
        const char *error = NULL;
        int r;

        if (assignment->value[0] == '\0') {
                *field = strv_free(*field);
                return 0;
        }
        r = assignment_expand(assignment, assignment->value, &value);
        if (r < 0)
                return r;
        r = probe_target_parse(kind, value, &target, &error);
        if (r == -EINVAL)
                return assignment_error(assignment, "%s", error);
        if (r < 0)
                return r;
        if (strv_length(*field) >= TARGETS_MAX)
                return assignment_error(assignment, "makes a list of more than %d conditions", TARGETS_MAX);
        return strv_consume(field, TAKE_PTR(value));
}

static int parse_tcp(const Assignment *assignment)
{
        return parse_target(assignment, PROBE_TCP);
}

static int parse_unix(const Assignment *assignment)
{
        return parse_target(assignment, PROBE_UNIX);
}

static int parse_http(const Assignment *assignment)
{
        return parse_target(assignment, PROBE_HTTP);
}

static int parse_path(const Assignment *assignment)
{
        return parse_target(assignment, PROBE_PATH);
}

#define TARGET_KIND(name, syntax, parse)                                                \
        const DirectiveKind name = {syntax,     VALUE_STRV,  REPETITION_APPENDS, parse, \
                                    show_words, equal_words, done_words}

TARGET_KIND(kind_probe_tcp, "HOST:PORT", parse_tcp);
TARGET_KIND(kind_probe_unix, "PATH", parse_unix);
TARGET_KIND(kind_probe_http, "URL [STATUS]", parse_http);
TARGET_KIND(kind_probe_path, "PATH", parse_path);
