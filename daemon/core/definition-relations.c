/* SPDX-License-Identifier: MIT */

/* Names in Requires, After and the like, when all services are known: which of them stand for nothing, and what the
 * name of a template stands for: all its instances. A service wins over a template of its name; `worker@` is the
 * template in any case. */

#include <errno.h>
#include <string.h>

#include "common/name.h"
#include "common/suggest.h"
#include "core/definition-private.h"

/* So many wrong names get a suggestion: looking for one costs time that grows with the number of services. */
#define SUGGESTIONS_MAX 100
/* What names of templates come to in all lists. */
#define EXPANDED_MAX    1000000

typedef struct Relations {
        Config *config;
        const Config *others; /* whose services and templates are meant: its own, too */
        unsigned n_wrong;
        size_t n_expanded;
} Relations;

/* Services in a row. */
typedef struct Range {
        size_t begin, end;
} Range;

static const char *relation_name(Relation relation)
{
        static const char *const directives[_RELATION_N] = {
                [RELATION_REQUIRES] = "Requires",    [RELATION_WANTS] = "Wants",
                [RELATION_BEFORE] = "Before",        [RELATION_AFTER] = "After",
                [RELATION_REQUISITE] = "Requisite",  [RELATION_BINDS_TO] = "BindsTo",
                [RELATION_PART_OF] = "PartOf",       [RELATION_CONFLICTS] = "Conflicts",
                [RELATION_ON_FAILURE] = "OnFailure", [RELATION_ON_SUCCESS] = "OnSuccess",
        };

        return directives[relation];
}

/* Can't a service be without what it names so? */
static Severity relation_severity(Relation relation)
{
        return relation == RELATION_REQUIRES || relation == RELATION_REQUISITE || relation == RELATION_BINDS_TO
                       ? SEVERITY_ERROR
                       : SEVERITY_WARNING;
}

static void complain(Relations *relations, const ServiceConfig *service, Relation relation,
                     const Reference *reference)
{
        const Config *config = relations->others;
        bool target = name_is_target(reference->name);
        Suggestion suggestion = SUGGESTION(reference->name);

        if (relations->n_wrong++ < SUGGESTIONS_MAX) {
                for (size_t i = 0; i < config->n_services; i++)
                        if (config->services[i] != service)
                                suggestion_consider(&suggestion, config->services[i]->name);
                for (size_t i = 0; i < config->n_templates; i++)
                        suggestion_consider(&suggestion, config->templates[i]->name);
        }
        diagnostics_add(&relations->config->diagnostics, relation_severity(relation), reference->where, service->name,
                        "%s=%s: there is no %s %s%s%s%s", relation_name(relation), reference->name,
                        target ? "target" : "service", reference->name, suggestion.best ? "; did you mean " : "",
                        suggestion.best ?: "", suggestion.best ? "?" : "");
}

/* All that the name of a template stands for: its instances, or, where a mistake has kept it from having any, what
 * stands for them. False: it is none. */
static bool find_instances(const Config *config, const char *name, Range *ret)
{
        size_t n = strcspn(name, "@"), low = 0, high = config->n_services;
        char stem[NAME_MAX_SIZE];

        if (n >= sizeof(stem) || (name[n] == '@' && name[n + 1] != '\0'))
                return false;
        memcpy(stem, name, n);
        stem[n] = '\0';
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                const char *other = config->services[middle]->name;

                if ((strncmp(other, stem, n) ?: (unsigned char) other[n] - '@') < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        while (high < config->n_services && strncmp(config->services[high]->name, stem, n) == 0 &&
               config->services[high]->name[n] == '@')
                high++;
        *ret = (Range){.begin = low, .end = high};
        return low < high || config_find_template(config, stem);
}

/* Takes `name`, whatever comes of it. */
static int append(ReferenceList *list, char *name, Where where)
{
        size_t n = list->n;

        if (!name)
                return -ENOMEM;
        if ((n & (n - 1)) == 0) {
                Reference *items = reallocarray(list->items, n ? n * 2 : 1, sizeof(*items));

                if (!items) {
                        free(name);
                        return -ENOMEM;
                }
                list->items = items;
        }
        list->items[list->n++] = (Reference){.name = name, .where = where};
        return 0;
}

static void list_done(ReferenceList *list)
{
        for (size_t i = 0; i < list->n; i++)
                free(list->items[i].name);
        free(list->items);
}

static int expand(Relations *relations, const ServiceConfig *service, const Reference *reference, Range range,
                  ReferenceList *list)
{
        int r = 0;

        relations->n_expanded += range.end - range.begin;
        if (relations->n_expanded > EXPANDED_MAX) {
                diagnostics_add(&relations->config->diagnostics, SEVERITY_ERROR, reference->where, service->name,
                                "%s: names of templates stand for more than %d services in all", reference->name,
                                EXPANDED_MAX);
                return 0;
        }
        for (size_t i = range.begin; i < range.end && r >= 0; i++)
                if (relations->others->services[i] != service)
                        r = append(list, strdup(relations->others->services[i]->name), reference->where);
        return r;
}

static bool is_service(const Relations *relations, const char *name)
{
        return config_find(relations->config, name) ||
               (relations->others != relations->config && config_find(relations->others, name));
}

/* Does it stand for instances, and nothing else? */
static bool is_template(const Relations *relations, const Reference *reference, Range *ret)
{
        return !is_service(relations, reference->name) && find_instances(relations->others, reference->name, ret);
}

static int expand_list(Relations *relations, const ServiceConfig *service, ReferenceList *list)
{
        _cleanup_(list_done) ReferenceList old = *list;
        int r = 0;

        *list = (ReferenceList){};
        for (size_t i = 0; i < old.n && r >= 0; i++) {
                Reference *reference = &old.items[i];
                Range range;

                if (is_template(relations, reference, &range))
                        r = expand(relations, service, reference, range, list);
                else
                        r = append(list, TAKE_PTR(reference->name), reference->where);
        }
        return r;
}

static int check_list(Relations *relations, const ServiceConfig *service, Relation relation, ReferenceList *list)
{
        bool has_templates = false;
        Range range;

        for (size_t i = 0; i < list->n; i++) {
                if (is_template(relations, &list->items[i], &range))
                        has_templates = true;
                else if (!is_service(relations, list->items[i].name))
                        complain(relations, service, relation, &list->items[i]);
        }
        return has_templates ? expand_list(relations, service, list) : 0;
}

int definition_check_relations(Config *config, const Config *others)
{
        Relations relations = {.config = config, .others = others ? others : config};
        int r = 0;

        for (size_t i = 0; i < config->n_services; i++)
                for (Relation relation = 0; relation < _RELATION_N && r >= 0; relation++)
                        r = check_list(&relations, config->services[i], relation,
                                       &config->services[i]->relations[relation]);
        return r;
}
