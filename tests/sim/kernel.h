/* SPDX-License-Identifier: MIT */
#pragma once

/* The kernel of the simulated world: processes, and the cell (cgroup, or session) that each lives in. It knows who
 * lives; what the daemon believes is compared with it. */

#include "base/list.h"
#include "core/lifecycle.h"
#include "host/group.h"
#include "host/process.h"
#include "names.h"

#define PIPE_NONE UINT32_MAX

typedef enum TaskRole {
        TASK_MAIN,
        TASK_CONTROL, /* an Exec*= command */
        TASK_PROBE,   /* any other that the daemon made */
        TASK_STRAY,   /* a grandchild */
        _TASK_ROLE_N,
} TaskRole;

/* One process. */
typedef struct Task {
        List link;  /* in its cell */
        List ended; /* in the kernel's list of those that nobody has reaped */
        struct Cell *cell;
        Process *handle; /* NULL: the daemon did not make it */
        pid_t pid;
        TaskRole role;
        CommandKind kind;
        unsigned run;     /* of its cell, when it was made */
        bool is_executed; /* the executor's work is done */
        bool is_alive;
        bool is_killed;     /* by SIGKILL: ends as soon as it can */
        bool is_unkillable; /* in state D: not now */
        bool ignores;       /* what can be ignored */
        bool is_renounced;  /* its run is over, and it was allowed to stay */
        int signal;         /* was sent, and not yet obeyed; 0: none */
        ProcessExit exit;
        const char *failed_step;
        int failed_error;
        uint32_t pipes[2]; /* that it can write to */
} Task;

/* All processes of a name, of whichever run. */
typedef struct Cell {
        uint32_t index; /* of its name */
        List tasks;     /* oldest first; those that are not reaped among them */
        unsigned n_live;
        unsigned run; /* begun, ever */
        Id128 invocation_id;
        Group *group; /* NULL: no service has that name now */
} Cell;

typedef struct Kernel {
        Cell cells[NAMES_MAX];
        List ended;
        ProcessTable *table;
        pid_t last_pid;
        unsigned n_live, n_killed;
} Kernel;

void kernel_init(Kernel *kernel);
void kernel_done(Kernel *kernel);

Task *kernel_make(Kernel *kernel, Cell *cell, TaskRole role);
/* Sends a signal; what it does to the process, it does later. -ESRCH: it has ended. */
int kernel_signal(Kernel *kernel, Task *task, int signal);
/* It ends; the daemon is told in its next turn. */
void kernel_end(Kernel *kernel, Task *task, ProcessExit exit);
/* Those who were killed end, as far as they can: at once, or (`lazy`) those too who take a little longer. */
void kernel_kill_the_killed(Kernel *kernel, bool lazy);
/* The youngest of this role that lives; NULL: none. */
Task *kernel_find(Kernel *kernel, uint32_t cell, TaskRole role);
Task *kernel_find_pid(Kernel *kernel, pid_t pid);
const char *task_role_to_string(TaskRole role);

/* fake-process.c: the daemon has been told of its end. */
void process_table_child_ended(ProcessTable *table);
void process_was_executed(Process *process);
/* fake-group.c: somebody in the cell has ended. */
void group_member_ended(Group *group);
