/* SPDX-License-Identifier: MIT */

/* Who is in a circle with whom, by the edges of some relations: Tarjan's strongly connected components, without
 * recursion, as a chain may be as long as there are services. */

#include <errno.h>

#include "core/graph.h"

#define NOT_SEEN 0

typedef struct Search {
        const Graph *graph;
        const Relation *relations;
        size_t n_relations;
        uint32_t n;
        uint32_t *number;    /* in the order of discovery, from 1; NOT_SEEN */
        uint32_t *low;       /* the least number that is reached from here; UINT32_MAX: its circle is complete */
        uint32_t *next_edge; /* which edge of it is looked at next */
        uint32_t *path;      /* the way down to where the search is */
        uint32_t *open;      /* found, and not yet in a complete circle */
        Circles circles;     /* the result */
        uint32_t n_path, n_open, n_numbers;
} Search;

void circles_done(Circles *circles)
{
        free(circles->of);
        free(circles->size);
        *circles = (Circles){NULL, NULL};
}

static void search_done(Search *search)
{
        free(search->number);
        free(search->low);
        free(search->next_edge);
        free(search->path);
        free(search->open);
        circles_done(&search->circles);
}

static int search_init(Search *search)
{
        uint32_t **arrays[] = {&search->number, &search->low,        &search->next_edge,   &search->path,
                               &search->open,   &search->circles.of, &search->circles.size};

        for (size_t i = 0; i < ELEMENTSOF(arrays); i++) {
                *arrays[i] = calloc(MAX(search->n, 1u), sizeof(uint32_t));
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
static void close_circle(Search *search, uint32_t v)
{
        uint32_t member;

        do {
                member = search->open[--search->n_open];
                search->low[member] = UINT32_MAX;
                search->circles.of[member] = v;
                search->circles.size[v]++;
        } while (member != v);
}

static void go_up(Search *search)
{
        uint32_t v = search->path[--search->n_path];

        if (search->low[v] == search->number[v]) {
                close_circle(search, v);
        } else {
                /* It reaches something older, so it is not where the search began: there is one above it. */
                uint32_t above = search->path[search->n_path - 1];

                search->low[above] = MIN(search->low[above], search->low[v]);
        }
}

/* Where the next edge of `v` leads, over all relations; ORDER_NONE: that was the last one. */
static uint32_t take_edge(Search *search, uint32_t v)
{
        size_t at = search->next_edge[v]++;

        for (size_t i = 0; i < search->n_relations; i++) {
                Edges edges = graph_edges(search->graph, v, search->relations[i]);

                if (at < edges.n)
                        return edges.items[at];
                at -= edges.n;
        }
        return ORDER_NONE;
}

static void find_from(Search *search, uint32_t root)
{
        go_down(search, root);
        while (search->n_path > 0) {
                uint32_t v = search->path[search->n_path - 1], w = take_edge(search, v);

                if (w == ORDER_NONE)
                        go_up(search);
                else if (search->number[w] == NOT_SEEN)
                        go_down(search, w);
                else if (search->low[w] != UINT32_MAX)
                        search->low[v] = MIN(search->low[v], search->number[w]);
        }
}

int circles_find(const Graph *graph, const Relation *relations, size_t n_relations, Circles *ret)
{
        _cleanup_(search_done) Search search = {
                .graph = graph, .relations = relations, .n_relations = n_relations, .n = graph_size(graph)};
        int r;

        r = search_init(&search);
        if (r < 0)
                return r;
        for (uint32_t v = 0; v < search.n; v++)
                if (search.number[v] == NOT_SEEN)
                        find_from(&search, v);

        *ret = search.circles;
        search.circles = (Circles){NULL, NULL};
        return 0;
}
