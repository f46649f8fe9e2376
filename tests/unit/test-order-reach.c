/* SPDX-License-Identifier: MIT */

/* How far a start and a happening reach: over all graphs of four services against a naive model, and story by story
 * where a sentence is worth it. */

#include "small-graph.h"

static const Relation dragging[] = {RELATION_REQUIRES, RELATION_BINDS_TO, RELATION_REQUISITE, RELATION_PART_OF};
#define N_DRAGGING ELEMENTSOF(dragging)

/* A graph by relation, and what it is asked with. */
typedef struct Case {
        Matrix matrices[_RELATION_N];
        OrderNode nodes[SMALL_MAX];
        SmallConfig small;
        Graph *graph;
        OrderAnswer answer;
} Case;

static Case *case_new(const Matrix matrices[_RELATION_N])
{
        Case *this = calloc(1, sizeof(Case));

        small_init(&this->small);
        for (Relation relation = 0; relation < _RELATION_N; relation++) {
                this->matrices[relation] = matrices[relation];
                small_add(&this->small, relation, matrices[relation]);
        }
        for (unsigned v = 0; v < SMALL_MAX; v++)
                this->nodes[v] = (OrderNode){.wanted = true, .ready = true};
        this->graph = small_graph(&this->small);
        cr_assert_eq(order_answer_init(&this->answer, this->graph), 0);
        return this;
}

static void case_free(Case **this)
{
        order_answer_done(&(*this)->answer);
        graph_free((*this)->graph);
        free(*this);
}
#define _cleanup_case_ _cleanup_(case_free)

static bool names(const Case *this, Relation relation, unsigned from, unsigned to)
{
        return this->matrices[relation] & edge(from, to);
}

static const OrderStep *find(const Case *this, unsigned index)
{
        const OrderStep *found = NULL;

        for (size_t i = 0; i < this->answer.n; i++)
                if (this->answer.steps[i].index == index) {
                        cr_assert_null(found, "each one once");
                        found = &this->answer.steps[i];
                }
        return found;
}

/* Fates */

/* Does what befalls `to` take `from` along? By the table, read as it stands. */
static bool drags(const Case *this, Happening happening, unsigned from, unsigned to)
{
        for (size_t i = 0; i < N_DRAGGING; i++) {
                Consequence consequence = order_consequence(dragging[i], happening);

                if (names(this, dragging[i], from, to) &&
                    (consequence == CONSEQUENCE_STOP || consequence == CONSEQUENCE_RESTART))
                        return true;
        }
        return false;
}

static bool comes_back(const Case *this, unsigned from, unsigned to)
{
        for (Relation relation = 0; relation < _RELATION_N; relation++)
                if (names(this, relation, from, to) &&
                    order_consequence(relation, HAPPENING_READY_AGAIN) == CONSEQUENCE_START_IF_WANTED)
                        return true;
        return false;
}

typedef struct Naive {
        unsigned reached, affected; /* bits */
        Consequence consequence;
} Naive;

static Naive naive_fates(const Case *this, unsigned index, Happening happening)
{
        Naive naive = {.consequence = CONSEQUENCE_NONE};
        unsigned affected = 1u << index, before;

        for (size_t i = 0; i < N_DRAGGING; i++)
                if (order_consequence(dragging[i], happening) == CONSEQUENCE_STOP ||
                    order_consequence(dragging[i], happening) == CONSEQUENCE_RESTART)
                        naive.consequence = order_consequence(dragging[i], happening);
        if (naive.consequence == CONSEQUENCE_NONE)
                return naive;

        do {
                before = affected;
                for (unsigned w = 0; w < SMALL_MAX; w++)
                        for (unsigned d = 0; d < SMALL_MAX; d++) {
                                bool stop = naive.consequence == CONSEQUENCE_STOP;
                                Happening second = stop ? HAPPENING_STOPPED : HAPPENING_RESTARTED;

                                if (w == index || !(affected & 1u << d) ||
                                    !drags(this, d == index ? happening : second, w, d))
                                        continue;
                                naive.reached |= 1u << w;
                                if (this->nodes[w].wanted && (stop || !this->nodes[w].resting))
                                        affected |= 1u << w;
                        }
        } while (affected != before);
        naive.affected = affected & ~(1u << index);
        return naive;
}

