/* SPDX-License-Identifier: MIT */
/* Command lines: the sentences of our own mistakes and limits by hand, everything else against the answers of a
 * booted systemd. Where we depart from it on purpose, the test says so: what systemd drops with a warning is an
 * error, and so are the prefixes that are not supported. */

#include <criterion/criterion.h>
#include <errno.h>

#include "cases.h"
#include "common/command-line.h"
#include "common/strv.h"

/* What systemd resolves specifiers to, for the unit case-N.service. */
static int resolve(void *userdata, char letter, const char *name, char **ret, char **ret_error)
{
        const char *unit = userdata;
        static const char letters[] = "iuUhtT";
        static const char *const values[] = {"", "root", "0", "/root", "/run", "/tmp"};
        const char *found;

        if (letter == '{') {
                if (strcmp(name, "db.PORT") != 0) {
                        *ret_error = strdup("there is no such port");
                        return -ENODATA;
                }
                *ret = strdup("4711");
        } else if (letter == 'n' || letter == 'N' || letter == 'p') {
                if (asprintf(ret, "%s%s", unit, letter == 'n' ? ".service" : "") < 0)
                        return -ENOMEM;
        } else {
                found = strchr(letters, letter);
                if (!found)
                        return -ENOENT;
                *ret = strdup(values[found - letters]);
        }
        return *ret ? 0 : -ENOMEM;
}

typedef struct OracleCase {
        char *line;
        char name[32];
        bool refused, dropped, warned, unsayable, privileged;
        CommandList commands;
        char **runs[64];
        size_t n_runs;
} OracleCase;

static void oracle_case_done(OracleCase *c)
{
        free(c->line);
        command_list_done(&c->commands);
        for (size_t i = 0; i < c->n_runs; i++)
                strv_free(c->runs[i]);
        *c = (OracleCase){0};
}

static void add_command(OracleCase *c, char *text)
{
        char *path = strchr(text, ' ');

        *path++ = '\0';
        c->privileged =
                c->privileged || strstr(text, "privileged") || strstr(text, "no-setuid") || strstr(text, "ambient");
        c->commands.items = realloc(c->commands.items, (c->commands.n + 1) * sizeof(Command));
        c->commands.items[c->commands.n++] = (Command){
                .path = strdup(path),
                .ignore_failure = strstr(text, "ignore-failure"),
                .no_variables = strstr(text, "no-env-expand"),
        };
}

static void check_commands(const OracleCase *c, const CommandList *commands)
{
        cr_assert_eq(commands->n, c->commands.n, "%s: %s", c->name, c->line);
        for (size_t i = 0; i < commands->n; i++) {
                const Command *ours = &commands->items[i], *theirs = &c->commands.items[i];

                cr_assert_str_eq(ours->path, theirs->path, "%s: %s", c->name, c->line);
                cr_assert(strv_equal(ours->argv, theirs->argv), "%s: %s", c->name, c->line);
                cr_assert_eq(ours->ignore_failure, theirs->ignore_failure, "%s: %s", c->name, c->line);
                cr_assert_eq(ours->no_variables, theirs->no_variables, "%s: %s", c->name, c->line);
        }
}

static void check_runs(const OracleCase *c, const CommandList *commands, char **environment)
{
        for (size_t i = 0; i < c->n_runs; i++) {
                _cleanup_(strv_freep) char **expanded = NULL;
                const Command *command = &commands->items[i];
                char *ours, *theirs = strv_join(c->runs[i], "|");
                int r = command->no_variables ? strv_copy(command->argv, &expanded)
                                              : command_expand_variables(command->argv, environment, &expanded, NULL);

                cr_assert_eq(r, 0);
                ours = strv_join(expanded, "|");
                cr_assert(strv_equal(expanded, c->runs[i]), "%s: %s: ours %s, theirs %s", c->name, c->line, ours,
                          theirs);
                free(ours);
                free(theirs);
        }
}

