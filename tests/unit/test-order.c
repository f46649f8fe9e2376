/* SPDX-License-Identifier: MIT */

/* The rules between services: stories for each sentence, and a small supervisor that starts and stops all graphs of
 * four services by them. */

#include "small-graph.h"

/* a is the one that is asked about; b is what it names. */
typedef struct Pair {
        SmallConfig small;
        Graph *graph;
        OrderNode nodes[SMALL_MAX];
} Pair;

static Pair *a_names_b(bool after, bool requires)
{
        Pair *pair = calloc(1, sizeof(Pair));

        small_init(&pair->small);
        if (after)
                small_add(&pair->small, RELATION_AFTER, edge(0, 1));
        small_add(&pair->small, requires ? RELATION_REQUIRES : RELATION_WANTS, edge(0, 1));
        pair->graph = small_graph(&pair->small);
        return pair;
}

static void pair_free(Pair **pair)
{
        graph_free((*pair)->graph);
        free(*pair);
}
#define _cleanup_pair_ _cleanup_(pair_free)

/* Who holds a's start: ORDER_NONE or b. */
static uint32_t blocker(Pair *pair, OrderNode b, bool *ret_failed)
{
        pair->nodes[1] = b;
        return order_start_blocker(pair->graph, pair->nodes, 0, ret_failed);
}

Test(order, after_waits_for_what_is_wanted_until_it_is_ready_or_has_failed_once)
{
        _cleanup_pair_ Pair *pair = a_names_b(true, false);
        static const struct {
                OrderNode b;
                bool waits;
        } cases[] = {
                {{.wanted = true, .resting = true}, true},
                {{.wanted = true}, true},
                {{.wanted = true, .ready = true}, false},
                {{.wanted = true, .attempted = true, .resting = true}, false},
                {{.gave_up = true, .wanted = true}, false},
                {{.down = true, .resting = true}, false}, /* not wanted */
                {{.wanted = true, .ready = true, .stopping = true}, true},
                {{.stopping = true}, true},
                {{.stopping = true, .attempted = true}, true},
                {{.stopping = true, .stuck = true, .wanted = true}, false},
                {{.ready = true, .oneshot = true, .succeeded = true, .down = true, .resting = true}, false},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                bool failed = true;

                cr_expect_eq(blocker(pair, cases[i].b, &failed), cases[i].waits ? 1u : ORDER_NONE, "case %zu", i);
                cr_expect_not(failed, "case %zu", i);
        }
}

Test(order, requires_waits_through_the_others_own_restarts)
{
        _cleanup_pair_ Pair *pair = a_names_b(true, true);
        static const struct {
                OrderNode b;
                bool waits, failed;
        } cases[] = {
                {{.wanted = true}, true, false},
                {{.wanted = true, .attempted = true, .resting = true}, true, false},
                {{.wanted = true, .ready = true}, false, false},
                {{.gave_up = true, .down = true, .resting = true}, true, true},
                {{.gave_up = true, .ready = true}, false, false}, /* its definition went bad while it runs */
                {{.down = true, .resting = true}, false, false},  /* it ended with success: nobody waits for it */
                {{.wanted = true, .stopping = true, .ready = true}, true, false},
                {{.stopping = true, .stuck = true, .wanted = true}, true, false},
                {{.stopping = true, .stuck = true}, false, false},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                bool failed = !cases[i].failed;

                cr_expect_eq(blocker(pair, cases[i].b, &failed), cases[i].waits ? 1u : ORDER_NONE, "case %zu", i);
                cr_expect_eq(failed, cases[i].failed, "case %zu", i);
        }
}

Test(order, requires_without_after_starts_at_the_same_time)
{
        _cleanup_pair_ Pair *pair = a_names_b(false, true);
        bool failed;

        cr_assert_eq(blocker(pair, (OrderNode){.wanted = true}, &failed), ORDER_NONE);
        cr_assert_eq(blocker(pair, (OrderNode){.gave_up = true}, &failed), 1u);
        cr_assert(failed);
        cr_assert_eq(blocker(pair, (OrderNode){.gave_up = true}, NULL), 1u);
}

Test(order, a_stop_waits_for_what_comes_later_and_stops_too)
{
        _cleanup_pair_ Pair *pair = a_names_b(true, false);
        static const struct {
                OrderNode a;
                bool waits;
        } cases[] = {
                {{.stopping = true}, true},
                {{.stopping = true, .ready = true, .wanted = true}, true},
                {{.stopping = true, .resting = true}, false},
                {{.stopping = true, .stuck = true}, false},
                {{.ready = true, .wanted = true}, false}, /* it stays up */
                {{.resting = true, .down = true}, false},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                pair->nodes[0] = cases[i].a;
                cr_expect_eq(order_stop_blocker(pair->graph, pair->nodes, 1), cases[i].waits ? 0u : ORDER_NONE,
                             "case %zu", i);
        }
        cr_assert_eq(order_stop_blocker(pair->graph, pair->nodes, 0), ORDER_NONE);
}

