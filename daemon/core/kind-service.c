/* SPDX-License-Identifier: MIT */

/* Directives that only services have: commands, names of other services, sets of exit statuses. */

#include <errno.h>
#include <string.h>

#include "common/exit-status.h"
#include "common/name.h"
#include "common/parse.h"
#include "common/quote.h"
#include "common/strv.h"
#include "core/kinds.h"

static int parse_commands(const Assignment *assignment)
{
        CommandList *list = TARGET(CommandList, assignment);
        _cleanup_free_ char *message = NULL;
        size_t first = list->n;
        int r;

        if (assignment->value[0] == '\0') {
                command_list_done(list);
                return 0;
        }
        r = command_line_parse(assignment->value, assignment->specifiers, list, &message);
        if (r < 0 && !message)
                return -ENOMEM;
        if (r < 0)
                return assignment_error(assignment, "%s", message);
        if (r > 0 && message)
                assignment_warning(assignment, "%s", message);
        /* Each keeps its own place: a drop-in may add others. */
        for (size_t i = first; i < list->n; i++) {
                list->items[i].file = assignment->where.file;
                list->items[i].line = assignment->where.line;
        }
        return 0;
}

static int show_command(const Command *command, char ***list)
{
        _cleanup_free_ char *argv = quote_words(command->argv);

        if (!argv)
                return -ENOMEM;
        return strv_extendf(list, "{ path=%s ; argv[]=%s ; ignore_errors=%s }", command->path, argv,
                            command->ignore_failure ? "yes" : "no");
}

static int show_commands(const Directive *directive, const void *base, Value *ret)
{
        const CommandList *list = FIELD(CommandList, directive, base);
        _cleanup_(strv_freep) char **shown = NULL;

        for (size_t i = 0; i < list->n; i++) {
                int r = show_command(&list->items[i], &shown);

                if (r < 0)
                        return r;
        }
        *ret = (Value){.type = VALUE_RECORDS, .strings = TAKE_PTR(shown)};
        return 0;
}

static bool equal_commands(const Directive *directive, const void *a, const void *b)
{
        const CommandList *x = FIELD(CommandList, directive, a), *y = FIELD(CommandList, directive, b);

        if (x->n != y->n)
                return false;
        for (size_t i = 0; i < x->n; i++) {
                const Command *c = &x->items[i], *d = &y->items[i];

                if (strcmp(c->path, d->path) != 0 || !strv_equal(c->argv, d->argv) ||
                    c->ignore_failure != d->ignore_failure || c->no_variables != d->no_variables)
                        return false;
        }
        return true;
}

static void done_commands(const Directive *directive, void *base)
{
        command_list_done(FIELD(CommandList, directive, base));
}

/* Units of systemd that are no services. */
static bool is_other_unit(const char *name)
{
        static const char *const suffixes[] = {".socket", ".timer", ".mount",     ".path", ".device",
                                               ".slice",  ".scope", ".automount", ".swap"};
        size_t n = strlen(name);

        for (size_t i = 0; i < ELEMENTSOF(suffixes); i++) {
                size_t m = strlen(suffixes[i]);

                if (n > m && strcmp(name + n - m, suffixes[i]) == 0)
                        return true;
        }
        return false;
}

/* A name that the service can't run without is an error; one that only orders it is told, and the service runs. */
static int refuse_reference(const Assignment *assignment, const char *name, const char *why)
{
        static const Relation essential[] = {RELATION_REQUIRES, RELATION_REQUISITE, RELATION_BINDS_TO};

        for (size_t i = 0; i < ELEMENTSOF(essential); i++)
                if (assignment->directive->offset == offsetof(ServiceConfig, relations[essential[i]]))
                        return assignment_error(assignment, "%s%s", name, why);
        assignment_warning(assignment, "%s%s", name, why);
        return 0;
}

/* 1 and the service's name; 0: nothing that could be referred to, and said so. */
static int read_reference(const Assignment *assignment, const char *word, char **ret)
{
        _cleanup_free_ char *name = NULL;
        int r;

        if (is_other_unit(word))
                return refuse_reference(assignment, word, " is a unit of systemd that tended does not have");
        r = name_normalize(word, &name);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return assignment_error(assignment, "%s is not the name of a service: it %s", word,
                                        name_problem(word) ?: "is incomplete");
        if (assignment->service && strcmp(name, assignment->service) == 0)
                return refuse_reference(assignment, word, " is the service itself");
        *ret = TAKE_PTR(name);
        return 1;
}

static bool has_reference(const ReferenceList *list, const char *name)
{
        for (size_t i = 0; i < list->n; i++)
                if (strcmp(list->items[i].name, name) == 0)
                        return true;
        return false;
}

