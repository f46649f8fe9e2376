/* SPDX-License-Identifier: MIT */
/* Exec*= values into commands: systemd.service(5), "Command lines".
 *
 * The first word carries prefixes and the path, the others are the arguments; specifiers are resolved in each word
 * after its quotes are gone, so that a value with blanks stays one word. A ';' on its own between words begins the
 * next command, which must be seen before unquoting: "\;" and ";" in quotes are words.
 *
 * Differs from systemd in this: every mistake is an error, also behind the prefix '-' (systemd then forgets the
 * command with a warning); one bad command spoils its whole value; and a path that ends in "/." or "/..", which only
 * a folder can have, is refused. */

#include "common/command-line.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/quote.h"
#include "common/strv.h"

#define WHITESPACE     " \t\n\r"
#define PATH_BYTES_MAX 4095
#define FILE_BYTES_MAX 255

typedef struct CommandParse {
        const char *rest;             /* NULL at the end */
        const Specifiers *specifiers; /* weak */
        CommandList list;             /* what was read so far */
        size_t size;                  /* of all words */
        char *warning;                /* the first one */
        char *error;
} CommandParse;

void command_done(Command *command)
{
        free(command->path);
        strv_free(command->argv);
        *command = (Command){0};
}

void command_list_done(CommandList *list)
{
        for (size_t i = 0; i < list->n; i++)
                command_done(&list->items[i]);
        free(list->items);
        *list = (CommandList){0};
}

static void parse_done(CommandParse *parse)
{
        command_list_done(&parse->list);
        free(parse->warning);
        free(parse->error);
}

_printf_(2, 3) static int fail(CommandParse *parse, const char *format, ...)
{
        va_list args;
        int n;

        free(parse->error);
        va_start(args, format);
        n = vasprintf(&parse->error, format, args);
        va_end(args);
        if (n < 0)
                parse->error = NULL;
        return n < 0 ? -ENOMEM : -EINVAL;
}

/* Appends to the list; takes what the command owns. */
static int list_add(CommandList *list, Command *command)
{
        /* Grows at powers of two. */
        if ((list->n & (list->n + 1)) == 0) {
                Command *grown = realloc(list->items, 2 * (list->n + 1) * sizeof(Command));

                if (!grown)
                        return -ENOMEM;
                list->items = grown;
        }
        list->items[list->n++] = *command;
        *command = (Command){0};
        return 0;
}

/* The next word without quotes. An unknown escape is kept, and warned of; 0 where no word is left. */
static int next_word(CommandParse *parse, char **ret)
{
        const char *begin = parse->rest;
        int r;

        r = word_extract(&parse->rest, NULL, WORD_UNQUOTE | WORD_CUNESCAPE, ret);
        if (r != -EINVAL && r != -EBADMSG)
                return r;

        r = word_extract(&parse->rest, NULL, WORD_UNQUOTE | WORD_CUNESCAPE | WORD_KEEP_ESCAPES, ret);
        if (r == -EBADMSG)
                return fail(parse, "a quote is not closed: %.100s", begin);
        if (r > 0 && !parse->warning &&
            asprintf(&parse->warning, "there is no such escape sequence, it is kept as it is: %.200s", *ret) < 0) {
                parse->warning = NULL;
                free(*ret);
                return -ENOMEM;
        }
        return r;
}

/* Resolves the specifiers of a word. */
static int expand_word(CommandParse *parse, const char *word, char **ret)
{
        _cleanup_free_ char *expanded = NULL, *error = NULL;
        int r;

        r = specifier_expand(word, parse->specifiers, &expanded, &error);
        if (r < 0) {
                free(parse->error);
                parse->error = TAKE_PTR(error);
                return r;
        }
        parse->size += strlen(expanded) + 1;
        if (parse->size > COMMAND_LINE_MAX)
                return fail(parse, "longer than a command line can be");
        *ret = TAKE_PTR(expanded);
        return 0;
}

/* Reads `-`, `@`, `:` off the first word, each at most once; *word moves behind them. */
static int read_prefixes(CommandParse *parse, const char **word, Command *command, bool *ret_own_name)
{
        const char *w = *word;
        bool own_name = false;

        for (;; w++) {
                if (*w == '-' && !command->ignore_failure)
                        command->ignore_failure = true;
                else if (*w == '@' && !own_name)
                        own_name = true;
                else if (*w == ':' && !command->no_variables)
                        command->no_variables = true;
                else
                        break;
        }
        if (*w && strchr("+!|", *w))
                return fail(parse, "the prefix '%s' is not supported (those that are: - @ :)",
                            strncmp(w, "!!", 2) == 0 ? "!!"
                            : *w == '!'              ? "!"
                            : *w == '+'              ? "+"
                                                     : "|");
        *ret_own_name = own_name;
        *word = w;
        return 0;
}

