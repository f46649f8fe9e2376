/* SPDX-License-Identifier: MIT */

/* One `KEY = VALUE`: finds the directive, lets its kind read the value, and finds words for a key that is none. Knows
 * what the specifiers in a value stand for. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/environment.h"
#include "common/name.h"
#include "common/suggest.h"
#include "core/definition-private.h"

/* So much of a line is repeated in a message. */
#define KEY_SHOWN_MAX 60

typedef struct SpecifierContext {
        Definition *definition;
        const Draft *draft;
} SpecifierContext;

static int give(const char *value, size_t n, char letter, char **ret, char **ret_error)
{
        char *s;

        if (value) {
                s = strndup(value, MIN(n, strlen(value)));
                if (!s)
                        return -ENOMEM;
                *ret = s;
                return 0;
        }
        if (asprintf(&s, "%%%c is not known here", letter) < 0)
                return -ENOMEM;
        *ret_error = s;
        return -ENXIO;
}

/* The specifiers that differ from section to section. */
static int resolve_own(const SpecifierContext *context, char letter, char **ret, char **ret_error)
{
        const Draft *draft = context->draft;
        bool named = draft->section == SECTION_SERVICE || draft->section == SECTION_TARGET;
        const char *name = named ? draft->service->name : NULL, *instance = name ? name_instance(name) : NULL;
        size_t stem = name && name_is_target(name) ? strlen(name) - strlen(".target") : SIZE_MAX;
        const char *path = draft->where.file, *file = strrchr(path, '/');
        char *s;

        switch (letter) {
        case 'n':
                return give(name, SIZE_MAX, letter, ret, ret_error);
        case 'N':
                return give(name, stem, letter, ret, ret_error);
        case 'p':
                return give(name, instance ? (size_t) (instance - name - 1) : stem, letter, ret, ret_error);
        case 'i':
                return give(name ? instance ?: "" : NULL, SIZE_MAX, letter, ret, ret_error);
        case 'Y':
                return give(draft->folder, SIZE_MAX, letter, ret, ret_error);
        case 'y':
                if (asprintf(&s, "%s/%s", strcmp(draft->folder, "/") == 0 ? "" : draft->folder,
                             file ? file + 1 : path) < 0)
                        return -ENOMEM;
                *ret = s;
                return 0;
        default:
                return -ENOENT;
        }
}

/* `%{web.http}`. A name of a service may have dots, a port's has none. */
static int resolve_port(const SpecifierContext *context, const char *name, char **ret, char **ret_error)
{
        const SpecifierValues *values = context->definition->values;
        const char *dot = strrchr(name, '.');
        _cleanup_free_ char *service = dot ? strndup(name, (size_t) (dot - name)) : NULL;
        unsigned number;

        if (dot && !service)
                return -ENOMEM;
        number = service && values->find_port ? values->find_port(values->find_port_userdata, service, dot + 1) : 0;
        if (number == 0 && values->ports_may_come)
                context->definition->wants_ports = true;
        else if (number == 0) {
                if (asprintf(ret_error,
                             "%%{%.100s} is no port: expected %%{SERVICE.NAME}, of a service with Ports=NAME",
                             name) < 0)
                        return -ENOMEM;
                return -ENXIO;
        }
        return asprintf(ret, "%u", number) < 0 ? -ENOMEM : 0;
}

static int resolve(void *userdata, char letter, const char *name, char **ret, char **ret_error)
{
        const SpecifierContext *context = userdata;
        const SpecifierValues *values = context->definition->values;

        switch (letter) {
        case 'u':
                return give(values->user_name, SIZE_MAX, letter, ret, ret_error);
        case 'U':
                return give(values->user_id, SIZE_MAX, letter, ret, ret_error);
        case 'h':
                return give(values->home, SIZE_MAX, letter, ret, ret_error);
        case 't':
                return give(values->runtime_root, SIZE_MAX, letter, ret, ret_error);
        case 'H':
                return give(values->host_name, SIZE_MAX, letter, ret, ret_error);
        case 'T':
                return give(values->tmp, SIZE_MAX, letter, ret, ret_error);
        case '{':
                return resolve_port(context, name, ret, ret_error);
        default:
                return resolve_own(context, letter, ret, ret_error);
        }
}

/* Where else the key would be right; _DIRECTIVE_SECTION_N: nowhere. */
static DirectiveSection find_section(DirectiveSection section, const char *key)
{
        for (DirectiveSection other = 0; other < _DIRECTIVE_SECTION_N; other++)
                if (other != section && (directive_find(other, key) || directive_fate(other, key) == FATE_LATER))
                        return other;
        return _DIRECTIVE_SECTION_N;
}

