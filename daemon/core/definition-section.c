/* SPDX-License-Identifier: MIT */

/* Headers: what `[service web]`, `[service worker@]`, `[target all]`, `[pool build]` and `[daemon]` begin, and
 * whether it may begin here. A section stands once, but for what drop-ins of its file add to it.
 *
 * What is meant for a service and can't be one, by its name, becomes one all the same that can't be started, under a
 * name that is made of what was given: so it is seen where services are looked at. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/environment.h"
#include "common/name.h"
#include "common/strv.h"
#include "common/suggest.h"
#include "core/definition-private.h"

/* A header, understood. */
typedef struct Header {
        DirectiveSection section;
        const char *name;  /* of the draft */
        const char *title; /* for messages: `service web` */
        Where where;
} Header;

/* May the section be gone on with here? A drop-in adds to sections of its own file, once each. */
static bool may_continue(const Definition *definition, const Draft *draft)
{
        return definition->drop_in && strcmp(draft->begun_in, definition->name) == 0 &&
               draft->latest.file != definition->path;
}

/* A drop-in begins nothing, but for an instance of what its file has the template of. */
static bool may_begin(const Definition *definition, const Header *header)
{
        const char *instance = name_instance(header->name);
        char template[NAME_MAX_SIZE];
        ssize_t index;

        if (!definition->drop_in)
                return true;
        if (header->section != SECTION_SERVICE || !instance)
                return false;
        snprintf(template, sizeof(template), "%.*s", (int) (instance - header->name), header->name);
        index = draft_list_find(&definition->units, template);
        return index >= 0 && strcmp(definition->units.items[index]->begun_in, definition->name) == 0;
}

/* Reads what is left of a section that can't be taken, for its mistakes. Takes `spare`. */
static void throw_away_section(Definition *definition, Draft *spare)
{
        spare->thrown_away = true;
        draft_free(definition->spare);
        definition->spare = spare;
        definition_enter(definition, spare);
}

/* The section stands twice. `spare` is taken. */
static void refuse_duplicate(Definition *definition, const Draft *draft, Draft *spare, const Header *header)
{
        const Where *other = definition->drop_in ? &draft->latest : &draft->where;

        throw_away_section(definition, spare);
        if (definition->drop_in && strcmp(draft->begun_in, definition->name) != 0)
                definition_complain(
                        definition, header->where.line,
                        "[%s] can't be added to from here: this file adds to %s, and the section stands in "
                        "%s:%u",
                        header->title, definition->name, draft->where.file, draft->where.line);
        else
                definition_complain(definition, header->where.line, "[%s] stands twice: it is already in %s:%u",
                                    header->title, other->file, other->line);
}

/* Notes that the file in progress begins the draft. */
static int begin(const Definition *definition, Draft *draft, Where where)
{
        draft->where = where;
        draft->begun_in = strdup(definition->name);
        draft->folder = strdup(definition->folder);
        return draft->begun_in && draft->folder ? 0 : -ENOMEM;
}

static int continue_section(Definition *definition, Draft *draft, Where where)
{
        draft->latest = where;
        definition_enter(definition, draft);
        return strv_extend(&draft->sources, definition->path);
}

static int enter_list(Definition *definition, DraftList *list, const Header *header)
{
        ssize_t index = draft_list_find(list, header->name);
        Draft *draft = index >= 0 ? list->items[index] : NULL;
        _cleanup_(draft_freep) Draft *fresh = NULL;
        int r;

        if (draft && may_continue(definition, draft))
                return continue_section(definition, draft, header->where);

        r = draft_new(definition, header->section, header->name, &fresh);
        if (r >= 0)
                r = begin(definition, fresh, header->where);
        if (r < 0)
                return r;
        if (draft) {
                refuse_duplicate(definition, draft, TAKE_PTR(fresh), header);
                return 0;
        }
        if (!may_begin(definition, header)) {
                throw_away_section(definition, TAKE_PTR(fresh));
                definition_complain(definition, header->where.line, "there is no [%s] in %s that this could add to",
                                    header->title, definition->name);
                return 0;
        }
        draft = fresh;
        r = draft_list_insert(list, TAKE_PTR(fresh), -(index + 1));
        return r < 0 ? r : continue_section(definition, draft, header->where);
}

static int enter_daemon(Definition *definition, Where where)
{
        Draft *draft = &definition->daemon, *spare;
        int r;

        if (draft->begun_in && !may_continue(definition, draft)) {
                r = draft_new(definition, SECTION_DAEMON, NULL, &spare);
                if (r < 0)
                        return r;
                refuse_duplicate(definition, draft, spare, &(Header){.title = "daemon", .where = where});
                return 0;
        }
        if (!draft->begun_in) {
                r = begin(definition, draft, where);
                if (r < 0)
                        return r;
        }
        return continue_section(definition, draft, where);
}

