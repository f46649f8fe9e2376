/* SPDX-License-Identifier: MIT */

/* Taking definitions: the services that are there get their new ones, those that are new are made, those that are
 * gone are left to end. All that may fail is made first and beside what is in force; then the change is nothing but
 * assignments. So a daemon that runs out of memory in the middle goes on with the old definitions, whole, and never
 * with new ones under the graph of the old. */

#include <errno.h>
#include <string.h>

#include "engine/manager-private.h"

/* What the new definitions need, before they are in force. */
typedef struct Taking {
        Graph *graph;
        OrderNode *nodes;
        Service **by_index;
        OrderAnswer starts, fates;
        Service **services; /* those that there are, with room for the new ones */
        Service **added;
        size_t n_added;
} Taking;

static void taking_done(Taking *taking)
{
        graph_free(taking->graph);
        free(taking->nodes);
        free(taking->by_index);
        order_answer_done(&taking->starts);
        order_answer_done(&taking->fates);
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

static int prepare(Manager *manager, Config *config, Taking *taking)
{
        size_t n = MAX(config->n_services, (size_t) 1);
        int r;

        r = graph_new(config, &taking->graph);
        if (r >= 0)
                r = order_answer_init(&taking->starts, taking->graph);
        if (r >= 0)
                r = order_answer_init(&taking->fates, taking->graph);
        if (r < 0)
                return r;

        taking->nodes = calloc(n, sizeof(OrderNode));
        taking->by_index = calloc(n, sizeof(Service *));
        taking->added = calloc(n, sizeof(Service *));
        taking->services = calloc(manager->n_services + n, sizeof(Service *));
        if (!taking->nodes || !taking->by_index || !taking->added || !taking->services)
                return -ENOMEM;
        r = make_services(manager, config, taking);
        /* The last that may fail, as it is in force at once. */
        return r < 0 ? r : admission_set_config(manager, config);
}

static void swap_answers(OrderAnswer *a, OrderAnswer *b)
{
        OrderAnswer old = *a;

        *a = *b;
        *b = old;
}

/* Both are sorted: the new ones find their places from the end. */
static void merge_services(Manager *manager, Taking *taking)
{
        size_t n_old = manager->n_services, at = n_old + taking->n_added;

        manager->n_services = at;
        while (at > 0) {
                bool is_added = taking->n_added > 0 && (n_old == 0 || strcmp(taking->added[taking->n_added - 1]->name,
                                                                             manager->services[n_old - 1]->name) > 0);

                taking->services[--at] = is_added ? taking->added[--taking->n_added] : manager->services[--n_old];
        }
        free(manager->services);
        manager->services = TAKE_PTR(taking->services);
}

static void bind(Manager *manager, Config *config, Taking *taking)
{
        for (size_t i = 0; i < manager->n_services; i++)
                if (!config_find(config, manager->services[i]->name)) {
                        service_set_gone(manager->services[i]);
                        manager_mark_dirty(manager, manager->services[i]);
                }
        for (size_t i = 0; i < config->n_services; i++) {
                Service *service = manager_find(manager, config->services[i]->name);

                if (service->config != config->services[i])
                        service_set_config(service, config, config->services[i]);
                service->index = (uint32_t) i;
                taking->by_index[i] = service;
                taking->nodes[i] = service_order_node(service);
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
        merge_services(manager, &taking);
        bind(manager, config, &taking);

        graph_free(manager->graph);
        manager->graph = TAKE_PTR(taking.graph);
        free(manager->nodes);
        manager->nodes = TAKE_PTR(taking.nodes);
        free(manager->by_index);
        manager->by_index = TAKE_PTR(taking.by_index);
        swap_answers(&manager->starts, &taking.starts);
        swap_answers(&manager->fates, &taking.fates);
        return 0;
}
