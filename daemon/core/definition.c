/* SPDX-License-Identifier: MIT */

/* The life of a reading: the drafts that sections become, the files that they come from, and whose each mistake is.
 * Headers are understood in definition-section.c, lines in -assign.c; what takes the whole to be seen is left to
 * -template.c, -relations.c and -finish.c.
 *
 * A mistake never stops the reading: after a section that can't be taken its lines are passed over, or, where it
 * stands twice, read into a draft that is thrown away, so that one run tells everything. */

#include "core/definition.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/environment.h"
#include "common/strv.h"
#include "core/definition-private.h"

static void template_done(TemplateConfig *template)
{
        if (!template)
                return;
        free(template->name);
        strv_free(template->instances);
        free(template->source);
        free(template);
}

Draft *draft_free(Draft *draft)
{
        if (!draft)
                return NULL;

        if (draft->service)
                service_config_done(draft->service);
        free(draft->service);
        template_done(draft->template);
        if (draft->pool)
                free(draft->pool->name);
        free(draft->pool);
        if (draft->thrown_away && draft->daemon) {
                daemon_config_done(draft->daemon);
                free(draft->daemon);
        }
        free(draft->name);
        free(draft->begun_in);
        free(draft->folder);
        strv_free(draft->sources);
        for (size_t i = 0; i < draft->n_lines; i++) {
                free(draft->lines[i].key);
                free(draft->lines[i].value);
        }
        free(draft->lines);
        text_done(&draft->source);
        free(draft);
        return NULL;
}

static int new_service(const Definition *definition, const char *name, ServiceConfig **ret)
{
        _cleanup_free_ ServiceConfig *service = malloc(sizeof(*service));
        _cleanup_free_ char *copy = strdup(name);

        if (!service || !copy)
                return -ENOMEM;
        *service = definition->defaults;
        service->name = TAKE_PTR(copy);
        *ret = TAKE_PTR(service);
        return 0;
}

static int new_target(const char *name, ServiceConfig **ret)
{
        _cleanup_free_ ServiceConfig *target = calloc(1, sizeof(*target));
        _cleanup_free_ char *copy = strdup(name);
        int r;

        if (!target || !copy)
                return -ENOMEM;
        r = target_config_init(target);
        if (r < 0)
                return r;
        target->name = TAKE_PTR(copy);
        *ret = TAKE_PTR(target);
        return 0;
}

/* `name` with its '@'. */
static int new_template(const char *name, TemplateConfig **ret)
{
        _cleanup_free_ TemplateConfig *template = calloc(1, sizeof(*template));

        if (!template)
                return -ENOMEM;
        template->name = strndup(name, strlen(name) - 1);
        if (!template->name)
                return -ENOMEM;
        *ret = TAKE_PTR(template);
        return 0;
}

static int new_pool(const char *name, PoolConfig **ret)
{
        _cleanup_free_ PoolConfig *pool = calloc(1, sizeof(*pool));

        if (!pool)
                return -ENOMEM;
        pool->name = strdup(name);
        if (!pool->name)
                return -ENOMEM;
        *ret = TAKE_PTR(pool);
        return 0;
}

static int new_daemon(DaemonConfig **ret)
{
        _cleanup_free_ DaemonConfig *daemon = calloc(1, sizeof(*daemon));
        int r;

        if (!daemon)
                return -ENOMEM;
        r = daemon_config_init(daemon);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(daemon);
        return 0;
}

static int make_object(const Definition *definition, Draft *draft)
{
        switch (draft->section) {
        case SECTION_SERVICE:
                return new_service(definition, draft->name, &draft->service);
        case SECTION_TARGET:
                return new_target(draft->name, &draft->service);
        case SECTION_TEMPLATE:
                return new_template(draft->name, &draft->template);
        case SECTION_POOL:
                return new_pool(draft->name, &draft->pool);
        case SECTION_DAEMON:
                draft->thrown_away = true;
                return new_daemon(&draft->daemon);
        case _DIRECTIVE_SECTION_N:
                break;
        }
        assert_not_reached();
}

