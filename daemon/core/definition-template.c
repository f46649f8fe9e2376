/* SPDX-License-Identifier: MIT */

/* Templates and their instances. `[service worker@]` is no service: its lines are kept until all files are read, and
 * then read once for each instance, with its `%i`; the lines of an instance's own section, `[service worker@2]`, come
 * behind them, as a drop-in's would. An own section makes its instance also where Instances doesn't name it, and
 * where there is no template at all.
 *
 * A line is read for all instances before the next one is, so that what is wrong with it for all of them is told
 * once, as the template's mistake, and what is wrong for one is that one's alone: core/instances sees to that. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/name.h"
#include "common/strv.h"
#include "core/definition-private.h"
#include "core/instances.h"
#include "core/kinds.h"

/* All instances of one name. */
typedef struct Family {
        Draft *template; /* NULL: its instances have sections of their own, and nothing in common */
        TemplateConfig *config;
        Draft **instances;
        size_t n;
        bool refused; /* there would be too much of them: nobody gets the template's lines */
} Family;

typedef struct Families {
        Family *items;
        size_t n;
        size_t n_instances; /* of all */
        DraftList fresh;    /* drafts that no section has begun; not sorted, owned */
} Families;

static void families_done(Families *families)
{
        for (size_t i = 0; i < families->n; i++)
                free(families->items[i].instances);
        free(families->items);
        for (size_t i = 0; i < families->fresh.n; i++)
                draft_free(families->fresh.items[i]);
        free(families->fresh.items);
}

/* The draft `name`@`instance`, which the file of its template has begun. */
static int make_instance(Definition *definition, Families *families, const TemplateConfig *template,
                         const char *instance, Draft **ret)
{
        _cleanup_(draft_freep) Draft *draft = NULL;
        char name[NAME_MAX_SIZE];
        int r;

        snprintf(name, sizeof(name), "%s@%s", template->name, instance);
        r = draft_new(definition, SECTION_SERVICE, name, &draft);
        if (r < 0)
                return r;
        *ret = draft;
        return draft_list_insert(&families->fresh, TAKE_PTR(draft), families->fresh.n);
}

static bool has_own_section(const Definition *definition, const TemplateConfig *template, const char *instance)
{
        char name[NAME_MAX_SIZE];

        snprintf(name, sizeof(name), "%s@%s", template->name, instance);
        return draft_list_find(&definition->units, name) >= 0;
}

/* Why the template can't have so many instances; NULL: it can. */
static int judge_size(const Families *families, const Draft *template, size_t n, char **ret)
{
        if (families->n_instances + n > INSTANCES_MAX)
                return asprintf(ret, "with its %zu instances templates make more than %d services", n,
                                INSTANCES_MAX) < 0
                               ? -ENOMEM
                               : 0;
        if (n > 0 && template->source.n > INSTANCES_SIZE_MAX / n)
                return asprintf(ret, "its %zu instances are together longer than %zuM", n,
                                INSTANCES_SIZE_MAX / 1024 / 1024) < 0
                               ? -ENOMEM
                               : 0;
        return 0;
}

