/* SPDX-License-Identifier: MIT */

/* Reads definitions line by line: which section a line belongs to, which directive it is, and who its mistakes belong
 * to. The values are read by the kinds of the table; what takes the whole to be seen is left to definition-finish.c.
 *
 * A mistake never stops the reading: after a section that can't be taken its lines are passed over, or, where it
 * stands twice, read into a draft that is thrown away, so that one run tells everything. */

#include "core/definition.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/environment.h"
#include "common/name.h"
#include "common/strv.h"
#include "common/suggest.h"
#include "core/definition-private.h"

Draft *draft_free(Draft *draft)
{
        if (!draft)
                return NULL;

        if (draft->service)
                service_config_done(draft->service);
        free(draft->service);
        if (draft->thrown_away && draft->daemon) {
                daemon_config_done(draft->daemon);
                free(draft->daemon);
        }
        free(draft->begun_in);
        text_done(&draft->source);
        free(draft);
        return NULL;
}
DEFINE_CLEANUP(Draft *, draft_free);

void draft_add_source(Draft *draft, const char *source, size_t n)
{
        size_t before = draft->source.n;
        bool valid;

        text_add(&draft->source, source, n);
        text_add_char(&draft->source, '\0');
        if (draft->source.failed)
                return;
        valid = utf8_is_valid(draft->source.bytes + before);
        draft->source.n--;
        for (size_t i = before; i < before + n; i++) {
                char *c = &draft->source.bytes[i];

                if (*c == '\0' || (!valid && (unsigned char) *c >= 0x80))
                        *c = '?';
        }
}

const Where *draft_given(const Draft *draft, const char *directive)
{
        size_t n;
        const Where *given =
                &draft->given[directive_find(draft->section, directive) - directives(draft->section, &n)];

        return given->line > 0 ? given : NULL;
}

int definition_new(const SpecifierValues *values, Definition **ret)
{
        _cleanup_(definition_freep) Definition *definition = calloc(1, sizeof(*definition));
        int r;

        if (!definition)
                return -ENOMEM;
        definition->values = values;
        definition->config = calloc(1, sizeof(*definition->config));
        if (!definition->config)
                return -ENOMEM;
        definition->config->n_ref = 1;
        definition->daemon = (Draft){.section = SECTION_DAEMON, .daemon = &definition->config->daemon};

        r = service_config_init(&definition->defaults);
        if (r < 0)
                return r;
        r = daemon_config_init(&definition->config->daemon);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(definition);
        return 0;
}

Definition *definition_free(Definition *definition)
{
        if (!definition)
                return NULL;

        for (size_t i = 0; i < definition->n_drafts; i++)
                draft_free(definition->drafts[i]);
        free(definition->drafts);
        draft_free(definition->spare);
        service_config_done(&definition->defaults);
        free(definition->daemon.begun_in);
        text_done(&definition->daemon.source);
        config_unref(definition->config);
        free(definition->folder);
        free(definition->name);
        free(definition);
        return NULL;
}

/* Lines from here on belong to `draft`; NULL: they are passed over. */
static void enter_section(Definition *definition, Draft *draft)
{
        if (definition->spare != draft)
                definition->spare = draft_free(definition->spare);
        definition->draft = draft;
        definition->in_section = true;
}

void definition_keep_places(Definition *definition)
{
        definition->keep_places = true;
}

void definition_skip_section(Definition *definition)
{
        enter_section(definition, NULL);
}

int definition_begin_file(Definition *definition, const DefinitionFile *file)
{
        _cleanup_free_ char *folder = strdup(file->folder), *name = strdup(file->name);
        int r;

        if (!folder || !name)
                return -ENOMEM;
        r = strv_extend(&definition->config->files, file->path);
        if (r < 0)
                return r;

        enter_section(definition, NULL);
        definition->in_section = false;
        definition->path = definition->config->files[strv_length(definition->config->files) - 1];
        free(definition->folder);
        definition->folder = TAKE_PTR(folder);
        free(definition->name);
        definition->name = TAKE_PTR(name);
        definition->drop_in = file->drop_in;
        definition->outside_told = false;
        definition->n_errors_before = definition->config->diagnostics.n_errors;
        return 0;
}

void definition_complain(Definition *definition, unsigned line, const char *format, ...)
{
        _cleanup_free_ char *text = NULL;
        va_list ap;
        int n;

        va_start(ap, format);
        n = vasprintf(&text, format, ap);
        va_end(ap);
        if (n < 0)
                text = NULL; /* undefined after a failure */
        if (!text)
                definition->config->diagnostics.out_of_memory = true;
        else
                diagnostics_add(&definition->config->diagnostics, SEVERITY_ERROR,
                                (Where){.file = definition->path, .line = line},
                                draft_service_name(definition->draft), "%s", text);
}

bool definition_has_enough(const Definition *definition)
{
        return definition->config->diagnostics.n_errors - definition->n_errors_before >= DEFINITION_MISTAKES_MAX;
}

