/* SPDX-License-Identifier: MIT */

/* An option may stand before or behind the verb; only when the verb is known it is clear whether it belongs there. So
 * words are read first, from left to right, and judged afterwards. A verb that isn't built ends the reading: what its
 * options will be is not known yet. */

#include "ctl/options.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/parse.h"
#include "common/suggest.h"
#include "common/timespan.h"
#include "common/timestamp.h"

typedef struct Parser {
        int argc, i; /* the next word */
        char **argv;
        usec_t now;
        Options *options;
        char *error; /* the sentence, once something is wrong */
} Parser;

static int complain(Parser *p, const char *format, ...) _printf_(2, 3);
static int complain(Parser *p, const char *format, ...)
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
                return complain(p, "--%s: \"%s\" is unknown; did you mean \"%s\"?", option_infos[id].name, value,
                                suggestion.best);
        return complain(p, "--%s: \"%s\" is not one of %s", option_infos[id].name, value, all);
}

static int parse_span(Parser *p, const char *value)
{
        if (timespan_parse(value, USEC_PER_SEC, &p->options->timeout) < 0)
                return complain(p, "--timeout: \"%s\" is not a span of time, such as 10s or 1min 30s", value);
        return 0;
}

static int parse_time(Parser *p, OptionId id, const char *value, usec_t *ret)
{
        if (timestamp_parse(value, p->now, ret) < 0)
                return complain(p, "--%s: \"%s\" is not a point in time, such as \"10:30\", yesterday or -5min",
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
                return complain(p, "--lines: \"%s\" is not a number of lines, nor \"all\"", value);
        return 0;
}

static int parse_invocation(Parser *p, const char *value)
{
        int64_t n;

        if (integer_parse(value, -1000000, 0, &n) < 0)
                return complain(p, "--invocation: \"%s\" is not 0 (the latest run), -1 (the one before), ...", value);
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
                return *value ? 0 : complain(p, "--socket: an empty path");
        case OPTION_TIMEOUT:
                return parse_span(p, value);
        case OPTION_SIGNAL:
                return signal_parse(value, &o->signal) < 0 ? complain(p, "--signal: \"%s\" is not a signal", value)
                                                           : 0;
        case OPTION_WHOM:
                return parse_word(p, id, value, whom_words, &o->whom);
        case OPTION_FOR:
                return parse_word(p, id, value, wait_words, &o->wait_for);
        case OPTION_LINES:
                return parse_lines(p, value);
        case OPTION_SINCE:
                return parse_time(p, id, value, &o->since);
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
                return *value ? 0 : complain(p, "--name: an empty name");
        case OPTION_POOL:
                o->pool = value;
                return *value ? 0 : complain(p, "--pool: an empty name");
        }
        assert_not_reached();
}

static int apply(Parser *p, OptionId id, char *value)
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

static bool is_count(const char *word)
{
        return word && (strcmp(word, "all") == 0 || (*word && strspn(word, "0123456789") == strlen(word)));
}

/* The argument of an option where it does not hang on the option itself: the next word, if it is there. */
static int next_argument(Parser *p, OptionId id, char **ret)
{
        char *next = p->i < p->argc ? p->argv[p->i] : NULL;

        *ret = NULL;
        if (option_infos[id].argument == ARGUMENT_COUNT && !is_count(next))
                return 0;
        if (!next)
                return complain(p, "--%s needs an argument: %s", option_infos[id].name, option_infos[id].value);
        p->i++;
        *ret = next;
        return 0;
}

/* Nearest among the options that the verb has; all where there is no verb yet. */
static const char *suggest_option(const Options *options, const char *word)
{
        uint64_t known = options->verb ? OPTIONS_COMMON | options->verb->options : UINT64_MAX;
        Suggestion suggestion = SUGGESTION(word);

        for (size_t i = 0; i < _OPTION_N; i++)
                if (known & OPTION_BIT(i))
                        suggestion_consider(&suggestion, option_infos[i].name);
        return suggestion.best;
}

