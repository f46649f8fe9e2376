/* SPDX-License-Identifier: MIT */

/* Which services start with the daemon: read off the definitions alone, so that two readings can be compared before
 * the second is taken. */

#include "core/start-set.h"

#include <errno.h>
#include <string.h>

#include "core/graph.h"

static uint32_t find(const Config *config, const char *name)
{
        size_t low = 0, high = config->n_services;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (strcmp(config->services[middle]->name, name) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low < config->n_services && strcmp(config->services[low]->name, name) == 0 ? (uint32_t) low
                                                                                          : ORDER_NONE;
}

/* A mistake in the target is its own: its members are not to suffer. They may stand in several of its lists. */
static size_t add_members(const Config *config, const ServiceConfig *target, uint32_t *roots)
{
        size_t n = 0;

        for (size_t k = 0; k < GRAPH_N_MEMBERSHIP; k++) {
                const ReferenceList *list = &target->relations[graph_membership[k]];

                for (size_t i = 0; i < list->n; i++) {
                        uint32_t member = find(config, list->items[i].name);
                        bool known = member == ORDER_NONE || config->services[member]->bad;

                        for (size_t j = 0; j < n && !known; j++)
                                known = roots[j] == member;
                        if (!known)
                                roots[n++] = member;
                }
        }
        return n;
}

static size_t add_by_auto_start(const Config *config, uint32_t *roots)
{
        size_t n = 0;

        for (uint32_t i = 0; i < config->n_services; i++) {
                const ServiceConfig *service = config->services[i];

                if (service->kind == UNIT_SERVICE && service->auto_start && !service->bad)
                        roots[n++] = i;
        }
        return n;
}

int start_roots_new(const Config *config, uint32_t **ret, size_t *ret_n)
{
        uint32_t *roots = calloc(MAX(config->n_services, (size_t) 1), sizeof(uint32_t));
        uint32_t target = find(config, DEFAULT_TARGET);

        if (!roots)
                return -ENOMEM;
        if (target == ORDER_NONE) {
                *ret_n = add_by_auto_start(config, roots);
        } else if (config->services[target]->bad) {
                *ret_n = add_members(config, config->services[target], roots);
        } else {
                roots[0] = target;
                *ret_n = 1;
        }
        *ret = roots;
        return 0;
}

/* All that is asked for when the daemon starts, and what that pulls in. */
static int find_starts(const Config *config, OrderAnswer *ret)
{
        _cleanup_(graph_freep) Graph *graph = NULL;
        _cleanup_free_ uint32_t *roots = NULL;
        size_t n;
        int r;

        r = graph_new(config, &graph);
        if (r >= 0)
                r = start_roots_new(config, &roots, &n);
        if (r >= 0)
                r = order_answer_init(ret, graph);
        if (r < 0)
                return r;
        order_starts(ret, graph, roots, n);
        return 0;
}

int start_set_new(const Config *config, bool **ret)
{
        _cleanup_(order_answer_done) OrderAnswer answer = ORDER_ANSWER_NULL;
        bool *set;
        int r;

        r = find_starts(config, &answer);
        if (r < 0)
                return r;
        set = calloc(MAX(config->n_services, (size_t) 1), sizeof(bool));
        if (!set)
                return -ENOMEM;

        for (size_t i = 0; i < answer.n; i++) {
                const OrderStep *step = &answer.steps[i];

                set[step->index] = step->rival == ORDER_NONE && !config->services[step->index]->bad;
        }
        *ret = set;
        return 0;
}

/* Where one of the two says that it conflicts with the other. */
static Where where_they_conflict(const ServiceConfig *a, const ServiceConfig *b)
{
        const ServiceConfig *both[] = {a, b};

        for (size_t k = 0; k < ELEMENTSOF(both); k++) {
                const ReferenceList *list = &both[k]->relations[RELATION_CONFLICTS];

                for (size_t i = 0; i < list->n; i++)
                        if (strcmp(list->items[i].name, both[1 - k]->name) == 0)
                                return list->items[i].where;
        }
        assert_not_reached();
}

int start_check_conflicts(Config *config)
{
        _cleanup_(order_answer_done) OrderAnswer answer = ORDER_ANSWER_NULL;
        bool any = false;
        int r;

        for (size_t i = 0; i < config->n_services && !any; i++)
                any = config->services[i]->relations[RELATION_CONFLICTS].n > 0;
        if (!any)
                return 0;

        r = find_starts(config, &answer);
        if (r < 0)
                return r;
        for (size_t i = 0; i < answer.n; i++) {
                const ServiceConfig *service = config->services[answer.steps[i].index], *rival;

                if (answer.steps[i].rival == ORDER_NONE || service->bad)
                        continue;
                rival = config->services[answer.steps[i].rival];
                diagnostics_add(&config->diagnostics, SEVERITY_WARNING, where_they_conflict(service, rival),
                                service->name,
                                "%s and %s conflict, and would both start with the daemon: only %s is started",
                                rival->name, service->name, rival->name);
        }
        return 0;
}
