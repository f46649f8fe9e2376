/* SPDX-License-Identifier: MIT */

/* What starting N processes must cost: the bare loop with the steps that a service takes (two pipes, a cgroup where
 * one can be made, a session, the exec), and nothing else. The yardstick for the daemon's start.
 *
 *     spawn-loop N PROGRAM [FOLDER-IN-CGROUP2]          prints the milliseconds until all are executed
 *     spawn-loop chain N PROGRAM [FOLDER-IN-CGROUP2]    likewise, each one when the one before has said a line */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/fd.h"
#include "host/clone3-call.h"

typedef struct Child {
        int fds[2];
        char **argv;
} Child;

static char stack[65536] __attribute__((aligned(64)));

static double now_msec(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double) now.tv_sec * 1e3 + (double) now.tv_nsec / 1e6;
}

static int child_main(void *userdata)
{
        const Child *child = userdata;

        setsid();
        if (dup2(child->fds[0], 1) >= 0 && dup2(child->fds[1], 2) >= 0)
                execve(child->argv[0], child->argv, environ);
        return 127;
}

static void die(const char *what)
{
        perror(what);
        exit(EXIT_FAILURE);
}

static int make_cgroup(const char *folder, int i)
{
        char path[512];
        int fd;

        snprintf(path, sizeof(path), "%s/%d", folder, i);
        if (mkdir(path, 0755) < 0 && errno != EEXIST)
                die(path);
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                die(path);
        return fd;
}

/* `*ret_out`: where its output can be read. */
static int spawn(char **argv, const char *folder, int i, int *ret_out)
{
        struct clone_args args = {
                .flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
                .exit_signal = SIGCHLD,
                .stack = (uintptr_t) stack,
                .stack_size = sizeof(stack),
        };
        int pidfd = -EBADF, out[2], err[2], group_fd = -EBADF;
        Child child = {.argv = argv};
        long pid;

        if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
                die("pipe2");
        child.fds[0] = out[1];
        child.fds[1] = err[1];
        args.pidfd = (uintptr_t) &pidfd;
        if (folder) {
                group_fd = make_cgroup(folder, i);
                args.flags |= CLONE_INTO_CGROUP;
                args.cgroup = (uint64_t) group_fd;
        }
        pid = tended_clone3_call(&args, sizeof(args), child_main, &child);
        if (pid < 0) {
                errno = (int) -pid;
                die("clone3");
        }
        fd_close(out[1]);
        fd_close(err[1]);
        *ret_out = out[0];
        return (int) pid;
}

int main(int argc, char **argv)
{
        bool chain = argc > 1 && strcmp(argv[1], "chain") == 0;
        char **args = argv + 1 + chain;
        int n_args = argc - 1 - chain, n = n_args > 1 ? atoi(args[0]) : 0;
        const char *folder = n_args > 2 ? args[2] : NULL;
        struct rlimit limit;
        double begin;
        int *pids;

        if (n <= 0 || n > 1000000) {
                fprintf(stderr, "spawn-loop [chain] N PROGRAM [FOLDER-IN-CGROUP2]\n");
                return 2;
        }
        getrlimit(RLIMIT_NOFILE, &limit);
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
        pids = calloc((size_t) n, sizeof(int));
        if (!pids || (folder && mkdir(folder, 0755) < 0 && errno != EEXIST))
                die("spawn-loop");

        begin = now_msec();
        for (int i = 0; i < n; i++) {
                char line[16];
                int out;

                pids[i] = spawn((char *[]){args[1], chain ? (char *) "ready" : NULL, NULL}, folder, i, &out);
                if (chain && read(out, line, sizeof(line)) != 6)
                        die("no line");
        }
        printf("%.1f\n", now_msec() - begin);

        for (int i = 0; i < n; i++)
                kill(pids[i], SIGKILL);
        while (wait(NULL) > 0)
                continue;
        for (int i = 0; folder && i < n; i++) {
                char path[512];

                snprintf(path, sizeof(path), "%s/%d", folder, i);
                rmdir(path);
        }
        if (folder)
                rmdir(folder);
        free(pids);
        return 0;
}