static int complain_option(Parser *p, const char *word)
{
        const char *best = suggest_option(p->options, word);

        return complain(p, "unknown option --%s%s%s%s", word, best ? "; did you mean --" : "", best ? best : "",
                        best ? "?" : "");
}

static int parse_long(Parser *p, char *word)
{
        _cleanup_free_ char *name = strndup(word, strcspn(word, "="));
        char *value = strchr(word, '=');
        int r;

        if (!name)
                return -ENOMEM;
        for (OptionId id = 0; id < _OPTION_N; id++) {
                if (strcmp(option_infos[id].name, name) != 0)
                        continue;
                if (option_infos[id].argument == ARGUMENT_NONE) {
                        if (value)
                                return complain(p, "--%s takes no argument", name);
                        return apply(p, id, NULL);
                }
                if (value)
                        return apply(p, id, value + 1);
                r = next_argument(p, id, &value);
                return r < 0 ? r : apply(p, id, value);
        }
        return complain_option(p, name);
}

/* A letter may mean one thing to one verb and another to the next. */
static int find_letter(const Options *options, char letter)
{
        uint64_t known = options->verb ? OPTIONS_COMMON | options->verb->options : 0;
        int found = -ENOENT;

        for (int id = 0; id < _OPTION_N; id++)
                if (option_infos[id].letter == letter && (found < 0 || (known & OPTION_BIT(id))))
                        found = id;
        return found;
}

