/* SPDX-License-Identifier: MIT */

/* Cycles of order. A service that would have to start before itself never starts: each service in a cycle is told so,
 * with the names of the shortest cycle through it, which a breadth-first search inside its circle finds. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/graph.h"

/* More names than this are counted, not listed. */
#define NAMES_MAX 32

/* The circles of order. */
typedef struct Search {
        const Graph *graph;
        Circles circles;
} Search;

static void search_done(Search *search)
{
        circles_done(&search->circles);
}

/* The shortest way from `v` back to itself. `from[w]`: from where `w` was reached; `queue`: those that were. Returns
 * the last before `v`. */
static uint32_t find_way_back(const Search *search, uint32_t v, uint32_t *from, uint32_t *queue)
{
        uint32_t n_queued = 1;

        queue[0] = v;
        for (uint32_t i = 0; i < n_queued; i++) {
                Edges after = graph_edges(search->graph, queue[i], RELATION_AFTER);

                if (edges_contain(after, v))
                        return queue[i];
                for (size_t k = 0; k < after.n; k++) {
                        uint32_t w = after.items[k];

                        if (search->circles.of[w] != search->circles.of[v] || from[w] != ORDER_NONE)
                                continue;
                        from[w] = queue[i];
                        queue[n_queued++] = w;
                }
        }
        assert_not_reached();
}

static const Reference *find_reference(const ServiceConfig *service, Relation relation, const char *name)
{
        const ReferenceList *list = &service->relations[relation];

        for (size_t i = 0; i < list->n; i++)
                if (strcmp(list->items[i].name, name) == 0)
                        return &list->items[i];
        return NULL;
}

/* The place where `v` says that it comes after `w`, or `w` that it comes before `v`, or `v`, a target, that `w` is
 * one of its members. */
static Where where_ordered(const Config *config, uint32_t v, uint32_t w)
{
        const ServiceConfig *later = config->services[v], *earlier = config->services[w];
        const Reference *found = find_reference(later, RELATION_AFTER, earlier->name);

        if (!found)
                found = find_reference(earlier, RELATION_BEFORE, later->name);
        for (size_t i = 0; !found && i < GRAPH_N_MEMBERSHIP; i++)
                found = find_reference(later, graph_membership[i], earlier->name);
        assert(found);
        return found->where;
}

/* `way`: the cycle from `v` on, `v` at both ends. The caller frees it. */
static char *name_cycle(const Config *config, const uint32_t *way, size_t n)
{
        size_t shown = MIN(n, (size_t) NAMES_MAX), size = 64, used = 0;
        char *text;

        /* The last one shown is the last one. */
        for (size_t i = 0; i < shown; i++)
                size += strlen(config->services[way[i + 1 < shown ? i : n - 1]]->name) + strlen(" after ");
        text = malloc(size);
        if (!text)
                return NULL;

        for (size_t i = 0; i + 1 < shown; i++)
                used += (size_t) snprintf(text + used, size - used, "%s after ", config->services[way[i]]->name);
        if (n > shown)
                used += (size_t) snprintf(text + used, size - used, "(%zu more) after ", n - shown);
        (void) snprintf(text + used, size - used, "%s", config->services[way[n - 1]]->name);
        return text;
}

static int tell_cycle(const Search *search, const Config *config, uint32_t v, Diagnostics *diagnostics)
{
        _cleanup_free_ uint32_t *from = NULL, *way = NULL;
        _cleanup_free_ char *text = NULL;
        uint32_t n_all = graph_size(search->graph), size = search->circles.size[search->circles.of[v]], last;
        size_t n = 0;

        from = malloc(n_all * sizeof(uint32_t));
        way = malloc(((size_t) size + 1) * sizeof(uint32_t));
        if (!from || !way)
                return -ENOMEM;
        memset(from, 0xff, n_all * sizeof(uint32_t));
        from[v] = v;

        last = find_way_back(search, v, from, way);

        /* Backwards from `v`: each one's predecessor is what comes after it. */
        for (uint32_t w = last; w != v; w = from[w])
                n++;
        way[0] = way[n + 1] = v;
        for (uint32_t w = last, i = (uint32_t) n; w != v; w = from[w])
                way[i--] = w;

        text = name_cycle(config, way, n + 2);
        if (!text)
                return -ENOMEM;
        diagnostics_add(diagnostics, SEVERITY_ERROR, where_ordered(config, v, way[1]), config->services[v]->name,
                        "ordering cycle: %s", text);
        return 0;
}

int graph_check_cycles(const Graph *graph, const Config *config, Diagnostics *diagnostics)
{
        static const Relation order = RELATION_AFTER;
        _cleanup_(search_done) Search search = {.graph = graph};
        int r;

        r = circles_find(graph, &order, 1, &search.circles);
        if (r < 0)
                return r;

        for (uint32_t v = 0; v < graph_size(graph); v++) {
                if (search.circles.size[search.circles.of[v]] < 2)
                        continue;
                r = tell_cycle(&search, config, v, diagnostics);
                if (r < 0)
                        return r;
        }
        return 0;
}
