/* SPDX-License-Identifier: MIT */
#pragma once

/* What the daemon and its executor tell each other.
 *
 * The request is the executor's command line, so that `ps` shows what a process that hangs before its exec hangs in:
 *
 *     tended-exec KEY=VALUE … -- PATH ARGV0 ARG …
 *
 *     report=FD           where ExecReports go; closed by the exec
 *     cgroup=FD           a cgroup.procs to write "0" to (where the process was not born in its group)
 *     state=PATH          the state file to write, made of group=, run= and boot=
 *     group=PATH run=HEX boot=ID
 *     stdin=T stdout=T stderr=T   T: null, fd:N, file:PATH, append:PATH, truncate:PATH; of stderr: inherit
 *     terminal=yes        stdin is a terminal: it becomes the controlling one, and the user's
 *     uid=N gid=N groups=N,N,…    each only where it is to be changed
 *     umask=OCTAL nice=N oom=N
 *     limit=RESOURCE:SOFT:HARD    repeated; numbers, as the kernel's
 *     folder=PATH         the working folder; "-PATH" where it may be missing
 *     runtime=ROOT:NAME state-folder=ROOT:NAME logs=ROOT:NAME   repeated: folders to make for the user
 *     environment-file=PATH       repeated; "-PATH" where it may be missing
 *     set=NAME=VALUE      repeated: after the environment files
 *     set-pid=NAME        repeated: likewise, to the process' own pid
 *     unset=NAME unset=NAME=VALUE repeated: last
 *     literal=yes         no variables in ARGV
 *
 * The environment is the process' environment. */

#include "common/macro.h"

/* What the executor was about when it failed. */
typedef enum ExecStep {
        EXEC_STEP_NONE, /* nothing failed: the exec is next */
        EXEC_STEP_REQUEST,
        EXEC_STEP_SIGNALS,
        EXEC_STEP_FDS,
        EXEC_STEP_SETSID,
        EXEC_STEP_CGROUP,
        EXEC_STEP_STATE,
        EXEC_STEP_STDIN,
        EXEC_STEP_STDOUT,
        EXEC_STEP_STDERR,
        EXEC_STEP_OOM,
        EXEC_STEP_NICE,
        EXEC_STEP_LIMITS,
        EXEC_STEP_RUNTIME,
        EXEC_STEP_STATE_FOLDER,
        EXEC_STEP_LOGS,
        EXEC_STEP_ENVIRONMENT,
        EXEC_STEP_GROUP,
        EXEC_STEP_USER,
        EXEC_STEP_CHDIR,
        EXEC_STEP_MEMORY,
        EXEC_STEP_COMMAND_LINE,
        EXEC_STEP_INTERPRETER,
        EXEC_STEP_EXEC,
        EXEC_STEP_KILLED, /* told by nobody: it ended by a signal before its exec */
        _EXEC_STEP_N,
} ExecStep;

/* The name that people see. NULL for what is no step that can fail. */
const char *exec_step_name(ExecStep step);
/* systemd's exit code for it. */
int exec_step_exit_code(ExecStep step);

#define EXEC_DETAIL_MAX 1024

/* One message on the report pipe, always whole: shorter than PIPE_BUF. Right before the exec comes one with
 * EXEC_STEP_NONE; where the exec fails after all, one more. */
typedef struct ExecReport {
        int32_t step;                 /* ExecStep */
        int32_t error;                /* positive errno */
        char detail[EXEC_DETAIL_MAX]; /* the path or name that it failed on, cut where too long; "" for none */
} ExecReport;
