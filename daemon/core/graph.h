/* SPDX-License-Identifier: MIT */
#pragma once

/* The graph from the inside, for core/order. */

#include "core/order.h"

/* How many services there are. */
uint32_t graph_size(const Graph *graph);
/* How many services come after one another, at most, up to `index`: what is ordered after D has a higher level than D
 * (in a graph without cycles). */
uint32_t graph_level(const Graph *graph, uint32_t index);
/* The relations by which a target has its members. */
#define GRAPH_N_MEMBERSHIP 3
extern const Relation graph_membership[GRAPH_N_MEMBERSHIP];
bool edges_contain(Edges edges, uint32_t index);
