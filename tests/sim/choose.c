/* SPDX-License-Identifier: MIT */

/* Chooses what happens next: mostly what leads on (a process that was made is executed, one that was told to go
 * goes), often enough what does not. */

#include <errno.h>
#include <signal.h>

#include "fake-loop.h"
#include "fake-notify.h"
#include "fake-probe.h"
#include "move.h"

/* One of those that live; NULL: nobody does. */
static Task *choose_task(World *world, Random *random)
{
        uint32_t n;

        if (world->kernel.n_live == 0)
                return NULL;
        n = random_below(random, world->kernel.n_live);
        for (uint32_t i = 0; i < NAMES_MAX; i++) {
                Cell *cell = &world->kernel.cells[i];
                Task *task;

                if (n >= cell->n_live) {
                        n -= cell->n_live;
                        continue;
                }
                LIST_FOREACH (task, &cell->tasks, Task, link)
                        if (task->is_alive && n-- == 0)
                                return task;
        }
        return NULL;
}

static Move of_task(MoveKind kind, const Task *task, int64_t number)
{
        return (Move){
                .kind = kind,
                .role = task->role,
                .n_names = 1,
                .names = {(uint8_t) task->cell->index},
                .number = number,
        };
}

static Move choose_end(const Task *task, Random *random)
{
        static const int signals[] = {SIGTERM, SIGSEGV, SIGKILL, SIGABRT};
        bool is_main = task->role == TASK_MAIN;
        uint32_t n = random_below(random, 100);

        if (n < (is_main ? 40u : 75u))
                return of_task(MOVE_EXITS, task, 0);
        if (n < 85)
                return of_task(MOVE_EXITS, task, 1 + random_below(random, 3));
        return of_task(n < 94 ? MOVE_DIES : MOVE_DUMPS, task, signals[random_below(random, ELEMENTSOF(signals))]);
}

static Move choose_word(const Task *task, Random *random)
{
        static const MoveKind words[] = {
                MOVE_NOTIFIES_READY,    MOVE_NOTIFIES_READY,    MOVE_NOTIFIES_READY,    MOVE_NOTIFIES_READY,
                MOVE_NOTIFIES_WATCHDOG, MOVE_NOTIFIES_WATCHDOG, MOVE_NOTIFIES_WATCHDOG, MOVE_NOTIFIES_RELOADING,
                MOVE_NOTIFIES_STOPPING, MOVE_NOTIFIES_TRIGGER,  MOVE_NOTIFIES_EXTEND,   MOVE_NOTIFIES_MAIN_PID,
        };

        return of_task(words[random_below(random, ELEMENTSOF(words))], task, 0);
}

static Move choose_of_running(const Task *task, Random *random)
{
        uint32_t n = random_below(random, 100);
        bool lasts = task->role == TASK_MAIN && task->kind == COMMAND_START;

        if (fake_notify_is_open(task->cell->index) && random_percent(random, 50))
                return choose_word(task, random);
        if (n < (lasts ? 25u : 60u))
                return choose_end(task, random);
        if (n < 75)
                return of_task(task->pipes[0] == PIPE_NONE  ? MOVE_FORKS
                               : random_percent(random, 70) ? MOVE_SAYS_READY
                                                            : MOVE_SAYS,
                               task, 0);
        if (n < 85)
                return of_task(MOVE_FORKS, task, 0);
        if (n < 92)
                return of_task(MOVE_IGNORES, task, 0);
        if (n < 96)
                return of_task(MOVE_FLOODS, task, 0);
        return of_task(MOVE_FREEZES, task, 0);
}

static Move choose_of_task(const Task *task, Random *random)
{
        if (task->is_unkillable)
                return of_task(MOVE_THAWS, task, 0);
        if (task->handle && !task->is_executed && task->signal == 0 && !task->is_killed)
                return random_percent(random, 92) ? of_task(MOVE_EXECUTES, task, 0)
                                                  : of_task(MOVE_CANNOT_EXEC, task, ENOENT);
        if (task->signal && random_percent(random, 75))
                return of_task(MOVE_OBEYS, task, random_percent(random, 60) ? -1 : (int) random_below(random, 4));
        return choose_of_running(task, random);
}

static uint8_t choose_name(World *world, Random *random)
{
        uint32_t n = (uint32_t) world->manager->n_services;

        if (n == 0)
                return 0;
        return (uint8_t) sim_name_index(world->manager->services[random_below(random, n)]->name);
}

static Move choose_verb(World *world, Random *random)
{
        static const MoveKind verbs[] = {
                MOVE_START,         MOVE_START,       MOVE_START,       MOVE_START,
                MOVE_STOP,          MOVE_STOP,        MOVE_STOP,        MOVE_RESTART,
                MOVE_RESTART,       MOVE_TRY_RESTART, MOVE_RELOAD,      MOVE_WAIT_READY,
                MOVE_WAIT_INACTIVE, MOVE_WAIT_FAILED, MOVE_WAIT_ACTIVE, MOVE_RESET_FAILED,
        };
        Move move = {.kind = verbs[random_below(random, ELEMENTSOF(verbs))], .n_names = 1};

        if (move.kind != MOVE_RESET_FAILED)
                while (move.n_names < MOVE_NAMES && random_percent(random, 25))
                        move.n_names++;
        for (unsigned i = 0; i < move.n_names; i++)
                move.names[i] = choose_name(world, random);
        /* Nobody names one twice. */
        for (unsigned i = 1; i < move.n_names; i++)
                for (unsigned j = 0; j < i; j++)
                        if (move.names[i] == move.names[j])
                                move.n_names = (uint8_t) i;
        return move;
}