static void check_case(const OracleCase *c, char **environment)
{
        _cleanup_(command_list_done) CommandList commands = {0};
        _cleanup_free_ char *message = NULL;
        Specifiers specifiers = {.resolve = resolve, .userdata = (void *) c->name};
        int r = command_line_parse(c->line, &specifiers, &commands, &message);

        if (c->refused || c->dropped || c->privileged) {
                cr_assert_lt(r, 0, "%s: %s", c->name, c->line);
                cr_assert(message && *message, "%s: %s", c->name, c->line);
                cr_assert_eq(commands.n, 0);
                return;
        }
        cr_assert_eq(r, c->warned, "%s: %s: %s", c->name, c->line, message ? message : "");
        if (c->unsayable)
                cr_assert_eq(commands.n, c->n_runs);
        else
                check_commands(c, &commands);
        check_runs(c, &commands, environment);
}

Test(command_line, all_answers_of_a_booted_systemd_are_ours)
{
        CaseFile file = cases_open("command-lines.txt");
        _cleanup_(strv_freep) char **environment = NULL;
        OracleCase c = {0};
        const char *word;
        char *text;
        unsigned n_cases = 0, number;

        while (cases_next(&file, &word, &text)) {
                if (strcmp(word, "environment") == 0)
                        strv_extend(&environment, text);
                else if (strcmp(word, "case") == 0) {
                        if (c.line)
                                check_case(&c, environment);
                        oracle_case_done(&c);
                        c.line = strdup(cases_number(text, &number));
                        snprintf(c.name, sizeof(c.name), "case-%u", number);
                        n_cases++;
                } else if (strcmp(word, "refused") == 0)
                        c.refused = true;
                else if (strcmp(word, "dropped") == 0)
                        c.dropped = true;
                else if (strcmp(word, "warned") == 0)
                        c.warned = true;
                else if (strcmp(word, "unsayable") == 0)
                        c.unsayable = true;
                else if (strcmp(word, "command") == 0)
                        add_command(&c, text);
                else if (strcmp(word, "word") == 0)
                        strv_extend(&c.commands.items[c.commands.n - 1].argv, text);
                else if (strcmp(word, "run") == 0)
                        c.runs[c.n_runs++] = NULL;
                else if (strcmp(word, "argument") == 0)
                        strv_extend(&c.runs[c.n_runs - 1], text);
                else
                        cr_assert(false, "line %u: what is '%s'?", file.number, word);
        }
        check_case(&c, environment);
        oracle_case_done(&c);
        cases_close(&file);
        cr_assert_geq(n_cases, 800);
}

