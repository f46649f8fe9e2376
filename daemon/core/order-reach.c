/* SPDX-License-Identifier: MIT */

/* How far a start or a happening reaches. Both are walks in breadth over the graph into room that was made before; a
 * mark with the answer's number tells who has been found, so that an answer costs as much as it reaches, however many
 * services there are. */

#include <errno.h>
#include <string.h>

#include "core/graph.h"

typedef struct OrderMark {
        uint32_t number; /* of the answer in which it was found; 0: none */
        uint32_t at;     /* its step there */
} OrderMark;

int order_answer_init(OrderAnswer *answer, const Graph *graph)
{
        size_t n = MAX(graph_size(graph), 1u);

        *answer = (OrderAnswer){.steps = calloc(n, sizeof(OrderStep)), .marks = calloc(n, sizeof(OrderMark))};
        if (answer->steps && answer->marks)
                return 0;
        order_answer_done(answer);
        return -ENOMEM;
}

void order_answer_done(OrderAnswer *answer)
{
        free(answer->steps);
        free(answer->marks);
        *answer = ORDER_ANSWER_NULL;
}

static void answer_begin(OrderAnswer *answer, const Graph *graph)
{
        answer->n = 0;
        if (++answer->number > 0)
                return;
        /* The numbers are used up: the marks of old answers would come to life again. */
        memset(answer->marks, 0, graph_size(graph) * sizeof(OrderMark));
        answer->number = 1;
}

/* NULL: not found yet. */
static OrderStep *answer_find(const OrderAnswer *answer, uint32_t index)
{
        const OrderMark *mark = &answer->marks[index];

        return mark->number == answer->number ? &answer->steps[mark->at] : NULL;
}

static OrderStep *answer_add(OrderAnswer *answer, uint32_t index, uint32_t cause)
{
        answer->marks[index] = (OrderMark){answer->number, (uint32_t) answer->n};
        answer->steps[answer->n] = (OrderStep){.index = index, .cause = cause, .rival = ORDER_NONE};
        return &answer->steps[answer->n++];
}

/* The one of those that start already with which `step` conflicts. */
static uint32_t find_rival(const OrderAnswer *answer, const Graph *graph, const OrderStep *step)
{
        Edges conflicts = graph_edges(graph, step->index, RELATION_CONFLICTS);

        for (size_t i = 0; i < conflicts.n; i++) {
                const OrderStep *other = answer_find(answer, conflicts.items[i]);

                if (other && other < step && other->rival == ORDER_NONE && !graph_is_bad(graph, other->index))
                        return other->index;
        }
        return ORDER_NONE;
}

void order_starts(OrderAnswer *answer, const Graph *graph, const uint32_t *roots, size_t n_roots)
{
        /* What is needed comes before what is only wished for, so it wins where the two conflict. */
        static const Relation pulling[] = {RELATION_REQUIRES, RELATION_BINDS_TO, RELATION_WANTS};

        answer_begin(answer, graph);
        for (size_t i = 0; i < n_roots; i++)
                if (!answer_find(answer, roots[i]))
                        answer_add(answer, roots[i], ORDER_NONE);

        for (size_t i = 0; i < answer->n; i++) {
                OrderStep *step = &answer->steps[i];

                /* What can't start takes nobody's place, and needs nothing. */
                if (graph_is_bad(graph, step->index))
                        continue;
                step->rival = find_rival(answer, graph, step);
                for (size_t k = 0; k < ELEMENTSOF(pulling) && step->rival == ORDER_NONE; k++) {
                        Edges edges = graph_edges(graph, step->index, pulling[k]);

                        for (size_t j = 0; j < edges.n; j++)
                                if (!answer_find(answer, edges.items[j]))
                                        answer_add(answer, edges.items[j], step->index);
                }
        }
}

static bool is_downward(Consequence consequence)
{
        return consequence == CONSEQUENCE_STOP || consequence == CONSEQUENCE_RESTART;
}

/* What `happening` is for whoever it reaches. */
static Consequence common_consequence(Happening happening)
{
        for (Relation relation = 0; relation < _RELATION_N; relation++)
                if (is_downward(order_consequence(relation, happening)))
                        return order_consequence(relation, happening);
        return CONSEQUENCE_NONE;
}

/* Does `index` come back when `other`, which it names in some way, is ready again? */
static bool comes_back_with(const Graph *graph, uint32_t index, uint32_t other)
{
        for (Relation relation = 0; relation < _RELATION_N; relation++)
                if (order_consequence(relation, HAPPENING_READY_AGAIN) == CONSEQUENCE_START_IF_WANTED &&
                    edges_contain(graph_edges(graph, index, relation), other))
                        return true;
        return false;
}

/* `happening` befalls `index`: adds those whom it reaches at first hand. */
static void reach(OrderAnswer *answer, const Graph *graph, uint32_t index, Happening happening)
{
        for (Relation relation = 0; relation < _RELATION_N; relation++) {
                Edges edges;

                if (!is_downward(order_consequence(relation, happening)))
                        continue;
                edges = graph_reverse_edges(graph, index, relation);
                for (size_t i = 0; i < edges.n; i++) {
                        OrderStep *step = answer_find(answer, edges.items[i]);

                        if (!step) {
                                step = answer_add(answer, edges.items[i], index);
                                step->returns = true;
                        }
                        /* Several may take it down: it has to be all the same to each of them. */
                        step->returns = step->returns && comes_back_with(graph, edges.items[i], index);
                }
        }
}

Consequence order_fates(OrderAnswer *answer, const Graph *graph, const OrderNode *nodes, uint32_t index,
                        Happening happening)
{
        Consequence consequence = common_consequence(happening);
        bool stop = consequence == CONSEQUENCE_STOP;

        answer_begin(answer, graph);
        if (consequence == CONSEQUENCE_NONE)
                return CONSEQUENCE_NONE;

        /* It stands first while this goes on, so that nobody reaches it. */
        answer_add(answer, index, ORDER_NONE);
        reach(answer, graph, index, happening);
        for (size_t i = 1; i < answer->n; i++) {
                OrderStep *step = &answer->steps[i];
                const OrderNode *node = &nodes[step->index];

                step->affected = node->wanted && (stop || !node->resting);
                if (step->affected)
                        reach(answer, graph, step->index, stop ? HAPPENING_STOPPED : HAPPENING_RESTARTED);
        }
        answer->n--;
        memmove(answer->steps, answer->steps + 1, answer->n * sizeof(OrderStep));
        return answer->n > 0 ? consequence : CONSEQUENCE_NONE;
}