/* Somebody answers a probe. */
static Move choose_answer(Random *random)
{
        uint32_t first = random_below(random, NAMES_MAX);
        MoveKind kind = random_percent(random, 65) ? MOVE_PROBE_ANSWERS : MOVE_PROBE_FAILS;

        for (uint32_t i = 0; i < NAMES_MAX; i++) {
                uint32_t index = (first + i) % NAMES_MAX;

                if (sim_names[index] && fake_probes_ask(index))
                        return (Move){.kind = kind, .n_names = 1, .names = {(uint8_t) index}};
        }
        return (Move){.kind = MOVE_AFTER, .number = 1000};
}

static Move choose_of_client(World *world, Random *random)
{
        static const int signals[] = {SIGTERM, SIGKILL, SIGHUP, SIGUSR1};
        uint32_t n = random_below(random, 100);

        if (n < 80)
                return choose_verb(world, random);
        if (n < 92)
                return (Move){.kind = MOVE_VANISH, .number = random_below(random, CLIENTS_MAX)};
        return (Move){.kind = MOVE_KILL,
                      .n_names = 1,
                      .names = {choose_name(world, random)},
                      .role = random_percent(random, 50) ? TASK_MAIN : TASK_STRAY,
                      .number = signals[random_below(random, ELEMENTSOF(signals))]};
}

static Move choose_of_host(Random *random)
{
        static const MoveKind kinds[] = {
                MOVE_SPAWNS_FAIL, MOVE_SPAWNS_FAIL,  MOVE_LOG_STALLS,   MOVE_LOG_RECOVERS, MOVE_LOG_RECOVERS,
                MOVE_LOG_LOST,    MOVE_NAMES_SLOW,   MOVE_NAMES_ANSWER, MOVE_NAMES_ANSWER, MOVE_NAMES_UNKNOWN,
                MOVE_NAMES_KNOWN, MOVE_NAMES_ANSWER, MOVE_LOG_RECOVERS,
        };
        Move move = {.kind = kinds[random_below(random, ELEMENTSOF(kinds))]};

        if (move.kind == MOVE_SPAWNS_FAIL)
                move.number = random_percent(random, 50) ? EAGAIN : EMFILE;
        return move;
}

static uint32_t defined(const World *world)
{
        uint32_t set = 0;

        for (uint32_t i = 0; i < NAMES_MAX; i++)
                if (world->definitions.sections[i])
                        set |= (uint32_t) 1 << i;
        return set;
}

static Move choose_definition(World *world, Random *random)
{
        uint32_t index = random_below(random, NAMES_MAX);

        if (random_percent(random, 50))
                return (Move){.kind = random_percent(random, 50) ? MOVE_DAEMON_RELOAD : MOVE_APPLY};
        if (random_percent(random, 10))
                return (Move){.kind = MOVE_DAEMON, .text = definition_invent_daemon(random)};
        while (!sim_names[index] || sim_name_is_instance(index))
                index = random_below(random, NAMES_MAX);
        if (random_percent(random, 30))
                return (Move){.kind = MOVE_UNDEFINE, .n_names = 1, .names = {(uint8_t) index}};
        return (Move){.kind = MOVE_DEFINE,
                      .n_names = 1,
                      .names = {(uint8_t) index},
                      .text = definition_invent(random, index, defined(world))};
}

static Move choose_time(World *world, Random *random)
{
        if (fake_loop_next(world->loop) == USEC_INFINITY || random_percent(random, 40))
                return (Move){.kind = MOVE_AFTER, .number = 1 + random_below(random, 400000)};
        return (Move){.kind = MOVE_DEADLINE,
                      .number = random_percent(random, 80) ? 0 : random_below(random, 2000000)};
}

Move move_choose(World *world, Random *random)
{
        const Task *task = choose_task(world, random);
        uint32_t n = random_below(random, 1000);
        Move move;

        if (n < 80)
                move = choose_answer(random);
        else if (n < 600 && task)
                move = choose_of_task(task, random);
        else if (n < 790)
                move = choose_time(world, random);
        else if (n < 950)
                move = choose_of_client(world, random);
        else if (n < 980)
                move = choose_of_host(random);
        else if (n < 999)
                move = choose_definition(world, random);
        else
                move = (Move){.kind = random_percent(random, 70) ? MOVE_SHUTDOWN : MOVE_SHUTDOWN_NOW};
        move.together = move.kind < MOVE_AFTER && random_percent(random, 15);
        return move;
}