static void check_returns(const Case *this, unsigned index, Happening happening, const Naive *naive)
{
        Happening second = naive->consequence == CONSEQUENCE_STOP ? HAPPENING_STOPPED : HAPPENING_RESTARTED;

        for (size_t i = 0; i < this->answer.n; i++) {
                const OrderStep *step = &this->answer.steps[i];
                bool expected = true;

                for (unsigned d = 0; d < SMALL_MAX; d++)
                        if ((d == index || (naive->affected & 1u << d)) && d != step->index &&
                            drags(this, d == index ? happening : second, step->index, d))
                                expected = expected && comes_back(this, step->index, d);
                cr_assert_eq(step->returns, expected);
        }
}

static void check_fates(Case *this, unsigned index, Happening happening)
{
        Naive naive = naive_fates(this, index, happening);
        Consequence consequence = order_fates(&this->answer, this->graph, this->nodes, index, happening);
        unsigned reached = 0, affected = 0;

        for (size_t i = 0; i < this->answer.n; i++) {
                const OrderStep *step = &this->answer.steps[i];

                cr_assert_eq(find(this, step->index), step);
                reached |= 1u << step->index;
                affected |= step->affected ? 1u << step->index : 0;
                cr_assert(step->cause == index || (naive.affected & 1u << step->cause),
                          "because of one that is befallen itself");
                cr_assert(drags(this,
                                step->cause == index                    ? happening
                                : naive.consequence == CONSEQUENCE_STOP ? HAPPENING_STOPPED
                                                                        : HAPPENING_RESTARTED,
                                step->index, step->cause),
                          "and that it names");
        }
        cr_assert_eq(reached, naive.reached);
        cr_assert_eq(affected, naive.affected);
        cr_assert_eq(consequence, reached ? naive.consequence : CONSEQUENCE_NONE);
        check_returns(this, index, happening, &naive);
}

/* Of each service: up, waiting, or down. */
static void set_states(Case *this, unsigned number)
{
        for (unsigned v = 0; v < SMALL_MAX; v++, number /= 3)
                this->nodes[v] = number % 3 == 0   ? (OrderNode){.wanted = true, .ready = true}
                                 : number % 3 == 1 ? (OrderNode){.wanted = true, .resting = true}
                                                   : (OrderNode){.resting = true, .down = true};
}

Test(order_reach, a_happening_reaches_whom_the_table_says_at_any_hand)
{
        for (unsigned i = 0; i < N_MATRICES; i++)
                for (unsigned k = 0; k < 4; k++) {
                        /* Each relation has every matrix once, against others of the rest. */
                        Matrix matrices[_RELATION_N] = {
                                [RELATION_REQUIRES] = matrix_of(k == 0 ? i : (i * 41 + 7) % N_MATRICES & 0x249),
                                [RELATION_BINDS_TO] = matrix_of(k == 1 ? i : (i * 31 + 3) % N_MATRICES & 0x492),
                                [RELATION_REQUISITE] = matrix_of(k == 2 ? i : (i * 13) % N_MATRICES & 0x121),
                                [RELATION_PART_OF] = matrix_of(k == 3 ? i : (i * 29 + 1) % N_MATRICES & 0x924),
                                [RELATION_WANTS] = matrix_of((i * 17) % N_MATRICES),
                                [RELATION_AFTER] = matrix_of((i * 7) % N_MATRICES),
                        };
                        _cleanup_case_ Case *this = case_new(matrices);

                        set_states(this, (i * 5 + k) % 81);
                        for (unsigned v = 0; v < SMALL_MAX; v++)
                                for (Happening happening = 0; happening < _HAPPENING_N; happening++)
                                        check_fates(this, v, happening);
                }
}

/* c names b by `second`, b names a by `first`. */
static Case *chain(Relation first, Relation second)
{
        Matrix matrices[_RELATION_N] = {0};

        matrices[first] |= edge(1, 0);
        matrices[second] |= edge(2, 1);
        return case_new(matrices);
}

