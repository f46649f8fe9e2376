/* SPDX-License-Identifier: MIT */

/* A world's life: definitions, the daemon's start, moves, and the end: everybody is let go, the daemon is shut down,
 * and nothing may be left. */

#include "game.h"

#include <stdio.h>
#include <string.h>

#include "fake-loop.h"
#include "pipes.h"

/* As many moves bring any world to its end. */
#define END_MAX 2000u

typedef struct Player {
        World *world;
        History *record;
} Player;

static void play(Player *player, Move move)
{
        (void) move_play(player->world, &move);
        if (player->record)
                history_add(player->record, move);
        else
                free(move.text);
}

static Move named(MoveKind kind, uint32_t index)
{
        return (Move){.kind = kind, .n_names = 1, .names = {(uint8_t) index}};
}

static void define(Player *player, Random *random)
{
        uint32_t n = 1 + random_below(random, 9), all = 0;

        while (n > 0) {
                uint32_t index = random_below(random, NAMES_MAX);

                if (!sim_names[index] || sim_name_is_instance(index) ||
                    (sim_name_is_target(index) && random_percent(random, 60)))
                        continue;
                all |= (uint32_t) 1 << index;
                n--;
        }
        play(player, (Move){.kind = MOVE_DAEMON, .text = definition_invent_daemon(random)});
        for (uint32_t index = 0; index < NAMES_MAX; index++) {
                Move move = named(MOVE_DEFINE, index);

                if (!(all >> index & 1))
                        continue;
                move.text = definition_invent(random, index, all);
                play(player, move);
                if (random_percent(random, 2) && !sim_name_is_template(index) && !sim_name_is_target(index))
                        play(player, named(MOVE_LEAVE_OVER, index));
        }
}

static void begin(Player *player, Random *random)
{
        define(player, random);
        if (random_percent(random, 30))
                play(player, (Move){.kind = MOVE_SESSIONS});
        if (random_percent(random, 10))
                play(player, (Move){.kind = MOVE_NAMES_SLOW});
        play(player, (Move){.kind = MOVE_BOOT});
}

static Task *find_task(const World *world, bool (*fits)(const Task *))
{
        for (uint32_t i = 0; i < NAMES_MAX; i++) {
                Task *task;

                LIST_FOREACH (task, &world->kernel.cells[i].tasks, Task, link)
                        if (task->is_alive && fits(task) && kernel_find(&the_world->kernel, i, task->role) == task)
                                return task;
        }
        return NULL;
}

static bool is_frozen(const Task *task)
{
        return task->is_unkillable;
}

static bool is_told(const Task *task)
{
        return task->signal != 0;
}

static bool is_anybody(const Task *task)
{
        return task->is_executed || !task->handle;
}

static bool is_in_executor(const Task *task)
{
        return task->handle && !task->is_executed;
}

static Move of_task(MoveKind kind, const Task *task, int64_t number)
{
        Move move = named(kind, task->cell->index);

        move.role = task->role;
        move.number = number;
        return move;
}

/* What brings the end nearer. */
static Move choose_end(World *world)
{
        const Task *task;

        if (world->sink_stalled)
                return (Move){.kind = MOVE_LOG_RECOVERS};
        if ((task = find_task(world, is_frozen)))
                return of_task(MOVE_THAWS, task, 0);
        if (!world->shutting_down)
                return (Move){.kind = MOVE_SHUTDOWN};
        /* Who was killed ends before any time passes. */
        if (world->kernel.n_killed > 0)
                return (Move){.kind = MOVE_AFTER, .number = 1};
        if ((task = find_task(world, is_told)))
                return of_task(MOVE_OBEYS, task, -1);
        if (fake_loop_next(world->loop) != USEC_INFINITY)
                return (Move){.kind = MOVE_DEADLINE};
        if ((task = find_task(world, is_anybody)))
                return of_task(MOVE_EXITS, task, 0);
        if ((task = find_task(world, is_in_executor)))
                return of_task(MOVE_EXECUTES, task, 0);
        return (Move){.kind = MOVE_AFTER, .number = 1};
}

/* The daemon has ended on purpose. */
static void check_end(World *world)
{
        for (uint32_t i = 0; i < NAMES_MAX; i++) {
                const Cell *cell = &world->kernel.cells[i];

                if (cell->n_live == 0 || !world_service(world, i))
                        continue; /* its definition is gone, and what it renounced stays */
                if (cell->n_live > 0 &&
                    lifecycle_active_state(&world_service(world, i)->life) == ACTIVE_DEACTIVATING &&
                    !world_service(world, i)->life.stuck)
                        world_break(world, "P3", "the daemon has ended, and %s has not", sim_names[i]);
        }
}

static void end(Player *player)
{
        World *world = player->world;

        for (unsigned i = 0; i < END_MAX && !world->is_over && !world_is_broken(world); i++)
                play(player, choose_end(world));
        if (!world->is_over)
                world_break(world, "P5", "the shutdown does not come to its end");
        else
                check_end(world);
}

static void finish(World *world, Game *ret)
{
        *ret = (Game){.n_moves = world->n_moves, .n_events = world->n_events};
        if (world_is_broken(world)) {
                strcpy(ret->broken, world->broken);
                ret->broken_kind = world->broken_kind;
                world_free(world);
                return;
        }
        world_free(world);
        if (pipes_open() > 0)
                snprintf(ret->broken, sizeof(ret->broken), "P1: a pipe was left open");
}

void game_play(uint64_t seed, unsigned n_moves, History *record, FILE *story, Game *ret)
{
        Random random = {.state = seed * UINT64_C(0x2545f4914f6cdd1d) + 1};
        Player player = {.record = record};

        (void) world_new(&player.world);
        player.world->story = story;
        begin(&player, &random);
        for (unsigned i = 0; i < n_moves && !player.world->is_over && !world_is_broken(player.world); i++)
                play(&player, move_choose(player.world, &random));
        end(&player);
        finish(player.world, ret);
}

void game_replay(const History *history, FILE *story, Game *ret)
{
        World *world;

        (void) world_new(&world);
        world->story = story;
        for (size_t i = 0; i < history->n; i++)
                (void) move_play(world, &history->items[i]);
        /* A history that was cut short has an end of its own. */
        if (world->booted && !world_is_broken(world)) {
                Player player = {.world = world};

                end(&player);
        }
        finish(world, ret);
}
