/* SPDX-License-Identifier: MIT */

/* Cycles of order. A service that would have to start before itself never starts: each service in a cycle is told so,
 * with the names of the shortest cycle through it. Tarjan's strongly connected components find who is in one (without
 * recursion: a chain may be as long as there are services), a breadth-first search inside the component finds it. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/graph.h"

/* More names than this are counted, not listed. */
#define NAMES_MAX 32
#define NOT_SEEN  0

typedef struct Search {
        const Graph *graph;
        uint32_t n;
        uint32_t *number;    /* in the order of discovery, from 1; NOT_SEEN */
        uint32_t *low;       /* the least number that is reached from here; UINT32_MAX: its component is complete */
        uint32_t *next_edge; /* which edge of it is looked at next */
        uint32_t *path;      /* the way down to where the search is */
        uint32_t *open;      /* found, and not yet in a complete component */
        uint32_t *component; /* the result: a name for each component, by its first member */
        uint32_t *size;      /* of the component of that name */
        uint32_t n_path, n_open, n_numbers;
} Search;

static void search_done(Search *search)
{
        free(search->number);
        free(search->low);
        free(search->next_edge);
        free(search->path);
        free(search->open);
        free(search->component);
        free(search->size);
}

static int search_init(Search *search, const Graph *graph)
{
        uint32_t n = graph_size(graph);
        uint32_t **arrays[] = {&search->number, &search->low,       &search->next_edge, &search->path,
                               &search->open,   &search->component, &search->size};

        search->graph = graph;
        search->n = n;
        for (size_t i = 0; i < ELEMENTSOF(arrays); i++) {
                *arrays[i] = calloc(MAX(n, 1u), sizeof(uint32_t));
                if (!*arrays[i])
                        return -ENOMEM;
        }
        return 0;
}

static void go_down(Search *search, uint32_t v)
{
        search->number[v] = search->low[v] = ++search->n_numbers;
        search->path[search->n_path++] = v;
        search->open[search->n_open++] = v;
}

/* All that was found since `v` reaches `v`, and is reached from it. */
static void close_component(Search *search, uint32_t v)
{
        uint32_t member;

        do {
                member = search->open[--search->n_open];
                search->low[member] = UINT32_MAX;
                search->component[member] = v;
                search->size[v]++;
        } while (member != v);
}

static void go_up(Search *search)
{
        uint32_t v = search->path[--search->n_path];

        if (search->low[v] == search->number[v]) {
                close_component(search, v);
        } else {
                /* It reaches something older, so it is not where the search began: there is one above it. */
                uint32_t above = search->path[search->n_path - 1];

                search->low[above] = MIN(search->low[above], search->low[v]);
        }
}

static void find_components(Search *search)
{
        for (uint32_t root = 0; root < search->n; root++) {
                if (search->number[root] != NOT_SEEN)
                        continue;

                go_down(search, root);
                while (search->n_path > 0) {
                        uint32_t v = search->path[search->n_path - 1];
                        Edges after = graph_edges(search->graph, v, RELATION_AFTER);
                        uint32_t w;

                        if (search->next_edge[v] >= after.n) {
                                go_up(search);
                                continue;
                        }
                        w = after.items[search->next_edge[v]++];
                        if (search->number[w] == NOT_SEEN)
                                go_down(search, w);
                        else if (search->low[w] != UINT32_MAX)
                                search->low[v] = MIN(search->low[v], search->number[w]);
                }
        }
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

                        if (search->component[w] != search->component[v] || from[w] != ORDER_NONE)
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
        uint32_t size = search->size[search->component[v]], last;
        size_t n = 0;

        from = malloc(search->n * sizeof(uint32_t));
        way = malloc(((size_t) size + 1) * sizeof(uint32_t));
        if (!from || !way)
                return -ENOMEM;
        memset(from, 0xff, search->n * sizeof(uint32_t));
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
        _cleanup_(search_done) Search search = {};
        int r;

        r = search_init(&search, graph);
        if (r < 0)
                return r;

        find_components(&search);
        for (uint32_t v = 0; v < search.n; v++) {
                if (search.size[search.component[v]] < 2)
                        continue;
                r = tell_cycle(&search, config, v, diagnostics);
                if (r < 0)
                        return r;
        }
        return 0;
}
