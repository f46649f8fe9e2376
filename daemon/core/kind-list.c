/* SPDX-License-Identifier: MIT */

/* Directives whose value is a list of words. A further assignment appends, an empty one empties the list, as in
 * systemd. Each kind is a check of one word; the walk over the words is shared. A value is taken whole or not at all.
 */

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "common/environment.h"
#include "common/quote.h"
#include "common/strv.h"
#include "core/kinds.h"

/* Longer lists are refused: the time that a list takes is bounded. */
#define WORDS_MAX 8192

/* Says what is wrong with a word (with its specifiers resolved); 0: nothing. */
typedef int (*word_check_fn)(const Assignment *assignment, const char *word);

static int check_uri(const Assignment *assignment, const char *word)
{
        static const char *const schemes[] = {"http://", "https://", "file:/", "info:", "man:"};

        for (size_t i = 0; i < ELEMENTSOF(schemes); i++)
                if (strncmp(word, schemes[i], strlen(schemes[i])) == 0 && word[strlen(schemes[i])] != '\0')
                        return 0;
        return assignment_error(assignment, "%s is not a URI (http:// https:// file:/ info: man:)", word);
}

static int check_directory(const Assignment *assignment, const char *word)
{
        const char *p = word;

        if (word[0] == '/' || word[0] == '\0')
                return assignment_error(assignment, "%s is not a relative path", word[0] ? word : "an empty word");
        if (strchr(word, ':'))
                return assignment_error(assignment, "systemd's links behind a colon are not supported by tended");
        for (;;) {
                size_t n = strcspn(p, "/");

                if (n == 2 && p[0] == '.' && p[1] == '.')
                        return assignment_error(assignment, "%s leads out of its folder by ..", word);
                if (p == word && n == 7 && memcmp(p, "private", n) == 0)
                        return assignment_error(assignment, "%s: the folder private is reserved, as in systemd",
                                                word);
                if (p[n] == '\0')
                        return 0;
                p += n + 1;
        }
}

static int check_name(const Assignment *assignment, const char *word)
{
        if (!environment_name_is_valid(word))
                return assignment_error(assignment, "%s is not the name of a variable", word);
        return 0;
}

static int check_unset(const Assignment *assignment, const char *word)
{
        if (!environment_name_is_valid(word) && !environment_assignment_is_valid(word))
                return assignment_error(assignment, "%s is neither the name of a variable nor NAME=VALUE", word);
        return 0;
}

/* The value may be a secret, and messages are for everybody. */
static int check_assignment(const Assignment *assignment, const char *word)
{
        const char *equals = strchr(word, '=');
        _cleanup_free_ char *name = NULL;

        if (environment_assignment_is_valid(word))
                return 0;
        if (!equals)
                return assignment_error(assignment,
                                        "a word is not NAME=VALUE (a value with blanks needs quotes around it "
                                        "all)");
        name = strndup(word, equals - word);
        if (!name)
                return -ENOMEM;
        if (!environment_name_is_valid(name))
                return assignment_error(assignment, "%.*s is not the name of a variable", diagnostic_shown(name, 60),
                                        name);
        return assignment_error(assignment, "the value of %.*s is not valid UTF-8", diagnostic_shown(name, 60), name);
}

/* As journald takes them: its own trusted fields start with '_'. */
static int check_log_field(const Assignment *assignment, const char *word)
{
        const char *equals = strchr(word, '=');
        size_t n = equals ? (size_t) (equals - word) : 0;
        bool good = n > 0 && n <= 64 && word[0] != '_' && !isdigit((unsigned char) word[0]);

        for (size_t i = 0; good && i < n; i++)
                good = (word[i] >= 'A' && word[i] <= 'Z') || isdigit((unsigned char) word[i]) || word[i] == '_';
        if (!good)
                return assignment_error(assignment,
                                        "%s is not NAME=VALUE with the name of a journal field: at most 64 "
                                        "capital letters, digits and _, no _ or digit first",
                                        word);
        return 0;
}

/* What stands first in a list: nothing, and an empty assignment has said so. */
static bool empties(const Assignment *assignment)
{
        char ***field = TARGET(char **, assignment);

        if (assignment->value[0] != '\0')
                return false;
        *field = strv_free(*field);
        return true;
}

/* Resolves, checks and appends one word. */
static int add_word(const Assignment *assignment, word_check_fn check, const char *word, char ***list)
{
        _cleanup_free_ char *expanded = NULL;
        int r = assignment_expand(assignment, word, &expanded);

        if (r < 0)
                return r;
        r = check(assignment, expanded);
        if (r < 0)
                return r;
        return strv_consume(list, TAKE_PTR(expanded));
}

/* All words of the value, resolved and checked, behind what is in `*list`. */
static int read_words(const Assignment *assignment, word_check_fn check, char ***list)
{
        size_t n = strv_length(*list);
        const char *p = assignment->value;

        for (;;) {
                _cleanup_free_ char *word = NULL;
                int r = word_extract(&p, NULL, WORD_LIST, &word);

                if (r == -EINVAL || r == -EBADMSG)
                        return assignment_error(assignment, "%s", word_error(r));
                if (r <= 0)
                        return r;
                if (n++ >= WORDS_MAX)
                        return assignment_error(assignment, "makes a list of more than %d words", WORDS_MAX);
                r = add_word(assignment, check, word, list);
                if (r < 0)
                        return r;
        }
}

