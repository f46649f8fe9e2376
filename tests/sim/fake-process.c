/* SPDX-License-Identifier: MIT */

/* Stands in for host/process.c: a process is made by writing it down. The daemon hears of its exec, and of its end,
 * in the order and with the priorities of the real one. */

#include "host/process.h"

#include <errno.h>

#include "pipes.h"
#include "promises.h"
#include "world.h"

struct ProcessTable {
        World *world;
        Deferred reap;
        void (*on_orphan)(void *userdata, pid_t pid);
        void *on_orphan_userdata;
};

struct Process {
        ProcessTable *table;
        ProcessHandler handler;
        Task *task;
        Deferred report; /* of the exec */
        usec_t start_realtime;
        bool is_told; /* of its exec */
};

static void tell_executed(void *userdata)
{
        Process *process = userdata;

        if (process->is_told || !process->task->is_executed)
                return;
        process->is_told = true;
        promises_note_executed(process->table->world, process->task);
        if (process->handler.on_executed)
                process->handler.on_executed(process->handler.userdata, process);
}

static Process *process_free(Process *process)
{
        deferred_done(&process->report);
        free(process);
        return NULL;
}

static void reap_one(ProcessTable *table, Task *task)
{
        Process *process = task->handle;

        list_remove(&task->ended);
        list_remove(&task->link);
        if (process) {
                tell_executed(process);
                if (process->handler.on_end)
                        process->handler.on_end(process->handler.userdata, process,
                                                &(ProcessOutcome){
                                                        .exit = task->exit,
                                                        .failed_step = task->failed_step,
                                                        .error = task->failed_error,
                                                });
                process_free(process);
        } else if (table->on_orphan) {
                table->on_orphan(table->on_orphan_userdata, task->pid);
        }
        if (table->world->session_mode && task->cell->group)
                group_member_ended(task->cell->group);
        free(task);
}

static void reap(void *userdata)
{
        ProcessTable *table = userdata;
        Task *task;

        while ((task = LIST_FIRST(&table->world->kernel.ended, Task, ended)))
                reap_one(table, task);
}

int process_table_new(Loop *loop, const char *executor, ProcessTable **ret)
{
        ProcessTable *table = calloc(1, sizeof(ProcessTable));

        assert(table);
        table->world = the_world;
        (void) deferred_init(&table->reap, loop, PRIORITY_REAP, reap, table, "reap");
        the_world->kernel.table = table;
        *ret = table;
        return 0;
}

ProcessTable *process_table_free(ProcessTable *table)
{
        if (!table)
                return NULL;
        for (uint32_t i = 0; i < NAMES_MAX; i++) {
                Task *task;

                LIST_FOREACH (task, &table->world->kernel.cells[i].tasks, Task, link)
                        if (task->handle)
                                task->handle = process_free(task->handle);
        }
        deferred_done(&table->reap);
        table->world->kernel.table = NULL;
        free(table);
        return NULL;
}

void process_table_on_orphan(ProcessTable *table, void (*fn)(void *userdata, pid_t pid), void *userdata)
{
        table->on_orphan = fn;
        table->on_orphan_userdata = userdata;
}

void process_table_child_ended(ProcessTable *table)
{
        (void) deferred_schedule(&table->reap);
}

void process_was_executed(Process *process)
{
        (void) deferred_schedule(&process->report);
}

/* The start command of Type=forking (as the life has it, which may be older than the definition) is no main process;
 * nobody asks when a probe's was executed. */
static TaskRole role_of(World *world, const SpawnRequest *request, const ProcessHandler *handler)
{
        const Service *service = world_service(world, sim_name_index(request->config->name));

        if (!handler->on_executed)
                return TASK_PROBE;
        return request->is_main && service->policy.type != SERVICE_FORKING ? TASK_MAIN : TASK_CONTROL;
}

static Process *process_new(ProcessTable *table, Task *task, const ProcessHandler *handler)
{
        Process *process = calloc(1, sizeof(Process));

        assert(process);
        *process = (Process){
                .table = table,
                .handler = *handler,
                .task = task,
                .start_realtime = loop_realtime(table->world->loop),
        };
        (void) deferred_init(&process->report, table->world->loop, PRIORITY_NORMAL, tell_executed, process, "report");
        task->handle = process;
        return process;
}

int process_spawn(ProcessTable *table, const SpawnRequest *request, const ProcessHandler *handler, Process **ret)
{
        World *world = table->world;
        uint32_t index = sim_name_index(request->config->name);
        Cell *cell = &world->kernel.cells[index];
        Process *process;
        Task *task;

        if (world->n_spawn_failures > 0) {
                world->n_spawn_failures--;
                world_tell(world, "%s: a process can't be made", request->config->name);
                promises_note_spawn_failed(world, index);
                return -world->spawn_error;
        }

        task = kernel_make(&world->kernel, cell, role_of(world, request, handler));
        task->kind = request->kind;
        task->pipes[0] = pipe_add_writer(request->output_fd);
        task->pipes[1] = pipe_add_writer(request->error_fd);
        process = process_new(table, task, handler);
        promises_note_spawn(world, task, request);
        *ret = process;
        return 0;
}

/* The helpers of the real host have stand-ins of their own: nobody calls this. */
int process_spawn_helper(ProcessTable *table, char *const *argv, const int fds[3], const ProcessHandler *handler,
                         Process **ret)
{
        return -EAGAIN;
}

int process_adopt(ProcessTable *table, Group *group, pid_t pid, const ProcessHandler *handler, Process **ret)
{
        Task *task = kernel_find_pid(&table->world->kernel, pid);

        if (!task || !task->is_alive)
                return -ESRCH;
        if (task->cell->group != group)
                return -EPERM;
        if (task->handle && task->handle->handler.on_end)
                return -EEXIST;
        if (task->handle)
                task->handle->handler = *handler;
        else
                (void) process_new(table, task, handler);
        task->is_executed = task->handle->is_told = true;
        task->role = TASK_MAIN;
        task->run = task->cell->run;
        task->is_renounced = false;
        *ret = task->handle;
        return 0;
}

void process_forget(Process *process)
{
        process->handler = (ProcessHandler){0};
}

/* It has been the main process, and is any other now. */
void process_release(Process *process)
{
        process->handler = (ProcessHandler){0};
        process->task->role = TASK_STRAY;
}

void process_table_forget_group(ProcessTable *table, const Group *group)
{
        for (uint32_t i = 0; i < NAMES_MAX; i++) {
                Task *task;

                if (table->world->kernel.cells[i].group != group)
                        continue;
                LIST_FOREACH (task, &table->world->kernel.cells[i].tasks, Task, link)
                        if (task->handle)
                                process_forget(task->handle);
        }
}

int process_signal_group(Process *process, int signal)
{
        return process_signal(process, signal);
}

pid_t process_pid(const Process *process)
{
        return process->task->pid;
}

usec_t process_start_realtime(const Process *process)
{
        return process->start_realtime;
}

bool process_is_executed(const Process *process)
{
        return process->is_told;
}

int process_signal(Process *process, int signal)
{
        World *world = process->table->world;

        promises_note_signal(world, process->task->cell, process->task, signal);
        return kernel_signal(&world->kernel, process->task, signal);
}