/* A key that is no directive of this section. */
static void refuse_key(Definition *definition, const Draft *draft, const char *key, Where where)
{
        DirectiveSection section = draft->section, other = find_section(section, key);
        size_t n;
        const Directive *rows = directives(section, &n);
        Suggestion suggestion = SUGGESTION(key);
        int shown = diagnostic_shown(key, KEY_SHOWN_MAX);

        switch (directive_fate(section, key)) {
        case FATE_LATER:
                definition_complain_of(definition, draft, where, "%s is not yet built", key);
                return;
        case FATE_SYSTEMD:
                definition_complain_of(definition, draft, where, "systemd's %s is not supported by tended", key);
                return;
        case FATE_UNKNOWN:
                break;
        }
        if (other != _DIRECTIVE_SECTION_N) {
                definition_complain_of(definition, draft, where, "%s belongs in %s", key,
                                       directive_section_header(other));
                return;
        }
        for (size_t i = 0; i < n; i++)
                if (rows[i].name)
                        suggestion_consider(&suggestion, rows[i].name);
        for (const char *const *later = directives_later(section); *later; later++)
                suggestion_consider(&suggestion, *later);
        if (suggestion.best)
                definition_complain_of(definition, draft, where, "unknown directive %.*s; did you mean %s?", shown,
                                       key, suggestion.best);
        else
                definition_complain_of(definition, draft, where, "unknown directive %.*s", shown, key);
}

int definition_assign_to(Definition *definition, Draft *draft, const char *key, const char *value, Where where)
{
        SpecifierContext context = {.definition = definition, .draft = draft};
        Specifiers specifiers = {.resolve = resolve, .userdata = &context};
        const Directive *directive = directive_find(draft->section, key), *rows;
        size_t n;
        int r;

        if (!directive) {
                draft->mistaken = true;
                refuse_key(definition, draft, key, where);
                return 0;
        }
        rows = directives(draft->section, &n);
        draft->given[directive - rows] = where;
        r = directive->kind->parse(&(Assignment){
                .directive = directive,
                .value = value,
                .base = draft_base(draft),
                .service = draft_owner(draft),
                .specifiers = &specifiers,
                .diagnostics = &definition->config->diagnostics,
                .where = where,
        });
        if (r == -EINVAL)
                draft->mistaken = true;
        return r == -ENOMEM ? r : 0;
}

/* Keeps a line for those whom it is meant for. */
static int keep(Draft *draft, const char *key, const char *value, Where where)
{
        _cleanup_free_ char *key_copy = strdup(key), *value_copy = strdup(value);
        size_t n = draft->n_lines;

        if (!key_copy || !value_copy)
                return -ENOMEM;
        if ((n & (n - 1)) == 0) {
                DraftLine *lines = reallocarray(draft->lines, n ? n * 2 : 1, sizeof(*lines));

                if (!lines)
                        return -ENOMEM;
                draft->lines = lines;
        }
        draft->lines[draft->n_lines++] =
                (DraftLine){.key = TAKE_PTR(key_copy), .value = TAKE_PTR(value_copy), .where = where};
        return 0;
}

/* Is the line to be read when it is known which services there are? */
static bool is_for_later(const Draft *draft, const char *key)
{
        if (draft->section == SECTION_TEMPLATE)
                return !directive_find(SECTION_TEMPLATE, key);
        return draft->section == SECTION_SERVICE && !draft->thrown_away && name_instance(draft->name);
}

static void strip(char *s)
{
        size_t n = strlen(s);

        while (n > 0 && strchr(" \t\r\n", s[n - 1]))
                n--;
        s[n] = '\0';
}

/* Complains of a line without regard to its section; whether it can be taken apart. */
static bool check_line(Definition *definition, const DefinitionLine *line)
{
        const char *equals = strchr(line->text, '=');
        int shown = diagnostic_shown(line->text, KEY_SHOWN_MAX);

        if (!utf8_is_valid(line->text)) {
                definition_complain(definition, line->number, "the line is not valid UTF-8");
                return false;
        }
        if (!definition->in_section) {
                if (!definition->outside_told)
                        definition_complain(definition, line->number,
                                            "%.*s stands before the first [section], and so belongs to nothing",
                                            shown, line->text);
                definition->outside_told = true;
                return false;
        }
        if (!equals) {
                definition_complain(definition, line->number,
                                    "%.*s is neither a [section] nor KEY = VALUE nor a comment", shown, line->text);
                return false;
        }
        if (equals == line->text) {
                definition_complain(definition, line->number, "%.*s has no name in front of the =", shown,
                                    line->text);
                return false;
        }
        return true;
}

int definition_assign(Definition *definition, const DefinitionLine *line)
{
        Draft *draft = definition->draft;
        Where where = {.file = definition->path, .line = line->number};
        char *value;

        if (draft)
                draft_add_source(draft, line->source, line->source_size);
        if (!check_line(definition, line)) {
                if (draft)
                        draft->mistaken = true;
                return 0;
        }
        if (!draft)
                return 0;
        value = strchr(line->text, '=');
        *value++ = '\0';
        strip(line->text);
        value += strspn(value, " \t");
        strip(value);
        if (strncmp(line->text, "X-", 2) == 0)
                return 0; /* for other programs, as in systemd */
        /* Whether it was to be a template, nobody can know. */
        if (draft->name && strncmp(draft->name, DRAFT_MISNAMED, strlen(DRAFT_MISNAMED)) == 0 &&
            directive_find(SECTION_TEMPLATE, line->text))
                return 0;
        if (is_for_later(draft, line->text))
                return keep(draft, line->text, value, where);
        return definition_assign_to(definition, draft, line->text, value, where);
}
