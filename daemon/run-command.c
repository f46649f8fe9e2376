/* SPDX-License-Identifier: MIT */

/* Between the guard and the command: whatever main(), relay and guard have changed of what the caller gave is put
 * back, so that the command runs as it would without us, in the same process group, on the same terminal, with the
 * same three descriptors. What is added are variables. It does not outlive the guard. */

#include "run-command.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/environment.h"
#include "common/socket-path.h"
#include "common/strv.h"
#include "run-cgroup.h"

static int build_environment(const Trial *trial, const char *variables, char ***ret)
{
        _cleanup_(strv_freep) char **environment = NULL, **one = NULL;
        int r;

        r = strv_copy(environ, &environment);
        if (r >= 0)
                r = strv_extendf(&one, "%s=%s", SOCKET_ENVIRONMENT, trial->folder.socket);
        while (r >= 0 && *variables) {
                size_t n = strcspn(variables, "\n");

                r = strv_extendf(&one, "%.*s", (int) n, variables);
                variables += n + (variables[n] == '\n');
        }
        STRV_FOREACH (assignment, one)
                if (r >= 0)
                        r = environment_set(&environment, *assignment);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(environment);
        return 0;
}

static void restore(const Trial *trial)
{
        (void) signal(SIGPIPE, trial->inheritance->ignores_pipe ? SIG_IGN : SIG_DFL);
        (void) signal(SIGCHLD, trial->ignores_children ? SIG_IGN : SIG_DFL);
        (void) umask((mode_t) trial->inheritance->umask);
        (void) sigprocmask(SIG_SETMASK, &trial->signal_mask, NULL);
}

_noreturn_ static void become_command(const Trial *trial, char **environment, int procs_fd, pid_t guard)
{
        char **command = trial->options->command;
        int error;

        /* Without a guard there is nobody to end what this would start. */
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != guard)
                _exit(TRIAL_EXIT_FAILED);
        /* Gone, where the relay is: then the guard ends us. */
        (void) setpgid(0, trial->command_group);
        if (procs_fd >= 0)
                (void) !write(procs_fd, "0", 1);
        restore(trial);
        execvpe(command[0], command, environment);
        error = errno;
        fprintf(stderr, "tended run: %s: %s\n", command[0], strerror(error));
        _exit(error == ENOENT || error == ENOTDIR ? TRIAL_EXIT_NO_COMMAND : TRIAL_EXIT_CANNOT);
}

int trial_command_start(Trial *trial, const char *variables, int procs_fd, pid_t *ret)
{
        _cleanup_(strv_freep) char **environment = NULL;
        pid_t guard = getpid(), pid;
        int r;

        r = build_environment(trial, variables, &environment);
        if (r < 0)
                return r;
        pid = fork();
        if (pid < 0)
                return -errno;
        if (pid == 0)
                become_command(trial, environment, procs_fd, guard);
        *ret = pid;
        return 0;
}