/* Adds to the instances that have a section of their own those that the template names. */
static int add_named(Definition *definition, Families *families, Family *family)
{
        const TemplateConfig *template = family->template->template;
        _cleanup_free_ char *problem = NULL;
        const Where *given = draft_given(family->template, "Instances");
        size_t n = 0;
        Draft **grown;
        int r;

        STRV_FOREACH (instance, template->instances)
                n += !has_own_section(definition, template, *instance);
        r = judge_size(families, family->template, family->n + n, &problem);
        if (r < 0)
                return r;
        if (problem) {
                definition_complain_of(definition, family->template, given ? *given : family->template->where, "%s",
                                       problem);
                family->refused = true;
                return 0;
        }
        grown = reallocarray(family->instances, family->n + n + 1, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        family->instances = grown;
        STRV_FOREACH (instance, template->instances) {
                if (has_own_section(definition, template, *instance))
                        continue;
                r = make_instance(definition, families, template, *instance, &grown[family->n]);
                if (r < 0)
                        return r;
                family->n++;
        }
        if (!given && family->n == 0)
                diagnostics_add(&definition->config->diagnostics, SEVERITY_WARNING, family->template->where,
                                draft_owner(family->template), "[service %s] makes no service: it has no Instances",
                                family->template->name);
        return 0;
}

/* The family of units[begin] to units[end - 1]: a template first, where there is one. */
static int add_family(Definition *definition, Families *families, size_t begin, size_t end)
{
        Draft **units = definition->units.items;
        Family *items = reallocarray(families->items, families->n + 1, sizeof(*items)), *family;
        int r;

        if (!items)
                return -ENOMEM;
        families->items = items;
        family = &items[families->n++];
        *family = (Family){};
        if (units[begin]->section == SECTION_TEMPLATE)
                family->template = units[begin++];
        family->instances = calloc(end - begin + 1, sizeof(*family->instances));
        if (!family->instances)
                return -ENOMEM;
        while (begin < end)
                family->instances[family->n++] = units[begin++];
        if (family->template) {
                r = add_named(definition, families, family);
                if (r < 0)
                        return r;
        }
        families->n_instances += family->n;
        return 0;
}

static int find_families(Definition *definition, Families *families)
{
        const DraftList *units = &definition->units;

        for (size_t i = 0; i < units->n;) {
                const char *name = units->items[i]->name, *at = strchr(name, '@');
                size_t stem = at ? (size_t) (at - name) + 1 : 0, end = i + 1;
                int r;

                while (at && end < units->n && strncmp(units->items[end]->name, name, stem) == 0)
                        end++;
                r = at ? add_family(definition, families, i, end) : 0;
                if (r < 0)
                        return r;
                i = end;
        }
        return 0;
}

static int compare_templates(const void *a, const void *b)
{
        const TemplateConfig *const *x = a, *const *y = b;

        return strcmp((*x)->name, (*y)->name);
}

/* The config knows all templates before a line of any is read: whose a mistake is depends on it. */
static int hand_over_templates(Definition *definition, Families *families)
{
        Config *config = definition->config;

        config->templates = calloc(families->n + 1, sizeof(*config->templates));
        if (!config->templates)
                return -ENOMEM;
        for (size_t i = 0; i < families->n; i++) {
                Family *family = &families->items[i];
                Draft *draft = family->template;

                if (!draft)
                        continue;
                family->config = draft->template;
                family->config->where = draft->where;
                family->config->n_instances = family->n;
                config->templates[config->n_templates++] = TAKE_PTR(draft->template);
        }
        qsort(config->templates, config->n_templates, sizeof(*config->templates), compare_templates);
        return 0;
}

/* What an instance has of its template besides the lines. */
static int inherit(const Family *family, Draft *draft)
{
        _cleanup_(strv_freep) char **sources = NULL;
        const Draft *template = family->template;
        ServiceConfig *service = draft->service;
        int r;

        service->instance = name_instance(service->name);
        service->template = strndup(service->name, service->instance - service->name - 1);
        if (!service->template)
                return -ENOMEM;
        if (!template)
                return 0;

        free(draft->folder);
        draft->folder = strdup(template->folder);
        if (!draft->folder)
                return -ENOMEM;
        draft->where = template->where;
        r = strv_copy(template->sources, &sources);
        STRV_FOREACH (path, draft->sources)
                if (r >= 0 && !strv_contains(sources, *path))
                        r = strv_extend(&sources, *path);
        if (r < 0)
                return r;
        strv_free(draft->sources);
        draft->sources = TAKE_PTR(sources);
        return 0;
}

/* Puts the template's lines, as `tendctl cat` shows them, before the instance's own. */
static int inherit_source(const Family *family, Draft *draft)
{
        _cleanup_free_ char *own = NULL;
        int r;

        if (!family->template)
                return 0;
        r = text_take(&draft->source, &own);
        if (r < 0)
                return r;
        text_add(&draft->source, family->template->source.bytes, family->template->source.n);
        if (own[0] != '\0') {
                text_add_char(&draft->source, '\n');
                text_add_string(&draft->source, own);
        }
        return draft->source.failed ? -ENOMEM : 0;
}

/* Does it stand for something else in each instance? */
static bool differs_by_instance(const char *value)
{
        for (const char *p = value; (p = strchr(p, '%')); p++) {
                if (p[1] == '%')
                        p++;
                else if (p[1] == 'i' || p[1] == 'n' || p[1] == 'N')
                        return true;
        }
        return false;
}

static int read_line(Definition *definition, const Family *family, const DraftLine *line)
{
        bool known = directive_find(SECTION_SERVICE, line->key);
        size_t first = definition->config->diagnostics.n;
        int r;

        for (size_t i = 0; i < family->n; i++) {
                /* An unknown key is one for all. */
                family->instances[i]->mistaken |= !known;
                if (!known && i > 0)
                        continue;
                r = definition_assign_to(definition, family->instances[i], line->key, line->value, line->where);
                if (r < 0)
                        return r;
        }
        return known ? instances_merge(definition->config, first)
                     : instances_claim(definition->config, first, family->template->name);
}

static int read_lines(Definition *definition, const Family *family)
{
        const Diagnostics *diagnostics = &definition->config->diagnostics;
        size_t n_errors = diagnostics->n_errors;
        int r = 0;

        for (size_t i = 0; r >= 0 && family->template && !family->refused && i < family->template->n_lines; i++) {
                if (diagnostics->n_errors - n_errors >= DEFINITION_MISTAKES_MAX) {
                        definition_complain_of(definition, family->template, family->template->where,
                                               "the template has more than %d mistakes; the rest of it is not read",
                                               DEFINITION_MISTAKES_MAX);
                        break;
                }
                r = read_line(definition, family, &family->template->lines[i]);
        }
        for (size_t i = 0; r >= 0 && i < family->n; i++) {
                Draft *draft = family->instances[i];

                for (size_t j = 0; r >= 0 && j < draft->n_lines; j++)
                        r = definition_assign_to(definition, draft, draft->lines[j].key, draft->lines[j].value,
                                                 draft->lines[j].where);
        }
        return r;
}

/* A template that has no instance is read all the same, for what is wrong with it whichever they were: a stand-in
 * takes its lines, and becomes a service that can't be started if there is anything. */
static int read_for_nobody(Definition *definition, Families *families, const Family *family)
{
        const Draft *template = family->template;
        Draft *draft;
        int r;

        r = make_instance(definition, families, family->config, "", &draft);
        if (r < 0)
                return r;
        draft->stands_in = true;
        draft->mistaken = template->mistaken;
        draft->where = template->where;
        draft->folder = strdup(template->folder);
        if (!draft->folder)
                return -ENOMEM;
        r = strv_copy(template->sources, &draft->sources);
        for (size_t i = 0; r >= 0 && i < template->n_lines; i++) {
                const DraftLine *line = &template->lines[i];

                /* What is passed over may be what would be missed. */
                if (differs_by_instance(line->value))
                        draft->mistaken = true;
                else
                        r = definition_assign_to(definition, draft, line->key, line->value, line->where);
        }
        return r < 0 ? r : inherit_source(family, draft);
}

static int read_family(Definition *definition, Families *families, const Family *family)
{
        int r = 0;

        if (family->n == 0 && family->template)
                return read_for_nobody(definition, families, family);
        for (size_t i = 0; r >= 0 && i < family->n; i++) {
                r = inherit(family, family->instances[i]);
                family->instances[i]->mistaken |= family->refused || (family->template && family->template->mistaken);
        }
        if (r >= 0)
                r = read_lines(definition, family);
        for (size_t i = 0; r >= 0 && !family->refused && i < family->n; i++)
                r = inherit_source(family, family->instances[i]);
        return r;
}

static int compare_drafts(const void *a, const void *b)
{
        const Draft *const *x = a, *const *y = b;

        return strcmp((*x)->name, (*y)->name);
}

/* Services and targets are left, in order. */
static int replace_templates(Definition *definition, Families *families)
{
        DraftList *units = &definition->units, *fresh = &families->fresh;
        Draft **items = reallocarray(units->items, units->n + fresh->n + 1, sizeof(*items));
        size_t n = 0;

        if (!items)
                return -ENOMEM;
        units->items = items;
        for (size_t i = 0; i < units->n; i++) {
                if (items[i]->section == SECTION_TEMPLATE)
                        draft_free(items[i]);
                else
                        items[n++] = items[i];
        }
        for (size_t i = 0; i < fresh->n; i++)
                items[n++] = fresh->items[i];
        units->n = n;
        fresh->n = 0;
        qsort(items, n, sizeof(*items), compare_drafts);
        return 0;
}

static int take_source(const Family *family)
{
        Draft *draft = family->template;

        return draft ? text_take(&draft->source, &family->config->source) : 0;
}

int definition_make_instances(Definition *definition)
{
        _cleanup_(families_done) Families families = {};
        int r;

        r = find_families(definition, &families);
        if (r >= 0)
                r = hand_over_templates(definition, &families);
        for (size_t i = 0; r >= 0 && i < families.n; i++) {
                r = read_family(definition, &families, &families.items[i]);
                if (r >= 0)
                        r = take_source(&families.items[i]);
        }
        return r < 0 ? r : replace_templates(definition, &families);
}
