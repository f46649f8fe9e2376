/* SPDX-License-Identifier: MIT */
#pragma once

/* Processes: made by clone (the parent waits for no more than the exec of our own executor), known by pidfd, reaped
 * by one SIGCHLD source that drains waitid. What a definition names (executable, folders, files) is touched by the
 * executor alone. Each process ends with exactly one on_end. */

#include <sys/types.h>

#include "core/config.h"
#include "core/lifecycle.h"
#include "host/group.h"
#include "host/loop.h"
#include "host/names.h"

typedef struct ProcessTable ProcessTable;
typedef struct Process Process;

/* How it ended. Where the executor failed before the command's own exec, `failed_step` names the step ("chdir",
 * "user", …; NULL: it was executed), `error` is the positive errno, and exit.status systemd's code for that step (200
 * to 243). */
typedef struct ProcessOutcome {
        ProcessExit exit;
        const char *failed_step;
        char *failed_detail; /* the path or name that it failed on, owned by the process; NULL: none */
        int error;
        bool is_unknown; /* that it has ended is all there is to know: `exit` says nothing */
} ProcessOutcome;

typedef struct ProcessHandler {
        void (*on_executed)(void *userdata, Process *process);
        void (*on_end)(void *userdata, Process *process,
                       const ProcessOutcome *outcome); /* the process is freed after */
        void *userdata;
} ProcessHandler;

typedef struct SpawnRequest {
        const ServiceConfig *config;
        const Command *command;
        CommandKind kind;
        bool is_main;                  /* StandardInput and the state file are for the main process */
        const Identity *identity;      /* NULL: as the daemon */
        char *const *environment;      /* NAME=VALUE: all that does not stand in an EnvironmentFile */
        char *const *environment_late; /* set after the EnvironmentFiles, not to be overridden (MAINPID, …) */
        const char *pid_variable;      /* set to the process' own pid after these; NULL: none */
        int input_fd;                  /* stdin of the main process; -EBADF: as the definition says */
        int output_fd, error_fd;       /* write ends; -EBADF: as the definition says (null, file:, inherit) */
        Group *group;                  /* where it is born */
        const char *state_path;        /* is_main: note the process there before the exec; NULL: nowhere */
        const char *default_folder;    /* where no WorkingDirectory is given */
        const char *runtime_root, *state_root, *logs_root; /* of RuntimeDirectory, … */
        const struct rlimit *nofile;                       /* the soft limit children get back; NULL: the daemon's */
        Id128 invocation_id;
} SpawnRequest;

/* `executor`: path of the executor program, opened now. Becomes a child subreaper. */
int process_table_new(Loop *loop, const char *executor, ProcessTable **ret);
/* Waits a moment for helpers that have not ended, and kills them. */
ProcessTable *process_table_free(ProcessTable *table);
DEFINE_CLEANUP(ProcessTable *, process_table_free);

/* Called for each reaped process that is none of the table's: an orphan that came to us as subreaper. */
void process_table_on_orphan(ProcessTable *table, void (*fn)(void *userdata, pid_t pid), void *userdata);

/* -EAGAIN: no process could be made (RLIMIT_NPROC, TasksMax), -EMFILE: no descriptors. The process is owned by the
 * table, which frees it after on_end. */
int process_spawn(ProcessTable *table, const SpawnRequest *request, const ProcessHandler *handler, Process **ret);
/* A program of ours (a helper), with its three descriptors; no group, no executor steps. */
int process_spawn_helper(ProcessTable *table, char *const *argv, const int fds[3], const ProcessHandler *handler,
                         Process **ret);
/* A process of `group` that is not of our making becomes one of the table, and ends like the others; where its parent
 * isn't we, how it ended is unknown. -ESRCH: there is none, or it has ended; -EPERM: it
 * is none of the group; -EEXIST: it is known already, and somebody listens to its end. */
int process_adopt(ProcessTable *table, Group *group, pid_t pid, const ProcessHandler *handler, Process **ret);
/* Its handler is not called any more; it is reaped in silence. */
void process_forget(Process *process);
/* Likewise, but it goes on to be one of its group's. */
void process_release(Process *process);
/* Before the group is freed: forgets all that are left of it. */
void process_table_forget_group(ProcessTable *table, const Group *group);

pid_t process_pid(const Process *process);
/* CLOCK_REALTIME of its making. */
usec_t process_start_realtime(const Process *process);
bool process_is_executed(const Process *process);
/* By pidfd: never hits a stranger. 0, -ESRCH where it has ended. */
int process_signal(Process *process, int signal);
/* Likewise, together with all of its own process group. */
int process_signal_group(Process *process, int signal);
