/* SPDX-License-Identifier: MIT */

/* An option may stand before or behind the verb; only when the verb is known it is clear whether it belongs there. So
 * words are read first, from left to right, and judged afterwards. A verb that isn't built ends the reading: what its
 * options will be is not known yet. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/suggest.h"
#include "ctl/options-private.h"

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
                return parser_complain(p, "--%s needs an argument: %s", option_infos[id].name,
                                       option_infos[id].value);
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

        return parser_complain(p, "unknown option --%s%s%s%s", word, best ? "; did you mean --" : "",
                               best ? best : "", best ? "?" : "");
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
                                return parser_complain(p, "--%s takes no argument", name);
                        return parser_apply(p, id, NULL);
                }
                if (value)
                        return parser_apply(p, id, value + 1);
                r = next_argument(p, id, &value);
                return r < 0 ? r : parser_apply(p, id, value);
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
                        return parser_complain(p, "unknown option -%c", *letter);
                if (option_infos[id].argument == ARGUMENT_NONE) {
                        r = parser_apply(p, (OptionId) id, NULL);
                        if (r < 0)
                                return r;
                        continue;
                }
                if (letter[1] && (option_infos[id].argument == ARGUMENT_REQUIRED || is_count(letter + 1)))
                        return parser_apply(p, (OptionId) id, letter + 1);
                if (!letter[1]) {
                        r = next_argument(p, (OptionId) id, &value);
                        if (r < 0)
                                return r;
                }
                r = parser_apply(p, (OptionId) id, value);
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
        return parser_complain(p, "unknown verb \"%s\"%s%s%s", word,
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
                        return parser_complain(p, "--until and --lines: the answer ends at one of them");
                return 0;
        }
        return o->until_word ? parser_read_time(p, OPTION_UNTIL, o->until_word, &o->until) : 0;
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
                return parser_complain(p, "which verb? Try tendctl status, or tendctl --help");

        foreign = o->given & ~(OPTIONS_COMMON | verb->options);
        for (size_t i = 0; i < _OPTION_N; i++)
                if (foreign & OPTION_BIT(i))
                        return parser_complain(p, "%s has no option --%s (see tendctl %s --help)", verb->name,
                                               option_infos[i].name, verb->name);
        if (o->n_arguments < verb->min_arguments && verb->min_arguments > 1)
                return parser_complain(p, "%s needs %s (see tendctl %s --help)", verb->name, verb->arguments,
                                       verb->name);
        if (o->n_arguments < verb->min_arguments)
                return parser_complain(p, "%s needs %s (see tendctl %s --help)", verb->name,
                                       verb->command ? "a command" : "the name of a service", verb->name);
        if (o->n_arguments > verb->max_arguments)
                return parser_complain(p, "%s takes no %sarguments, but there is \"%s\"", verb->name,
                                       verb->max_arguments > 0 ? "more " : "", o->arguments[verb->max_arguments]);
        for (size_t i = 0; i < (verb->text || verb->command ? 1 : o->n_arguments); i++)
                if (!*o->arguments[i])
                        return parser_complain(p, "%s: an empty name", verb->name);
        r = judge_until(p);
        if (r < 0)
                return r;
        if (o->pipe && o->pty)
                return parser_complain(p, "--pipe and --pty: its streams are ours, or a terminal's");
        if (o->log && !o->pipe)
                return parser_complain(p, "--log belongs to --pipe: without it everything is logged");
        if (o->follow && (options_given(o, OPTION_UNTIL) || o->verify))
                return parser_complain(p, "--follow never ends: --until and --verify make no sense with it");
        if (o->verify && (options_given(o, OPTION_SINCE) || options_given(o, OPTION_UNTIL)))
                return parser_complain(p, "--verify looks at whole runs: --since and --until make no sense with it");
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
