/* SPDX-License-Identifier: MIT */

/* The rules between services: who waits for whom, and what a happening means. Each rule is a look at the graph and at
 * one small value a service; nothing is remembered here, so a rule can be asked again at any time. How far a
 * happening reaches is in order-reach.c. */

#include "core/order.h"

#include "core/graph.h"

/* What happens to W when something happens to D, which it names by the relation of the row.
 *
 * BindsTo: W goes when D does, and is held in its start until D is up again; when that turns out never to happen, the
 * stop follows. The restart of D itself finds only those up that had no time to go.
 * Requisite is Requires without pulling in. */
static const Consequence consequences[_RELATION_N][_HAPPENING_N] = {
        [RELATION_REQUIRES] =
                {
                        [HAPPENING_STOPPED] = CONSEQUENCE_STOP,
                        [HAPPENING_RESTARTED] = CONSEQUENCE_RESTART,
                        [HAPPENING_GOES_DOWN] = CONSEQUENCE_NONE,
                        [HAPPENING_RESTARTS_BY_ITSELF] = CONSEQUENCE_RESTART,
                        [HAPPENING_GAVE_UP] = CONSEQUENCE_STOP,
                        [HAPPENING_ENDED] = CONSEQUENCE_NONE,
                        [HAPPENING_READY_AGAIN] = CONSEQUENCE_START_IF_WANTED,
                },
        [RELATION_REQUISITE] =
                {
                        [HAPPENING_STOPPED] = CONSEQUENCE_STOP,
                        [HAPPENING_RESTARTED] = CONSEQUENCE_RESTART,
                        [HAPPENING_GOES_DOWN] = CONSEQUENCE_NONE,
                        [HAPPENING_RESTARTS_BY_ITSELF] = CONSEQUENCE_RESTART,
                        [HAPPENING_GAVE_UP] = CONSEQUENCE_STOP,
                        [HAPPENING_ENDED] = CONSEQUENCE_NONE,
                        [HAPPENING_READY_AGAIN] = CONSEQUENCE_START_IF_WANTED,
                },
        [RELATION_BINDS_TO] =
                {
                        [HAPPENING_STOPPED] = CONSEQUENCE_STOP,
                        [HAPPENING_RESTARTED] = CONSEQUENCE_RESTART,
                        [HAPPENING_GOES_DOWN] = CONSEQUENCE_RESTART,
                        [HAPPENING_RESTARTS_BY_ITSELF] = CONSEQUENCE_RESTART,
                        [HAPPENING_GAVE_UP] = CONSEQUENCE_STOP,
                        [HAPPENING_ENDED] = CONSEQUENCE_STOP,
                        [HAPPENING_READY_AGAIN] = CONSEQUENCE_START_IF_WANTED,
                },
        [RELATION_PART_OF] =
                {
                        [HAPPENING_STOPPED] = CONSEQUENCE_STOP,
                        [HAPPENING_RESTARTED] = CONSEQUENCE_RESTART,
                        [HAPPENING_GOES_DOWN] = CONSEQUENCE_NONE,
                        [HAPPENING_RESTARTS_BY_ITSELF] = CONSEQUENCE_RESTART,
                        [HAPPENING_GAVE_UP] = CONSEQUENCE_NONE,
                        [HAPPENING_ENDED] = CONSEQUENCE_NONE,
                        [HAPPENING_READY_AGAIN] = CONSEQUENCE_NONE,
                },
};

Consequence order_consequence(Relation relation, Happening happening)
{
        assert(relation < _RELATION_N && happening < _HAPPENING_N);
        return consequences[relation][happening];
}

/* Those without which a service can't be; what has to be there already comes last. */
static const Relation dependences[] = {RELATION_REQUIRES, RELATION_BINDS_TO, RELATION_REQUISITE};

static bool is_edge(const Graph *graph, uint32_t index, Relation relation, uint32_t other)
{
        return edges_contain(graph_edges(graph, index, relation), other);
}

bool order_depends(const Graph *graph, uint32_t index, uint32_t other)
{
        for (size_t i = 0; i < ELEMENTSOF(dependences); i++)
                if (is_edge(graph, index, dependences[i], other))
                        return true;
        return false;
}

/* Does `index` wait for `other` until that is ready, however often it fails? Requisite does so once it was fulfilled.
 */
static bool insists(const Graph *graph, const OrderNode *nodes, uint32_t index, uint32_t other)
{
        return is_edge(graph, index, RELATION_REQUIRES, other) || is_edge(graph, index, RELATION_BINDS_TO, other) ||
               (nodes[index].was_up && is_edge(graph, index, RELATION_REQUISITE, other));
}

