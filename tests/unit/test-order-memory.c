/* SPDX-License-Identifier: MIT */

/* When memory is short the graph, its closures and its cycles say so, and nothing is lost or touched: each allocation
 * fails once. The program is linked so that malloc and calloc of the code under test come here first. */

#include <errno.h>

#include "small-graph.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);

static unsigned countdown; /* 0: none fails; 1: the next one */

static bool fails(void)
{
        return countdown > 0 && --countdown == 0;
}

void *__wrap_malloc(size_t size)
{
        return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
        return fails() ? NULL : __real_calloc(n, size);
}

static SmallConfig small;

static void set_up(void)
{
        small_init(&small);
        small_add(&small, RELATION_AFTER, edge(0, 1) | edge(1, 2) | edge(2, 0));
        small_add(&small, RELATION_REQUIRES, edge(0, 1) | edge(1, 2));
}

Test(order_memory, a_graph_is_made_whole_or_not_at_all, .init = set_up)
{
        for (unsigned n = 1;; n++) {
                Graph *graph = NULL;
                int r;

                countdown = n;
                r = graph_new(&small.config, &graph);
                if (r == 0) {
                        cr_assert_gt(n, 10u);
                        countdown = 0;
                        graph_free(graph);
                        return;
                }
                cr_assert_eq(r, -ENOMEM);
                cr_assert_null(graph);
        }
}

Test(order_memory, room_for_answers_is_made_whole_or_not_at_all, .init = set_up)
{
        _cleanup_(graph_freep) Graph *graph = small_graph(&small);

        for (unsigned n = 1; n <= 3; n++) {
                OrderAnswer answer = ORDER_ANSWER_NULL;
                int r;

                countdown = n;
                r = order_answer_init(&answer, graph);
                countdown = 0;
                cr_assert_eq(r, n < 3 ? -ENOMEM : 0);
                cr_assert_eq(answer.steps != NULL, n == 3);
                order_answer_done(&answer);
        }
}

Test(order_memory, cycles_that_cannot_be_looked_for_are_an_error, .init = set_up)
{
        _cleanup_(graph_freep) Graph *graph = small_graph(&small);

        for (unsigned n = 1;; n++) {
                Diagnostics diagnostics = {.n = 0};
                int r;

                countdown = n;
                r = graph_check_cycles(graph, &small.config, &diagnostics);
                if (countdown > 0) {
                        /* None of them was used up: it was enough. */
                        countdown = 0;
                        cr_assert_eq(r, 0);
                        cr_assert_eq(diagnostics.n, 3u);
                        diagnostics_done(&diagnostics);
                        return;
                }
                cr_assert(r == -ENOMEM || diagnostics.out_of_memory, "allocation %u", n);
                diagnostics_done(&diagnostics);
        }
}
