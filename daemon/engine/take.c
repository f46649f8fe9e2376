/* SPDX-License-Identifier: MIT */

/* Taking definitions: the services that are there get their new ones, those that are new are made, those that are
 * gone are left to end. All that may fail is made first and beside what is in force; then the change is nothing but
 * assignments. So a daemon that runs out of memory in the middle goes on with the old definitions, whole, and never
 * with new ones under the graph of the old.
 *
 * What is gone and still runs stays in the graph, by the definition that it has: it goes down in its order, too. So
 * does a transient service that has to do with others. Where their definitions, which were never read together, make
 * a cycle, those of them that are in it are left out. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/manager-private.h"

/* Order between services, and what belongs to it. */
typedef struct Ordering {
        Graph *graph;
        OrderNode *nodes;
        Service **by_index;
        OrderAnswer starts, fates;
        size_t n;
} Ordering;

static void ordering_done(Ordering *ordering)
{
        graph_free(ordering->graph);
        free(ordering->nodes);
        free(ordering->by_index);
        order_answer_done(&ordering->starts);
        order_answer_done(&ordering->fates);
        *ordering = (Ordering){0};
}

static bool is_named(const Diagnostics *diagnostics, const char *name)
{
        for (size_t i = 0; i < diagnostics->n; i++)
                if (strcmp(diagnostics->items[i].service, name) == 0)
                        return true;
        return false;
}

/* The definitions that order is made of, and the services that they are of. Returns how many are not of `config`, and
 * stand here with what they have. */
static size_t choose(Service *const *services, size_t n, const Config *config, const Diagnostics *cycles,
                     Ordering *ordering, ServiceConfig **definitions)
{
        size_t n_others = 0;

        for (size_t i = 0; i < n; i++) {
                Service *service = services[i];
                const ServiceConfig *definition = config_find(config, service->name);

                if (!definition && ((service->transient && !service->in_order) || is_named(cycles, service->name)))
                        continue;
                n_others += !definition;
                ordering->by_index[ordering->n] = service;
                definitions[ordering->n++] = (ServiceConfig *) (definition ? definition : service->config);
        }
        return n_others;
}

/* Adds to `cycles` those that are not of `config` and would come before themselves. -ELOOP: there are some. */
static int check_others(const Ordering *ordering, const Config *all, const Config *config, Diagnostics *cycles)
{
        _cleanup_(diagnostics_done) Diagnostics found = {0};
        size_t n_before = cycles->n;
        int r;

        r = graph_check_cycles(ordering->graph, all, &found);
        if (r < 0)
                return r;
        for (size_t i = 0; i < found.n; i++)
                if (!config_find(config, found.items[i].service))
                        diagnostics_add(cycles, SEVERITY_ERROR, (Where){0}, found.items[i].service, "%s",
                                        found.items[i].text);
        if (found.out_of_memory || cycles->out_of_memory)
                return -ENOMEM;
        return cycles->n > n_before ? -ELOOP : 0;
}

/* 0; -ELOOP: not with those that were added to `cycles`. Who stands there is left out. */
static int ordering_make(Service *const *services, size_t n, const Config *config, Diagnostics *cycles, Ordering *ret)
{
        _cleanup_(ordering_done) Ordering ordering = {0};
        _cleanup_free_ ServiceConfig **definitions = calloc(n + 1, sizeof(ServiceConfig *));
        Config all = {.services = definitions};
        size_t n_others;
        int r;

        ordering.by_index = calloc(n + 1, sizeof(Service *));
        ordering.nodes = calloc(n + 1, sizeof(OrderNode));
        if (!definitions || !ordering.by_index || !ordering.nodes)
                return -ENOMEM;
        n_others = choose(services, n, config, cycles, &ordering, definitions);
        all.n_services = ordering.n;

        r = graph_new(&all, &ordering.graph);
        if (r < 0)
                return r;
        if (n_others > 0)
                r = check_others(&ordering, &all, config, cycles);
        if (r >= 0)
                r = order_answer_init(&ordering.starts, ordering.graph);
        if (r >= 0)
                r = order_answer_init(&ordering.fates, ordering.graph);
        if (r < 0)
                return r;

        *ret = ordering;
        ordering = (Ordering){0};
        return 0;
}

static int ordering_new(Service *const *services, size_t n, const Config *config, Ordering *ret)
{
        _cleanup_(diagnostics_done) Diagnostics cycles = {0};
        int r;

        do
                r = ordering_make(services, n, config, &cycles, ret);
        while (r == -ELOOP);
        return r;
}

static void swap_answers(OrderAnswer *a, OrderAnswer *b)
{
        OrderAnswer old = *a;

        *a = *b;
        *b = old;
}

/* Puts it in force, and what was in force into its place. */
static void ordering_use(Manager *manager, Ordering *ordering)
{
        Graph *graph = manager->graph;
        OrderNode *nodes = manager->nodes;
        Service **by_index = manager->by_index;

        manager->graph = ordering->graph;
        manager->nodes = ordering->nodes;
        manager->by_index = ordering->by_index;
        ordering->graph = graph;
        ordering->nodes = nodes;
        ordering->by_index = by_index;
        swap_answers(&manager->starts, &ordering->starts);
        swap_answers(&manager->fates, &ordering->fates);

        for (size_t i = 0; i < manager->n_services; i++)
                manager->services[i]->index = ORDER_NONE;
        for (size_t i = 0; i < ordering->n; i++) {
                manager->by_index[i]->index = (uint32_t) i;
                manager->nodes[i] = service_order_node(manager->by_index[i]);
        }
}