Test(order, the_table_of_relations)
{
        static const Consequence table[_HAPPENING_N][2] = {
                /* Requires, Wants */
                [HAPPENING_STOPPED_BY_HAND] = {CONSEQUENCE_STOP, CONSEQUENCE_NONE},
                [HAPPENING_RESTARTED_BY_HAND] = {CONSEQUENCE_RESTART, CONSEQUENCE_NONE},
                [HAPPENING_RESTARTS_BY_ITSELF] = {CONSEQUENCE_RESTART, CONSEQUENCE_NONE},
                [HAPPENING_GAVE_UP] = {CONSEQUENCE_STOP, CONSEQUENCE_NONE},
                [HAPPENING_ENDED] = {CONSEQUENCE_NONE, CONSEQUENCE_NONE},
                [HAPPENING_READY_AGAIN] = {CONSEQUENCE_START_IF_WANTED, CONSEQUENCE_NONE},
        };

        for (Happening happening = 0; happening < _HAPPENING_N; happening++) {
                cr_expect_eq(order_consequence(RELATION_REQUIRES, happening), table[happening][0]);
                cr_expect_eq(order_consequence(RELATION_WANTS, happening), table[happening][1]);
                cr_expect_eq(order_consequence(RELATION_AFTER, happening), CONSEQUENCE_NONE);
                cr_expect_eq(order_consequence(RELATION_BEFORE, happening), CONSEQUENCE_NONE);
        }
}

static unsigned set_of(const uint32_t *items, size_t n)
{
        unsigned set = 0;

        for (size_t i = 0; i < n; i++) {
                cr_assert_not(set & 1u << items[i], "each one once");
                set |= 1u << items[i];
        }
        return set;
}

Test(order, a_start_pulls_in_all_that_is_required_or_wanted)
{
        for (unsigned i = 0; i < N_MATRICES; i++) {
                _cleanup_(graph_freep) Graph *graph = NULL;
                Matrix requires = matrix_of(i), wants = matrix_of((i * 13) % N_MATRICES);
                Matrix reach = reachable(requires | wants);
                SmallConfig small;

                small_init(&small);
                small_add(&small, RELATION_REQUIRES, requires);
                small_add(&small, RELATION_WANTS, wants);
                small_add(&small, RELATION_AFTER, matrix_of((i * 29) % N_MATRICES));
                graph = small_graph(&small);
                for (unsigned v = 0; v < SMALL_MAX; v++) {
                        _cleanup_free_ uint32_t *items = NULL;
                        unsigned expected = 1u << v | (reach >> (v * SMALL_MAX) & 0xf);
                        size_t n;

                        cr_assert_eq(order_start_closure(graph, v, &items, &n), 0);
                        cr_assert_eq(items[0], v);
                        cr_assert_eq(set_of(items, n), expected);
                }
        }
}

static void check_stop_closure(const Graph *graph, unsigned v, Matrix requires, Matrix after, Happening happening)
{
        _cleanup_free_ uint32_t *items = NULL;
        unsigned expected = 1u << v;
        size_t n;

        cr_assert_eq(order_stop_closure(graph, v, happening, &items, &n), 0);
        if (happening != HAPPENING_ENDED && happening != HAPPENING_READY_AGAIN)
                for (unsigned w = 0; w < SMALL_MAX; w++)
                        expected |= reachable(requires) & edge(w, v) ? 1u << w : 0;
        cr_assert_eq(set_of(items, n), expected);
        cr_assert_eq(items[n - 1], v);
        for (size_t i = 0; i + 1 < n; i++)
                for (size_t k = i + 1; k + 1 < n; k++)
                        cr_assert_not(after & edge(items[k], items[i]), "what comes later stops first");
}

Test(order, a_stop_takes_all_that_require_it_along)
{
        for (unsigned i = 0; i < N_MATRICES; i++)
                for (unsigned k = 0; k < 4; k++) {
                        _cleanup_(graph_freep) Graph *graph = NULL;
                        Matrix requires = matrix_of(i), after = matrix_of((i * 31 + k * 977) % N_MATRICES);
                        SmallConfig small;

                        small_init(&small);
                        small_add(&small, RELATION_REQUIRES, requires);
                        small_add(&small, RELATION_WANTS, matrix_of((i * 17) % N_MATRICES));
                        small_add(&small, RELATION_AFTER, after);
                        graph = small_graph(&small);
                        for (unsigned v = 0; v < SMALL_MAX; v++)
                                for (Happening happening = 0; happening < _HAPPENING_N; happening++)
                                        check_stop_closure(graph, v, requires, has_cycle(after) ? 0 : after,
                                                           happening);
                }
}

/* The small supervisor: services that take one turn to start and one to stop. */
typedef enum SmallState {
        DOWN,
        TO_START,
        STARTING,
        UP,
        TO_STOP,
        STOPPING,
        BROKEN,
} SmallState;

typedef struct Supervisor {
        const Graph *graph;
        SmallState states[SMALL_MAX];
        Matrix after, requires;
        unsigned breaks; /* this one fails to start; SMALL_MAX: none */
        bool backwards;  /* turns are taken in the other order */
} Supervisor;