/* What is wrong with a path or name of a program; NULL where nothing is. */
static const char *program_problem(const char *path)
{
        size_t length = strlen(path);
        size_t limit = *path == '/' ? PATH_BYTES_MAX : FILE_BYTES_MAX;
        const char *last;

        if (length == 0)
                return "no program is named";
        for (const char *c = path; *c; c++)
                if ((*c > 0 && *c < ' ') || strchr("\"'\\\x7f", *c))
                        return "the program's path has a control character, a quote or a backslash";
        if (path[length - 1] == '/')
                return "a folder is no program";
        if (*path != '/' && strchr(path, '/'))
                return "the program is neither an absolute path nor a name without '/'";
        last = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
        if (strcmp(last, ".") == 0 || strcmp(last, "..") == 0)
                return "a folder is no program";
        if (length > limit)
                return "the program's path is too long";
        for (const char *c = path; *c; c += strcspn(c, "/"), c += strspn(c, "/"))
                if (strcspn(c, "/") > FILE_BYTES_MAX)
                        return "the program's path is too long";
        return NULL;
}

/* Takes doubled slashes and "." components out of an absolute path, in place. */
static void simplify_path(char *path)
{
        char *out = path;
        const char *in = path;

        if (*path != '/')
                return;
        while (*in) {
                size_t length;

                in += strspn(in, "/");
                length = strcspn(in, "/");
                if (length > 0 && !(length == 1 && *in == '.')) {
                        *out++ = '/';
                        memmove(out, in, length);
                        out += length;
                }
                in += length;
        }
        if (out == path)
                *out++ = '/';
        *out = '\0';
}

/* Is there a `;` of its own at `s`, or one behind `skip` bytes? */
static bool is_separator(const char *s, size_t skip)
{
        return s[skip] == ';' && (!s[skip + 1] || strchr(WHITESPACE, s[skip + 1]));
}

/* Moves behind a separator of `length` bytes and the white space that follows it. */
static void skip_separator(CommandParse *parse, size_t length)
{
        parse->rest += length;
        parse->rest += strspn(parse->rest, WHITESPACE);
}

/* The words up to the end or a ';'. */
static int read_arguments(CommandParse *parse, Command *command)
{
        size_t n = strv_length(command->argv);
        int r;

        while (parse->rest && *parse->rest) {
                _cleanup_free_ char *word = NULL;
                char *argument;

                if (is_separator(parse->rest, 0)) {
                        skip_separator(parse, 1);
                        return 0;
                }
                if (*parse->rest == '\\' && is_separator(parse->rest, 1)) {
                        skip_separator(parse, 2);
                        argument = strdup(";");
                } else {
                        r = next_word(parse, &word);
                        if (r <= 0)
                                return r;
                        r = expand_word(parse, word, &argument);
                        if (r < 0)
                                return r;
                }
                r = strv_consume_n(&command->argv, &n, argument);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* The command that begins with `word`. */
static int read_command(CommandParse *parse, const char *word, Command *command)
{
        bool own_name;
        const char *problem;
        int r;

        r = read_prefixes(parse, &word, command, &own_name);
        if (r < 0)
                return r;
        r = expand_word(parse, word, &command->path);
        if (r < 0)
                return r;
        problem = program_problem(command->path);
        if (problem)
                return fail(parse, "%s%s%.200s", problem, *command->path ? ": " : "", command->path);

        if (!own_name) {
                r = strv_extend(&command->argv, command->path);
                if (r < 0)
                        return r;
        }
        simplify_path(command->path);

        r = read_arguments(parse, command);
        if (r < 0)
                return r;
        if (!command->argv)
                return fail(parse, "the prefix @ wants a word for argv[0] behind the program");
        return 0;
}

static int read_commands(CommandParse *parse)
{
        int r;

        for (;;) {
                _cleanup_free_ char *word = NULL;
                _cleanup_(command_done) Command command = {0};

                r = next_word(parse, &word);
                if (r <= 0)
                        return r;
                /* A ';' where a command should be is one separator more. */
                if (strcmp(word, ";") == 0)
                        continue;
                r = read_command(parse, word, &command);
                if (r < 0)
                        return r;
                r = list_add(&parse->list, &command);
                if (r < 0)
                        return r;
        }
}

int command_line_parse(const char *value, const Specifiers *specifiers, CommandList *list, char **ret_message)
{
        _cleanup_(parse_done) CommandParse parse = {.rest = value, .specifiers = specifiers};
        size_t n = list->n;
        int r;

        *ret_message = NULL;
        r = read_commands(&parse);
        if (r < 0) {
                *ret_message = TAKE_PTR(parse.error);
                return r;
        }
        for (size_t i = 0; i < parse.list.n; i++) {
                r = list_add(list, &parse.list.items[i]);
                if (r < 0) {
                        while (list->n > n)
                                command_done(&list->items[--list->n]);
                        return r;
                }
        }
        *ret_message = TAKE_PTR(parse.warning);
        return *ret_message ? 1 : 0;
}
