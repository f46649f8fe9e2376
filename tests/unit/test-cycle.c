/* SPDX-License-Identifier: MIT */

/* Who is in a cycle is told which, and nobody else is: all graphs of four services, and long rings. */

#include "small-graph.h"

/* The length of the shortest way from `v` back to itself; 0: none. */
static unsigned shortest_cycle(Matrix after, unsigned v)
{
        unsigned reached = 1u << v;

        for (unsigned length = 1; length <= SMALL_MAX; length++) {
                unsigned next = 0;

                for (unsigned from = 0; from < SMALL_MAX; from++)
                        for (unsigned to = 0; to < SMALL_MAX; to++)
                                if ((reached & 1u << from) && (after & edge(from, to)))
                                        next |= 1u << to;
                if (next & 1u << v)
                        return length;
                reached = next;
        }
        return 0;
}

/* "ordering cycle: a after b after a" */
static void check_told(const Diagnostic *diagnostic, Matrix after, unsigned v, unsigned line_offset)
{
        const char *text = diagnostic->text, *prefix = "ordering cycle: ";
        unsigned length = shortest_cycle(after, v), first = SMALL_MAX, last = v;

        cr_assert_eq(diagnostic->severity, SEVERITY_ERROR);
        cr_assert_eq(strncmp(text, prefix, strlen(prefix)), 0);
        text += strlen(prefix);
        cr_assert_eq((unsigned) (*text - 'a'), v, "it begins with the service: %s", diagnostic->text);
        for (unsigned i = 0; i < length; i++) {
                unsigned next;

                cr_assert_eq(strncmp(text + 1, " after ", 7), 0, "%s", diagnostic->text);
                text += 8;
                next = (unsigned) (*text - 'a');
                cr_assert(after & edge(last, next), "%s", diagnostic->text);
                if (i == 0)
                        first = next;
                last = next;
        }
        cr_assert_eq(last, v, "it ends with the service: %s", diagnostic->text);
        cr_assert_eq(text[1], '\0', "it is the shortest: %s", diagnostic->text);
        cr_assert_eq(diagnostic->line, line_offset + 10 * v + first, "at the line of the first edge");
        cr_assert_str_eq(diagnostic->file, "small.ini");
}

static void check_all(bool before)
{
        for (unsigned i = 0; i < N_MATRICES; i++) {
                _cleanup_(graph_freep) Graph *graph = NULL;
                Diagnostics diagnostics = {.n = 0};
                Matrix after = matrix_of(i);
                size_t n = 0;
                SmallConfig small;

                small_init(&small);
                if (before)
                        small_add_before(&small, after);
                else
                        small_add(&small, RELATION_AFTER, after);
                graph = small_graph(&small);
                cr_assert_eq(graph_check_cycles(graph, &small.config, &diagnostics), 0);

                for (unsigned v = 0; v < SMALL_MAX; v++) {
                        if (shortest_cycle(after, v) == 0)
                                continue;
                        cr_assert_lt(n, diagnostics.n, "graph %u, service %u", i, v);
                        cr_assert_str_eq(diagnostics.items[n].service, small.names[v]);
                        check_told(&diagnostics.items[n], after, v, before ? 100 : 0);
                        n++;
                }
                cr_assert_eq(diagnostics.n, n, "graph %u", i);
                diagnostics_done(&diagnostics);
        }
}

Test(cycle, each_service_in_a_cycle_is_told_the_shortest)
{
        check_all(false);
}

Test(cycle, before_makes_cycles_like_after)
{
        check_all(true);
}

Test(cycle, a_target_is_told_where_it_names_the_member)
{
        _cleanup_(graph_freep) Graph *graph = NULL;
        Diagnostics diagnostics = {.n = 0};
        SmallConfig small;

        small_init(&small);
        small.services[0].kind = UNIT_TARGET;
        small_add(&small, RELATION_WANTS, edge(0, 1));
        small_add(&small, RELATION_AFTER, edge(1, 2) | edge(2, 0));
        graph = small_graph(&small);
        cr_assert_eq(graph_check_cycles(graph, &small.config, &diagnostics), 0);
        cr_assert_eq(diagnostics.n, 3u);
        cr_assert_str_eq(diagnostics.items[0].text, "ordering cycle: a after b after c after a");
        cr_assert_eq(diagnostics.items[0].line, 1u, "10 * from + to");
        diagnostics_done(&diagnostics);
}

/* `n` services in a row, each after the next, and the last after the first where it is a ring. */
typedef struct Row {
        Config config;
        ServiceConfig *services;
        ServiceConfig **pointers;
        Reference *references;
        char (*names)[8];
} Row;

static Row make_row(unsigned n, bool ring)
{
        Row row = {.services = calloc(n, sizeof(ServiceConfig)),
                   .pointers = calloc(n, sizeof(ServiceConfig *)),
                   .references = calloc(n, sizeof(Reference)),
                   .names = calloc(n, sizeof(*row.names))};

        for (unsigned v = 0; v < n; v++) {
                snprintf(row.names[v], sizeof(row.names[v]), "s%05u", v % 100000);
                row.pointers[v] = &row.services[v];
                row.services[v].name = row.names[v];
                row.references[v] = (Reference){row.names[(v + 1) % n], {"row.ini", v}};
                row.services[v].relations[RELATION_AFTER] =
                        (ReferenceList){&row.references[v], v + 1 < n || ring ? 1 : 0};
        }
        row.config = (Config){.services = row.pointers, .n_services = n};
        return row;
}

static void free_row(Row *row)
{
        free(row->services);
        free(row->pointers);
        free(row->references);
        free(row->names);
}

Test(cycle, a_long_chain_is_no_cycle)
{
        _cleanup_(graph_freep) Graph *graph = NULL;
        _cleanup_(free_row) Row row = make_row(100000, false);
        Diagnostics diagnostics = {.n = 0};

        cr_assert_eq(graph_new(&row.config, &graph), 0);
        cr_assert_eq(graph_check_cycles(graph, &row.config, &diagnostics), 0);
        cr_assert_eq(diagnostics.n, 0u);
        cr_assert_not(graph_is_circle(graph, 0, 1));
}

Test(cycle, a_long_ring_is_told_in_few_words)
{
        _cleanup_(graph_freep) Graph *graph = NULL;
        _cleanup_(free_row) Row row = make_row(1000, true);
        Diagnostics diagnostics = {.n = 0};

        cr_assert_eq(graph_new(&row.config, &graph), 0);
        cr_assert_eq(graph_check_cycles(graph, &row.config, &diagnostics), 0);
        cr_assert_eq(diagnostics.n, 1000u);
        cr_assert_not_null(strstr(diagnostics.items[5].text, "s00005 after s00006 after "));
        cr_assert_not_null(strstr(diagnostics.items[5].text, " after (969 more) after s00005"));
        cr_assert_lt(strlen(diagnostics.items[5].text), 500u);
        diagnostics_done(&diagnostics);
}

Test(cycle, a_cycle_of_as_many_as_are_named_is_named_whole)
{
        _cleanup_(graph_freep) Graph *graph = NULL;
        _cleanup_(free_row) Row row = make_row(31, true);
        Diagnostics diagnostics = {.n = 0};

        cr_assert_eq(graph_new(&row.config, &graph), 0);
        cr_assert_eq(graph_check_cycles(graph, &row.config, &diagnostics), 0);
        cr_assert_null(strstr(diagnostics.items[0].text, "more"));
        cr_assert_not_null(strstr(diagnostics.items[0].text, "s00029 after s00030 after s00000"));
        diagnostics_done(&diagnostics);
}
