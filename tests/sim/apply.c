/* SPDX-License-Identifier: MIT */

/* Makes moves. One that can't be made now (its process is gone, its name not there) is none. */

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "engine/reload.h"
#include "fake-host.h"
#include "fake-loop.h"
#include "fake-notify.h"
#include "fake-probe.h"
#include "fake-sink.h"
#include "move.h"
#include "pipes.h"
#include "promises.h"

static Task *task_of(World *world, const Move *move)
{
        return kernel_find(&world->kernel, move->names[0], move->role);
}

static bool make_definition(World *world, const Move *move)
{
        char **place =
                move->kind == MOVE_DAEMON ? &world->definitions.daemon : &world->definitions.sections[move->names[0]];

        if (move->kind == MOVE_UNDEFINE && !*place)
                return false;
        free(*place);
        *place = move->text ? strdup(move->text) : NULL;
        return true;
}

static bool leave_over(World *world, const Move *move)
{
        if (world->booted)
                return false;
        (void) kernel_make(&world->kernel, &world->kernel.cells[move->names[0]], TASK_MAIN);
        (void) kernel_make(&world->kernel, &world->kernel.cells[move->names[0]], TASK_STRAY);
        return true;
}

static void on_done(void *userdata, const OperationResult *results, size_t n)
{
        Client *client = userdata;

        client->operation = NULL;
        promises_note_answer(client->world, client, results, n);
}

/* Whom the answer is about: those that were named, and (a target's members) those that are meant. */
static void note_asked(Client *client, Service *const *services, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                client->runs[client->n] = services[i]->n_runs;
                client->ends[client->n] = services[i]->n_ends;
                client->services[client->n++] = sim_name_index(services[i]->name);
        }
}

static bool acts_on_members(OperationVerb verb)
{
        return verb == VERB_STOP || verb == VERB_RESTART || verb == VERB_TRY_RESTART || verb == VERB_RELOAD;
}

static bool begin_operation(World *world, const Move *move)
{
        static const Caller caller = {.uid = 1000, .pid = 4711, .verb = "asked"};
        OperationVerb verb = (OperationVerb) (move->kind - MOVE_START);
        _cleanup_free_ Service **all = NULL;
        Service *services[MOVE_NAMES];
        Client *client = world->clients;
        size_t n = 0, n_all = 0;

        while (client < world->clients + CLIENTS_MAX && client->operation)
                client++;
        if (client == world->clients + CLIENTS_MAX || !world->manager)
                return false;
        for (unsigned i = 0; i < move->n_names; i++)
                if (world_service(world, move->names[i]))
                        services[n++] = world_service(world, move->names[i]);
        if (n == 0)
                return false;
        *client = (Client){.world = world, .verb = verb, .begun = world->n_moves};
        if (acts_on_members(verb) && manager_expand_targets(world->manager, services, n, &all, &n_all) < 0)
                return false;
        note_asked(client, all ? all : services, all ? n_all : n);
        promises_note_verb(world, verb, client->services, client->n);
        return operation_new(world->manager, verb, &caller, services, n, false, on_done, client,
                             &client->operation) >= 0;
}

static bool vanish(World *world, const Move *move)
{
        Client *client = &world->clients[(uint64_t) move->number % CLIENTS_MAX];

        if (!client->operation)
                return false;
        client->operation = operation_cancel(client->operation);
        return true;
}

static bool kill_service(World *world, const Move *move)
{
        Service *service = world_service(world, move->names[0]);

        if (!service)
                return false;
        promises_note_kill(world, move->names[0], true);
        (void) service_kill(service, move->role == TASK_STRAY, (int) move->number);
        promises_note_kill(world, move->names[0], false);
        return true;
}

static bool reset_failed(World *world, const Move *move)
{
        Service *service = world_service(world, move->names[0]);

        if (!service)
                return false;
        promises_note_reset(world, move->names[0]);
        service_reset_failed(service);
        return true;
}

static void on_reloaded(void *userdata, const ReloadOutcome *outcome)
{
        World *world = userdata;

        world_tell(world, "answer: %zu changes, result %d", outcome->n_changes, outcome->result);
}

static bool reload_definitions(World *world, const Move *move)
{
        static const Caller caller = {.uid = 1000, .pid = 4711, .verb = "daemon-reload"};
        Reload *reload;

        if (!world->manager || reload_new(world->manager, &caller, on_reloaded, world, &reload) < 0)
                return false;
        if (move->kind == MOVE_APPLY) {
                reload_set_options(reload, &(ReloadOptions){.mode = RELOAD_APPLY});
                promises_note_apply(world);
        }
        return true;
}

static bool use_sessions(World *world, const Move *move)
{
        return !world->booted && (world->session_mode = true);
}

