/* SPDX-License-Identifier: MIT */
#pragma once

/* Who sees to it that the promises are kept: is told of what everybody does, and looks at everything whenever the
 * world has come to rest. Written from what is promised, not from how the engine does it. */

#include "engine/manager.h"
#include "host/process.h"

typedef struct World World;
typedef struct Client Client;
typedef struct Cell Cell;
typedef struct Task Task;
struct Ledger;

struct Ledger *ledger_new(void);
struct Ledger *ledger_free(struct Ledger *ledger);

/* What the daemon does: before a new run; a process made, or not; a signal (`task` NULL: for all of the cell). */
void promises_note_run(World *world, Cell *cell);
void promises_note_spawn(World *world, const Task *task, const SpawnRequest *request);
/* It has said so itself. */
void promises_note_own_end(World *world, uint32_t index);
void promises_note_executed(World *world, const Task *task);
void promises_note_spawn_failed(World *world, uint32_t index);
void promises_note_signal(World *world, Cell *cell, const Task *task, int signal);
/* What processes do. */
void promises_note_end(World *world, const Task *task);
/* What people ask for, just before they do. */
void promises_note_boot(World *world);
void promises_note_verb(World *world, OperationVerb verb, const unsigned *services, size_t n);
void promises_note_kill(World *world, uint32_t index, bool begins);
/* Another move begins. */
void promises_note_move(World *world);
void promises_note_reset(World *world, uint32_t index);
/* An apply begins: what is changed may be started, stopped and restarted. */
void promises_note_apply(World *world);
void promises_note_definitions(World *world);
void promises_note_shutdown(World *world, bool now);
void promises_note_answer(World *world, const Client *client, const OperationResult *results, size_t n);
/* The observer's word: something about it has changed. */
void promises_note_change(World *world, Service *service);

/* The world is at rest: is everything as it was promised? */
void promises_check(World *world);