/* Index of the service's draft, or -(index where it belongs) - 1. */
static ssize_t find_draft(const Definition *definition, const char *name)
{
        size_t low = 0, high = definition->n_drafts;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int r = strcmp(name, definition->drafts[middle]->service->name);

                if (r == 0)
                        return middle;
                if (r < 0)
                        high = middle;
                else
                        low = middle + 1;
        }
        return -(ssize_t) low - 1;
}

static int draft_new_service(const Definition *definition, const char *name, Where where, Draft **ret)
{
        _cleanup_(draft_freep) Draft *draft = calloc(1, sizeof(*draft));

        if (!draft)
                return -ENOMEM;
        draft->section = SECTION_SERVICE;
        draft->where = where;
        draft->begun_in = strdup(definition->name);
        draft->service = malloc(sizeof(*draft->service));
        if (!draft->service || !draft->begun_in)
                return -ENOMEM;
        *draft->service = definition->defaults;
        draft->service->where = where;
        draft->service->name = strdup(name);
        draft->service->folder = strdup(definition->folder);
        if (!draft->service->name || !draft->service->folder)
                return -ENOMEM;
        *ret = TAKE_PTR(draft);
        return 0;
}

static int draft_new_daemon(Draft **ret)
{
        _cleanup_(draft_freep) Draft *draft = calloc(1, sizeof(*draft));
        int r;

        if (!draft)
                return -ENOMEM;
        draft->section = SECTION_DAEMON;
        draft->thrown_away = true;
        draft->daemon = calloc(1, sizeof(*draft->daemon));
        if (!draft->daemon)
                return -ENOMEM;
        r = daemon_config_init(draft->daemon);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(draft);
        return 0;
}

/* Takes `draft`. */
static int insert_draft(Definition *definition, Draft *draft, size_t index)
{
        _cleanup_(draft_freep) Draft *owned = draft;
        Draft **drafts = reallocarray(definition->drafts, definition->n_drafts + 1, sizeof(*drafts));

        if (!drafts)
                return -ENOMEM;
        definition->drafts = drafts;
        memmove(&drafts[index + 1], &drafts[index], (definition->n_drafts - index) * sizeof(*drafts));
        drafts[index] = TAKE_PTR(owned);
        definition->n_drafts++;
        return 0;
}

/* May the section be gone on with here? A drop-in adds to sections of its own file, once each. */
static bool may_continue(const Definition *definition, const Draft *draft)
{
        return definition->drop_in && strcmp(draft->begun_in, definition->name) == 0 &&
               draft->latest.file != definition->path;
}

/* Reads what is left of a section that can't be taken, for its mistakes. Takes `spare`. */
static void throw_away_section(Definition *definition, Draft *spare)
{
        spare->thrown_away = true;
        draft_free(definition->spare);
        definition->spare = spare;
        enter_section(definition, spare);
}

/* The section stands twice. `spare` is taken. */
static void refuse_duplicate(Definition *definition, const Draft *draft, Draft *spare, const char *title, Where where)
{
        const Where *other = definition->drop_in ? &draft->latest : &draft->where;

        throw_away_section(definition, spare);
        if (definition->drop_in && strcmp(draft->begun_in, definition->name) != 0)
                definition_complain(
                        definition, where.line,
                        "[%s] can't be added to from here: this file adds to %s, and the section stands in "
                        "%s:%u",
                        title, definition->name, draft->where.file, draft->where.line);
        else
                definition_complain(definition, where.line, "[%s] stands twice: it is already in %s:%u", title,
                                    other->file, other->line);
}

static int continue_section(Definition *definition, Draft *draft, Where where)
{
        draft->latest = where;
        enter_section(definition, draft);
        return draft->service ? strv_extend(&draft->service->sources, definition->path) : 0;
}

static int enter_service(Definition *definition, const char *name, Where where)
{
        ssize_t index = find_draft(definition, name);
        Draft *draft = index >= 0 ? definition->drafts[index] : NULL;
        _cleanup_(draft_freep) Draft *fresh = NULL;
        char title[NAME_MAX_SIZE + 16];
        int r;

        if (draft && may_continue(definition, draft))
                return continue_section(definition, draft, where);

        r = draft_new_service(definition, name, where, &fresh);
        if (r < 0)
                return r;
        snprintf(title, sizeof(title), "service %s", name);
        if (draft) {
                refuse_duplicate(definition, draft, TAKE_PTR(fresh), title, where);
                return 0;
        }
        if (definition->drop_in) {
                throw_away_section(definition, TAKE_PTR(fresh));
                definition_complain(definition, where.line, "there is no [%s] in %s that this could add to", title,
                                    definition->name);
                return 0;
        }
        draft = fresh;
        r = insert_draft(definition, TAKE_PTR(fresh), -(index + 1));
        if (r < 0)
                return r;
        return continue_section(definition, draft, where);
}

