/* SPDX-License-Identifier: MIT */
#pragma once

/* What the keepers of the promises write down, for the files promise-*.c alone. */

#include "promises.h"
#include "world.h"

/* Sets of services, by the index of their names. */
typedef uint32_t NameSet;
_Static_assert(NAMES_MAX <= 32, "a set has a bit for each name");

/* Whom each names, by the definitions that are in force. */
typedef struct Relations {
        bool is_known;
        NameSet named[_RELATION_N][NAMES_MAX];
        NameSet after[NAMES_MAX];     /* whom it comes after: After, and their Before */
        NameSet needs[NAMES_MAX];     /* Requires, BindsTo */
        NameSet conflicts[NAMES_MAX]; /* whoever names the other */
        NameSet before[NAMES_MAX];    /* who comes after it */
        NameSet members[NAMES_MAX];   /* of a target */
        NameSet known;
} Relations;

typedef struct Page {
        bool may_run;       /* somebody wants it up, and nobody has taken that back */
        bool may_come_back; /* taken down because of another: up again with that */
        bool must_go;       /* its run has to end, for it was stopped or restarted, or something it needs was */
        bool by_fate;       /* and nobody asked for that: it may take as long as others take to go */
        bool may_go; /* there is a cause for its end: what it has to do with was stopped, ended, or comes back */
        bool tried;  /* an attempt has failed since it was wanted, or last ready */
        bool was_forgotten; /* counters were set back by hand since the last look */

        /* the run in progress, or the last one */
        bool is_going;      /* the daemon has begun to end it */
        bool has_own_end;   /* a process of it ended unasked, could not be made, or took too long */
        bool may_leave;     /* its definition renounces somebody */
        unsigned runs;      /* of a target */
        usec_t executed_at; /* its main process; until then, its beginning */
        bool is_executed, has_place;
        bool is_in_line;       /* it waits for a share of the budget */
        char pool[16];         /* in which it was started */
        unsigned run_restarts; /* NRestarts when it began */
        unsigned run_triggers; /* likewise, of starts by OnFailure and OnSuccess */
        ProcessExit main_exit;
        bool main_exit_known;

        /* as of the last look at what befell it */
        ServiceState seen_state;
        unsigned seen_restarts, seen_ends;
        bool seen_ready;

        /* as of the last look at all */
        ServiceState state;
        usec_t since;         /* of that state */
        usec_t down_since;    /* deactivating since then; 0: is not */
        usec_t down_bound;    /* and for so long at most */
        usec_t down_deadline; /* of its first stage, or its second */
        unsigned down_tries;  /* its runs, ends and restarts by then: another stop has another bound */
        bool is_defined_anew; /* perhaps */
        bool config_changed;  /* in this state */
        unsigned n_restarts;
        uint64_t ready_move, rest_move; /* the last move after which it was so */
} Page;

/* More than any budget. */
#define RESTARTS_KEPT 64u

struct Ledger {
        Page pages[NAMES_MAX];
        Relations relations;
        usec_t restarts[RESTARTS_KEPT]; /* the last automatic ones; a ring */
        unsigned most_slots;            /* that the pool ever had */
        size_t n_restarts;
        unsigned budget;    /* while they came */
        bool applies;       /* there has been an apply: it may start and stop what it likes */
        bool looks;         /* happenings_look() goes on */
        bool resets;        /* all that has been asked for is that a failure be forgotten */
        bool kills_by_hand; /* a client's `kill` goes on */
};

#define NAME_BIT(index) ((NameSet) 1 << (index))
#define NAMES_FOREACH(index, set) \
        for (NameSet _rest = (set); _rest && (index = (uint32_t) __builtin_ctz(_rest), true); _rest &= _rest - 1)

/* promise-fates.c */
/* What has befallen services since somebody looked, and what follows from it for others. */
void happenings_look(World *world);
/* Those of the set that run have a cause to end their run, and (`must`) have to. */
void fates_oblige(World *world, NameSet set, bool must);
/* Somebody asks for this. */
void fates_note_start(World *world, NameSet named);
void fates_note_stop(World *world, NameSet named);
void fates_note_restart(World *world, NameSet named);

/* promise-relations.c */
const Relations *relations_now(World *world);
/* All that a start of these pulls in, themselves too. */
NameSet relations_start_closure(const Relations *relations, NameSet set);
/* All that come before it, over others too. */
NameSet relations_earlier(const Relations *relations, uint32_t index);
/* All whose fate theirs may follow from, themselves too. */
NameSet relations_fellows(const Relations *relations, NameSet set);
/* All whose fate follows from theirs by one of these relations, themselves too; who isn't in `through` hands nothing
 * on. */
NameSet relations_stop_closure(const Relations *relations, NameSet set, unsigned relation_bits, NameSet through);
#define NAMES_ALL ((NameSet) -1)

/* It is there, or on its way, or goes down: not at rest. */
bool service_lives(const Service *service);
bool service_goes_down(const Service *service);

/* promise-order.c */
NameSet order_started_by_others(World *world);
void order_check_start(World *world, uint32_t index);
void order_check_stop(World *world, uint32_t index);
/* Nobody waits in vain. */
void order_check_waiting(World *world, uint32_t index, const Service *service);
/* promise-admission.c */
void admission_note_executed_main(World *world, uint32_t index);
void admission_check_start(World *world, uint32_t index);
void admission_check_waiting(World *world, uint32_t index, const Service *service);
/* promise-life.c */
void life_check_run(World *world, const Cell *cell);
void life_check_spawn(World *world, const Task *task);
void life_check(World *world, uint32_t index, const Service *service);
/* promise-truth.c */
void truth_check(World *world, uint32_t index, const Service *service);
void answers_check(World *world);