int draft_new(const Definition *definition, DirectiveSection section, const char *name, Draft **ret)
{
        _cleanup_(draft_freep) Draft *draft = calloc(1, sizeof(*draft));
        int r;

        if (!draft)
                return -ENOMEM;
        draft->section = section;
        draft->name = name ? strdup(name) : NULL;
        if (name && !draft->name)
                return -ENOMEM;
        r = make_object(definition, draft);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(draft);
        return 0;
}

void *draft_base(const Draft *draft)
{
        switch (draft->section) {
        case SECTION_SERVICE:
        case SECTION_TARGET:
                return draft->service;
        case SECTION_TEMPLATE:
                return draft->template;
        case SECTION_POOL:
                return draft->pool;
        case SECTION_DAEMON:
                return draft->daemon;
        case _DIRECTIVE_SECTION_N:
                break;
        }
        assert_not_reached();
}

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

ssize_t draft_list_find(const DraftList *list, const char *name)
{
        size_t low = 0, high = list->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int r = strcmp(name, list->items[middle]->name);

                if (r == 0)
                        return middle;
                if (r < 0)
                        high = middle;
                else
                        low = middle + 1;
        }
        return -(ssize_t) low - 1;
}

int draft_list_insert(DraftList *list, Draft *draft, size_t index)
{
        _cleanup_(draft_freep) Draft *owned = draft;
        Draft **items = reallocarray(list->items, list->n + 1, sizeof(*items));

        if (!items)
                return -ENOMEM;
        list->items = items;
        memmove(&items[index + 1], &items[index], (list->n - index) * sizeof(*items));
        items[index] = TAKE_PTR(owned);
        list->n++;
        return 0;
}

static void draft_list_done(DraftList *list)
{
        for (size_t i = 0; i < list->n; i++)
                draft_free(list->items[i]);
        free(list->items);
        *list = (DraftList){};
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

        draft_list_done(&definition->units);
        draft_list_done(&definition->pools);
        draft_list_done(&definition->misnamed);
        draft_free(definition->spare);
        service_config_done(&definition->defaults);
        free(definition->daemon.begun_in);
        free(definition->daemon.folder);
        strv_free(definition->daemon.sources);
        text_done(&definition->daemon.source);
        config_unref(definition->config);
        free(definition->folder);
        free(definition->name);
        free(definition);
        return NULL;
}

void definition_enter(Definition *definition, Draft *draft)
{
        if (definition->spare != draft)
                definition->spare = draft_free(definition->spare);
        definition->draft = draft;
        definition->in_section = true;
}

bool definition_wants_ports(const Definition *definition)
{
        return definition->wants_ports;
}

void definition_keep_places(Definition *definition)
{
        definition->keep_places = true;
}

void definition_refer_to(Definition *definition, const Config *others)
{
        definition->others = others;
}

void definition_skip_section(Definition *definition)
{
        definition_enter(definition, NULL);
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

        definition_enter(definition, NULL);
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
        if (n < 0) {
                text = NULL; /* undefined after a failure */
                definition->config->diagnostics.out_of_memory = true;
                return;
        }
        definition_complain_of(definition, definition->draft, (Where){.file = definition->path, .line = line}, "%s",
                               text);
}

void definition_complain_of(Definition *definition, const Draft *draft, Where where, const char *format, ...)
{
        _cleanup_free_ char *text = NULL;
        va_list ap;
        int n;

        va_start(ap, format);
        n = vasprintf(&text, format, ap);
        va_end(ap);
        if (n < 0) {
                text = NULL; /* undefined after a failure */
                definition->config->diagnostics.out_of_memory = true;
                return;
        }
        diagnostics_add(&definition->config->diagnostics, SEVERITY_ERROR, where, draft_owner(draft), "%s", text);
}

bool definition_has_enough(const Definition *definition)
{
        return definition->config->diagnostics.n_errors - definition->n_errors_before >= DEFINITION_MISTAKES_MAX;
}
