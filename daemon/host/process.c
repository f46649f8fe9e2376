/* SPDX-License-Identifier: MIT */

/* The table of our processes. Each has a pidfd for its signals and, until its exec, a report pipe: its hang-up means
 * that the command runs or never will, and what the executor wrote before tells which.
 *
 * All exits come through one SIGCHLD source that asks the kernel until nobody is left, as signals are merged. A
 * process is taken out of the table the moment it is reaped, since its pid may be a new process' at once, and its end
 * is told afterwards. What isn't in the table is an orphan that came to us as subreaper. */

#include "host/process-private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "common/exec-protocol.h"
#include "common/fd.h"
#include "host/clone.h"
#include "host/exec-call.h"

#define REAP_BATCH           64
#define HELPER_PATIENCE_MSEC 2000

/* One that was reaped, on its way to those who want to know. */
typedef struct Exit {
        pid_t pid;
        Process *process; /* NULL: an orphan */
        ProcessExit exit;
} Exit;

Process *process_free(Process *process)
{
        if (!process)
                return NULL;
        watch_done(&process->end_watch);
        watch_done(&process->watch);
        fd_close(process->report_fd);
        fd_close(process->pidfd);
        free(process->failed_detail);
        free(process);
        return NULL;
}

/* The index of `pid`, or where it would have to be. */
static size_t table_find(const ProcessTable *table, pid_t pid)
{
        size_t low = 0, high = table->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (table->items[middle]->pid < pid)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

Process *process_table_find(const ProcessTable *table, pid_t pid)
{
        size_t i = table_find(table, pid);

        return i < table->n && table->items[i]->pid == pid ? table->items[i] : NULL;
}

int process_table_reserve(ProcessTable *table)
{
        size_t room = MAX(2 * table->room, 16U);
        Process **grown;

        if (table->n < table->room)
                return 0;
        grown = reallocarray(table->items, room, sizeof(Process *));
        if (!grown)
                return -ENOMEM;
        table->items = grown;
        table->room = room;
        return 0;
}

void process_table_insert(ProcessTable *table, Process *process)
{
        size_t i = table_find(table, process->pid);

        memmove(table->items + i + 1, table->items + i, (table->n - i) * sizeof(Process *));
        table->items[i] = process;
        table->n++;
}

Process *process_table_take(ProcessTable *table, pid_t pid)
{
        size_t i = table_find(table, pid);
        Process *process;

        if (i == table->n || table->items[i]->pid != pid)
                return NULL;
        process = table->items[i];
        table->n--;
        memmove(table->items + i, table->items + i + 1, (table->n - i) * sizeof(Process *));
        return process;
}

static void process_note_failure(Process *process, const ExecReport *report)
{
        size_t length = strnlen(report->detail, sizeof(report->detail));

        process->failed_step =
                report->step > 0 && report->step < _EXEC_STEP_N ? (ExecStep) report->step : EXEC_STEP_REQUEST;
        process->error = report->error;
        if (!process->failed_detail && length > 0)
                process->failed_detail = strndup(report->detail, length);
}

/* Everybody has closed the report pipe: what it says is final. */
static void process_read_report(Process *process)
{
        bool ready = !process->has_executor;
        ExecReport report;
        ssize_t n;

        if (process->report_fd < 0)
                return;
        watch_done(&process->watch);
        while ((n = read(process->report_fd, &report, sizeof(report))) > 0 || (n < 0 && errno == EINTR)) {
                if (n != sizeof(report))
                        continue;
                if (report.step == EXEC_STEP_NONE)
                        ready = true;
                else
                        process_note_failure(process, &report);
        }
        process->report_fd = fd_close(process->report_fd);

        if (process->failed_step == EXEC_STEP_NONE && !ready) {
                process->failed_step = EXEC_STEP_KILLED;
                process->error = EINTR;
        }
        process->executed = process->failed_step == EXEC_STEP_NONE;
        if (process->executed && process->handler.on_executed)
                process->handler.on_executed(process->handler.userdata, process);
}

static void on_hang_up(void *userdata, int fd, uint32_t events)
{
        process_read_report(userdata);
}

void process_end(Process *process, ProcessExit exit)
{
        _cleanup_(process_freep) Process *owned = process;
        ProcessOutcome outcome = {.exit = exit};

        process_read_report(owned);
        if (owned->group)
                group_leader_ended(owned->group, owned->pid);
        outcome.failed_step = exec_step_name(owned->failed_step);
        outcome.failed_detail = owned->failed_detail;
        outcome.error = owned->error;
        outcome.is_unknown = owned->is_unknown;
        if (owned->handler.on_end)
                owned->handler.on_end(owned->handler.userdata, owned, &outcome);
}

/* Takes the next one who has ended from the kernel. False: there is none. */
static bool table_reap(ProcessTable *table, Exit *ret)
{
        siginfo_t info = {0};

        while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) < 0)
                if (errno != EINTR)
                        return false;
        if (info.si_pid == 0)
                return false;

        *ret = (Exit){
                .pid = info.si_pid,
                .process = process_table_take(table, info.si_pid),
                .exit =
                        {
                                .end = info.si_code == CLD_EXITED   ? PROCESS_EXITED
                                       : info.si_code == CLD_DUMPED ? PROCESS_DUMPED
                                                                    : PROCESS_KILLED,
                                .status = info.si_status,
                        },
        };
        return true;
}

