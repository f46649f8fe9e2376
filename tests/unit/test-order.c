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

static Pair *a_names_b(bool after, Relation relation)
{
        Pair *pair = calloc(1, sizeof(Pair));

        small_init(&pair->small);
        if (after)
                small_add(&pair->small, RELATION_AFTER, edge(0, 1));
        small_add(&pair->small, relation, edge(0, 1));
        pair->graph = small_graph(&pair->small);
        return pair;
}

static void pair_free(Pair **pair)
{
        graph_free((*pair)->graph);
        free(*pair);
}
#define _cleanup_pair_ _cleanup_(pair_free)

/* In what way b holds a's start. */
static BlockKind blocked(Pair *pair, OrderNode b)
{
        Blocker blocker;

        pair->nodes[1] = b;
        blocker = order_start_blocker(pair->graph, pair->nodes, 0);
        cr_assert_eq(blocker.index, blocker.kind == BLOCK_NONE ? ORDER_NONE : 1u);
        return blocker.kind;
}

typedef struct BlockCase {
        OrderNode b;
        BlockKind kind;
} BlockCase;

static void check_blocks(Pair *pair, const BlockCase *cases, size_t n)
{
        for (size_t i = 0; i < n; i++)
                cr_expect_eq(blocked(pair, cases[i].b), cases[i].kind, "case %zu", i);
}

Test(order, after_waits_for_what_is_wanted_until_it_is_ready_or_has_failed_once)
{
        _cleanup_pair_ Pair *pair = a_names_b(true, RELATION_WANTS);
        static const BlockCase cases[] = {
                {{.wanted = true, .resting = true}, BLOCK_ORDER},
                {{.wanted = true}, BLOCK_ORDER},
                {{.wanted = true, .ready = true}, BLOCK_NONE},
                {{.wanted = true, .attempted = true, .resting = true}, BLOCK_NONE},
                {{.gave_up = true, .wanted = true}, BLOCK_NONE},
                {{.down = true, .resting = true}, BLOCK_NONE}, /* not wanted */
                {{.wanted = true, .ready = true, .stopping = true}, BLOCK_ORDER},
                {{.stopping = true}, BLOCK_ORDER},
                {{.stopping = true, .attempted = true}, BLOCK_ORDER},
                {{.stopping = true, .stuck = true, .wanted = true}, BLOCK_NONE},
                {{.ready = true, .oneshot = true, .succeeded = true, .down = true, .resting = true}, BLOCK_NONE},
        };

        check_blocks(pair, cases, ELEMENTSOF(cases));
}

Test(order, requires_waits_through_the_others_own_restarts)
{
        static const Relation insisting[] = {RELATION_REQUIRES, RELATION_BINDS_TO};
        static const BlockCase cases[] = {
                {{.wanted = true}, BLOCK_ORDER},
                {{.wanted = true, .attempted = true, .resting = true}, BLOCK_ORDER},
                {{.wanted = true, .ready = true}, BLOCK_NONE},
                {{.gave_up = true, .down = true, .resting = true}, BLOCK_GAVE_UP},
                {{.gave_up = true, .ready = true}, BLOCK_NONE}, /* its definition went bad while it runs */
                {{.down = true, .resting = true}, BLOCK_NONE},  /* it ended with success: nobody waits for it */
                {{.wanted = true, .stopping = true, .ready = true}, BLOCK_ORDER},
                {{.stopping = true, .stuck = true, .wanted = true}, BLOCK_ORDER},
                {{.stopping = true, .stuck = true}, BLOCK_NONE},
        };

        for (size_t i = 0; i < ELEMENTSOF(insisting); i++) {
                _cleanup_pair_ Pair *pair = a_names_b(true, insisting[i]);

                check_blocks(pair, cases, ELEMENTSOF(cases));
        }
}

