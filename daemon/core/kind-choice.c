/* SPDX-License-Identifier: MIT */

/* Directives that take one of a few words, some of them with a path behind a colon. A word of the design that is not
 * built yet, and one that only systemd has, get an answer of their own: whoever wrote it didn't mistype it. */

#include <errno.h>
#include <string.h>

#include "common/suggest.h"
#include "common/text.h"
#include "core/kinds.h"

/* Notes the error for `word` (`n` letters of the value), which is not among the built ones. -EINVAL, -ENOMEM. */
static int refuse_word(const Assignment *assignment, const ChoiceWord *found, const char *word)
{
        Suggestion suggestion = SUGGESTION(word);
        _cleanup_(text_done) Text list = TEXT_NULL;
        _cleanup_free_ char *all = NULL;

        if (found && found->state == WORD_LATER)
                return assignment_error(assignment, "is not yet built");
        if (found)
                return assignment_error(assignment, "systemd's %s is not supported by tended", found->name);

        for (const ChoiceWord *w = assignment->directive->words; w->name; w++) {
                if (w->state != WORD_BUILT)
                        continue;
                suggestion_consider(&suggestion, w->name);
                text_add_string(&list, list.n > 0 ? ", " : "");
                text_add_string(&list, w->name);
        }
        if (suggestion.best)
                return assignment_error(assignment, "is unknown; did you mean %s?", suggestion.best);
        if (text_take(&list, &all) < 0)
                return -ENOMEM;
        return assignment_error(assignment, word[0] ? "is unknown; possible: %s" : "needs a value; possible: %s",
                                all);
}

/* The word of `n` letters, or NULL. */
static const ChoiceWord *find_word(const ChoiceWord *words, const char *s, size_t n)
{
        for (const ChoiceWord *w = words; w->name; w++)
                if (strlen(w->name) == n && memcmp(w->name, s, n) == 0)
                        return w;
        return NULL;
}

/* What stands for `value` in a table of words; "" where nothing does. */
static const char *word_of(const ChoiceWord *words, unsigned value)
{
        for (const ChoiceWord *w = words; w->name; w++)
                if (w->state == WORD_BUILT && w->value == value)
                        return w->name;
        return "";
}

static int read_choice(const Assignment *assignment, unsigned *ret)
{
        const ChoiceWord *word =
                find_word(assignment->directive->words, assignment->value, strlen(assignment->value));

        if (!word || word->state != WORD_BUILT)
                return refuse_word(assignment, word, assignment->value);
        *ret = word->value;
        return 0;
}

static int parse_choice(const Assignment *assignment)
{
        return read_choice(assignment, TARGET(unsigned, assignment));
}

static int parse_choice_flag(const Assignment *assignment)
{
        unsigned value;
        int r = read_choice(assignment, &value);

        if (r < 0)
                return r;
        *TARGET(bool, assignment) = value;
        return 0;
}

static int show_word(const char *word, const char *path, Value *ret)
{
        _cleanup_(text_done) Text text = TEXT_NULL;
        char *s;
        int r;

        text_add_string(&text, word);
        text_add_string(&text, path ?: "");
        r = text_take(&text, &s);
        if (r < 0)
                return r;
        *ret = (Value){.type = VALUE_STRING, .string = s};
        return 0;
}

static int show_choice(const Directive *directive, const void *base, Value *ret)
{
        return show_word(word_of(directive->words, *FIELD(unsigned, directive, base)), NULL, ret);
}

static int show_choice_flag(const Directive *directive, const void *base, Value *ret)
{
        return show_word(word_of(directive->words, *FIELD(bool, directive, base)), NULL, ret);
}

static bool equal_choice(const Directive *directive, const void *a, const void *b)
{
        return *FIELD(unsigned, directive, a) == *FIELD(unsigned, directive, b);
}

static bool equal_choice_flag(const Directive *directive, const void *a, const void *b)
{
        return *FIELD(bool, directive, a) == *FIELD(bool, directive, b);
}

