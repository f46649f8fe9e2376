/* SPDX-License-Identifier: MIT */

/* Directives whose value is one text: a sentence, a user, a folder, a pattern, the words for stdin; and the words in
 * which every directive's value is refused. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/parse.h"
#include "common/quote.h"
#include "common/strv.h"
#include "core/kinds.h"
#include "core/ready-line.h"

/* So much of a value is repeated in a message. */
#define VALUE_SHOWN_MAX 100

static void _printf_(3, 0)
        assignment_diagnose(const Assignment *assignment, Severity severity, const char *format, va_list ap)
{
        const Directive *directive = assignment->directive;
        const char *value = directive->kind->secret ? "" : assignment->value;
        int shown = diagnostic_shown(value, VALUE_SHOWN_MAX);
        _cleanup_free_ char *text = NULL;

        if (vasprintf(&text, format, ap) < 0) {
                text = NULL; /* undefined after a failure */
                assignment->diagnostics->out_of_memory = true;
                return;
        }
        diagnostics_add(assignment->diagnostics, severity, assignment->where, assignment->service, "%s%s%.*s%s: %s",
                        directive->name, directive->kind->secret ? "" : "=", shown, value, value[shown] ? "…" : "",
                        text);
}

int assignment_error(const Assignment *assignment, const char *format, ...)
{
        va_list ap;

        va_start(ap, format);
        assignment_diagnose(assignment, SEVERITY_ERROR, format, ap);
        va_end(ap);
        return -EINVAL;
}

void assignment_warning(const Assignment *assignment, const char *format, ...)
{
        va_list ap;

        va_start(ap, format);
        assignment_diagnose(assignment, SEVERITY_WARNING, format, ap);
        va_end(ap);
}

int assignment_refused(const Assignment *assignment, int error, const char *expected)
{
        if (error == -ENOMEM)
                return error;
        if (assignment->value[0] == '\0')
                return assignment_error(assignment, "needs a value: %s", expected);
        if (error == -ERANGE)
                return assignment_error(assignment, "is out of range for %s", expected);
        return assignment_error(assignment, "is not %s", expected);
}

int assignment_expand(const Assignment *assignment, const char *text, char **ret)
{
        _cleanup_free_ char *error = NULL;
        int r = specifier_expand(text, assignment->specifiers, ret, &error);

        if (r == -ENOMEM || (r < 0 && !error))
                return -ENOMEM;
        return r < 0 ? assignment_error(assignment, "%s", error) : 0;
}

/* Puts `value` (taken) into the field; an empty one unsets it. */
static int set_string(const Assignment *assignment, char *value)
{
        char **field = TARGET(char *, assignment);

        free(*field);
        *field = value;
        if (value[0] == '\0') {
                free(value);
                *field = NULL;
        }
        return 0;
}

static int parse_string(const Assignment *assignment)
{
        char *value;
        int r = assignment_expand(assignment, assignment->value, &value);

        return r < 0 ? r : set_string(assignment, value);
}

int show_string(const Directive *directive, const void *base, Value *ret)
{
        char *s = strdup(*FIELD(char *, directive, base) ?: "");

        if (!s)
                return -ENOMEM;
        *ret = (Value){.type = VALUE_STRING, .string = s};
        return 0;
}

bool equal_string(const Directive *directive, const void *a, const void *b)
{
        const char *x = *FIELD(char *, directive, a), *y = *FIELD(char *, directive, b);

        return !x == !y && strcmp(x ?: "", y ?: "") == 0;
}

void done_string(const Directive *directive, void *base)
{
        free(*FIELD(char *, directive, base));
}

int assignment_check_user(const Assignment *assignment, const char *name)
{
        size_t n = strlen(name);
        uint64_t id;

        if (n > 0 && strspn(name, "0123456789") == n) {
                /* 2^32-1 and 2^16-1 mean "none" in system calls. */
                if (unsigned_parse(name, UINT32_MAX - 1, &id) < 0 || id == UINT16_MAX)
                        return assignment_error(assignment, "is no number that a user or group can have");
                return 0;
        }
        if (n == 0 || n > 255 || strpbrk(name, ":/ \t\n\"'\\") || name[0] == '-' || strcmp(name, ".") == 0 ||
            strcmp(name, "..") == 0)
                return assignment_error(assignment, "is neither a name nor a number of a user or group");
        return 0;
}

static int parse_user(const Assignment *assignment)
{
        _cleanup_free_ char *value = NULL;
        int r = assignment_expand(assignment, assignment->value, &value);

        if (r < 0)
                return r;
        if (value[0] != '\0') {
                r = assignment_check_user(assignment, value);
                if (r < 0)
                        return r;
        }
        return set_string(assignment, TAKE_PTR(value));
}