Test(order_reach, who_is_dragged_along_by_a_stop_is_stopped_for_its_own_dependents)
{
        for (size_t i = 0; i < N_DRAGGING; i++)
                for (size_t k = 0; k < N_DRAGGING; k++) {
                        _cleanup_case_ Case *this = chain(dragging[i], dragging[k]);
                        static const Happening stops[] = {HAPPENING_STOPPED, HAPPENING_GAVE_UP, HAPPENING_ENDED};

                        for (size_t m = 0; m < ELEMENTSOF(stops); m++) {
                                bool goes = order_consequence(dragging[i], stops[m]) == CONSEQUENCE_STOP;
                                const OrderStep *c;

                                order_fates(&this->answer, this->graph, this->nodes, 0, stops[m]);
                                c = find(this, 2);
                                cr_assert_eq(c != NULL, goes, "a PartOf that is dragged along drags all others");
                                if (!goes)
                                        continue;
                                cr_assert(c->affected);
                                cr_assert_eq(c->cause, 1u);
                                cr_assert_eq(c->returns, dragging[k] != RELATION_PART_OF);
                                cr_assert_eq(find(this, 1)->returns, dragging[i] != RELATION_PART_OF);
                        }
                }
}

Test(order_reach, who_is_dragged_along_by_a_restart_restarts_for_its_own_dependents)
{
        for (size_t i = 0; i < N_DRAGGING; i++)
                for (size_t k = 0; k < N_DRAGGING; k++) {
                        _cleanup_case_ Case *this = chain(dragging[i], dragging[k]);
                        static const Happening restarts[] = {HAPPENING_RESTARTED, HAPPENING_RESTARTS_BY_ITSELF};

                        for (size_t m = 0; m < ELEMENTSOF(restarts); m++) {
                                cr_assert_eq(order_fates(&this->answer, this->graph, this->nodes, 0, restarts[m]),
                                             CONSEQUENCE_RESTART);
                                cr_assert(find(this, 1)->affected && find(this, 2)->affected);
                        }
                        /* What is bound goes down at once, and so does what hangs on it. */
                        cr_assert_eq(order_fates(&this->answer, this->graph, this->nodes, 0, HAPPENING_GOES_DOWN),
                                     dragging[i] == RELATION_BINDS_TO ? CONSEQUENCE_RESTART : CONSEQUENCE_NONE);
                }
}

Test(order_reach, what_is_down_already_passes_nothing_on)
{
        _cleanup_case_ Case *this = chain(RELATION_REQUIRES, RELATION_REQUIRES);

        this->nodes[1] = (OrderNode){.resting = true, .down = true};
        order_fates(&this->answer, this->graph, this->nodes, 0, HAPPENING_STOPPED);
        cr_assert_eq(this->answer.n, 1u);
        cr_assert_not(find(this, 1)->affected);

        /* What waits has nothing to restart, and may be stopped. */
        this->nodes[1] = (OrderNode){.wanted = true, .resting = true};
        order_fates(&this->answer, this->graph, this->nodes, 0, HAPPENING_RESTARTED);
        cr_assert_not(find(this, 1)->affected);
        order_fates(&this->answer, this->graph, this->nodes, 0, HAPPENING_STOPPED);
        cr_assert(find(this, 1)->affected);
        cr_assert(find(this, 2)->affected);
}

Test(order_reach, it_comes_back_only_if_all_that_took_it_down_let_it)
{
        Matrix matrices[_RELATION_N] = {
                /* d requires b, which requires a; d is part of c, which requires a. */
                [RELATION_REQUIRES] = edge(3, 1) | edge(1, 0) | edge(2, 0),
                [RELATION_PART_OF] = edge(3, 2),
        };
        _cleanup_case_ Case *this = case_new(matrices);

        order_fates(&this->answer, this->graph, this->nodes, 0, HAPPENING_STOPPED);
        cr_assert_eq(this->answer.n, 3u);
        cr_assert(find(this, 1)->returns && find(this, 2)->returns);
        cr_assert_not(find(this, 3)->returns);

        /* Named in both ways, the one is enough. */
        matrices[RELATION_REQUIRES] |= edge(3, 2);
        case_free(&this);
        this = case_new(matrices);
        order_fates(&this->answer, this->graph, this->nodes, 0, HAPPENING_STOPPED);
        cr_assert(find(this, 3)->returns);
}

