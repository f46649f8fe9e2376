/* SPDX-License-Identifier: MIT */

/* What each option does to the options: most have a value, which is checked here, with a sentence that says what it
 * should have been. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/parse.h"
#include "common/suggest.h"
#include "common/timespan.h"
#include "common/timestamp.h"
#include "ctl/options-private.h"

int parser_complain(Parser *p, const char *format, ...)
{
        va_list args;
        int n;

        va_start(args, format);
        n = vasprintf(&p->error, format, args);
        va_end(args);
        if (n < 0) {
                p->error = NULL;
                return -ENOMEM;
        }
        return -EINVAL;
}

/* One of a few words; an error offers the nearest, or else all. */
static int parse_word(Parser *p, OptionId id, const char *value, const char *const *words, const char **ret)
{
        Suggestion suggestion = SUGGESTION(value);
        char all[256] = "";
        size_t n = 0;

        for (const char *const *w = words; *w; w++) {
                if (strcmp(*w, value) == 0) {
                        *ret = *w;
                        return 0;
                }
                suggestion_consider(&suggestion, *w);
                if (n < sizeof(all))
                        n += (size_t) snprintf(all + n, sizeof(all) - n, "%s%s", n > 0 ? ", " : "", *w);
        }
        if (suggestion.best)
                return parser_complain(p, "--%s: \"%s\" is unknown; did you mean \"%s\"?", option_infos[id].name,
                                       value, suggestion.best);
        return parser_complain(p, "--%s: \"%s\" is not one of %s", option_infos[id].name, value, all);
}

static int parse_span(Parser *p, const char *value)
{
        if (timespan_parse(value, USEC_PER_SEC, &p->options->timeout) < 0)
                return parser_complain(p, "--timeout: \"%s\" is not a span of time, such as 10s or 1min 30s", value);
        return 0;
}

int parser_read_time(Parser *p, OptionId id, const char *value, usec_t *ret)
{
        if (timestamp_parse(value, p->now, ret) < 0)
                return parser_complain(p,
                                       "--%s: \"%s\" is not a point in time, such as \"10:30\", yesterday or -5min",
                                       option_infos[id].name, value);
        return 0;
}

static int parse_lines(Parser *p, const char *value)
{
        if (!value) {
                p->options->lines = 10;
                return 0;
        }
        if (strcmp(value, "all") == 0) {
                p->options->lines = LINES_ALL;
                return 0;
        }
        if (unsigned_parse(value, INT64_MAX, &p->options->lines) < 0)
                return parser_complain(p, "--lines: \"%s\" is not a number of lines, nor \"all\"", value);
        return 0;
}

static int parse_invocation(Parser *p, const char *value)
{
        int64_t n;

        if (integer_parse(value, -1000000, 0, &n) < 0)
                return parser_complain(p, "--invocation: \"%s\" is not 0 (the latest run), -1 (the one before), ...",
                                       value);
        p->options->invocation = (int) n;
        return 0;
}

static int parse_format(Parser *p, const char *value)
{
        const char *const *names = entry_format_names();
        const char *name;
        int r;

        r = parse_word(p, OPTION_OUTPUT, value, names, &name);
        if (r < 0)
                return r;
        p->options->format = entry_format_from_string(name);
        return 0;
}

/* The vector is ours, its strings are argv's. */
static int add_word(char ***words, char *value)
{
        size_t n = 0;
        char **grown;

        for (; *words && (*words)[n]; n++)
                ;
        grown = reallocarray(*words, n + 2, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        grown[n] = value;
        grown[n + 1] = NULL;
        *words = grown;
        return 0;
}

static const char *const whom_words[] = {"main", "all", NULL};
static const char *const wait_words[] = {"ready", "active", "inactive", "failed", NULL};
static const char *const from_words[] = {"mark", "now", "start", NULL};
static const char *const stream_words[] = {"stdout", "stderr", "stdin", NULL};

static int apply_with_value(Parser *p, OptionId id, char *value)
{
        Options *o = p->options;

        switch ((int) id) {
        case OPTION_SOCKET:
                o->socket = value;
                return *value ? 0 : parser_complain(p, "--socket: an empty path");
        case OPTION_TIMEOUT:
                return parse_span(p, value);
        case OPTION_SIGNAL:
                return signal_parse(value, &o->signal) < 0
                               ? parser_complain(p, "--signal: \"%s\" is not a signal", value)
                               : 0;
        case OPTION_WHOM:
                return parse_word(p, id, value, whom_words, &o->whom);
        case OPTION_FOR:
                return parse_word(p, id, value, wait_words, &o->wait_for);
        case OPTION_LINES:
                return parse_lines(p, value);
        case OPTION_SINCE:
                return parser_read_time(p, id, value, &o->since);
        case OPTION_UNTIL:
                o->until_word = value; /* of logs a time, of ask a pattern: see judge() */
                return 0;
        case OPTION_FROM:
                return parse_word(p, id, value, from_words, &o->from);
        case OPTION_GREP:
                o->grep = value;
                return 0;
        case OPTION_STREAM:
                return parse_word(p, id, value, stream_words, &o->stream);
        case OPTION_INVOCATION:
                return parse_invocation(p, value);
        case OPTION_OUTPUT:
                return parse_format(p, value);
        case OPTION_PROPERTY:
                return add_word(&o->properties, value);
        case OPTION_DIRECTIVE:
                return add_word(&o->directives, value);
        case OPTION_NAME:
                o->run_name = value;
                return *value ? 0 : parser_complain(p, "--name: an empty name");
        case OPTION_POOL:
                o->pool = value;
                return *value ? 0 : parser_complain(p, "--pool: an empty name");
        }
        assert_not_reached();
}

int parser_apply(Parser *p, OptionId id, char *value)
{
        Options *o = p->options;

        o->given |= OPTION_BIT(id);
        switch ((int) id) {
        case OPTION_HELP:
        case OPTION_VERSION:
        case OPTION_DRY_RUN:
        case OPTION_REVERSE:
                return 0;
        case OPTION_USER:
                o->scope = SOCKET_SCOPE_USER;
                return 0;
        case OPTION_SYSTEM:
                o->scope = SOCKET_SCOPE_SYSTEM;
                return 0;
        case OPTION_JSON:
                o->json = true;
                return 0;
        case OPTION_QUIET:
                o->quiet = true;
                return 0;
        case OPTION_NO_PAGER:
                o->no_pager = true;
                return 0;
        case OPTION_NO_BLOCK:
                o->no_block = true;
                return 0;
        case OPTION_FOLLOW:
                o->follow = true;
                return 0;
        case OPTION_NO_EVENTS:
                o->no_events = true;
                return 0;
        case OPTION_VERIFY:
                o->verify = true;
                return 0;
        case OPTION_VALUE:
                o->value = true;
                return 0;
        case OPTION_NO_NEWLINE:
                o->no_newline = true;
                return 0;
        case OPTION_EOF:
                o->eof = true;
                return 0;
        case OPTION_START:
                o->start = true;
                return 0;
        case OPTION_READ_ONLY:
                o->read_only = true;
                return 0;
        case OPTION_LOSSLESS:
                o->lossless = true;
                return 0;
        case OPTION_PIPE:
                o->pipe = true;
                return 0;
        case OPTION_LOG:
                o->log = true;
                return 0;
        case OPTION_PTY:
                o->pty = true;
                return 0;
        case OPTION_WAIT:
                o->wait = true;
                return 0;
        default:
                return apply_with_value(p, id, value);
        }
}
