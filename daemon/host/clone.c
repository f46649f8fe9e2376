/* SPDX-License-Identifier: MIT */

/* clone3 with CLONE_VM and CLONE_VFORK: the child borrows the daemon's memory, on a small stack of its own, until the
 * exec, so that the cost does not depend on the daemon's size, and stands still on nothing but our own program's
 * exec. It is born in its service's cgroup, before its first instruction, so no early fork can escape.
 *
 * What the child may do while it borrows: raw system calls on what was prepared before. No allocation, no lock; what
 * it changes in memory, the daemon sees. Its handlers are cleared by the kernel (CLONE_CLEAR_SIGHAND), so no handler
 * of the daemon's ever runs in it.
 *
 * Machines for which clone3-call.h has no assembler, kernels and sandboxes without clone3, and builds with the
 * address sanitizer (which keeps its books in the memory that would be shared) take the library's clone(); the
 * executor then joins the cgroup by itself. */

#include "host/clone.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "common/exec-protocol.h"
#include "common/fd.h"
#include "host/clone3-call.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer)
#define SHARE_MEMORY false
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SHARE_MEMORY false
#endif
#ifndef SHARE_MEMORY
#define SHARE_MEMORY true
#endif

#define STACK_SIZE 65536

struct Cloner {
        bool use_clone3;
        char *stack;
};

/* The child's side. From here on nothing is called that keeps anything in memory. */

