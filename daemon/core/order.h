/* SPDX-License-Identifier: MIT */
#pragma once

/* Who waits for whom, and what happens to W when something happens to D: the rules between services, as pure
 * functions over a graph of indices and one small value per service. The engine keeps the values up to date and
 * carries out what is decided here. */

#include "core/config.h"

typedef struct Graph Graph;

/* Edges by relation and direction, over the services of `config` (index = position in config->services).
 * References to services that don't exist are left out (the reading has reported them). */
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
        bool succeeded; /* oneshot: its last run ended with success */
        bool gave_up;   /* failed for good (limit, no restart, failed start), or ended and won't come back */
        bool stopping;  /* a stop was asked for and is not done */
        bool stuck;     /* it cannot be stopped, and its waiters were told: nobody waits for it any more */
        bool oneshot;
} OrderNode;

#define ORDER_NONE UINT32_MAX

/* The first service that `index` still has to wait for before it may start, or ORDER_NONE. See DESIGN's rules:
 * After alone or with Wants waits until D is ready, D's first attempt has failed, or D is not wanted; with Requires
 * until D is ready; while D is stopping it waits in any case; a service never waits for what is not wanted.
 * `*ret_failed` (may be NULL): the one returned is a required D that gave up, so that waiting is in vain (with or
 * without After). */
uint32_t order_start_blocker(const Graph *graph, const OrderNode *nodes, uint32_t index, bool *ret_failed);
/* The first service ordered after `index` that is itself to stop and is not resting yet, so that `index` may not stop
 * (or start) before it is; or ORDER_NONE. Of those that are dragged along, `stopping` is set before this is asked. */
uint32_t order_stop_blocker(const Graph *graph, const OrderNode *nodes, uint32_t index);

typedef enum Happening {
        HAPPENING_STOPPED_BY_HAND,
        HAPPENING_RESTARTED_BY_HAND,
        HAPPENING_RESTARTS_BY_ITSELF, /* when RestartSec is over */
        HAPPENING_GAVE_UP,
        HAPPENING_ENDED,       /* with success */
        HAPPENING_READY_AGAIN, /* after it had stopped its dependents */
        _HAPPENING_N,
} Happening;

typedef enum Consequence {
        CONSEQUENCE_NONE,
        CONSEQUENCE_STOP,
        CONSEQUENCE_RESTART,
        CONSEQUENCE_START_IF_WANTED,
} Consequence;

/* The table of DESIGN, "Relations": what happens to W, which names D by `relation`. */
Consequence order_consequence(Relation relation, Happening happening);

/* All services that a start of `index` pulls in (Requires and Wants, transitively, itself first).
 * `*ret` is the caller's to free. */
int order_start_closure(const Graph *graph, uint32_t index, uint32_t **ret, size_t *ret_n);
/* All services that stop, or restart, when `happening` befalls `index` (transitively): what is ordered after another
 * comes before it, `index` itself last. `*ret` is the caller's to free. */
int order_stop_closure(const Graph *graph, uint32_t index, Happening happening, uint32_t **ret, size_t *ret_n);
