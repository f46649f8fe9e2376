/* SPDX-License-Identifier: MIT */

/* The graph of services: for each relation the edges in both directions, as sorted arrays of indices. Made once for a
 * Config and never changed. Every pass over it costs as much as there are edges: sorting is done by transposing
 * twice. */

#include "core/graph.h"

#include <errno.h>
#include <string.h>

/* The edges of vertex v are items[starts[v]] to items[starts[v + 1]]. */
typedef struct Adjacency {
        uint32_t *starts;
        uint32_t *items;
} Adjacency;

struct Graph {
        uint32_t n;
        Adjacency forward[_RELATION_N], reverse[_RELATION_N]; /* BEFORE: none, it is AFTER's other direction */
        Circles waits;                                        /* of starts that wait for others */
        bool *bad;                                            /* has an error, and is never started */
};

typedef struct Pair {
        uint32_t from, to;
} Pair;

static void adjacency_done(Adjacency *adjacency)
{
        free(adjacency->starts);
        free(adjacency->items);
        *adjacency = (Adjacency){NULL, NULL};
}

static int adjacency_init(Adjacency *adjacency, uint32_t n, size_t n_items)
{
        adjacency->starts = calloc((size_t) n + 1, sizeof(uint32_t));
        adjacency->items = calloc(MAX(n_items, (size_t) 1), sizeof(uint32_t));
        return adjacency->starts && adjacency->items ? 0 : -ENOMEM;
}

/* From counts per vertex in starts[v + 1] to where each one's items begin. */
static void adjacency_sum(Adjacency *adjacency, uint32_t n)
{
        for (uint32_t v = 0; v < n; v++)
                adjacency->starts[v + 1] += adjacency->starts[v];
}

/* Fills in backwards, so that the counts turn into the starts of the next vertex's items, and back. */
static int adjacency_from_pairs(const Pair *pairs, size_t n_pairs, uint32_t n, Adjacency *ret)
{
        _cleanup_(adjacency_done) Adjacency result = {NULL, NULL};
        int r;

        r = adjacency_init(&result, n, n_pairs);
        if (r < 0)
                return r;

        for (size_t i = 0; i < n_pairs; i++)
                result.starts[pairs[i].from]++;
        for (uint32_t v = 0, sum = 0; v <= n; v++)
                result.starts[v] = sum += result.starts[v];
        for (size_t i = n_pairs; i > 0; i--)
                result.items[--result.starts[pairs[i - 1].from]] = pairs[i - 1].to;

        *ret = result;
        result = (Adjacency){NULL, NULL};
        return 0;
}

/* The other direction: sorted whatever the order was, and without the doubles that stood next to each other. */
static int adjacency_transpose(const Adjacency *adjacency, uint32_t n, Adjacency *ret)
{
        _cleanup_(adjacency_done) Adjacency result = {NULL, NULL};
        _cleanup_free_ uint32_t *ends = NULL;
        int r;

        r = adjacency_init(&result, n, adjacency->starts[n]);
        if (r < 0)
                return r;
        ends = calloc((size_t) n + 1, sizeof(uint32_t));
        if (!ends)
                return -ENOMEM;

        for (uint32_t i = 0; i < adjacency->starts[n]; i++)
                result.starts[adjacency->items[i] + 1]++;
        adjacency_sum(&result, n);
        memcpy(ends, result.starts, n * sizeof(uint32_t));

        for (uint32_t v = 0; v < n; v++)
                for (uint32_t i = adjacency->starts[v]; i < adjacency->starts[v + 1]; i++) {
                        uint32_t to = adjacency->items[i];

                        if (ends[to] == result.starts[to] || result.items[ends[to] - 1] != v)
                                result.items[ends[to]++] = v;
                }

        /* Close the gaps that doubles have left. */
        for (uint32_t v = 0, begin = 0, used = 0; v < n; v++) {
                uint32_t count = ends[v] - begin;

                memmove(result.items + used, result.items + begin, count * sizeof(uint32_t));
                begin = result.starts[v + 1];
                used += count;
                result.starts[v + 1] = used;
        }

        *ret = result;
        result = (Adjacency){NULL, NULL};
        return 0;
}

static Edges adjacency_edges(const Adjacency *adjacency, uint32_t index)
{
        uint32_t start = adjacency->starts[index];

        return (Edges){adjacency->items + start, adjacency->starts[index + 1] - start};
}

static uint32_t find_service(const Config *config, const char *name)
{
        size_t low = 0, high = config->n_services;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int order = strcmp(name, config->services[middle]->name);

                if (order == 0)
                        return (uint32_t) middle;
                if (order < 0)
                        high = middle;
                else
                        low = middle + 1;
        }
        return ORDER_NONE;
}

/* Adds `config`'s references by `relation` to `pairs`, turned round where the relation is. */
static size_t collect(const Config *config, Relation relation, Pair *pairs)
{
        size_t n = 0;

        for (uint32_t v = 0; v < config->n_services; v++) {
                const ReferenceList *list = &config->services[v]->relations[relation];

                for (size_t i = 0; i < list->n; i++) {
                        uint32_t other = find_service(config, list->items[i].name);

                        if (other == ORDER_NONE || other == v)
                                continue;
                        pairs[n++] = relation == RELATION_BEFORE ? (Pair){other, v} : (Pair){v, other};
                }
        }
        return n;
}

static bool names(const ServiceConfig *service, Relation relation, const char *name)
{
        const ReferenceList *list = &service->relations[relation];

        for (size_t i = 0; i < list->n; i++)
                if (strcmp(list->items[i].name, name) == 0)
                        return true;
        return false;
}