static int parse_words(const Assignment *assignment, word_check_fn check)
{
        _cleanup_(strv_freep) char **list = NULL;
        char ***field = TARGET(char **, assignment);
        int r;

        if (empties(assignment))
                return 0;
        r = strv_copy(*field, &list);
        if (r < 0)
                return r;
        r = read_words(assignment, check, &list);
        if (r < 0)
                return r;
        strv_free(*field);
        *field = TAKE_PTR(list);
        return 0;
}

/* As parse_words(), where a later assignment to a name takes an earlier one's place. */
static int parse_assigning_words(const Assignment *assignment, word_check_fn check)
{
        _cleanup_(strv_freep) char **list = NULL, **merged = NULL;
        char ***field = TARGET(char **, assignment);
        int r;

        if (empties(assignment))
                return 0;
        r = read_words(assignment, check, &list);
        if (r < 0)
                return r;
        r = strv_copy(*field, &merged);
        if (r < 0)
                return r;
        r = environment_merge(&merged, list);
        if (r == -E2BIG)
                return assignment_error(assignment, "makes more than %d variables", ENVIRONMENT_MAX);
        if (r < 0)
                return r;
        strv_free(*field);
        *field = TAKE_PTR(merged);
        return 0;
}

static int parse_documentation(const Assignment *assignment)
{
        return parse_words(assignment, check_uri);
}

static int parse_users(const Assignment *assignment)
{
        return parse_words(assignment, assignment_check_user);
}

static int parse_directories(const Assignment *assignment)
{
        return parse_words(assignment, check_directory);
}

static int parse_assignments(const Assignment *assignment)
{
        return parse_assigning_words(assignment, check_assignment);
}

static int parse_log_fields(const Assignment *assignment)
{
        return parse_words(assignment, check_log_field);
}

static int parse_variable_names(const Assignment *assignment)
{
        return parse_words(assignment, check_name);
}

static int parse_variables_unset(const Assignment *assignment)
{
        return parse_words(assignment, check_unset);
}

/* One path, blanks and all: the value is no list of words. */
static int parse_environment_files(const Assignment *assignment)
{
        bool optional = assignment->value[0] == '-';
        _cleanup_free_ char *path = NULL;
        char ***field = TARGET(char **, assignment);
        int r;

        if (empties(assignment))
                return 0;
        r = assignment_expand(assignment, assignment->value + optional, &path);
        if (r < 0)
                return r;
        if (path[0] != '/')
                return assignment_error(assignment, "is not an absolute path");
        return strv_extendf(field, "%s%s", optional ? "-" : "", path);
}

int show_words(const Directive *directive, const void *base, Value *ret)
{
        char **copy = NULL;
        int r = strv_copy(*FIELD(char **, directive, base), &copy);

        if (r < 0)
                return r;
        *ret = (Value){.type = VALUE_STRV, .strings = copy};
        return 0;
}

static int show_environment_files(const Directive *directive, const void *base, Value *ret)
{
        _cleanup_(strv_freep) char **shown = NULL;

        STRV_FOREACH (file, *FIELD(char **, directive, base)) {
                bool optional = (*file)[0] == '-';
                int r = strv_extendf(&shown, "%s (ignore_errors=%s)", *file + optional, optional ? "yes" : "no");

                if (r < 0)
                        return r;
        }
        *ret = (Value){.type = VALUE_RECORDS, .strings = TAKE_PTR(shown)};
        return 0;
}

bool equal_words(const Directive *directive, const void *a, const void *b)
{
        return strv_equal(*FIELD(char **, directive, a), *FIELD(char **, directive, b));
}

void done_words(const Directive *directive, void *base)
{
        strv_free(*FIELD(char **, directive, base));
}

#define WORDS_KIND(name, syntax, parse)                                                 \
        const DirectiveKind name = {syntax,     VALUE_STRV,  REPETITION_APPENDS, parse, \
                                    show_words, equal_words, done_words}

WORDS_KIND(kind_documentation, "URI…", parse_documentation);
WORDS_KIND(kind_users, "NAME…", parse_users);
WORDS_KIND(kind_directories, "FOLDER…", parse_directories);
const DirectiveKind kind_assignments = {
        "NAME=VALUE…", VALUE_STRV,  REPETITION_APPENDS, parse_assignments,
        show_words,    equal_words, done_words,         .secret = true,
};
WORDS_KIND(kind_log_fields, "NAME=VALUE…", parse_log_fields);
WORDS_KIND(kind_variable_names, "NAME…", parse_variable_names);
WORDS_KIND(kind_variables_unset, "NAME…", parse_variables_unset);
const DirectiveKind kind_environment_files = {
        "PATH",      VALUE_RECORDS, REPETITION_APPENDS, parse_environment_files, show_environment_files,
        equal_words, done_words};