static void on_sigchld(void *userdata, const struct signalfd_siginfo *info)
{
        ProcessTable *table = userdata;
        Exit exits[REAP_BATCH];
        size_t n;

        do {
                for (n = 0; n < REAP_BATCH && table_reap(table, &exits[n]);)
                        n++;
                for (size_t i = 0; i < n; i++)
                        if (exits[i].process)
                                process_end(exits[i].process, exits[i].exit);
                        else if (table->on_orphan)
                                table->on_orphan(table->on_orphan_userdata, exits[i].pid);
        } while (n == REAP_BATCH);
}

static void read_boot_id(char buffer[BOOT_ID_SIZE])
{
        _cleanup_close_ int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? 0 : read(fd, buffer, BOOT_ID_SIZE - 1);

        buffer[MAX(n, 0)] = '\0';
        buffer[strcspn(buffer, "\n")] = '\0';
}

int process_table_new(Loop *loop, const char *executor, ProcessTable **ret)
{
        _cleanup_(process_table_freep) ProcessTable *table = calloc(1, sizeof(ProcessTable));
        int r;

        if (!table)
                return -ENOMEM;
        table->loop = loop;
        table->executor_fd = open(executor, O_PATH | O_CLOEXEC);
        if (table->executor_fd < 0)
                return -errno;
        read_boot_id(table->boot_id);
        r = cloner_new(CLONE_KEEP_MAX, &table->cloner);
        if (r < 0)
                return r;
        if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
                return -errno;
        r = loop_on_signal(loop, SIGCHLD, PRIORITY_REAP, on_sigchld, table);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(table);
        return 0;
}

/* Whoever still works for us (removes a folder, for instance) has a moment to end. */
static void end_helpers(const ProcessTable *table)
{
        int patience = HELPER_PATIENCE_MSEC;

        for (size_t i = 0; i < table->n; i++) {
                struct pollfd end = {.fd = table->items[i]->pidfd, .events = POLLIN};

                if (table->items[i]->has_executor)
                        continue;
                if (poll(&end, 1, patience) <= 0) {
                        (void) process_signal(table->items[i], SIGKILL);
                        patience = 0;
                }
        }
}

ProcessTable *process_table_free(ProcessTable *table)
{
        if (!table)
                return NULL;
        end_helpers(table);
        for (size_t i = 0; i < table->n; i++)
                process_free(table->items[i]);
        free(table->items);
        cloner_free(table->cloner);
        fd_close(table->executor_fd);
        free(table);
        return NULL;
}

void process_table_on_orphan(ProcessTable *table, void (*fn)(void *userdata, pid_t pid), void *userdata)
{
        table->on_orphan = fn;
        table->on_orphan_userdata = userdata;
}

static usec_t now_realtime(void)
{
        struct timespec now;

        (void) clock_gettime(CLOCK_REALTIME, &now);
        return (usec_t) now.tv_sec * USEC_PER_SEC + (usec_t) now.tv_nsec / 1000;
}