Test(order_reach, an_answer_is_not_mixed_up_with_earlier_ones)
{
        _cleanup_case_ Case *this = chain(RELATION_REQUIRES, RELATION_REQUIRES);

        /* The numbers come round: what was found in the first answer is not found in those that have its number. */
        order_fates(&this->answer, this->graph, this->nodes, 0, HAPPENING_STOPPED);
        this->answer.number = UINT32_MAX;
        for (unsigned i = 0; i < 3; i++) {
                order_fates(&this->answer, this->graph, this->nodes, 2, HAPPENING_STOPPED);
                cr_assert_eq(this->answer.n, 0u);
                order_fates(&this->answer, this->graph, this->nodes, 0, HAPPENING_STOPPED);
                cr_assert_eq(this->answer.n, 2u);
                order_fates(&this->answer, this->graph, this->nodes, 1, HAPPENING_STOPPED);
                cr_assert_eq(this->answer.n, 1u);
        }
}

/* Starts */

static bool pulls(const Case *this, unsigned from, unsigned to)
{
        return names(this, RELATION_REQUIRES, from, to) || names(this, RELATION_BINDS_TO, from, to) ||
               names(this, RELATION_WANTS, from, to);
}

static bool conflict(const Case *this, unsigned a, unsigned b)
{
        return names(this, RELATION_CONFLICTS, a, b) || names(this, RELATION_CONFLICTS, b, a);
}

static bool starts(const Case *this, unsigned index)
{
        const OrderStep *step = find(this, index);

        return step && step->rival == ORDER_NONE;
}

static void check_start(const Case *this, size_t at, size_t n_roots)
{
        const OrderStep *step = &this->answer.steps[at];
        bool pulled = at < n_roots;

        for (unsigned w = 0; w < SMALL_MAX; w++) {
                pulled = pulled || (starts(this, w) && pulls(this, w, step->index));
                if (step->rival != ORDER_NONE)
                        continue;
                cr_assert(!starts(this, w) || w == step->index || !conflict(this, w, step->index));
                cr_assert(!pulls(this, step->index, w) || find(this, w), "what it needs is there, too");
        }
        cr_assert(pulled, "nothing starts that nobody asked for");
        if (step->rival != ORDER_NONE) {
                cr_assert(starts(this, step->rival) && conflict(this, step->index, step->rival));
                cr_assert_lt(find(this, step->rival), step, "the nearer one wins");
        }
}

Test(order_reach, a_start_pulls_in_what_is_named_and_of_those_that_conflict_the_nearest)
{
        for (unsigned i = 0; i < N_MATRICES; i++)
                for (unsigned k = 0; k < 2; k++) {
                        Matrix matrices[_RELATION_N] = {
                                [RELATION_REQUIRES] = matrix_of(i),
                                [RELATION_BINDS_TO] = matrix_of((i * 31 + 3) % N_MATRICES & 0x492),
                                [RELATION_WANTS] = matrix_of((i * 13) % N_MATRICES & 0x249),
                                [RELATION_CONFLICTS] = k ? matrix_of((i * 29 + 5) % N_MATRICES & 0x842) : 0,
                                [RELATION_PART_OF] = matrix_of((i * 7) % N_MATRICES),
                                [RELATION_REQUISITE] = matrix_of((i * 11) % N_MATRICES),
                        };
                        _cleanup_case_ Case *this = case_new(matrices);
                        static const uint32_t roots[] = {2, 0, 1, 3};

                        for (size_t n = 1; n <= SMALL_MAX; n++) {
                                order_starts(&this->answer, this->graph, roots, n);
                                cr_assert_eq(this->answer.steps[0].index, 2u);
                                cr_assert_eq(this->answer.steps[0].rival, ORDER_NONE, "who is named first starts");
                                for (size_t at = 0; at < this->answer.n; at++)
                                        check_start(this, at, n);
                        }
                }
}

Test(order_reach, what_is_required_wins_over_what_is_only_wanted)
{
        Matrix matrices[_RELATION_N] = {
                [RELATION_WANTS] = edge(0, 1) | edge(1, 3),
                [RELATION_REQUIRES] = edge(0, 2),
                [RELATION_CONFLICTS] = edge(1, 2),
        };
        _cleanup_case_ Case *this = case_new(matrices);

        order_starts(&this->answer, this->graph, (const uint32_t[]){0}, 1);
        cr_assert(starts(this, 2));
        cr_assert_eq(find(this, 1)->rival, 2u);
        cr_assert_null(find(this, 3), "who doesn't start pulls nothing in");
}
