/* SPDX-License-Identifier: MIT */
#pragma once

/* A move: one thing that happens in the world, by somebody's choice. A history is a list of them, and a text that can
 * be read by people and by history_read(). */

#include "world.h"

typedef enum MoveKind {
        /* definitions */
        MOVE_DAEMON,
        MOVE_DEFINE,
        MOVE_UNDEFINE,
        MOVE_DAEMON_RELOAD,
        MOVE_APPLY,
        /* the daemon */
        MOVE_SESSIONS, /* before its start: there are no cgroups */
        MOVE_LEAVE_OVER,
        MOVE_BOOT,
        MOVE_SHUTDOWN,
        MOVE_SHUTDOWN_NOW,
        /* clients; in the order of OperationVerb */
        MOVE_START,
        MOVE_STOP,
        MOVE_RESTART,
        MOVE_TRY_RESTART,
        MOVE_RELOAD,
        MOVE_WAIT_READY,
        MOVE_WAIT_ACTIVE,
        MOVE_WAIT_INACTIVE,
        MOVE_WAIT_FAILED,
        MOVE_VANISH,
        MOVE_KILL,
        MOVE_RESET_FAILED,
        /* processes */
        MOVE_EXECUTES,
        MOVE_CANNOT_EXEC,
        MOVE_EXITS,
        MOVE_DIES,
        MOVE_DUMPS,
        MOVE_OBEYS,
        MOVE_FORKS,
        MOVE_IGNORES,
        MOVE_FREEZES,
        MOVE_THAWS,
        MOVE_SAYS,
        MOVE_SAYS_READY,
        MOVE_FLOODS,
        MOVE_NOTIFIES_READY,
        MOVE_NOTIFIES_RELOADING,
        MOVE_NOTIFIES_STOPPING,
        MOVE_NOTIFIES_WATCHDOG,
        MOVE_NOTIFIES_TRIGGER,
        MOVE_NOTIFIES_EXTEND,
        MOVE_NOTIFIES_MAIN_PID, /* of its youngest grandchild */
        /* the host */
        MOVE_PROBE_ANSWERS,
        MOVE_PROBE_FAILS,
        MOVE_SPAWNS_FAIL,
        MOVE_LOG_STALLS,
        MOVE_LOG_RECOVERS,
        MOVE_LOG_LOST,
        MOVE_NAMES_SLOW,
        MOVE_NAMES_ANSWER,
        MOVE_NAMES_UNKNOWN,
        MOVE_NAMES_KNOWN,
        /* time */
        MOVE_AFTER,
        MOVE_DEADLINE,
        _MOVE_KIND_N,
} MoveKind;

#define MOVE_NAMES 6u

typedef struct Move {
        MoveKind kind;
        bool together; /* the next one comes before the daemon has looked */
        TaskRole role;
        uint8_t n_names;
        uint8_t names[MOVE_NAMES];
        int64_t number; /* status, signal, errno, span in µs, by the kind */
        char *text;     /* lines of a definition */
} Move;

/* What follows the verb: names (N: several, n: one), a role (r), a number (i), lines (t). */
typedef struct MoveInfo {
        const char *verb;
        const char *arguments;
} MoveInfo;
const MoveInfo *move_info(MoveKind kind);
void move_print(FILE *f, const Move *move);

typedef struct History {
        Move *items;
        size_t n, room;
} History;

#define HISTORY_NULL ((History){.n = 0})

/* Takes `move` and its text over. */
void history_add(History *history, Move move);
void history_copy(const History *history, History *ret);
void history_done(History *history);
void history_print(FILE *f, const History *history);
/* Complains on stderr. */
int history_read(FILE *f, const char *name, History *ret);

/* apply.c: makes the move, as far as it can be made now (false: it can't), and, unless the next one comes together
 * with it, lets the daemon do all that it does, and looks whether all promises are kept. */
bool move_play(World *world, const Move *move);

/* choose.c: a move that makes sense now. */
Move move_choose(World *world, Random *random);
/* definitions.c: lines of a random definition; the caller's. */
char *definition_invent(Random *random, uint32_t index, uint32_t others);
char *definition_invent_daemon(Random *random);