static int child_place_streams(const int *streams)
{
        sigset_t none;
        int moved[3];

        /* Out of the places first. */
        for (int i = 0; i < 3; i++) {
                moved[i] = streams[i];
                if (moved[i] < 0)
                        moved[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
                if (moved[i] >= 0 && moved[i] < 3)
                        moved[i] = fcntl(moved[i], F_DUPFD_CLOEXEC, 3);
                if (moved[i] < 0)
                        return errno;
        }
        for (int i = 0; i < 3; i++)
                if (dup2(moved[i], i) < 0)
                        return errno;

        /* Out of the reach of a terminal's Ctrl-C, which is meant for the daemon. */
        (void) setpgid(0, 0);
        return sigemptyset(&none) < 0 || sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? errno : 0;
}

static int child_main(void *userdata)
{
        const CloneRequest *request = userdata;
        ExecReport report = {.step = EXEC_STEP_FDS};

        for (size_t i = 0; i < request->n_keep && report.error == 0; i++)
                if (fcntl(request->keep[i], F_SETFD, 0) < 0)
                        report.error = errno;
        if (report.error == 0 && request->streams)
                report.error = child_place_streams(request->streams);

        if (report.error == 0) {
                if (request->program_fd >= 0)
                        (void) syscall(SYS_execveat, request->program_fd, "", request->argv, request->environment,
                                       AT_EMPTY_PATH);
                else
                        (void) execve(request->argv[0], request->argv, request->environment);
                report.step = EXEC_STEP_EXEC;
                report.error = errno;
        }
        if (request->report_fd >= 0)
                (void) !write(request->report_fd, &report, sizeof(report));
        return exec_step_exit_code(report.step);
}

static int child_nothing(void *userdata)
{
        return 0;
}

/* The daemon's side. */

static int clone_by_kernel(const Cloner *cloner, int cgroup_fd, child_fn fn, void *userdata, int *ret_pidfd)
{
        int pidfd = -EBADF;
        struct clone_args args = {
                .flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
                .pidfd = (uintptr_t) &pidfd,
                .exit_signal = SIGCHLD,
                .stack = (uintptr_t) cloner->stack,
                .stack_size = STACK_SIZE,
        };
        long pid;

        if (cgroup_fd >= 0) {
                args.flags |= CLONE_INTO_CGROUP;
                args.cgroup = (uint64_t) cgroup_fd;
        }
        pid = tended_clone3_call(&args, sizeof(args), fn, userdata);
        if (pid < 0)
                return (int) pid;
        *ret_pidfd = pidfd;
        return (int) pid;
}

static int clone_by_library(const Cloner *cloner, child_fn fn, void *userdata, int *ret_pidfd)
{
        int flags = CLONE_VFORK | CLONE_PIDFD | SIGCHLD | (SHARE_MEMORY ? CLONE_VM : 0), pidfd = -EBADF, pid, saved;
        sigset_t all, before;

        /* Without CLONE_CLEAR_SIGHAND nothing else keeps a handler from running in the child. */
        if (sigfillset(&all) < 0 || sigprocmask(SIG_SETMASK, &all, &before) < 0)
                return -errno;
        pid = clone(fn, cloner->stack + STACK_SIZE, flags, userdata, &pidfd);
        saved = errno;
        (void) sigprocmask(SIG_SETMASK, &before, NULL);
        if (pid < 0)
                return -saved;
        *ret_pidfd = pidfd;
        return pid;
}

/* Waits for a child that ends at once. */
static int await_child(int pid, int pidfd)
{
        siginfo_t info = {0};
        int r;

        do
                r = waitid(P_PID, (id_t) pid, &info, WEXITED);
        while (r < 0 && errno == EINTR);
        fd_close(pidfd);
        return r < 0 ? -errno : 0;
}

int cloner_new(Cloner **ret)
{
        _cleanup_(cloner_freep) Cloner *cloner = calloc(1, sizeof(Cloner));
        int pid, pidfd;

        if (!cloner)
                return -ENOMEM;
        cloner->stack = aligned_alloc(64, STACK_SIZE);
        if (!cloner->stack)
                return -ENOMEM;

        if (HAVE_CLONE3_CALL && SHARE_MEMORY) {
                /* A sandbox may refuse it with any errno, so only doing it tells. */
                pid = clone_by_kernel(cloner, -EBADF, child_nothing, NULL, &pidfd);
                cloner->use_clone3 = pid > 0;
                if (pid > 0)
                        (void) await_child(pid, pidfd);
        }
        *ret = TAKE_PTR(cloner);
        return 0;
}

Cloner *cloner_free(Cloner *cloner)
{
        if (!cloner)
                return NULL;
        free(cloner->stack);
        free(cloner);
        return NULL;
}

bool cloner_knows_cgroups(const Cloner *cloner)
{
        return cloner->use_clone3;
}

int cloner_spawn(Cloner *cloner, const CloneRequest *request, pid_t *ret_pid, int *ret_pidfd)
{
        void *userdata = (void *) request;
        int pidfd = -EBADF, pid;

        if (cloner->use_clone3)
                pid = clone_by_kernel(cloner, request->cgroup_fd, child_main, userdata, &pidfd);
        else
                pid = clone_by_library(cloner, child_main, userdata, &pidfd);
        if (pid < 0)
                return pid;
        *ret_pid = pid;
        *ret_pidfd = pidfd;
        return 0;
}

static int child_join(void *userdata)
{
        return write(*(int *) userdata, "0", 1) < 0 ? MIN(errno, 255) : 0;
}

int cloner_try_cgroup(Cloner *cloner, int cgroup_fd)
{
        _cleanup_close_ int procs_fd = -EBADF;
        siginfo_t info = {0};
        int pidfd, pid;

        if (cloner->use_clone3) {
                pid = clone_by_kernel(cloner, cgroup_fd, child_nothing, NULL, &pidfd);
                return pid < 0 ? pid : await_child(pid, pidfd);
        }

        procs_fd = openat(cgroup_fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);
        if (procs_fd < 0)
                return -errno;
        pid = clone_by_library(cloner, child_join, &procs_fd, &pidfd);
        if (pid < 0)
                return pid;
        while (waitid(P_PID, (id_t) pid, &info, WEXITED) < 0 && errno == EINTR)
                continue;
        fd_close(pidfd);
        return -info.si_status;
}
