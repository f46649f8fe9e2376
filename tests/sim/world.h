/* SPDX-License-Identifier: MIT */
#pragma once

/* A world for the engine to live in: a clock that stands until somebody moves it, processes that are entries of a
 * list, pipes that are buffers, a log that takes what it is told to take. The files fake-*.c stand in for those of
 * daemon/host at link time; what happens in the world comes from moves (move.h), and is judged by promises.h. */

#include <stdio.h>

#include "base/list.h"
#include "engine/manager-private.h"
#include "host/sink.h"
#include "kernel.h"
#include "names.h"
#include "random.h"

#define CLIENTS_MAX 12u
#define BROKEN_MAX  600u

typedef struct Ledger Ledger;

/* Somebody who asked for something and waits. */
typedef struct Client {
        struct World *world;
        Operation *operation; /* NULL: nobody */
        OperationVerb verb;
        unsigned n;
        unsigned services[NAMES_MAX];
        unsigned runs[NAMES_MAX], ends[NAMES_MAX]; /* of each, begun and ended until then */
        uint64_t begun;                            /* World.n_moves then */
} Client;

/* What the definitions say now; read by the daemon when it is told to. */
typedef struct Definitions {
        char *daemon;              /* lines of [daemon]; NULL: none */
        char *sections[NAMES_MAX]; /* lines of each; NULL: not defined */
        char *read[NAMES_MAX];     /* the sections as the daemon took them last */
} Definitions;

typedef struct World {
        Loop *loop;
        Manager *manager;
        Kernel kernel;
        Random random; /* the engine's */
        Definitions definitions;
        Ledger *ledger; /* of promises.c */
        Client clients[CLIENTS_MAX];

        /* what the host does just now */
        unsigned n_spawn_failures; /* so many spawns fail from now on … */
        int spawn_error;           /* … with this positive errno */
        bool names_slow, names_unknown;
        bool sink_stalled;
        Sink *sink;
        Names *names;
        bool session_mode; /* no cgroups */

        bool is_unsettled; /* a move was made, and the daemon has not looked yet */
        bool booted, is_over, shutting_down;
        uint64_t n_moves, n_events;
        char broken[BROKEN_MAX]; /* the first broken promise; empty: none */
        const char *broken_kind; /* its words, without who it is about */
        FILE *story;             /* NULL: nobody listens */
} World;

/* The one world there is: random numbers, descriptors and the like know no loop. */
extern World *the_world;

int world_new(World **ret);
World *world_free(World *world);
DEFINE_CLEANUP(World *, world_free);
/* The daemon starts. */
void world_boot(World *world);
/* Everything that can happen without the clock or a move. */
void world_settle(World *world);
/* Moves the clock; what has to happen before any time passes (a kill is quick), happens. */
void world_advance(World *world, usec_t to);
bool world_is_broken(const World *world);

/* A promise is broken. The first one counts. */
void world_break(World *world, const char *promise, const char *format, ...) _printf_(3, 4);
/* A line for who reads the story: a consequence of the last move. */
void world_tell(World *world, const char *format, ...) _printf_(2, 3);
/* By the index of the name; NULL: the manager has none. */
Service *world_service(World *world, unsigned index);
