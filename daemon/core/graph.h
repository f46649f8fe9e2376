/* SPDX-License-Identifier: MIT */
#pragma once

/* The graph from the inside, for core/order. */

#include "core/order.h"

/* How many services there are. */
uint32_t graph_size(const Graph *graph);
/* Its definition has an error: it is never started. */
bool graph_is_bad(const Graph *graph, uint32_t index);
/* Do the starts of `a` and `b` wait for each other, directly or not, by order or by what binds them? */
bool graph_is_circle(const Graph *graph, uint32_t a, uint32_t b);

/* For each vertex the circle that it is in, by some vertex of that; alone it is one, too. */
typedef struct Circles {
        uint32_t *of;
        uint32_t *size; /* by such a vertex: how many are in it */
} Circles;
/* By the edges of all of `relations`. -ENOMEM. */
int circles_find(const Graph *graph, const Relation *relations, size_t n_relations, Circles *ret);
void circles_done(Circles *circles);

/* The relations by which a target has its members. */
#define GRAPH_N_MEMBERSHIP 3
extern const Relation graph_membership[GRAPH_N_MEMBERSHIP];
bool edges_contain(Edges edges, uint32_t index);