/* Those of earlier cycles are left out as ever; the new one is refused. */
int manager_take_in(Manager *manager, const Service *service, char **ret_error)
{
        _cleanup_(diagnostics_done) Diagnostics cycles = {0};
        _cleanup_(ordering_done) Ordering ordering = {0};
        int r;

        do {
                r = ordering_make(manager->services, manager->n_services, manager->config, &cycles, &ordering);
                for (size_t i = 0; i < cycles.n; i++)
                        if (strcmp(cycles.items[i].service, service->name) == 0)
                                return asprintf(ret_error, "%s", cycles.items[i].text) < 0 ? -ENOMEM : -EINVAL;
        } while (r == -ELOOP);
        if (r < 0)
                return r;
        ordering_use(manager, &ordering);
        return 0;
}

int manager_take_out(Manager *manager, Service *const *gone, size_t n_gone)
{
        _cleanup_free_ Service **others = calloc(manager->n_services + 1, sizeof(Service *));
        _cleanup_(ordering_done) Ordering ordering = {0};
        bool has_order = false;
        size_t n = 0, j = 0;
        int r;

        if (!others)
                return -ENOMEM;
        for (size_t i = 0; i < manager->n_services; i++) {
                if (j == n_gone || manager->services[i] != gone[j]) {
                        others[n++] = manager->services[i];
                        continue;
                }
                has_order = has_order || gone[j]->index != ORDER_NONE;
                j++;
        }
        assert(j == n_gone);
        if (has_order) {
                r = ordering_new(others, n, manager->config, &ordering);
                if (r < 0)
                        return r;
        }

        free(manager->services);
        manager->services = TAKE_PTR(others);
        manager->n_services = n;
        if (has_order)
                ordering_use(manager, &ordering);
        return 0;
}

/* What the new definitions need, before they are in force. */
typedef struct Taking {
        Ordering ordering;
        Service **services; /* those that there are, and the new ones */
        size_t n_services;
        Service **added;
        size_t n_added;
} Taking;

static void taking_done(Taking *taking)
{
        ordering_done(&taking->ordering);
        free(taking->services);
        while (taking->n_added > 0)
                service_free(taking->added[--taking->n_added]);
        free(taking->added);
}

static int make_services(Manager *manager, Config *config, Taking *taking)
{
        for (size_t i = 0; i < config->n_services; i++) {
                int r;

                if (manager_find(manager, config->services[i]->name))
                        continue;
                r = service_new(manager, config, config->services[i], &taking->added[taking->n_added]);
                if (r < 0)
                        return r;
                taking->n_added++;
        }
        return 0;
}

/* Both are sorted. */
static void merge_services(Manager *manager, Taking *taking)
{
        size_t i = 0, j = 0;

        while (i < manager->n_services || j < taking->n_added) {
                bool is_added =
                        i == manager->n_services ||
                        (j < taking->n_added && strcmp(taking->added[j]->name, manager->services[i]->name) < 0);

                taking->services[taking->n_services++] = is_added ? taking->added[j++] : manager->services[i++];
        }
}

static int prepare(Manager *manager, Config *config, Taking *taking)
{
        size_t n = MAX(config->n_services, (size_t) 1);
        int r;

        taking->added = calloc(n, sizeof(Service *));
        taking->services = calloc(manager->n_services + n, sizeof(Service *));
        if (!taking->added || !taking->services)
                return -ENOMEM;
        r = make_services(manager, config, taking);
        if (r < 0)
                return r;
        merge_services(manager, taking);
        r = ordering_new(taking->services, taking->n_services, config, &taking->ordering);
        /* The last that may fail, as it is in force at once. */
        return r < 0 ? r : admission_set_config(manager, config);
}

static void bind(Manager *manager, Config *config)
{
        for (size_t i = 0; i < manager->n_services; i++) {
                Service *service = manager->services[i];
                const ServiceConfig *definition = config_find(config, service->name);

                if (definition && service->config != definition) {
                        service_set_config(service, config, definition);
                } else if (!definition && !service->transient) {
                        service_set_gone(service);
                        manager_mark_dirty(manager, service);
                }
        }
}

int manager_take_config(Manager *manager, Config *config)
{
        _cleanup_(taking_done) Taking taking = {0};
        Config *old = manager->config;
        int r;

        r = prepare(manager, config, &taking);
        if (r < 0)
                return r;

        manager->config = config_ref(config);
        config_unref(old);
        delivery_set_ring_size(manager->delivery, config->daemon.ring_size);
        free(manager->services);
        manager->services = TAKE_PTR(taking.services);
        manager->n_services = taking.n_services;
        bind(manager, config);
        ordering_use(manager, &taking.ordering);
        for (size_t i = 0; i < taking.n_added; i++)
                manager_tell_service(manager, taking.added[i], true);
        taking.n_added = 0;
        return 0;
}