/* A target is complete when its members are up: it comes after them, where nobody says that it is the other way. */
static size_t collect_members(const Config *config, Relation relation, Pair *pairs)
{
        size_t n = 0;

        for (uint32_t v = 0; v < config->n_services; v++) {
                const ServiceConfig *target = config->services[v];

                for (size_t i = 0; target->kind == UNIT_TARGET && i < target->relations[relation].n; i++) {
                        const char *name = target->relations[relation].items[i].name;
                        uint32_t member = find_service(config, name);

                        if (member == ORDER_NONE || member == v || names(target, RELATION_BEFORE, name) ||
                            names(config->services[member], RELATION_AFTER, target->name))
                                continue;
                        pairs[n++] = (Pair){v, member};
                }
        }
        return n;
}

static size_t count(const Config *config, Relation relation)
{
        size_t n = 0;

        for (size_t v = 0; v < config->n_services; v++)
                n += config->services[v]->relations[relation].n;
        return n;
}

const Relation graph_membership[GRAPH_N_MEMBERSHIP] = {RELATION_REQUIRES, RELATION_BINDS_TO, RELATION_WANTS};

/* All that order comes from. */
static int collect_order(const Config *config, Pair **ret, size_t *ret_n)
{
        size_t n_max = count(config, RELATION_AFTER) + count(config, RELATION_BEFORE), n;
        Pair *pairs;

        for (size_t i = 0; i < GRAPH_N_MEMBERSHIP; i++)
                n_max += count(config, graph_membership[i]);
        pairs = calloc(MAX(n_max, (size_t) 1), sizeof(Pair));
        if (!pairs)
                return -ENOMEM;

        n = collect(config, RELATION_AFTER, pairs);
        n += collect(config, RELATION_BEFORE, pairs + n);
        for (size_t i = 0; i < GRAPH_N_MEMBERSHIP; i++)
                n += collect_members(config, graph_membership[i], pairs + n);
        *ret = pairs;
        *ret_n = n;
        return 0;
}

static int collect_relation(const Config *config, Relation relation, Pair **ret, size_t *ret_n)
{
        Pair *pairs;
        size_t n;

        if (relation == RELATION_AFTER)
                return collect_order(config, ret, ret_n);

        pairs = calloc(2 * count(config, relation) + 1, sizeof(Pair));
        if (!pairs)
                return -ENOMEM;
        n = collect(config, relation, pairs);
        /* Of a conflict it doesn't matter who says it. */
        for (size_t i = 0, n_said = n; relation == RELATION_CONFLICTS && i < n_said; i++)
                pairs[n++] = (Pair){pairs[i].to, pairs[i].from};
        *ret = pairs;
        *ret_n = n;
        return 0;
}

static int connect_relation(Graph *graph, const Config *config, Relation relation)
{
        _cleanup_(adjacency_done) Adjacency raw = {NULL, NULL};
        _cleanup_free_ Pair *pairs = NULL;
        size_t n;
        int r;

        r = collect_relation(config, relation, &pairs, &n);
        if (r < 0)
                return r;
        r = adjacency_from_pairs(pairs, n, graph->n, &raw);
        if (r < 0)
                return r;
        r = adjacency_transpose(&raw, graph->n, &graph->reverse[relation]);
        if (r < 0)
                return r;
        return adjacency_transpose(&graph->reverse[relation], graph->n, &graph->forward[relation]);
}

int graph_new(const Config *config, Graph **ret)
{
        static const Relation waiting[] = {RELATION_AFTER, RELATION_BINDS_TO};
        _cleanup_(graph_freep) Graph *graph = calloc(1, sizeof(Graph));
        int r;

        if (!graph)
                return -ENOMEM;
        graph->n = (uint32_t) config->n_services;
        graph->bad = calloc(MAX(graph->n, 1u), sizeof(bool));
        if (!graph->bad)
                return -ENOMEM;
        for (uint32_t v = 0; v < graph->n; v++)
                graph->bad[v] = config->services[v]->bad;

        for (Relation relation = 0; relation < _RELATION_N; relation++) {
                if (relation == RELATION_BEFORE)
                        continue;
                r = connect_relation(graph, config, relation);
                if (r < 0)
                        return r;
        }
        r = circles_find(graph, waiting, ELEMENTSOF(waiting), &graph->waits);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(graph);
        return 0;
}

Graph *graph_free(Graph *graph)
{
        if (!graph)
                return NULL;

        for (Relation relation = 0; relation < _RELATION_N; relation++) {
                adjacency_done(&graph->forward[relation]);
                adjacency_done(&graph->reverse[relation]);
        }
        circles_done(&graph->waits);
        free(graph->bad);
        free(graph);
        return NULL;
}

Edges graph_edges(const Graph *graph, uint32_t index, Relation relation)
{
        if (relation == RELATION_BEFORE)
                return adjacency_edges(&graph->reverse[RELATION_AFTER], index);
        return adjacency_edges(&graph->forward[relation], index);
}

Edges graph_reverse_edges(const Graph *graph, uint32_t index, Relation relation)
{
        if (relation == RELATION_BEFORE)
                return adjacency_edges(&graph->forward[RELATION_AFTER], index);
        return adjacency_edges(&graph->reverse[relation], index);
}

uint32_t graph_size(const Graph *graph)
{
        return graph->n;
}

bool graph_is_bad(const Graph *graph, uint32_t index)
{
        return graph->bad[index];
}

bool graph_is_circle(const Graph *graph, uint32_t a, uint32_t b)
{
        return graph->waits.of[a] == graph->waits.of[b];
}

bool edges_contain(Edges edges, uint32_t index)
{
        size_t low = 0, high = edges.n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (edges.items[middle] == index)
                        return true;
                if (edges.items[middle] > index)
                        high = middle;
                else
                        low = middle + 1;
        }
        return false;
}