static int enter_daemon(Definition *definition, Where where)
{
        Draft *draft = &definition->daemon, *spare;
        int r;

        if (draft->begun_in && !may_continue(definition, draft)) {
                r = draft_new_daemon(&spare);
                if (r < 0)
                        return r;
                refuse_duplicate(definition, draft, spare, "daemon", where);
                return 0;
        }
        if (!draft->begun_in) {
                draft->begun_in = strdup(definition->name);
                if (!draft->begun_in)
                        return -ENOMEM;
                draft->where = where;
        }
        return continue_section(definition, draft, where);
}

/* A name that is none, of a service or of anything else. */
static void refuse_section(Definition *definition, const char *header, const char *word, unsigned line)
{
        static const char *const systemd_sections[] = {"Unit", "Service", "Install"};
        Suggestion suggestion = SUGGESTION(word);

        for (size_t i = 0; i < ELEMENTSOF(systemd_sections); i++)
                if (strcmp(word, systemd_sections[i]) == 0) {
                        definition_complain(definition, line,
                                            "%s is a section of systemd; here everything about a service stands in "
                                            "[service NAME]",
                                            header);
                        return;
                }
        for (DirectiveSection i = 0; i < _DIRECTIVE_SECTION_N; i++)
                suggestion_consider(&suggestion, directive_section_name(i));
        if (suggestion.best)
                definition_complain(definition, line, "unknown section %s; did you mean [%s%s]?", header,
                                    suggestion.best, strcmp(suggestion.best, "daemon") == 0 ? "" : " NAME");
        else if (name_is_plain(word))
                definition_complain(definition, line, "unknown section %s; did you mean [service %s]?", header, word);
        else
                definition_complain(definition, line, "unknown section %s; there are [service NAME] and [daemon]",
                                    header);
}

static int enter_named(Definition *definition, const char *kind, const char *given, Where where)
{
        size_t length = name_stem_length(given);
        _cleanup_free_ char *name = strndup(given, length);
        const char *problem;

        if (!name)
                return -ENOMEM;
        problem = name_problem(name);
        if (given[0] == '\0')
                definition_complain(definition, where.line, "[%s] needs a name: [%s NAME]", kind, kind);
        else if (problem)
                definition_complain(definition, where.line, "[%s %.200s] has a bad name: it %s", kind, given,
                                    problem);
        else if (strcmp(kind, "service") != 0)
                definition_complain(definition, where.line, "[%s %s]: %ss are not yet built", kind, given, kind);
        else if (name_classify(name) != NAME_PLAIN)
                definition_complain(definition, where.line, "[%s %s]: templates and instances are not yet built",
                                    kind, given);
        else
                return enter_service(definition, name, where);
        return 0;
}

/* The text between the brackets. */
static int enter_header(Definition *definition, const char *header, char *inner, Where where)
{
        static const char white[] = " \t";
        char *word = inner + strspn(inner, white), *name;
        size_t n = strlen(word);

        while (n > 0 && strchr(white, word[n - 1]))
                word[--n] = '\0';
        name = word + strcspn(word, white);
        if (*name != '\0') {
                *name++ = '\0';
                name += strspn(name, white);
        }

        if (strncmp(word, "X-", 2) == 0)
                return 0; /* for other programs, as in systemd */
        if (strcmp(word, "daemon") == 0 && name[0] == '\0')
                return enter_daemon(definition, where);
        if (strcmp(word, "daemon") == 0)
                definition_complain(definition, where.line, "%s: [daemon] has no name", header);
        else if (strcmp(word, "service") == 0 || strcmp(word, "target") == 0 || strcmp(word, "pool") == 0)
                return enter_named(definition, word, name, where);
        else
                refuse_section(definition, header, word, where.line);
        return 0;
}

/* What `tendctl cat` shows: each section behind a comment that names its file. */
static void add_section_source(Definition *definition, const DefinitionLine *line)
{
        Text *source = &definition->draft->source;
        size_t blank = 0;

        while (blank < line->source_size && strchr(" \t\r\n", line->source[blank]))
                blank++;
        text_add_string(source, source->n > 0 ? "\n# " : "# ");
        text_add_string(source, definition->path);
        text_add_char(source, '\n');
        draft_add_source(definition->draft, line->source + blank, line->source_size - blank);
}

int definition_section(Definition *definition, const DefinitionLine *line)
{
        size_t n = strlen(line->text);
        _cleanup_free_ char *inner = NULL;
        int r;

        enter_section(definition, NULL);
        if (!utf8_is_valid(line->text)) {
                definition_complain(definition, line->number, "the name of a section is not valid UTF-8");
                return 0;
        }
        if (n > 4 * NAME_MAX_SIZE) {
                definition_complain(definition, line->number, "the name of a section is longer than %d bytes",
                                    4 * NAME_MAX_SIZE);
                return 0;
        }
        if (n < 2 || line->text[n - 1] != ']') {
                definition_complain(definition, line->number, "%s does not end with ]", line->text);
                return 0;
        }
        inner = strndup(line->text + 1, n - 2);
        if (!inner)
                return -ENOMEM;
        r = enter_header(definition, line->text, inner, (Where){definition->path, line->number});
        if (r < 0)
                return r;
        if (definition->draft)
                add_section_source(definition, line);
        return 0;
}
