/* SPDX-License-Identifier: MIT */
#pragma once

/* Definitions of a few services that name each other, built from matrices of bits; for the tests of order. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/graph.h"

#define SMALL_MAX 4

/* Who names whom: bit (from * SMALL_MAX + to). */
typedef uint32_t Matrix;

static inline Matrix edge(unsigned from, unsigned to)
{
        return (Matrix) 1 << (from * SMALL_MAX + to);
}

/* The number-th set of edges between different services, of 4096. */
static inline Matrix matrix_of(unsigned number)
{
        Matrix matrix = 0;

        for (unsigned from = 0; from < SMALL_MAX; from++)
                for (unsigned to = 0; to < SMALL_MAX; to++)
                        if (from != to) {
                                matrix |= number & 1 ? edge(from, to) : 0;
                                number >>= 1;
                        }
        return matrix;
}

#define N_MATRICES 4096u

static inline Matrix reachable(Matrix matrix)
{
        for (unsigned via = 0; via < SMALL_MAX; via++)
                for (unsigned from = 0; from < SMALL_MAX; from++)
                        for (unsigned to = 0; to < SMALL_MAX; to++)
                                if ((matrix & edge(from, via)) && (matrix & edge(via, to)))
                                        matrix |= edge(from, to);
        return matrix;
}

static inline bool has_cycle(Matrix matrix)
{
        Matrix reach = reachable(matrix);

        return reach & (edge(0, 0) | edge(1, 1) | edge(2, 2) | edge(3, 3));
}

typedef struct SmallConfig {
        Config config;
        ServiceConfig services[SMALL_MAX];
        ServiceConfig *pointers[SMALL_MAX];
        char names[SMALL_MAX][2];
        Reference references[SMALL_MAX][_RELATION_N][2 * SMALL_MAX + 2];
} SmallConfig;

static inline void small_init(SmallConfig *small)
{
        memset(small, 0, sizeof(*small));
        for (unsigned v = 0; v < SMALL_MAX; v++) {
                small->names[v][0] = (char) ('a' + v);
                small->services[v].name = small->names[v];
                small->pointers[v] = &small->services[v];
                for (Relation relation = 0; relation < _RELATION_N; relation++)
                        small->services[v].relations[relation].items = small->references[v][relation];
        }
        small->config.services = small->pointers;
        small->config.n_services = SMALL_MAX;
}

static inline void small_name(SmallConfig *small, unsigned from, Relation relation, const char *name, unsigned line)
{
        ReferenceList *list = &small->services[from].relations[relation];

        list->items[list->n++] = (Reference){(char *) name, {"small.ini", line}};
}

/* The line of an edge is 10 * from + to; of one that is said the other way round, 100 more. */
static inline void small_add(SmallConfig *small, Relation relation, Matrix matrix)
{
        for (unsigned from = 0; from < SMALL_MAX; from++)
                for (unsigned to = SMALL_MAX; to-- > 0;) /* not sorted */
                        if (matrix & edge(from, to))
                                small_name(small, from, relation, small->names[to], 10 * from + to);
}

static inline void small_add_before(SmallConfig *small, Matrix after)
{
        for (unsigned later = 0; later < SMALL_MAX; later++)
                for (unsigned earlier = 0; earlier < SMALL_MAX; earlier++)
                        if (after & edge(later, earlier))
                                small_name(small, earlier, RELATION_BEFORE, small->names[later],
                                           100 + 10 * later + earlier);
}

static inline Graph *small_graph(const SmallConfig *small)
{
        Graph *graph;

        cr_assert_eq(graph_new(&small->config, &graph), 0);
        return graph;
}