/* Reads `word` or `word:PATH` (in the table such a word ends with its colon). `*ret_path` is the caller's; NULL for a
 * word without one. */
static int read_choice_with_path(const Assignment *assignment, unsigned *ret_value, char **ret_path)
{
        const char *value = assignment->value, *colon = strchr(value, ':');
        size_t n = colon ? (size_t) (colon - value) + 1 : strlen(value);
        const ChoiceWord *word = find_word(assignment->directive->words, value, n);
        _cleanup_free_ char *path = NULL, *head = NULL;
        int r;

        if (!word || word->state != WORD_BUILT) {
                head = strndup(value, n);
                return head ? refuse_word(assignment, word, head) : -ENOMEM;
        }
        if (colon) {
                r = assignment_expand(assignment, colon + 1, &path);
                if (r < 0)
                        return r;
                if (path[0] != '/')
                        return assignment_error(assignment, "needs an absolute path behind %s", word->name);
        }
        *ret_value = word->value;
        *ret_path = TAKE_PTR(path);
        return 0;
}

static int parse_stream(const Assignment *assignment)
{
        StreamSetting *stream = TARGET(StreamSetting, assignment);
        unsigned target = 0;
        char *path = NULL;
        int r;

        if (assignment->directive->offset == offsetof(ServiceConfig, output) &&
            strcmp(assignment->value, "inherit") == 0)
                return assignment_error(assignment, "is possible with StandardError alone, which then follows "
                                                    "StandardOutput");
        r = read_choice_with_path(assignment, &target, &path);
        if (r < 0)
                return r;
        free(stream->path);
        *stream = (StreamSetting){.target = target, .path = path};
        return 0;
}

static int show_stream(const Directive *directive, const void *base, Value *ret)
{
        const StreamSetting *stream = FIELD(StreamSetting, directive, base);

        return show_word(word_of(directive->words, stream->target), stream->path, ret);
}

static bool equal_stream(const Directive *directive, const void *a, const void *b)
{
        const StreamSetting *x = FIELD(StreamSetting, directive, a), *y = FIELD(StreamSetting, directive, b);

        return x->target == y->target && strcmp(x->path ?: "", y->path ?: "") == 0;
}

static void done_stream(const Directive *directive, void *base)
{
        free(FIELD(StreamSetting, directive, base)->path);
}

static int parse_log_target(const Assignment *assignment)
{
        unsigned target = 0;
        char *path = NULL;
        int r = read_choice_with_path(assignment, &target, &path);

        if (r < 0)
                return r;
        free(*TARGET2(char *, assignment));
        *TARGET2(char *, assignment) = path;
        *TARGET(unsigned, assignment) = target;
        return 0;
}

static int show_log_target(const Directive *directive, const void *base, Value *ret)
{
        return show_word(word_of(directive->words, *FIELD(unsigned, directive, base)),
                         *FIELD2(char *, directive, base), ret);
}

static bool equal_log_target(const Directive *directive, const void *a, const void *b)
{
        return equal_choice(directive, a, b) &&
               strcmp(*FIELD2(char *, directive, a) ?: "", *FIELD2(char *, directive, b) ?: "") == 0;
}

static void done_log_target(const Directive *directive, void *base)
{
        free(*FIELD2(char *, directive, base));
}

const DirectiveKind kind_choice = {"WORD",       VALUE_STRING, REPETITION_REPLACES,
                                   parse_choice, show_choice,  equal_choice};
const DirectiveKind kind_choice_flag = {"WORD",           VALUE_STRING,     REPETITION_REPLACES, parse_choice_flag,
                                        show_choice_flag, equal_choice_flag};
const DirectiveKind kind_stream = {"TARGET",    VALUE_STRING, REPETITION_REPLACES, parse_stream,
                                   show_stream, equal_stream, done_stream};
const DirectiveKind kind_log_target = {"TARGET",        VALUE_STRING,     REPETITION_REPLACES, parse_log_target,
                                       show_log_target, equal_log_target, done_log_target};
