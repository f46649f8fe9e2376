/* SPDX-License-Identifier: MIT */

/* Processes as entries of a list. A signal that can be ignored waits until the process obeys it, which is somebody
 * else's move; SIGKILL ends it before any time passes, unless it is in state D. */

#include "kernel.h"

#include <errno.h>
#include <signal.h>

#include "pipes.h"
#include "promises.h"
#include "world.h"

void kernel_init(Kernel *kernel)
{
        *kernel = (Kernel){.last_pid = 100};
        list_init(&kernel->ended);
        for (uint32_t i = 0; i < NAMES_MAX; i++) {
                kernel->cells[i].index = i;
                list_init(&kernel->cells[i].tasks);
        }
}

static void task_free(Task *task)
{
        for (unsigned i = 0; task->is_alive && i < ELEMENTSOF(task->pipes); i++)
                if (task->pipes[i] != PIPE_NONE)
                        pipe_drop_writer(task->pipes[i]);
        list_remove(&task->link);
        list_remove(&task->ended);
        free(task);
}

void kernel_done(Kernel *kernel)
{
        Task *task;

        for (uint32_t i = 0; i < NAMES_MAX; i++)
                while ((task = LIST_FIRST(&kernel->cells[i].tasks, Task, link)))
                        task_free(task);
}

Task *kernel_make(Kernel *kernel, Cell *cell, TaskRole role)
{
        Task *task = calloc(1, sizeof(Task));

        assert(task);
        *task = (Task){
                .cell = cell,
                .pid = ++kernel->last_pid,
                .role = role,
                .run = cell->run,
                .is_alive = true,
                .pipes = {PIPE_NONE, PIPE_NONE},
        };
        list_append(&cell->tasks, &task->link);
        cell->n_live++;
        kernel->n_live++;
        return task;
}

static bool is_fatal(int signal)
{
        return signal != 0 && signal != SIGCONT && signal != SIGHUP && signal != SIGUSR1 && signal != SIGUSR2 &&
               signal != SIGCHLD && signal != SIGWINCH;
}

int kernel_signal(Kernel *kernel, Task *task, int signal)
{
        if (!task->is_alive)
                return -ESRCH;
        if (signal == SIGKILL) {
                kernel->n_killed += !task->is_killed;
                task->is_killed = true;
        } else if (is_fatal(signal) && !task->ignores && task->signal == 0) {
                task->signal = signal;
        }
        return 0;
}

void kernel_end(Kernel *kernel, Task *task, ProcessExit exit)
{
        assert(task->is_alive);

        task->is_alive = false;
        task->exit = exit;
        kernel->n_killed -= task->is_killed;
        task->cell->n_live--;
        kernel->n_live--;
        for (unsigned i = 0; i < ELEMENTSOF(task->pipes); i++)
                if (task->pipes[i] != PIPE_NONE)
                        pipe_drop_writer(task->pipes[i]);
        list_append(&kernel->ended, &task->ended);
        promises_note_end(the_world, task);
        if (kernel->table)
                process_table_child_ended(kernel->table);
        if (task->cell->group)
                group_member_ended(task->cell->group);
}

void kernel_kill_the_killed(Kernel *kernel, bool lazy)
{
        for (uint32_t i = 0; kernel->n_killed > 0 && i < NAMES_MAX; i++) {
                Task *task;

                LIST_FOREACH (task, &kernel->cells[i].tasks, Task, link)
                        if (task->is_alive && task->is_killed && !task->is_unkillable && (lazy || task->pid % 2 == 0))
                                kernel_end(kernel, task, (ProcessExit){PROCESS_KILLED, SIGKILL});
        }
}

Task *kernel_find(Kernel *kernel, uint32_t cell, TaskRole role)
{
        Task *task, *found = NULL;

        LIST_FOREACH (task, &kernel->cells[cell].tasks, Task, link)
                if (task->is_alive && task->role == role)
                        found = task;
        return found;
}

Task *kernel_find_pid(Kernel *kernel, pid_t pid)
{
        for (uint32_t i = 0; i < NAMES_MAX; i++) {
                Task *task;

                LIST_FOREACH (task, &kernel->cells[i].tasks, Task, link)
                        if (task->pid == pid)
                                return task;
        }
        return NULL;
}

const char *task_role_to_string(TaskRole role)
{
        static const char *const names[_TASK_ROLE_N] = {
                [TASK_MAIN] = "main",
                [TASK_CONTROL] = "control",
                [TASK_PROBE] = "probe",
                [TASK_STRAY] = "stray",
        };

        return names[role];
}
