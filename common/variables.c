/* SPDX-License-Identifier: MIT */
/* Variables in command lines, as the child's side replaces them just before the exec. `$NAME` is known only as a
 * whole word: what follows the '$' is the name, whatever it is, so that `$DIR/file` is a variable that can't be set.
 * Anything that is no `${NAME}` stands for itself. */

#include "common/command-line.h"

#include <errno.h>
#include <string.h>

#include "common/environment.h"
#include "common/quote.h"
#include "common/strv.h"
#include "common/text.h"

/* More names that are not set are not told. */
#define UNSET_MAX 64

typedef struct Expansion {
        char *const *environment; /* weak */
        char **argv;
        size_t n_argv;
        size_t size; /* of all words in argv */
        char **unset;
        size_t n_unset;
        bool wants_unset;
} Expansion;

static void expansion_done(Expansion *expansion)
{
        strv_free(expansion->argv);
        strv_free(expansion->unset);
}

/* The value, or NULL, and the name noted. */
static int look_up(Expansion *expansion, const char *name, size_t length, const char **ret)
{
        const char *value = environment_get_n(expansion->environment, name, length);

        if (!value && length > 0 && expansion->wants_unset && expansion->n_unset < UNSET_MAX) {
                _cleanup_free_ char *copy = strndup(name, length);

                if (!copy)
                        return -ENOMEM;
                if (!strv_contains(expansion->unset, copy)) {
                        int r = strv_consume_n(&expansion->unset, &expansion->n_unset, TAKE_PTR(copy));

                        if (r < 0)
                                return r;
                }
        }
        *ret = value;
        return 0;
}

/* Takes `word` as the next argument. */
static int add_word(Expansion *expansion, char *word)
{
        expansion->size += strlen(word) + 1;
        if (expansion->size > COMMAND_LINE_MAX) {
                free(word);
                return -E2BIG;
        }
        return strv_consume_n(&expansion->argv, &expansion->n_argv, word);
}

/* `$NAME` as a word: the words of its value, or none. */
static int expand_whole(Expansion *expansion, const char *name)
{
        const char *value;
        int r;

        r = look_up(expansion, name, strlen(name), &value);
        if (r < 0)
                return r;
        for (;;) {
                char *word;

                r = word_extract(&value, NULL, WORD_UNQUOTE | WORD_RELAX, &word);
                if (r <= 0)
                        return r;
                r = add_word(expansion, word);
                if (r < 0)
                        return r;
        }
}

/* `${NAME}` and `$$` in a word. */
static int expand_within(Expansion *expansion, const char *word)
{
        _cleanup_(text_done) Text text = TEXT_NULL;
        char *expanded;
        int r;

        while (*word) {
                size_t length = strcspn(word, "$");
                const char *end, *value;

                text_add(&text, word, length);
                word += length;
                if (!*word)
                        break;

                if (word[1] == '$') {
                        text_add_char(&text, '$');
                        word += 2;
                        continue;
                }
                /* A ':' within the braces is an expression of a shell, which this is not. */
                end = word[1] == '{' ? strpbrk(word + 2, "}:") : NULL;
                if (!end || *end == ':') {
                        length = end ? (size_t) (end - word) : 1 + (word[1] == '{' ? strlen(word + 1) : 0);
                        text_add(&text, word, length);
                        word += length;
                        continue;
                }
                r = look_up(expansion, word + 2, (size_t) (end - word) - 2, &value);
                if (r < 0)
                        return r;
                if (value)
                        text_add_string(&text, value);
                word = end + 1;
                if (expansion->size + text.n > COMMAND_LINE_MAX)
                        return -E2BIG;
        }

        r = text_take(&text, &expanded);
        if (r < 0)
                return r;
        return add_word(expansion, expanded);
}

int command_expand_variables(char *const *argv, char *const *environment, char ***ret, char ***ret_unset)
{
        _cleanup_(expansion_done) Expansion expansion = {
                .environment = environment,
                .wants_unset = ret_unset != NULL,
        };
        int r;

        STRV_FOREACH (i, argv) {
                const char *word = *i;

                if (word[0] == '$' && word[1] != '{' && word[1] != '$')
                        r = expand_whole(&expansion, word + 1);
                else
                        r = expand_within(&expansion, word);
                if (r < 0)
                        return r;
        }
        if (ret_unset)
                *ret_unset = TAKE_PTR(expansion.unset);
        *ret = TAKE_PTR(expansion.argv);
        return 0;
}