static void look(const Supervisor *supervisor, OrderNode nodes[SMALL_MAX])
{
        for (unsigned v = 0; v < SMALL_MAX; v++) {
                SmallState state = supervisor->states[v];

                nodes[v] = (OrderNode){
                        .wanted = state == TO_START || state == STARTING || state == UP,
                        .ready = state == UP || state == TO_STOP,
                        .attempted = state == BROKEN,
                        .gave_up = state == BROKEN,
                        .down = state == DOWN || state == BROKEN,
                        .resting = state == DOWN || state == BROKEN || state == TO_START,
                        .stopping = state == TO_STOP || state == STOPPING,
                };
        }
}

/* Before `v` starts: all that it is ordered after is up, or will not come; with Requires it is up. */
static void check_may_start(const Supervisor *supervisor, unsigned v)
{
        for (unsigned w = 0; w < SMALL_MAX; w++) {
                SmallState state = supervisor->states[w];

                if (supervisor->after & edge(v, w)) {
                        cr_assert(state == UP || state == DOWN || state == BROKEN);
                        if (supervisor->requires & edge(v, w))
                                cr_assert_eq(state, UP);
                }
        }
}

static void check_may_stop(const Supervisor *supervisor, unsigned v)
{
        for (unsigned w = 0; w < SMALL_MAX; w++)
                if (supervisor->after & edge(w, v))
                        cr_assert(supervisor->states[w] == DOWN || supervisor->states[w] == BROKEN);
}

/* One turn of one service. True: something happened. */
static bool take_turn(Supervisor *supervisor, unsigned v)
{
        SmallState *state = &supervisor->states[v];
        OrderNode nodes[SMALL_MAX];
        uint32_t waits_for;
        bool failed;

        look(supervisor, nodes);
        switch (*state) {
        case TO_START:
                waits_for = order_start_blocker(supervisor->graph, nodes, v, &failed);
                if (waits_for != ORDER_NONE && !failed)
                        return false;
                if (!failed)
                        check_may_start(supervisor, v);
                *state = failed ? BROKEN : STARTING;
                return true;
        case STARTING:
                *state = v == supervisor->breaks ? BROKEN : UP;
                return true;
        case TO_STOP:
                if (order_stop_blocker(supervisor->graph, nodes, v) != ORDER_NONE)
                        return false;
                check_may_stop(supervisor, v);
                *state = STOPPING;
                return true;
        case STOPPING:
                *state = DOWN;
                return true;
        case DOWN:
        case UP:
        case BROKEN:
                return false;
        }
        return false;
}

static void run(Supervisor *supervisor)
{
        bool moved;

        do {
                moved = false;
                for (unsigned i = 0; i < SMALL_MAX; i++)
                        moved |= take_turn(supervisor, supervisor->backwards ? SMALL_MAX - 1 - i : i);
        } while (moved);
}

static void start_and_stop_all(Supervisor *supervisor)
{
        /* Who needs what breaks, and has not been started before it could be seen, breaks too. */
        Matrix needs = reachable(supervisor->requires & supervisor->after);

        for (unsigned v = 0; v < SMALL_MAX; v++)
                supervisor->states[v] = TO_START;
        run(supervisor);
        for (unsigned v = 0; v < SMALL_MAX; v++) {
                SmallState state = supervisor->states[v];
                unsigned breaks = supervisor->breaks;

                cr_assert(state == UP || state == BROKEN, "nobody waits for ever");
                if (breaks == SMALL_MAX || !(reachable(supervisor->requires) & edge(v, breaks)))
                        cr_assert_eq(state, v == breaks ? BROKEN : UP);
                if (breaks < SMALL_MAX && needs & edge(v, breaks))
                        cr_assert_eq(state, BROKEN);
        }

        for (unsigned v = 0; v < SMALL_MAX; v++)
                if (supervisor->states[v] == UP)
                        supervisor->states[v] = TO_STOP;
        run(supervisor);
        for (unsigned v = 0; v < SMALL_MAX; v++)
                cr_assert(supervisor->states[v] == DOWN || supervisor->states[v] == BROKEN, "all go down");
}

Test(order, every_small_graph_starts_and_stops_in_order)
{
        for (unsigned i = 0; i < N_MATRICES; i++)
                for (unsigned k = 0; k < 8; k++) {
                        _cleanup_(graph_freep) Graph *graph = NULL;
                        Matrix after = matrix_of(i), requires = k == 0 ? after : matrix_of((i * 41 + k * 509) % 4096);
                        SmallConfig small;

                        if (has_cycle(after))
                                continue;
                        small_init(&small);
                        small_add(&small, RELATION_AFTER, after);
                        small_add(&small, RELATION_REQUIRES, requires);
                        graph = small_graph(&small);
                        for (unsigned breaks = 0; breaks <= SMALL_MAX; breaks++)
                                for (int backwards = 0; backwards < 2; backwards++)
                                        start_and_stop_all(&(Supervisor){.graph = graph,
                                                                         .after = after,
                                                                         .requires = requires,
                                                                         .breaks = breaks,
                                                                         .backwards = backwards});
                }
}