/* A process without its process: everything that can fail before the clone. `ret_report_fd` is the child's end. */
static int process_prepare(ProcessTable *table, const ProcessHandler *handler, Process **ret, int *ret_report_fd)
{
        _cleanup_(process_freep) Process *process = calloc(1, sizeof(Process));
        int fds[2], r;

        if (!process)
                return -ENOMEM;
        process->table = table;
        process->pidfd = process->report_fd = -EBADF;
        process->handler = *handler;
        r = process_table_reserve(table);
        if (r < 0)
                return r;

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        process->report_fd = fds[0];
        *ret_report_fd = fds[1];
        (void) fcntl(fds[0], F_SETFL, O_NONBLOCK);
        /* No event but the hang-up, which comes by itself: the executor's word that the exec is next wakes nobody. */
        r = watch_init(&process->watch, table->loop, fds[0], 0, PRIORITY_NORMAL, on_hang_up, process);
        if (r < 0) {
                *ret_report_fd = fd_close(fds[1]);
                return r;
        }
        *ret = TAKE_PTR(process);
        return 0;
}

/* Takes `process` where it succeeds. */
static int process_clone(Process *process, const CloneRequest *request)
{
        int r;

        process->start_realtime = now_realtime();
        r = cloner_spawn(process->table->cloner, request, &process->pid, &process->pidfd);
        if (r < 0)
                return r;
        process_table_insert(process->table, process);
        return 0;
}

int process_spawn(ProcessTable *table, const SpawnRequest *request, const ProcessHandler *handler, Process **ret)
{
        _cleanup_(process_freep) Process *process = NULL;
        _cleanup_(exec_call_done) ExecCall call = EXEC_CALL_NULL;
        _cleanup_close_ int report_fd = -EBADF;
        CloneRequest clone_request;
        ExecCallOptions options;
        bool born_there;
        int r;

        r = process_prepare(table, handler, &process, &report_fd);
        if (r < 0)
                return r;
        born_there = request->group && cloner_knows_cgroups(table->cloner) && group_takes_births(request->group);
        process->has_executor = true;
        process->group = request->group;

        options = (ExecCallOptions){
                .cloner = table->cloner,
                .report_fd = report_fd,
                .join_cgroup = !born_there,
                .boot_id = table->boot_id,
        };
        r = exec_call_init(&call, request, &options);
        if (r < 0)
                return r;
        clone_request = (CloneRequest){
                .program_fd = table->executor_fd,
                .argv = call.argv,
                .environment = call.environment,
                .keep = call.keep,
                .n_keep = call.n_keep,
                .report_fd = cloner_slot(table->cloner, 0),
                .cgroup_fd = born_there ? group_cgroup_fd(request->group) : -EBADF,
        };
        r = process_clone(process, &clone_request);
        if (r < 0)
                return r;
        /* It joins by itself, where that can be told as a step that failed; but before it has come to that, a signal
         * for all of its group has to reach it. */
        if (call.procs_fd >= 0)
                (void) dprintf(call.procs_fd, "%d", process->pid);
        if (request->group)
                (void) group_add_leader(request->group, process->pid);
        *ret = TAKE_PTR(process);
        return 0;
}

int process_spawn_helper(ProcessTable *table, char *const *argv, const int fds[3], const ProcessHandler *handler,
                         Process **ret)
{
        _cleanup_(process_freep) Process *process = NULL;
        _cleanup_close_ int report_fd = -EBADF;
        CloneRequest request;
        int r;

        r = process_prepare(table, handler, &process, &report_fd);
        if (r < 0)
                return r;
        request = (CloneRequest){
                .program_fd = -EBADF,
                .argv = argv,
                .environment = environ,
                .streams = fds,
                .report_fd = report_fd,
                .cgroup_fd = -EBADF,
        };
        r = process_clone(process, &request);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(process);
        return 0;
}

void process_forget(Process *process)
{
        process->handler = (ProcessHandler){0};
        process->group = NULL;
}

void process_release(Process *process)
{
        process->handler = (ProcessHandler){0};
}

void process_table_forget_group(ProcessTable *table, const Group *group)
{
        for (size_t i = 0; i < table->n; i++)
                if (table->items[i]->group == group)
                        process_forget(table->items[i]);
}

pid_t process_pid(const Process *process)
{
        return process->pid;
}

usec_t process_start_realtime(const Process *process)
{
        return process->start_realtime;
}

bool process_is_executed(const Process *process)
{
        return process->executed;
}

int process_signal(Process *process, int signal)
{
        return syscall(SYS_pidfd_send_signal, process->pidfd, signal, NULL, 0) < 0 ? -errno : 0;
}

int process_signal_group(Process *process, int signal)
{
        /* It is not reaped as long as it is in the table, so the number is its own; that of a group only from its
         * setsid() on. */
        (void) kill(-process->pid, signal);
        return process_signal(process, signal);
}
