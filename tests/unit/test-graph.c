/* SPDX-License-Identifier: MIT */

/* The graph says what the definitions say: all graphs of four services, and one of many. */

#include "small-graph.h"

static Matrix matrix_from(const Graph *graph, Relation relation, bool reverse)
{
        Matrix matrix = 0;

        for (uint32_t v = 0; v < SMALL_MAX; v++) {
                Edges edges = reverse ? graph_reverse_edges(graph, v, relation) : graph_edges(graph, v, relation);

                for (size_t i = 0; i < edges.n; i++) {
                        cr_assert(i == 0 || edges.items[i - 1] < edges.items[i], "sorted, and without doubles");
                        cr_assert(edges_contain(edges, edges.items[i]));
                        matrix |= reverse ? edge(edges.items[i], v) : edge(v, edges.items[i]);
                }
        }
        return matrix;
}

static Matrix transposed(Matrix matrix)
{
        Matrix result = 0;

        for (unsigned from = 0; from < SMALL_MAX; from++)
                for (unsigned to = 0; to < SMALL_MAX; to++)
                        if (matrix & edge(from, to))
                                result |= edge(to, from);
        return result;
}

Test(graph, edges_are_those_of_the_definitions_in_both_directions)
{
        for (unsigned i = 0; i < N_MATRICES; i++) {
                _cleanup_(graph_freep) Graph *graph = NULL;
                Matrix after = matrix_of(i), requires = matrix_of((i * 7 + 5) % N_MATRICES);
                Matrix said_before = matrix_of((i * 11) % N_MATRICES);
                SmallConfig small;

                small_init(&small);
                small_add(&small, RELATION_AFTER, after);
                small_add_before(&small, said_before);
                small_add(&small, RELATION_REQUIRES, requires);
                small_add(&small, RELATION_WANTS, transposed(requires));
                graph = small_graph(&small);

                cr_assert_eq(graph_size(graph), SMALL_MAX);
                cr_assert_eq(matrix_from(graph, RELATION_AFTER, false), after | said_before);
                cr_assert_eq(matrix_from(graph, RELATION_AFTER, true), after | said_before);
                cr_assert_eq(matrix_from(graph, RELATION_BEFORE, false), transposed(after | said_before));
                cr_assert_eq(matrix_from(graph, RELATION_BEFORE, true), transposed(after | said_before));
                cr_assert_eq(matrix_from(graph, RELATION_REQUIRES, false), requires);
                cr_assert_eq(matrix_from(graph, RELATION_REQUIRES, true), requires);
                cr_assert_eq(matrix_from(graph, RELATION_WANTS, false), transposed(requires));
                cr_assert_eq(matrix_from(graph, RELATION_WANTS, true), transposed(requires));
        }
}

Test(graph, a_conflict_is_one_of_both)
{
        for (unsigned i = 0; i < N_MATRICES; i++) {
                _cleanup_(graph_freep) Graph *graph = NULL;
                Matrix conflicts = matrix_of(i);
                SmallConfig small;

                small_init(&small);
                small_add(&small, RELATION_CONFLICTS, conflicts);
                graph = small_graph(&small);
                cr_assert_eq(matrix_from(graph, RELATION_CONFLICTS, false), conflicts | transposed(conflicts));
                cr_assert_eq(matrix_from(graph, RELATION_CONFLICTS, true), conflicts | transposed(conflicts));
        }
}

Test(graph, a_target_comes_after_its_members_unless_they_say_otherwise)
{
        static const Relation membership[] = {RELATION_REQUIRES, RELATION_WANTS, RELATION_BINDS_TO};

        for (unsigned i = 0; i < N_MATRICES; i++) {
                _cleanup_(graph_freep) Graph *graph = NULL;
                Matrix members = matrix_of(i), after = matrix_of((i * 29 + 3) % N_MATRICES);
                Matrix before = matrix_of((i * 53 + 1) % N_MATRICES & 0x249), expected = after | before;
                unsigned target = i % SMALL_MAX;
                SmallConfig small;

                small_init(&small);
                small.services[target].kind = UNIT_TARGET;
                small_add(&small, membership[i % ELEMENTSOF(membership)], members);
                small_add(&small, RELATION_PART_OF, transposed(members));
                small_add(&small, RELATION_AFTER, after);
                small_add_before(&small, before);
                for (unsigned v = 0; v < SMALL_MAX; v++)
                        if ((members & edge(target, v)) && !((after | before) & edge(v, target)))
                                expected |= edge(target, v);
                graph = small_graph(&small);
                cr_assert_eq(matrix_from(graph, RELATION_AFTER, false), expected, "graph %u", i);
        }
}

Test(graph, a_circle_is_who_waits_for_each_other_by_order_or_bonds)
{
        for (unsigned i = 0; i < N_MATRICES; i++) {
                _cleanup_(graph_freep) Graph *graph = NULL;
                Matrix after = matrix_of((i * 29 + 3) % N_MATRICES & 0x249), bound = matrix_of(i);
                Matrix reach = reachable(after | bound);
                SmallConfig small;

                small_init(&small);
                small_add(&small, RELATION_AFTER, after);
                small_add(&small, RELATION_BINDS_TO, bound);
                small_add(&small, RELATION_REQUIRES, matrix_of((i * 17) % N_MATRICES));
                graph = small_graph(&small);
                for (unsigned v = 0; v < SMALL_MAX; v++)
                        for (unsigned w = 0; w < SMALL_MAX; w++)
                                cr_assert_eq(graph_is_circle(graph, v, w),
                                             v == w || ((reach & edge(v, w)) && (reach & edge(w, v))));
        }
}

Test(graph, names_that_do_not_exist_and_its_own_are_left_out)
{
        _cleanup_(graph_freep) Graph *graph = NULL;
        SmallConfig small;

        small_init(&small);
        small_name(&small, 1, RELATION_AFTER, "zebra", 1);
        small_name(&small, 1, RELATION_AFTER, "aardvark", 1);
        small_name(&small, 1, RELATION_AFTER, "b", 1);
        small_name(&small, 1, RELATION_AFTER, "d", 1);
        small_name(&small, 1, RELATION_AFTER, "d", 2);
        graph = small_graph(&small);
        cr_assert_eq(matrix_from(graph, RELATION_AFTER, false), edge(1, 3));
}

Test(graph, no_services_are_a_graph_too)
{
        _cleanup_(graph_freep) Graph *graph = NULL;
        Config config = {.n_services = 0};
        Diagnostics diagnostics = {.n = 0};

        cr_assert_eq(graph_new(&config, &graph), 0);
        cr_assert_eq(graph_size(graph), 0u);
        cr_assert_eq(graph_check_cycles(graph, &config, &diagnostics), 0);
        cr_assert_eq(diagnostics.n, 0u);
        cr_assert_null(graph_free(NULL));
}