Test(order, requires_without_after_starts_at_the_same_time)
{
        _cleanup_pair_ Pair *pair = a_names_b(false, RELATION_REQUIRES);

        cr_assert_eq(blocked(pair, (OrderNode){.wanted = true}), BLOCK_NONE);
        cr_assert_eq(blocked(pair, (OrderNode){.wanted = true, .attempted = true}), BLOCK_NONE);
        cr_assert_eq(blocked(pair, (OrderNode){.gave_up = true}), BLOCK_GAVE_UP);
}

Test(order, what_is_bound_without_after_waits_through_the_others_own_restarts_alone)
{
        _cleanup_pair_ Pair *pair = a_names_b(false, RELATION_BINDS_TO);
        static const BlockCase cases[] = {
                {{.wanted = true, .resting = true}, BLOCK_NONE},
                {{.wanted = true}, BLOCK_NONE},
                {{.wanted = true, .attempted = true, .resting = true}, BLOCK_ORDER},
                {{.wanted = true, .attempted = true}, BLOCK_ORDER},
                {{.wanted = true, .stopping = true}, BLOCK_ORDER}, /* it is down by itself */
                {{.wanted = true, .ready = true}, BLOCK_NONE},
                {{.down = true, .resting = true}, BLOCK_NONE},
                {{.gave_up = true, .attempted = true}, BLOCK_GAVE_UP},
        };

        check_blocks(pair, cases, ELEMENTSOF(cases));
}

Test(order, who_is_bound_in_a_circle_waits_for_nobody_in_it)
{
        const struct {
                Matrix bound, after;
                bool waits;
        } cases[] = {
                {edge(0, 1), 0, true},
                {edge(0, 1), edge(1, 2), true}, /* further down in the order, but not behind us */
                {edge(0, 1) | edge(1, 0), 0, false},
                {edge(0, 1) | edge(1, 2) | edge(2, 0), 0, false},
                {edge(0, 1), edge(1, 0), false},
                {edge(0, 1), edge(1, 2) | edge(2, 0), false},
                {edge(0, 1) | edge(1, 2), edge(2, 0), false},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(graph_freep) Graph *graph = NULL;
                OrderNode nodes[SMALL_MAX] = {0};
                SmallConfig small;

                small_init(&small);
                small_add(&small, RELATION_BINDS_TO, cases[i].bound);
                small_add(&small, RELATION_AFTER, cases[i].after);
                graph = small_graph(&small);
                nodes[1] = (OrderNode){.wanted = true, .attempted = true, .resting = true};
                cr_expect_eq(order_start_blocker(graph, nodes, 0).kind, cases[i].waits ? BLOCK_ORDER : BLOCK_NONE,
                             "case %zu", i);
        }
}

Test(order, requisite_has_to_be_there_already)
{
        static const BlockCase alone[] = {
                {{.wanted = true, .ready = true}, BLOCK_NONE},
                {{.down = true, .resting = true}, BLOCK_REQUISITE},
                {{.wanted = true}, BLOCK_REQUISITE},
                {{.wanted = true, .attempted = true}, BLOCK_REQUISITE},
                {{.gave_up = true}, BLOCK_GAVE_UP},
        };
        /* On its way in the same order, it may arrive in time. */
        static const BlockCase after[] = {
                {{.wanted = true, .ready = true}, BLOCK_NONE},
                {{.down = true, .resting = true}, BLOCK_REQUISITE},
                {{.wanted = true}, BLOCK_ORDER},
                {{.wanted = true, .attempted = true}, BLOCK_REQUISITE},
        };
        _cleanup_pair_ Pair *without = a_names_b(false, RELATION_REQUISITE);
        _cleanup_pair_ Pair *with = a_names_b(true, RELATION_REQUISITE);

        check_blocks(without, alone, ELEMENTSOF(alone));
        check_blocks(with, after, ELEMENTSOF(after));

        /* It was there once: its restarts are waited for. */
        without->nodes[0].was_up = with->nodes[0].was_up = true;
        cr_assert_eq(blocked(without, (OrderNode){.wanted = true, .attempted = true}), BLOCK_NONE);
        cr_assert_eq(blocked(with, (OrderNode){.wanted = true, .attempted = true}), BLOCK_ORDER);
        cr_assert_eq(blocked(with, (OrderNode){.gave_up = true}), BLOCK_GAVE_UP);
}