/* Specifiers are none of its: a `%` in a pattern is a letter. */
static int parse_pattern(const Assignment *assignment)
{
        _cleanup_(ready_line_freep) ReadyLine *compiled = NULL;
        _cleanup_free_ char *error = NULL;
        char *value;
        int r = 0;

        if (assignment->value[0] != '\0')
                r = ready_line_new(assignment->value, &compiled, &error);
        if (r == -EINVAL && error)
                return assignment_error(assignment, "is not a regular expression (PCRE2): %s", error);
        if (r < 0)
                return r;
        value = strdup(assignment->value);
        return value ? set_string(assignment, value) : -ENOMEM;
}

static int parse_working_directory(const Assignment *assignment)
{
        bool optional = assignment->value[0] == '-';
        _cleanup_free_ char *value = NULL;
        int r = assignment_expand(assignment, assignment->value + optional, &value);

        if (r < 0)
                return r;
        if (value[0] == '\0' ? optional : value[0] != '/' && strcmp(value, "~") != 0)
                return assignment_error(assignment, "is neither an absolute path nor ~");
        *TARGET2(bool, assignment) = optional;
        return set_string(assignment, TAKE_PTR(value));
}

/* A relative one is below the folder for run-time files. */
static int parse_pid_file(const Assignment *assignment)
{
        _cleanup_free_ char *value = NULL, *folder = NULL;
        char *path;
        int r = assignment_expand(assignment, assignment->value, &value);

        if (r < 0)
                return r;
        if (strstr(value, "../") || (value[0] != '\0' && value[strlen(value) - 1] == '/'))
                return assignment_error(assignment, "is no path of a file");
        if (value[0] == '\0' || value[0] == '/')
                return set_string(assignment, TAKE_PTR(value));

        r = assignment_expand(assignment, "%t", &folder);
        if (r < 0)
                return r;
        return asprintf(&path, "%s/%s", folder, value) < 0 ? -ENOMEM : set_string(assignment, path);
}

/* As systemctl shows it: a folder that may be missing has a `!`. */
static int show_working_directory(const Directive *directive, const void *base, Value *ret)
{
        const char *path = *FIELD(char *, directive, base);
        char *s;

        if (asprintf(&s, "%s%s", *FIELD2(bool, directive, base) ? "!" : "", path ?: "") < 0)
                return -ENOMEM;
        *ret = (Value){.type = VALUE_STRING, .string = s};
        return 0;
}

static bool equal_working_directory(const Directive *directive, const void *a, const void *b)
{
        return equal_string(directive, a, b) && *FIELD2(bool, directive, a) == *FIELD2(bool, directive, b);
}

static int parse_input_text(const Assignment *assignment)
{
        _cleanup_free_ char *unescaped = NULL, *line = NULL;
        char **field = TARGET(char *, assignment), *text;
        int r;

        if (assignment->value[0] == '\0') {
                free(*field);
                *field = NULL;
                return 0;
        }
        r = c_unescape(assignment->value, &unescaped);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return assignment_error(assignment, "has an unknown escape (\\\\ stands for a backslash)");
        r = assignment_expand(assignment, unescaped, &line);
        if (r < 0)
                return r;
        if (asprintf(&text, "%s%s\n", *field ?: "", line) < 0)
                return -ENOMEM;
        free(*field);
        *field = text;
        return 0;
}

const DirectiveKind kind_string = {"TEXT",      VALUE_STRING, REPETITION_REPLACES, parse_string,
                                   show_string, equal_string, done_string};
const DirectiveKind kind_user = {"NAME",      VALUE_STRING, REPETITION_REPLACES, parse_user,
                                 show_string, equal_string, done_string};
const DirectiveKind kind_pattern = {"PATTERN",   VALUE_STRING, REPETITION_REPLACES, parse_pattern,
                                    show_string, equal_string, done_string};
const DirectiveKind kind_working_directory = {"PATH",
                                              VALUE_STRING,
                                              REPETITION_REPLACES,
                                              parse_working_directory,
                                              show_working_directory,
                                              equal_working_directory,
                                              done_string};
const DirectiveKind kind_pid_file = {"PATH",      VALUE_STRING, REPETITION_REPLACES, parse_pid_file,
                                     show_string, equal_string, done_string};
const DirectiveKind kind_input_text = {"TEXT",      VALUE_STRING, REPETITION_APPENDS, parse_input_text,
                                       show_string, equal_string, done_string,        .secret = true};