/* `-f`, `-fn5`, `-n 5`: letters, the last of which may have an argument. */
static int parse_letters(Parser *p, char *word)
{
        for (char *letter = word; *letter; letter++) {
                int id = find_letter(p->options, *letter), r;
                char *value = NULL;

                if (id < 0)
                        return complain(p, "unknown option -%c", *letter);
                if (option_infos[id].argument == ARGUMENT_NONE) {
                        r = apply(p, (OptionId) id, NULL);
                        if (r < 0)
                                return r;
                        continue;
                }
                if (letter[1] && (option_infos[id].argument == ARGUMENT_REQUIRED || is_count(letter + 1)))
                        return apply(p, (OptionId) id, letter + 1);
                if (!letter[1]) {
                        r = next_argument(p, (OptionId) id, &value);
                        if (r < 0)
                                return r;
                }
                r = apply(p, (OptionId) id, value);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int parse_verb(Parser *p, const char *word)
{
        Suggestion suggestion = SUGGESTION(word);

        p->options->verb = verb_find(word);
        if (p->options->verb)
                return 0;
        for (size_t i = 0; i < n_verbs; i++)
                suggestion_consider(&suggestion, verbs[i].name);
        return complain(p, "unknown verb \"%s\"%s%s%s", word,
                        suggestion.best ? "; did you mean \"" : " (see tendctl --help)",
                        suggestion.best ? suggestion.best : "", suggestion.best ? "\"?" : "");
}

/* Behind a name, of a verb that takes text, what is none of its options is text. */
static bool is_text(const Parser *p, const char *word)
{
        const Options *options = p->options;
        uint64_t known;
        size_t n;

        if (!options->verb || !options->verb->text || options->n_arguments == 0 || strcmp(word, "--") == 0)
                return false;
        known = OPTIONS_COMMON | options->verb->options;
        if (word[1] != '-') {
                int id = find_letter(options, word[1]);

                return id < 0 || !(known & OPTION_BIT(id));
        }
        n = strcspn(word + 2, "=");
        for (size_t id = 0; id < _OPTION_N; id++)
                if ((known & OPTION_BIT(id)) && strlen(option_infos[id].name) == n &&
                    memcmp(option_infos[id].name, word + 2, n) == 0)
                        return false;
        return true;
}

static int parse_words(Parser *p)
{
        bool only_text = false;
        int r;

        while (p->i < p->argc) {
                char *word = p->argv[p->i++];

                if (only_text || word[0] != '-' || !word[1] || is_text(p, word)) {
                        if (p->options->verb) {
                                p->options->arguments[p->options->n_arguments++] = word;
                                only_text = only_text || p->options->verb->command;
                                continue;
                        }
                        r = parse_verb(p, word);
                        if (r < 0)
                                return r;
                        if (!p->options->verb->run)
                                return 0;
                } else if (strcmp(word, "--") == 0) {
                        only_text = true;
                } else {
                        r = word[1] == '-' ? parse_long(p, word + 2) : parse_letters(p, word + 1);
                        if (r < 0)
                                return r;
                }
        }
        return 0;
}

/* Whose --until it is shows when the verb is known. */
static int judge_until(Parser *p)
{
        Options *o = p->options;

        if (o->verb->run == verb_ask) {
                if (o->until_word && options_given(o, OPTION_LINES))
                        return complain(p, "--until and --lines: the answer ends at one of them");
                return 0;
        }
        return o->until_word ? parse_time(p, OPTION_UNTIL, o->until_word, &o->until) : 0;
}

/* What fits word by word may not fit together. */
static int judge(Parser *p)
{
        const Options *o = p->options;
        const Verb *verb = o->verb;
        uint64_t foreign;
        int r;

        if (options_given(o, OPTION_HELP) || options_given(o, OPTION_VERSION) || (verb && !verb->run))
                return 0;
        if (!verb)
                return complain(p, "which verb? Try tendctl status, or tendctl --help");

        foreign = o->given & ~(OPTIONS_COMMON | verb->options);
        for (size_t i = 0; i < _OPTION_N; i++)
                if (foreign & OPTION_BIT(i))
                        return complain(p, "%s has no option --%s (see tendctl %s --help)", verb->name,
                                        option_infos[i].name, verb->name);
        if (o->n_arguments < verb->min_arguments && verb->min_arguments > 1)
                return complain(p, "%s needs %s (see tendctl %s --help)", verb->name, verb->arguments, verb->name);
        if (o->n_arguments < verb->min_arguments)
                return complain(p, "%s needs %s (see tendctl %s --help)", verb->name,
                                verb->command ? "a command" : "the name of a service", verb->name);
        if (o->n_arguments > verb->max_arguments)
                return complain(p, "%s takes no %sarguments, but there is \"%s\"", verb->name,
                                verb->max_arguments > 0 ? "more " : "", o->arguments[verb->max_arguments]);
        for (size_t i = 0; i < (verb->text || verb->command ? 1 : o->n_arguments); i++)
                if (!*o->arguments[i])
                        return complain(p, "%s: an empty name", verb->name);
        r = judge_until(p);
        if (r < 0)
                return r;
        if (o->pipe && o->pty)
                return complain(p, "--pipe and --pty: its streams are ours, or a terminal's");
        if (o->log && !o->pipe)
                return complain(p, "--log belongs to --pipe: without it everything is logged");
        if (o->follow && (options_given(o, OPTION_UNTIL) || o->verify))
                return complain(p, "--follow never ends: --until and --verify make no sense with it");
        if (o->verify && (options_given(o, OPTION_SINCE) || options_given(o, OPTION_UNTIL)))
                return complain(p, "--verify looks at whole runs: --since and --until make no sense with it");
        return 0;
}

int options_parse(int argc, char **argv, usec_t now, Options *ret, char **ret_error)
{
        Parser p = {.argc = argc, .i = 1, .argv = argv, .now = now, .options = ret};
        int r;

        *ret = OPTIONS_NULL;
        ret->signal = SIGTERM;
        ret->whom = "all";
        ret->wait_for = "ready";
        ret->lines = LINES_ALL;
        ret->from = "mark";
        ret->arguments = calloc((size_t) MAX(argc, 0) + 1, sizeof(char *));
        if (!ret->arguments)
                return -ENOMEM;

        /* Even an error that stands before it is told in the form that was asked for. */
        for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
                if (strcmp(argv[i], "--json") == 0)
                        ret->json = true;

        r = parse_words(&p);
        if (r >= 0)
                r = judge(&p);
        if (r < 0)
                *ret_error = p.error;
        return r < 0 ? r : 0;
}

void options_done(Options *options)
{
        free(options->arguments);
        free(options->properties);
        free(options->directives);
        *options = OPTIONS_NULL;
}
