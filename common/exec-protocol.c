/* SPDX-License-Identifier: MIT */

/* The steps of the executor: what people call them, and the exit codes that systemd gives them. Steps that systemd
 * has not take the code of the nearest one. */

#include "common/exec-protocol.h"

static const struct {
        const char *name;
        int exit_code;
} steps[_EXEC_STEP_N] = {
        [EXEC_STEP_REQUEST] = {"request", 203},
        [EXEC_STEP_SIGNALS] = {"signal-mask", 207},
        [EXEC_STEP_FDS] = {"fds", 202},
        [EXEC_STEP_SETSID] = {"setsid", 220},
        [EXEC_STEP_CGROUP] = {"cgroup", 219},
        [EXEC_STEP_STATE] = {"state-file", 219},
        [EXEC_STEP_STDIN] = {"stdin", 208},
        [EXEC_STEP_STDOUT] = {"stdout", 209},
        [EXEC_STEP_STDERR] = {"stderr", 222},
        [EXEC_STEP_OOM] = {"oom-score-adjust", 206},
        [EXEC_STEP_NICE] = {"nice", 201},
        [EXEC_STEP_LIMITS] = {"limits", 205},
        [EXEC_STEP_RUNTIME] = {"runtime-directory", 233},
        [EXEC_STEP_STATE_FOLDER] = {"state-directory", 238},
        [EXEC_STEP_LOGS] = {"logs-directory", 240},
        [EXEC_STEP_ENVIRONMENT] = {"environment-file", 203},
        [EXEC_STEP_GROUP] = {"group", 216},
        [EXEC_STEP_USER] = {"user", 217},
        [EXEC_STEP_CHDIR] = {"chdir", 200},
        [EXEC_STEP_MEMORY] = {"memory", 204},
        [EXEC_STEP_COMMAND_LINE] = {"command-line", 203},
        [EXEC_STEP_INTERPRETER] = {"interpreter", 203},
        [EXEC_STEP_EXEC] = {"exec", 203},
        [EXEC_STEP_KILLED] = {"executor", 203},
};

const char *exec_step_name(ExecStep step)
{
        return step >= 0 && step < _EXEC_STEP_N ? steps[step].name : NULL;
}

int exec_step_exit_code(ExecStep step)
{
        return exec_step_name(step) ? steps[step].exit_code : 203;
}
