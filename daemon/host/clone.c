/* SPDX-License-Identifier: MIT */

/* clone3 with CLONE_VM and CLONE_VFORK: the child borrows the daemon's memory, on a small stack of its own, until the
 * exec, so that the cost does not depend on the daemon's size, and stands still on nothing but our own program's
 * exec. It is born in its service's cgroup, before its first instruction, so no early fork can escape.
 *
 * What the child may do while it borrows: raw system calls on what was prepared before. No allocation, no lock; what
 * it changes in memory, the daemon sees. Its handlers are cleared by the kernel (CLONE_CLEAR_SIGHAND), so no handler
 * of the daemon's ever runs in it.
 *
 * A table of descriptors is copied by a clone and closed one by one by the exec: with some descriptors a service, a
 * thousand services would pay for a million. So the child shares the daemon's table first, and then takes its own
 * copy of the lowest few alone. What it is to get is put there (into slots that are ours) before, and taken away
 * after.
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

#define STACK_SIZE    65536
#define UNSHARE_TABLE 2U /* CLOSE_RANGE_UNSHARE, which not every libc knows */

struct Cloner {
        bool use_clone3;
        char *stack;
        int placeholder_fd; /* what a slot holds between two uses */
        int slots[CLONE_KEEP_MAX];
        size_t n_slots;
};

/* What the child looks at. */
typedef struct ChildTask {
        const CloneRequest *request;
        unsigned n_fds; /* as many of the lowest descriptors are its own */
} ChildTask;

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
        const ChildTask *task = userdata;
        const CloneRequest *request = task->request;
        ExecReport report = {.step = EXEC_STEP_FDS};

        if (request->streams)
                report.error = child_place_streams(request->streams);
        else if (syscall(SYS_close_range, task->n_fds, ~0U, UNSHARE_TABLE) < 0 && unshare(CLONE_FILES) < 0)
                report.error = errno;

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

static int clone_by_kernel(const Cloner *cloner, int cgroup_fd, bool share_files, child_fn fn, void *userdata,
                           int *ret_pidfd)
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

        if (share_files)
                args.flags |= CLONE_FILES;
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

static int clone_by_library(const Cloner *cloner, bool share_files, child_fn fn, void *userdata, int *ret_pidfd)
{
        int flags = CLONE_VFORK | CLONE_PIDFD | SIGCHLD, pidfd = -EBADF, pid, saved;
        sigset_t all, before;

        flags |= (SHARE_MEMORY ? CLONE_VM : 0) | (share_files ? CLONE_FILES : 0);

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

/* Waits for a child that ends at once. -EKEYREJECTED: it was killed instead; else its exit code is an errno. */
static int await_child(int pid, int pidfd)
{
        siginfo_t info = {0};
        int r;

        do
                r = waitid(P_PID, (id_t) pid, &info, WEXITED);
        while (r < 0 && errno == EINTR);
        fd_close(pidfd);
        if (r < 0)
                return -errno;
        return info.si_code == CLD_EXITED ? -info.si_status : -EKEYREJECTED;
}

static int take_slots(Cloner *cloner, size_t n)
{
        cloner->placeholder_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (cloner->placeholder_fd < 0)
                return -errno;
        while (cloner->n_slots < n) {
                int fd = fcntl(cloner->placeholder_fd, F_DUPFD_CLOEXEC, 3);

                if (fd < 0)
                        return -errno;
                cloner->slots[cloner->n_slots++] = fd;
        }
        return 0;
}

int cloner_new(size_t n_slots, Cloner **ret)
{
        _cleanup_(cloner_freep) Cloner *cloner = calloc(1, sizeof(Cloner));
        int pid, pidfd, r;

        assert(n_slots <= CLONE_KEEP_MAX);
        if (!cloner)
                return -ENOMEM;
        cloner->placeholder_fd = -EBADF;
        r = take_slots(cloner, n_slots);
        if (r < 0)
                return r;
        cloner->stack = aligned_alloc(64, STACK_SIZE);
        if (!cloner->stack)
                return -ENOMEM;

        if (HAVE_CLONE3_CALL && SHARE_MEMORY) {
                /* A sandbox may refuse it with any errno, so only doing it tells. */
                pid = clone_by_kernel(cloner, -EBADF, false, child_nothing, NULL, &pidfd);
                cloner->use_clone3 = pid > 0 && await_child(pid, pidfd) >= 0;
        }
        *ret = TAKE_PTR(cloner);
        return 0;
}

Cloner *cloner_free(Cloner *cloner)
{
        if (!cloner)
                return NULL;
        for (size_t i = 0; i < cloner->n_slots; i++)
                fd_close(cloner->slots[i]);
        fd_close(cloner->placeholder_fd);
        free(cloner->stack);
        free(cloner);
        return NULL;
}

bool cloner_knows_cgroups(const Cloner *cloner)
{
        return cloner->use_clone3;
}

int cloner_slot(const Cloner *cloner, size_t i)
{
        assert(i < cloner->n_slots);
        return cloner->slots[i];
}

static void empty_slots(const Cloner *cloner, size_t n)
{
        for (size_t i = 0; i < n; i++)
                (void) dup3(cloner->placeholder_fd, cloner->slots[i], O_CLOEXEC);
}

/* Returns how many of the lowest descriptors the child needs. */
static int fill_slots(const Cloner *cloner, const CloneRequest *request)
{
        int highest = MAX(request->program_fd, STDERR_FILENO);

        assert(request->n_keep <= cloner->n_slots);
        for (size_t i = 0; i < request->n_keep; i++) {
                if (dup3(request->keep[i], cloner->slots[i], 0) < 0)
                        return -errno;
                highest = MAX(highest, cloner->slots[i]);
        }
        return highest + 1;
}

int cloner_spawn(Cloner *cloner, const CloneRequest *request, pid_t *ret_pid, int *ret_pidfd)
{
        ChildTask task = {.request = request};
        bool share_files = !request->streams;
        int pidfd = -EBADF, pid, r;

        r = fill_slots(cloner, request);
        task.n_fds = (unsigned) r;
        if (r < 0)
                pid = r;
        else if (cloner->use_clone3)
                pid = clone_by_kernel(cloner, request->cgroup_fd, share_files, child_main, &task, &pidfd);
        else
                pid = clone_by_library(cloner, share_files, child_main, &task, &pidfd);
        empty_slots(cloner, request->n_keep);
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

int cloner_try_cgroup(Cloner *cloner, int cgroup_fd, bool birth)
{
        _cleanup_close_ int procs_fd = -EBADF;
        int pidfd, pid;

        if (birth) {
                pid = cloner->use_clone3 ? clone_by_kernel(cloner, cgroup_fd, false, child_nothing, NULL, &pidfd)
                                         : -ENOSYS;
                return pid < 0 ? pid : await_child(pid, pidfd);
        }

        procs_fd = openat(cgroup_fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);
        if (procs_fd < 0)
                return -errno;
        pid = clone_by_library(cloner, false, child_join, &procs_fd, &pidfd);
        return pid < 0 ? pid : await_child(pid, pidfd);
}