static bool boot(World *world, const Move *move)
{
        if (world->booted)
                return false;
        world_boot(world);
        return true;
}

static bool shut_down(World *world, const Move *move)
{
        bool now = move->kind == MOVE_SHUTDOWN_NOW;

        if (!world->manager || (world->shutting_down && !now))
                return false;
        promises_note_shutdown(world, now);
        manager_shutdown(world->manager, now);
        return true;
}

/* Before its exec a process is the executor's. */
static bool is_in_executor(const Task *task)
{
        return task->handle && !task->is_executed;
}

static bool executes(World *world, const Move *move)
{
        Task *task = task_of(world, move);

        if (!task || !is_in_executor(task) || task->is_killed || task->signal)
                return false;
        task->is_executed = true;
        process_was_executed(task->handle);
        return true;
}

static bool cannot_exec(World *world, const Move *move)
{
        Task *task = task_of(world, move);

        if (!task || !is_in_executor(task))
                return false;
        task->failed_step = "exec";
        task->failed_error = (int) move->number;
        kernel_end(&world->kernel, task, (ProcessExit){PROCESS_EXITED, 203});
        return true;
}

static bool ends(World *world, const Move *move)
{
        ProcessEnd end = move->kind == MOVE_EXITS  ? PROCESS_EXITED
                         : move->kind == MOVE_DIES ? PROCESS_KILLED
                                                   : PROCESS_DUMPED;
        Task *task = task_of(world, move);

        if (!task || is_in_executor(task) || task->is_unkillable)
                return false;
        kernel_end(&world->kernel, task, (ProcessExit){end, (int) move->number});
        return true;
}

/* Goes as it was told to: by the signal, or after it with an exit status (not negative). */
static bool obeys(World *world, const Move *move)
{
        Task *task = task_of(world, move);
        ProcessExit exit = {PROCESS_EXITED, (int) move->number};

        if (!task || task->signal == 0 || task->is_unkillable)
                return false;
        if (move->number < 0 || is_in_executor(task))
                exit = (ProcessExit){PROCESS_KILLED, task->signal};
        if (is_in_executor(task)) {
                task->failed_step = "killed";
                task->failed_error = EINTR;
        }
        kernel_end(&world->kernel, task, exit);
        return true;
}

static bool forks(World *world, const Move *move)
{
        Task *task = task_of(world, move), *child;

        if (!task || is_in_executor(task) || task->is_killed || task->cell->n_live > 6)
                return false;
        child = kernel_make(&world->kernel, task->cell, TASK_STRAY);
        child->run = task->run;
        child->is_executed = true;
        child->is_renounced = task->is_renounced;
        child->ignores = task->ignores;
        for (unsigned i = 0; i < ELEMENTSOF(child->pipes); i++) {
                child->pipes[i] = task->pipes[i];
                pipe_inherit(child->pipes[i]);
        }
        return true;
}

static bool set_flag(bool *flag, bool value)
{
        bool changed = *flag != value;

        *flag = value;
        return changed;
}

static bool ignores(World *world, const Move *move)
{
        Task *task = task_of(world, move);

        return task && set_flag(&task->ignores, true);
}

static bool freezes(World *world, const Move *move)
{
        Task *task = task_of(world, move);

        return task && set_flag(&task->is_unkillable, move->kind == MOVE_FREEZES);
}

static bool says(World *world, const Move *move)
{
        static const char filler[2048] = {[0 ... 62] = 'x', [63] = '\n', [64 ... 126] = 'y', [127] = '\n'};
        const char *text = move->kind == MOVE_SAYS_READY ? "ready\n" : "line\n";
        bool floods = move->kind == MOVE_FLOODS;
        const Task *task = task_of(world, move);

        if (!task || !task->is_executed || task->pipes[0] == PIPE_NONE)
                return false;
        return pipe_write(task->pipes[0], floods ? filler : text, floods ? sizeof(filler) : strlen(text));
}

static bool notifies(World *world, const Move *move)
{
        static const char *const words[] = {"READY=1",    "RELOADING=1",      "STOPPING=1",
                                            "WATCHDOG=1", "WATCHDOG=trigger", "EXTEND_TIMEOUT_USEC=2000000"};
        const Task *task = task_of(world, move), *child;
        char text[64];

        if (!task || is_in_executor(task))
                return false;
        if (move->kind == MOVE_NOTIFIES_STOPPING || move->kind == MOVE_NOTIFIES_TRIGGER)
                promises_note_own_end(world, move->names[0]);
        if (move->kind != MOVE_NOTIFIES_MAIN_PID)
                return fake_notify(task, words[move->kind - MOVE_NOTIFIES_READY]);
        child = kernel_find(&world->kernel, move->names[0], TASK_STRAY);
        if (!child)
                return false;
        snprintf(text, sizeof(text), "MAINPID=%d", child->pid);
        return fake_notify(task, text);
}

