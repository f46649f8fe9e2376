/* SPDX-License-Identifier: MIT */
#pragma once

/* Who waits for whom, and what happens to W when something happens to D: the rules between services, as pure
 * functions over a graph of indices and one small value per service. The engine keeps the values up to date and
 * carries out what is decided here. Targets are services like others. */

#include "core/config.h"

typedef struct Graph Graph;

/* Edges by relation and direction, over the services of `config` (index = position in config->services).
 * References to services that don't exist are left out (the reading has reported them). A target comes after all that
 * it requires, wants or is bound to, but for what says itself that it comes after the target. */
int graph_new(const Config *config, Graph **ret);
Graph *graph_free(Graph *graph);
DEFINE_CLEANUP(Graph *, graph_free);

typedef struct Edges {
        const uint32_t *items;
        size_t n;
} Edges;

/* Whom `index` names by `relation` (Before is folded into After: RELATION_AFTER gives all that comes before it; a
 * conflict is one of both, whoever names the other). */
Edges graph_edges(const Graph *graph, uint32_t index, Relation relation);
/* Who names `index` by `relation`. Both are sorted, without doubles, and without `index` itself. */
Edges graph_reverse_edges(const Graph *graph, uint32_t index, Relation relation);

/* Cycles of After/Before (with or without Requires): for each service that is in one, the shortest through it as a
 * diagnostic (error) of this service, which names the members in order, at the line of its first edge. What is left
 * when those are taken away has no cycle. */
int graph_check_cycles(const Graph *graph, const Config *config, Diagnostics *diagnostics);

/* One service as order sees it. */
typedef struct OrderNode {
        bool wanted;    /* somebody asked for it */
        bool ready;     /* active, or a oneshot that succeeded (EXITED; or DEAD after success since wanted) */
        bool attempted; /* its first attempt since it was wanted has failed (it may be tried again) */
        bool down;      /* nothing of it lives and it is not going to start by itself: dead, failed */
        bool resting;   /* nothing of it lives: down, waiting, auto-restart */
        bool succeeded; /* oneshot: its last run ended with success; or its ExecCondition said that it is not to run
                         */
        bool gave_up;   /* failed for good (limit, no restart, failed start), or ended and won't come back */
        bool stopping;  /* a stop was asked for and is not done */
        bool stuck;     /* it cannot be stopped, and its waiters were told: nobody waits for it any more */
        bool oneshot;
        bool was_up; /* it has been ready since it was last started: what it had to find ready was */
} OrderNode;

#define ORDER_NONE UINT32_MAX

typedef enum BlockKind {
        BLOCK_NONE,
        BLOCK_ORDER,     /* it waits until that one is ready, or down */
        BLOCK_CONFLICT,  /* it waits until that one, with which it can't be up together, is down */
        BLOCK_GAVE_UP,   /* in vain: that one, without which it can't be, gave up */
        BLOCK_REQUISITE, /* in vain: that one has to be ready already, and isn't */
} BlockKind;

typedef struct Blocker {
        BlockKind kind;
        uint32_t index; /* ORDER_NONE where there is none */
} Blocker;

/* The first service that stands in the way of the start of `index`. By DESIGN's rules: After alone or with Wants
 * waits until D is ready, D's first attempt has failed, or D is not wanted; with Requires or BindsTo until D is
 * ready; while D is stopping it waits in any case; it never waits for what is not wanted. Required (with or without
 * After), a D that gave up makes the wait vain. BindsTo without After waits through D's own restarts alone. Requisite
 * asks for a D that is ready, or with After on its way and not yet failed; what has been up once waits for it as it
 * would with Requires. A conflicting D has to be down. */
Blocker order_start_blocker(const Graph *graph, const OrderNode *nodes, uint32_t index);
/* The first service ordered after `index` that is itself to stop and is not resting yet, so that `index` may not stop
 * (or start) before it is; or ORDER_NONE. Of those that are dragged along, `stopping` is set before this is asked. */
uint32_t order_stop_blocker(const Graph *graph, const OrderNode *nodes, uint32_t index);
/* Is `other` one without which `index` can't be (Requires, BindsTo, Requisite)? */
bool order_depends(const Graph *graph, uint32_t index, uint32_t other);

typedef enum Happening {
        HAPPENING_STOPPED,            /* by hand, or for another's sake */
        HAPPENING_RESTARTED,          /* likewise */
        HAPPENING_GOES_DOWN,          /* by itself, whatever comes then */
        HAPPENING_RESTARTS_BY_ITSELF, /* when RestartSec is over */
        HAPPENING_GAVE_UP,
        HAPPENING_ENDED,       /* with success */
        HAPPENING_READY_AGAIN, /* after it had stopped its dependents */
        _HAPPENING_N,
} Happening;

typedef enum Consequence {
        CONSEQUENCE_NONE,
        CONSEQUENCE_STOP,
        CONSEQUENCE_RESTART, /* down, and up again when order lets it */
        CONSEQUENCE_START_IF_WANTED,
} Consequence;

/* The table of DESIGN, "Relations": what happens to W, which names D by `relation`. One happening has the same
 * consequence by each relation by which it has any. */
Consequence order_consequence(Relation relation, Happening happening);

/* One of those whom a start or a fate reaches. */
typedef struct OrderStep {
        uint32_t index;
        uint32_t cause; /* the one because of which it is reached: of a fate one that it names, of a start one that
                           names it, or ORDER_NONE for a root */
        uint32_t rival; /* of a start: the one before it with which it conflicts, so that it can't be started;
                           ORDER_NONE: it starts */
        bool affected;  /* of a fate: it goes down. False: it is down already, and `returns` is all there is to say */
        bool returns;   /* of a fate that is a stop: it comes back when what stopped it is ready again */
} OrderStep;

/* Room for an answer, made once for a graph, so that no answer can fail. An answer is true until the next one. */
typedef struct OrderAnswer {
        OrderStep *steps;
        size_t n;
        struct OrderMark *marks;
        uint32_t number; /* of this answer */
} OrderAnswer;

#define ORDER_ANSWER_NULL ((OrderAnswer){NULL, 0, NULL, 0})

/* -ENOMEM */
int order_answer_init(OrderAnswer *answer, const Graph *graph);
void order_answer_done(OrderAnswer *answer);

/* What starts when those of `roots` are asked for together: they, and what they require, want or are bound to,
 * transitively, the nearest first. What is bad pulls nothing in. Where two conflict, the first one starts; the other
 * has it as its rival, and pulls nothing in. */
void order_starts(OrderAnswer *answer, const Graph *graph, const uint32_t *roots, size_t n_roots);

/* Whom it reaches that `happening` befalls `index` (which is not in the answer), and what it is for all of them:
 * STOP, RESTART, or NONE for nobody. It goes on from each one that it affects: who is stopped for another's sake is
 * stopped for those that name it, and so with a restart. A stop affects whoever is wanted, a restart who is up. */
Consequence order_fates(OrderAnswer *answer, const Graph *graph, const OrderNode *nodes, uint32_t index,
                        Happening happening);
/* May `index`, which was stopped for another's sake, come back? Not while something without which it can't be isn't
 * wanted either, or something that it conflicts with is. */
bool order_may_return(const Graph *graph, const OrderNode *nodes, uint32_t index);