/* `index` is ordered after `other`: does it wait for it? What is dear to find out is asked last. */
static bool holds_start(const Graph *graph, const OrderNode *nodes, uint32_t index, uint32_t other)
{
        const OrderNode *node = &nodes[other];

        /* What can't be stopped doesn't come either, but for somebody who can't be without it. */
        if (node->stuck)
                return node->wanted && insists(graph, nodes, index, other);
        if (node->stopping)
                return true;
        if (node->ready || !node->wanted)
                return false;
        return !(node->attempted || node->gave_up) || insists(graph, nodes, index, other);
}

static uint32_t find_given_up(const Graph *graph, const OrderNode *nodes, uint32_t index)
{
        for (size_t k = 0; k < ELEMENTSOF(dependences); k++) {
                Edges edges = graph_edges(graph, index, dependences[k]);

                for (size_t i = 0; i < edges.n; i++)
                        if (nodes[edges.items[i]].gave_up && !nodes[edges.items[i]].ready)
                                return edges.items[i];
        }
        return ORDER_NONE;
}

static uint32_t find_ordered(const Graph *graph, const OrderNode *nodes, uint32_t index)
{
        Edges after = graph_edges(graph, index, RELATION_AFTER);

        for (size_t i = 0; i < after.n; i++)
                if (holds_start(graph, nodes, index, after.items[i]))
                        return after.items[i];
        return ORDER_NONE;
}

/* Without an order between them: what `index` is bound to is coming for the first time, or it isn't waited for. Nor
 * is it where it would wait for us in turn. */
static uint32_t find_bound(const Graph *graph, const OrderNode *nodes, uint32_t index)
{
        Edges bound = graph_edges(graph, index, RELATION_BINDS_TO);

        for (size_t i = 0; i < bound.n; i++) {
                const OrderNode *node = &nodes[bound.items[i]];

                if (node->wanted && !node->ready && (node->attempted || node->stopping) &&
                    !graph_is_circle(graph, index, bound.items[i]))
                        return bound.items[i];
        }
        return ORDER_NONE;
}

/* Order has had its say: what is not ready now will not be in time. */
static uint32_t find_missing(const Graph *graph, const OrderNode *nodes, uint32_t index)
{
        Edges requisite = graph_edges(graph, index, RELATION_REQUISITE);

        for (size_t i = 0; i < requisite.n && !nodes[index].was_up; i++)
                if (!nodes[requisite.items[i]].ready)
                        return requisite.items[i];
        return ORDER_NONE;
}

static uint32_t find_conflict(const Graph *graph, const OrderNode *nodes, uint32_t index)
{
        Edges conflicts = graph_edges(graph, index, RELATION_CONFLICTS);

        for (size_t i = 0; i < conflicts.n; i++)
                if (!nodes[conflicts.items[i]].resting)
                        return conflicts.items[i];
        return ORDER_NONE;
}

Blocker order_start_blocker(const Graph *graph, const OrderNode *nodes, uint32_t index)
{
        static const struct {
                BlockKind kind;
                uint32_t (*find)(const Graph *graph, const OrderNode *nodes, uint32_t index);
        } rules[] = {
                {BLOCK_GAVE_UP, find_given_up},  {BLOCK_ORDER, find_ordered},     {BLOCK_ORDER, find_bound},
                {BLOCK_REQUISITE, find_missing}, {BLOCK_CONFLICT, find_conflict},
        };

        for (size_t i = 0; i < ELEMENTSOF(rules); i++) {
                uint32_t found = rules[i].find(graph, nodes, index);

                if (found != ORDER_NONE)
                        return (Blocker){rules[i].kind, found};
        }
        return (Blocker){BLOCK_NONE, ORDER_NONE};
}

uint32_t order_stop_blocker(const Graph *graph, const OrderNode *nodes, uint32_t index)
{
        Edges later = graph_reverse_edges(graph, index, RELATION_AFTER);

        for (size_t i = 0; i < later.n; i++) {
                const OrderNode *node = &nodes[later.items[i]];

                if (node->stopping && !node->resting && !node->stuck)
                        return later.items[i];
        }
        return ORDER_NONE;
}

bool order_may_return(const Graph *graph, const OrderNode *nodes, uint32_t index)
{
        Edges conflicts = graph_edges(graph, index, RELATION_CONFLICTS);

        for (size_t k = 0; k < ELEMENTSOF(dependences); k++) {
                Edges edges = graph_edges(graph, index, dependences[k]);

                for (size_t i = 0; i < edges.n; i++)
                        if (!nodes[edges.items[i]].wanted && !nodes[edges.items[i]].ready)
                                return false;
        }
        for (size_t i = 0; i < conflicts.n; i++)
                if (nodes[conflicts.items[i]].wanted || !nodes[conflicts.items[i]].resting)
                        return false;
        return true;
}