static bool answer_probe(World *world, const Move *move)
{
        return fake_probes_answer(move->names[0], move->kind == MOVE_PROBE_ANSWERS);
}

static bool fail_spawns(World *world, const Move *move)
{
        world->n_spawn_failures = 1;
        world->spawn_error = (int) move->number;
        return true;
}

static bool set_log(World *world, const Move *move)
{
        if (!set_flag(&world->sink_stalled, move->kind == MOVE_LOG_STALLS))
                return false;
        if (world->sink && !world->sink_stalled)
                fake_sink_look(world->sink);
        return true;
}

static bool lose_log(World *world, const Move *move)
{
        if (!world->sink)
                return false;
        fake_sink_tell(world->sink, SINK_LOST);
        fake_sink_tell(world->sink, SINK_BACK);
        return true;
}

static bool slow_names(World *world, const Move *move)
{
        return set_flag(&world->names_slow, true);
}

static bool answer_names(World *world, const Move *move)
{
        world->names_slow = false;
        if (!world->names || !names_is_pending(world->names))
                return false;
        fake_names_answer(world->names);
        return true;
}

static bool change_names(World *world, const Move *move)
{
        return set_flag(&world->names_unknown, move->kind == MOVE_NAMES_UNKNOWN);
}

/* `after`: so long; `deadline`: to the next one, and so much beyond it. */
static bool let_time_pass(World *world, const Move *move)
{
        usec_t from = move->kind == MOVE_AFTER ? loop_now(world->loop) : fake_loop_next(world->loop);

        if (from == USEC_INFINITY)
                return false;
        world_advance(world, usec_add(from, (usec_t) move->number));
        return true;
}

typedef bool (*apply_fn)(World *world, const Move *move);

static const apply_fn appliers[_MOVE_KIND_N] = {
        [MOVE_DAEMON] = make_definition,
        [MOVE_DEFINE] = make_definition,
        [MOVE_UNDEFINE] = make_definition,
        [MOVE_DAEMON_RELOAD... MOVE_APPLY] = reload_definitions,
        [MOVE_SESSIONS] = use_sessions,
        [MOVE_LEAVE_OVER] = leave_over,
        [MOVE_BOOT] = boot,
        [MOVE_SHUTDOWN] = shut_down,
        [MOVE_SHUTDOWN_NOW] = shut_down,
        [MOVE_START... MOVE_WAIT_FAILED] = begin_operation,
        [MOVE_VANISH] = vanish,
        [MOVE_KILL] = kill_service,
        [MOVE_RESET_FAILED] = reset_failed,
        [MOVE_EXECUTES] = executes,
        [MOVE_CANNOT_EXEC] = cannot_exec,
        [MOVE_EXITS... MOVE_DUMPS] = ends,
        [MOVE_OBEYS] = obeys,
        [MOVE_FORKS] = forks,
        [MOVE_IGNORES] = ignores,
        [MOVE_FREEZES... MOVE_THAWS] = freezes,
        [MOVE_SAYS... MOVE_FLOODS] = says,
        [MOVE_NOTIFIES_READY... MOVE_NOTIFIES_MAIN_PID] = notifies,
        [MOVE_PROBE_ANSWERS... MOVE_PROBE_FAILS] = answer_probe,
        [MOVE_SPAWNS_FAIL] = fail_spawns,
        [MOVE_LOG_STALLS... MOVE_LOG_RECOVERS] = set_log,
        [MOVE_LOG_LOST] = lose_log,
        [MOVE_NAMES_SLOW] = slow_names,
        [MOVE_NAMES_ANSWER] = answer_names,
        [MOVE_NAMES_UNKNOWN... MOVE_NAMES_KNOWN] = change_names,
        [MOVE_AFTER... MOVE_DEADLINE] = let_time_pass,
};

bool move_play(World *world, const Move *move)
{
        bool made;

        if (world->is_over || world_is_broken(world))
                return false;
        world->n_moves++;
        promises_note_move(world);
        if (world->story) {
                fprintf(world->story, "# %.6f s\n", (double) loop_now(world->loop) / USEC_PER_SEC - 1000);
                move_print(world->story, move);
        }
        made = appliers[move->kind](world, move);
        if (!made)
                world_tell(world, "(nothing happens)");
        world->is_unsettled = true;
        if (move->together || !world->booted)
                return made;
        world->is_unsettled = false;
        world_settle(world);
        promises_check(world);
        return made;
}