/* A section whose name is none. Its mistakes are told under a name that nobody has, until all names are known. */
static int enter_misnamed(Definition *definition, DirectiveSection section, const char *given, Where where)
{
        _cleanup_(draft_freep) Draft *draft = NULL;
        char owner[32], *name;
        int r;

        snprintf(owner, sizeof(owner), DRAFT_MISNAMED "%zu", definition->misnamed.n);
        r = draft_new(definition, section, owner, &draft);
        if (r >= 0)
                r = begin(definition, draft, where);
        if (r < 0)
                return r;
        name = name_tame(given, section == SECTION_TARGET);
        if (!name)
                return -ENOMEM;
        free(draft->service->name);
        draft->service->name = name;
        /* What it lacks would be said on top. */
        draft->mistaken = true;
        r = continue_section(definition, draft, where);
        return r < 0 ? r : draft_list_insert(&definition->misnamed, TAKE_PTR(draft), definition->misnamed.n);
}

/* A word that begins no section. */
static int refuse_section(Definition *definition, const char *header, const char *word, const char *name, Where where)
{
        static const char *const systemd_sections[] = {"Unit", "Service", "Install"};
        Suggestion suggestion = SUGGESTION(word);
        int r;

        for (size_t i = 0; i < ELEMENTSOF(systemd_sections); i++)
                if (strcmp(word, systemd_sections[i]) == 0 && name[0] == '\0') {
                        definition_complain(definition, where.line,
                                            "%s is a section of systemd; here everything about a service stands in "
                                            "[service NAME]",
                                            header);
                        return 0;
                }
        for (DirectiveSection i = 0; i < _DIRECTIVE_SECTION_N; i++)
                suggestion_consider(&suggestion, directive_section_name(i));
        if (suggestion.best && strcmp(suggestion.best, "service") == 0 && name[0] != '\0') {
                r = enter_misnamed(definition, SECTION_SERVICE, name, where);
                if (r < 0)
                        return r;
        }
        if (suggestion.best)
                definition_complain(definition, where.line, "unknown section %s; did you mean [%s%s]?", header,
                                    suggestion.best, strcmp(suggestion.best, "daemon") == 0 ? "" : " NAME");
        else if (name_is_plain(word))
                definition_complain(definition, where.line, "unknown section %s; did you mean [service %s]?", header,
                                    word);
        else
                definition_complain(definition, where.line,
                                    "unknown section %s; there are [service NAME], [target NAME], [pool NAME] and "
                                    "[daemon]",
                                    header);
        return 0;
}

/* What is wrong with the name of a section; NULL: nothing. `full` is it with the suffix that its kind has. */
static const char *find_problem(DirectiveSection section, const char *full)
{
        const char *problem = name_problem(full);

        if (problem)
                return problem;
        if (section == SECTION_TARGET || section == SECTION_POOL)
                return strchr(full, '@') ? "holds an @, which services alone can have" : NULL;
        return name_is_target(full) ? "ends in .target, as those of targets do ([target NAME])" : NULL;
}

/* `given` without the suffix that it may have, and with the one that its draft has. The caller frees it. */
static char *full_name(DirectiveSection section, const char *given)
{
        char *name;

        if (section == SECTION_POOL)
                return strdup(given);
        if (section == SECTION_SERVICE)
                return strndup(given, name_stem_length(given));
        if (name_is_target(given))
                return strdup(given);
        return asprintf(&name, "%s.target", given) < 0 ? NULL : name;
}

static int enter_named(Definition *definition, DirectiveSection section, const char *given, Where where)
{
        const char *word = directive_section_name(section), *problem;
        _cleanup_free_ char *name = full_name(section, given), *title = NULL;
        Header header = {.section = section, .where = where};
        int r;

        if (!name)
                return -ENOMEM;
        problem = find_problem(section, name);
        if (given[0] == '\0') {
                definition_complain(definition, where.line, "[%s] needs a name: [%s NAME]", word, word);
                return 0;
        }
        if (problem) {
                r = section == SECTION_POOL ? 0 : enter_misnamed(definition, section, given, where);
                if (r >= 0)
                        definition_complain(definition, where.line, "[%s %.200s] has a bad name: it %s", word, given,
                                            problem);
                return r;
        }
        if (asprintf(&title, "%s %.*s", word,
                     (int) (strlen(name) - (section == SECTION_TARGET ? strlen(".target") : 0)), name) < 0)
                return -ENOMEM;
        if (name_classify(name) == NAME_TEMPLATE)
                header.section = SECTION_TEMPLATE;
        header.name = name;
        header.title = title;
        return enter_list(definition, section == SECTION_POOL ? &definition->pools : &definition->units, &header);
}

/* The text between the brackets. */
static int enter_header(Definition *definition, const char *header, char *inner, Where where)
{
        static const DirectiveSection named[] = {SECTION_SERVICE, SECTION_TARGET, SECTION_POOL};
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
        for (size_t i = 0; i < ELEMENTSOF(named); i++)
                if (strcmp(word, directive_section_name(named[i])) == 0)
                        return enter_named(definition, named[i], name, where);
        if (strcmp(word, directive_section_name(SECTION_DAEMON)) != 0)
                return refuse_section(definition, header, word, name, where);
        if (name[0] == '\0')
                return enter_daemon(definition, where);
        definition_complain(definition, where.line, "%s: [daemon] has no name", header);
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

        definition_enter(definition, NULL);
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