/* Takes `name`. */
static int add_reference(const Assignment *assignment, char *name)
{
        _cleanup_free_ char *owned = name;
        ReferenceList *list = TARGET(ReferenceList, assignment);
        Reference *items;

        if (has_reference(list, name))
                return 0;
        items = reallocarray(list->items, list->n + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;
        list->items = items;
        items[list->n++] = (Reference){.name = TAKE_PTR(owned), .where = assignment->where};
        return 0;
}

/* A list keeps each name once, so its length is bounded by what a person would write. */
#define REFERENCES_MAX 8192

static int parse_references(const Assignment *assignment)
{
        const char *p = assignment->value;

        if (p[0] == '\0') {
                assignment_warning(assignment, "does nothing: what a service depends on can't be taken back");
                return 0;
        }
        for (;;) {
                _cleanup_free_ char *word = NULL, *expanded = NULL;
                char *name;
                int r = word_extract(&p, NULL, WORD_UNQUOTE | WORD_RETAIN_ESCAPE, &word);

                if (r == -EINVAL || r == -EBADMSG)
                        return assignment_error(assignment, "%s", word_error(r));
                if (r <= 0)
                        return r;
                if (TARGET(ReferenceList, assignment)->n >= REFERENCES_MAX)
                        return assignment_error(assignment, "makes a list of more than %d names", REFERENCES_MAX);
                r = assignment_expand(assignment, word, &expanded);
                if (r < 0)
                        return r;
                r = read_reference(assignment, expanded, &name);
                if (r > 0)
                        r = add_reference(assignment, name);
                if (r < 0)
                        return r;
        }
}

static int show_references(const Directive *directive, const void *base, Value *ret)
{
        const ReferenceList *list = FIELD(ReferenceList, directive, base);
        _cleanup_(strv_freep) char **names = NULL;

        for (size_t i = 0; i < list->n; i++) {
                int r = strv_extend(&names, list->items[i].name);

                if (r < 0)
                        return r;
        }
        *ret = (Value){.type = VALUE_STRV, .strings = TAKE_PTR(names)};
        return 0;
}

static bool equal_references(const Directive *directive, const void *a, const void *b)
{
        const ReferenceList *x = FIELD(ReferenceList, directive, a), *y = FIELD(ReferenceList, directive, b);

        if (x->n != y->n)
                return false;
        /* Mostly they stand in the same order. */
        for (size_t i = 0; i < x->n; i++)
                if (strcmp(x->items[i].name, y->items[i].name) != 0 && !has_reference(y, x->items[i].name))
                        return false;
        return true;
}

static void done_references(const Directive *directive, void *base)
{
        ReferenceList *list = FIELD(ReferenceList, directive, base);

        for (size_t i = 0; i < list->n; i++)
                free(list->items[i].name);
        free(list->items);
}

static int add_status(const Assignment *assignment, const char *word, ExitStatusSet *set)
{
        int code, signal;

        if (exit_status_parse(word, &code) >= 0) {
                set->codes[code / 64] |= UINT64_C(1) << (code % 64);
                return 0;
        }
        /* A number is an exit code, never a signal. */
        if (word[0] < '0' || word[0] > '9')
                if (signal_parse(word, &signal) >= 0 && signal < 64) {
                        set->signals |= UINT64_C(1) << signal;
                        return 0;
                }
        return assignment_error(
                assignment, "%s is neither an exit status (0 to 255, or a name like TEMPFAIL) nor a signal", word);
}

static int parse_exit_status(const Assignment *assignment)
{
        ExitStatusSet *field = TARGET(ExitStatusSet, assignment), set = *field;
        const char *p = assignment->value;

        if (p[0] == '\0') {
                *field = (ExitStatusSet){};
                return 0;
        }
        for (;;) {
                _cleanup_free_ char *word = NULL;
                int r = word_extract(&p, NULL, 0, &word);

                if (r == -EINVAL || r == -EBADMSG)
                        return assignment_error(assignment, "%s", word_error(r));
                if (r < 0)
                        return r;
                if (r == 0)
                        break;
                r = add_status(assignment, word, &set);
                if (r < 0)
                        return r;
        }
        *field = set;
        return 0;
}

static int show_exit_status(const Directive *directive, const void *base, Value *ret)
{
        const ExitStatusSet *set = FIELD(ExitStatusSet, directive, base);
        _cleanup_(strv_freep) char **shown = NULL;
        char name[SIGNAL_NAME_MAX];
        int r = 0;

        for (int i = 0; i < 256 && r >= 0; i++)
                if (exit_status_set_has_code(set, i))
                        r = strv_extendf(&shown, "%d", i);
        for (int i = 1; i < 64 && r >= 0; i++)
                if (exit_status_set_has_signal(set, i))
                        r = strv_extend(&shown, signal_format(name, i));
        if (r < 0)
                return r;
        *ret = (Value){.type = VALUE_STRV, .strings = TAKE_PTR(shown)};
        return 0;
}

static bool equal_exit_status(const Directive *directive, const void *a, const void *b)
{
        return memcmp(FIELD(ExitStatusSet, directive, a), FIELD(ExitStatusSet, directive, b),
                      sizeof(ExitStatusSet)) == 0;
}

const DirectiveKind kind_commands = {"COMMAND",     VALUE_RECORDS,  REPETITION_APPENDS, parse_commands,
                                     show_commands, equal_commands, done_commands};
const DirectiveKind kind_references = {"NAME…",         VALUE_STRV,       REPETITION_ADDS, parse_references,
                                       show_references, equal_references, done_references};
const DirectiveKind kind_exit_status = {"STATUS…",         VALUE_STRV,       REPETITION_APPENDS,
                                        parse_exit_status, show_exit_status, equal_exit_status};
