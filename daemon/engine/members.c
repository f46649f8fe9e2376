/* SPDX-License-Identifier: MIT */

/* The group that a target's name stands for in the verbs that act on what runs: the target, what it requires, wants
 * or is bound to, and the groups of the targets among these. (A start needs none of this: it pulls in by itself.) */

#include <errno.h>

#include "core/graph.h"
#include "engine/manager-private.h"

typedef struct Members {
        Service **items;
        size_t n;
        bool *seen; /* by the graph's index */
} Members;

static void add(Members *members, Service *service)
{
        if (service->index != ORDER_NONE && members->seen[service->index])
                return;
        if (service->index != ORDER_NONE)
                members->seen[service->index] = true;
        members->items[members->n++] = service;
}

static void add_members_of(Manager *manager, Members *members, const Service *target)
{
        for (size_t k = 0; k < GRAPH_N_MEMBERSHIP; k++) {
                Edges edges = graph_edges(manager->graph, target->index, graph_membership[k]);

                for (size_t i = 0; i < edges.n; i++)
                        add(members, manager_by_index(manager, edges.items[i]));
        }
}

int manager_expand_targets(Manager *manager, Service *const *services, size_t n, Service ***ret, size_t *ret_n)
{
        size_t n_graph = graph_size(manager->graph);
        _cleanup_free_ Service **items = calloc(n + n_graph + 1, sizeof(Service *));
        _cleanup_free_ bool *seen = calloc(n_graph + 1, sizeof(bool));
        Members members = {items, 0, seen};

        if (!items || !seen)
                return -ENOMEM;

        for (size_t i = 0; i < n; i++)
                add(&members, services[i]);
        for (size_t i = 0; i < members.n; i++)
                if (items[i]->config->kind == UNIT_TARGET && items[i]->index != ORDER_NONE)
                        add_members_of(manager, &members, items[i]);

        *ret_n = members.n;
        *ret = TAKE_PTR(items);
        return 0;
}
