/* SPDX-License-Identifier: MIT */

/* The rules between services: who waits for whom, and whose fate is whose. Each rule is a look at the graph and at
 * one small value a service; nothing is remembered here, so a rule can be asked again at any time. */

#include "core/order.h"

#include <errno.h>

#include "core/graph.h"

/* What happens to W when something happens to D, which it names by the relation of the row. BindsTo, PartOf,
 * Requisite and Conflicts are rows like these. */
static const Consequence consequences[_RELATION_N][_HAPPENING_N] = {
        [RELATION_REQUIRES] =
                {
                        [HAPPENING_STOPPED_BY_HAND] = CONSEQUENCE_STOP,
                        [HAPPENING_RESTARTED_BY_HAND] = CONSEQUENCE_RESTART,
                        [HAPPENING_RESTARTS_BY_ITSELF] = CONSEQUENCE_RESTART,
                        [HAPPENING_GAVE_UP] = CONSEQUENCE_STOP,
                        [HAPPENING_ENDED] = CONSEQUENCE_NONE,
                        [HAPPENING_READY_AGAIN] = CONSEQUENCE_START_IF_WANTED,
                },
};

Consequence order_consequence(Relation relation, Happening happening)
{
        assert(relation < _RELATION_N && happening < _HAPPENING_N);
        return consequences[relation][happening];
}

/* `index` is ordered after `node`: does it wait for it? */
static bool holds_start(const OrderNode *node, bool required)
{
        /* What can't be stopped doesn't come either, but for somebody who can't be without it. */
        if (node->stuck)
                return required && node->wanted;
        if (node->stopping)
                return true;
        if (node->ready || !node->wanted)
                return false;
        return required || !(node->attempted || node->gave_up);
}

uint32_t order_start_blocker(const Graph *graph, const OrderNode *nodes, uint32_t index, bool *ret_failed)
{
        Edges required = graph_edges(graph, index, RELATION_REQUIRES);
        Edges after = graph_edges(graph, index, RELATION_AFTER);

        if (ret_failed)
                *ret_failed = false;

        for (size_t i = 0; i < required.n; i++) {
                const OrderNode *node = &nodes[required.items[i]];

                if (node->gave_up && !node->ready) {
                        if (ret_failed)
                                *ret_failed = true;
                        return required.items[i];
                }
        }
        for (size_t i = 0; i < after.n; i++)
                if (holds_start(&nodes[after.items[i]], edges_contain(required, after.items[i])))
                        return after.items[i];
        return ORDER_NONE;
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

/* A set of services in the order in which they were found; each is looked at once. */
typedef struct Closure {
        uint32_t *items;
        size_t n;
        bool *found;
} Closure;

static void closure_done(Closure *closure)
{
        free(closure->items);
        free(closure->found);
}

static int closure_init(Closure *closure, const Graph *graph, uint32_t first)
{
        uint32_t n = graph_size(graph);

        closure->items = calloc(n, sizeof(uint32_t));
        closure->found = calloc(n, sizeof(bool));
        if (!closure->items || !closure->found)
                return -ENOMEM;
        closure->items[0] = first;
        closure->n = 1;
        closure->found[first] = true;
        return 0;
}

static void closure_add(Closure *closure, Edges edges)
{
        for (size_t i = 0; i < edges.n; i++)
                if (!closure->found[edges.items[i]]) {
                        closure->found[edges.items[i]] = true;
                        closure->items[closure->n++] = edges.items[i];
                }
}

int order_start_closure(const Graph *graph, uint32_t index, uint32_t **ret, size_t *ret_n)
{
        _cleanup_(closure_done) Closure closure = {};
        int r;

        r = closure_init(&closure, graph, index);
        if (r < 0)
                return r;

        for (size_t i = 0; i < closure.n; i++) {
                closure_add(&closure, graph_edges(graph, closure.items[i], RELATION_REQUIRES));
                closure_add(&closure, graph_edges(graph, closure.items[i], RELATION_WANTS));
        }
        *ret_n = closure.n;
        *ret = TAKE_PTR(closure.items);
        return 0;
}

static int compare_keys(const void *a, const void *b)
{
        uint64_t x = *(const uint64_t *) a, y = *(const uint64_t *) b;

        return x < y ? -1 : x > y;
}

/* By level, the highest first, and the last found first within one; items[0] goes to the end. */
static int sort_for_stop(const Graph *graph, Closure *closure)
{
        _cleanup_free_ uint64_t *keys = calloc(closure->n, sizeof(uint64_t));
        uint32_t first = closure->items[0];

        if (!keys)
                return -ENOMEM;

        for (size_t i = 1; i < closure->n; i++)
                keys[i - 1] = (uint64_t) (UINT32_MAX - graph_level(graph, closure->items[i])) << 32 |
                              (uint32_t) (closure->n - i);
        qsort(keys, closure->n - 1, sizeof(uint64_t), compare_keys);

        /* The positions in the keys refer to the order in which they were found: note it where it isn't needed. */
        for (size_t i = 0; i + 1 < closure->n; i++)
                keys[i] = closure->items[closure->n - (uint32_t) keys[i]];
        for (size_t i = 0; i + 1 < closure->n; i++)
                closure->items[i] = (uint32_t) keys[i];
        closure->items[closure->n - 1] = first;
        return 0;
}

int order_stop_closure(const Graph *graph, uint32_t index, Happening happening, uint32_t **ret, size_t *ret_n)
{
        _cleanup_(closure_done) Closure closure = {};
        int r;

        r = closure_init(&closure, graph, index);
        if (r < 0)
                return r;

        /* Who is dragged along drags others along by the same column: where a stop goes, it is a stop whoever began
         * it, and so is a restart. */
        for (size_t i = 0; i < closure.n; i++)
                for (Relation relation = 0; relation < _RELATION_N; relation++) {
                        Consequence consequence = order_consequence(relation, happening);

                        if (consequence == CONSEQUENCE_STOP || consequence == CONSEQUENCE_RESTART)
                                closure_add(&closure, graph_reverse_edges(graph, closure.items[i], relation));
                }

        r = sort_for_stop(graph, &closure);
        if (r < 0)
                return r;
        *ret_n = closure.n;
        *ret = TAKE_PTR(closure.items);
        return 0;
}