Test(command_line, each_mistake_is_told_in_words)
{
        static const struct {
                const char *line, *message;
        } cases[] = {
                {"/bin/a 'b", "a quote is not closed: 'b"},
                {"/bin/a %Z", "%Z is not a specifier (write %% for a percent sign)"},
                {"/bin/a %{db.PORT", "%{ is not closed by }"},
                {"/bin/a %{x.PORT}", "there is no such port"},
                {"+/bin/a", "the prefix '+' is not supported (those that are: - @ :)"},
                {"-!/bin/a", "the prefix '!' is not supported (those that are: - @ :)"},
                {"!!/bin/a", "the prefix '!!' is not supported (those that are: - @ :)"},
                {"|/bin/a", "the prefix '|' is not supported (those that are: - @ :)"},
                {"- /bin/a", "no program is named"},
                {"bin/a", "the program is neither an absolute path nor a name without '/': bin/a"},
                {"/bin/", "a folder is no program: /bin/"},
                {".. x", "a folder is no program: .."},
                {"/bin/. x", "a folder is no program: /bin/."},
                {"/bin/\\ta", "the program's path has a control character, a quote or a backslash: /bin/\ta"},
                {"@/bin/a", "the prefix @ wants a word for argv[0] behind the program"},
                {"/bin/a ; -b/c", "the program is neither an absolute path nor a name without '/': b/c"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                CommandList commands = {0};
                Specifiers specifiers = {.resolve = resolve, .userdata = (void *) "x"};
                char *message;

                cr_assert_lt(command_line_parse(cases[i].line, &specifiers, &commands, &message), 0, "%s",
                             cases[i].line);
                cr_assert_str_eq(message, cases[i].message);
                cr_assert_eq(commands.n, 0);
                free(message);
        }
}

Test(command_line, an_unknown_escape_is_kept_and_warned_of)
{
        _cleanup_(command_list_done) CommandList commands = {0};
        _cleanup_free_ char *message = NULL;

        cr_assert_eq(command_line_parse("/bin/a \\q", NULL, &commands, &message), 1);
        cr_assert_str_eq(message, "there is no such escape sequence, it is kept as it is: \\q");
        cr_assert_str_eq(commands.items[0].argv[1], "\\q");
}

Test(command_line, values_add_up_and_a_bad_one_adds_nothing)
{
        _cleanup_(command_list_done) CommandList commands = {0};
        char *message;

        cr_assert_eq(command_line_parse("/bin/a ; /bin/b", NULL, &commands, &message), 0);
        cr_assert_eq(command_line_parse("/bin/c", NULL, &commands, &message), 0);
        cr_assert_eq(command_line_parse("", NULL, &commands, &message), 0);
        cr_assert_null(message);
        cr_assert_eq(command_line_parse("/bin/d ; /bin/e '", NULL, &commands, &message), -EINVAL);
        free(message);
        cr_assert_eq(commands.n, 3);
        cr_assert_str_eq(commands.items[2].path, "/bin/c");
}

Test(command_line, a_port_of_another_service_is_a_specifier)
{
        _cleanup_(command_list_done) CommandList commands = {0};
        Specifiers specifiers = {.resolve = resolve, .userdata = (void *) "x"};
        char *message;

        cr_assert_eq(command_line_parse("/bin/a --port=%{db.PORT}", &specifiers, &commands, &message), 0);
        cr_assert_str_eq(commands.items[0].argv[1], "--port=4711");
}

Test(command_line, variables_that_are_not_set_are_told_once_each)
{
        const char *argv[] = {"a", "$NO", "x${NO}y${ALSO NO}", "$SET", "${SET}$$", "$", "${}", NULL};
        const char *environment[] = {"SET=1 2", NULL};
        _cleanup_(strv_freep) char **expanded = NULL, **unset = NULL;
        _cleanup_free_ char *joined = NULL, *names = NULL;

        cr_assert_eq(command_expand_variables((char **) argv, (char **) environment, &expanded, &unset), 0);
        joined = strv_join(expanded, "|");
        names = strv_join(unset, "|");
        cr_assert_str_eq(joined, "a|xy|1|2|1 2$|");
        cr_assert_str_eq(names, "NO|ALSO NO");
}

/* Hostile values must not make memory grow beyond what could be run at all. */
Test(command_line, expansions_are_bounded)
{
        _cleanup_(command_list_done) CommandList commands = {0};
        enum { N = 1 << 16, VALUE = 1 << 12 };
        char *assignment = malloc(VALUE + 3), *word = malloc(4 * N + 1), *message, **expanded = NULL;
        char *argv[] = {word, NULL}, *environment[] = {assignment, NULL};
        Specifiers specifiers = {.resolve = resolve, .userdata = (void *) "a-name-of-some-length"};

        memcpy(assignment, "A=", 2);
        memset(assignment + 2, 'x', VALUE);
        assignment[VALUE + 2] = '\0';
        for (size_t i = 0; i < N; i++)
                memcpy(word + 4 * i, "${A}", 5);
        cr_assert_eq(command_expand_variables(argv, environment, &expanded, NULL), -E2BIG);
        cr_assert_null(expanded);

        for (size_t i = 0; i < N; i++)
                memcpy(word + 4 * i, "%n%n", 5);
        word[0] = 'a';
        cr_assert_lt(command_line_parse(word, &specifiers, &commands, &message), 0);
        cr_assert_str_eq(message, "longer than 128 KiB once its specifiers are resolved");
        free(message);
        free(assignment);
        free(word);
}