Test(order, what_conflicts_has_to_be_down_whoever_says_so)
{
        _cleanup_pair_ Pair *pair = a_names_b(false, RELATION_CONFLICTS);
        static const BlockCase cases[] = {
                {{.wanted = true, .ready = true}, BLOCK_CONFLICT},
                {{.stopping = true}, BLOCK_CONFLICT},
                {{.stopping = true, .stuck = true}, BLOCK_CONFLICT},
                {{.resting = true, .wanted = true}, BLOCK_NONE},
                {{.resting = true, .down = true}, BLOCK_NONE},
                {{.resting = true, .down = true, .gave_up = true}, BLOCK_NONE},
        };

        check_blocks(pair, cases, ELEMENTSOF(cases));
        pair->nodes[0] = (OrderNode){.wanted = true};
        cr_assert_eq(order_start_blocker(pair->graph, pair->nodes, 1).index, 0u);
}

Test(order, it_comes_back_when_nothing_else_keeps_it_down)
{
        static const struct {
                Relation relation;
                OrderNode b;
                bool may;
        } cases[] = {
                {RELATION_REQUIRES, {.wanted = true}, true},
                {RELATION_REQUIRES, {.down = true, .resting = true}, false},
                {RELATION_REQUIRES, {.ready = true, .down = true, .resting = true}, true}, /* a oneshot */
                {RELATION_BINDS_TO, {.down = true, .resting = true}, false},
                {RELATION_REQUISITE, {.down = true, .resting = true}, false},
                {RELATION_WANTS, {.down = true, .resting = true}, true},
                {RELATION_CONFLICTS, {.down = true, .resting = true}, true},
                {RELATION_CONFLICTS, {.wanted = true, .resting = true}, false},
                {RELATION_CONFLICTS, {.stopping = true}, false},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_pair_ Pair *pair = a_names_b(true, cases[i].relation);

                pair->nodes[1] = cases[i].b;
                cr_expect_eq(order_may_return(pair->graph, pair->nodes, 0), cases[i].may, "case %zu", i);
        }
}

Test(order, a_stop_waits_for_what_comes_later_and_stops_too)
{
        _cleanup_pair_ Pair *pair = a_names_b(true, RELATION_WANTS);
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
        static const Relation columns[] = {RELATION_REQUIRES, RELATION_BINDS_TO, RELATION_REQUISITE,
                                           RELATION_PART_OF};
        static const char table[_HAPPENING_N][ELEMENTSOF(columns) + 1] = {
                /* Requires, BindsTo, Requisite, PartOf */
                [HAPPENING_STOPPED] = "ssss",     [HAPPENING_RESTARTED] = "rrrr",
                [HAPPENING_GOES_DOWN] = "-r--",   [HAPPENING_RESTARTS_BY_ITSELF] = "rrrr",
                [HAPPENING_GAVE_UP] = "sss-",     [HAPPENING_ENDED] = "-s--",
                [HAPPENING_READY_AGAIN] = "uuu-",
        };

        for (Happening happening = 0; happening < _HAPPENING_N; happening++)
                for (Relation relation = 0; relation < _RELATION_N; relation++) {
                        char expected = '-', found = "-sru"[order_consequence(relation, happening)];

                        for (size_t i = 0; i < ELEMENTSOF(columns); i++)
                                if (columns[i] == relation)
                                        expected = table[happening][i];
                        cr_expect_eq(found, expected, "happening %d, relation %d", happening, relation);
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
        BlockKind kind;
        bool failed;

        look(supervisor, nodes);
        switch (*state) {
        case TO_START:
                kind = order_start_blocker(supervisor->graph, nodes, v).kind;
                failed = kind == BLOCK_GAVE_UP || kind == BLOCK_REQUISITE;
                if (kind != BLOCK_NONE && !failed)
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
