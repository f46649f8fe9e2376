/* SPDX-License-Identifier: MIT */

/* Reading, signalling and removing a cgroup's tree. A service that runs as root can make any number of groups below
 * its own, so depth and number are bounded; cgroup.kill and cgroup.events need no walk. */

#include "host/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/fd.h"

#define DEPTH_MAX       32
#define PASSES_MAX      64
#define CGROUP_TEXT_MAX 8192

bool cgroup_is_empty(int folder_fd)
{
        char text[256];
        int r;

        r = proc_read(folder_fd, "cgroup.events", text, sizeof(text), NULL);
        if (r < 0)
                return r == -ENOENT || r == -ENODEV;
        return !strstr(text, "populated 1");
}

typedef int (*cgroup_fn)(int parent_fd, const char *name, unsigned depth, void *userdata);

static void closedirp(DIR **folder)
{
        if (*folder)
                closedir(*folder);
}

/* Calls `fn` for each group right below this one. */
static int for_each_child(int folder_fd, cgroup_fn fn, unsigned depth, void *userdata)
{
        int fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
        _cleanup_(closedirp) DIR *folder = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *entry;

        if (!folder) {
                r = -errno;
                fd_close(fd);
                return r;
        }
        if (depth >= DEPTH_MAX)
                return -ELOOP;
        while (r >= 0 && (entry = readdir(folder)))
                if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                        r = fn(folder_fd, entry->d_name, depth + 1, userdata);
        return r;
}

static int collect_tree(int folder_fd, unsigned depth, PidList *list);

static int collect_child(int parent_fd, const char *name, unsigned depth, void *userdata)
{
        _cleanup_close_ int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        /* One that was removed meanwhile has nobody. */
        return fd < 0 ? 0 : collect_tree(fd, depth, userdata);
}

static int collect_tree(int folder_fd, unsigned depth, PidList *list)
{
        struct stat status;
        int r;

        r = proc_read_pids(folder_fd, "cgroup.procs", list);
        /* A threaded group lists its processes at its root only, which we have read. */
        if (r < 0)
                return r == -ENOENT || r == -ENODEV || r == -EOPNOTSUPP ? 0 : r;
        /* A folder without folders below it has two links. */
        if (fstat(folder_fd, &status) >= 0 && status.st_nlink == 2)
                return 0;
        return for_each_child(folder_fd, collect_child, depth, list);
}

int cgroup_collect(int folder_fd, PidList *list)
{
        return collect_tree(folder_fd, 0, list);
}

/* Is this process in the group, or below it? */
static bool is_member(pid_t pid, const char *cgroup)
{
        char path[64], text[CGROUP_TEXT_MAX];
        size_t length = strlen(cgroup);
        const char *line;

        (void) snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
        if (proc_read(AT_FDCWD, path, text, sizeof(text), NULL) < 0)
                return false;
        line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
        if (!line)
                return false;
        line = strstr(line, "0::") + 3;
        return strncmp(line, cgroup, length) == 0 && (line[length] == '/' || line[length] == '\n');
}

static int signal_member(pid_t pid, const char *cgroup, int signal)
{
        _cleanup_close_ int fd = (int) syscall(SYS_pidfd_open, pid, 0);

        if (fd < 0)
                return errno == ESRCH || errno == EINVAL ? 0 : -errno;
        /* The descriptor holds on to whoever has the pid now. */
        if (!is_member(pid, cgroup))
                return 0;
        return syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0) < 0 && errno != ESRCH ? -errno : 0;
}

static int compare_pids(const void *a, const void *b)
{
        pid_t x = *(const pid_t *) a, y = *(const pid_t *) b;

        return (x > y) - (x < y);
}

static bool is_sorted_member(const PidList *list, pid_t pid)
{
        return list->n > 0 && bsearch(&pid, list->items, list->n, sizeof(pid_t), compare_pids);
}

/* Pass after pass, until one finds nobody new: who forks in the middle of a pass is found by the next. */
static int signal_one_by_one(int folder_fd, const char *cgroup, int signal)
{
        _cleanup_(pid_list_done) PidList done = {0};
        int first_error = 0, r;

        for (unsigned pass = 0; pass < PASSES_MAX; pass++) {
                _cleanup_(pid_list_done) PidList now = {0};
                bool any_new = false;

                r = cgroup_collect(folder_fd, &now);
                if (r < 0)
                        return r;
                for (size_t i = 0; i < now.n; i++) {
                        /* SIGKILL may go out twice; another signal is counted by some. */
                        if (is_sorted_member(&done, now.items[i]))
                                continue;
                        any_new = true;
                        r = signal_member(now.items[i], cgroup, signal);
                        if (r < 0 && first_error == 0)
                                first_error = r;
                }
                if (!any_new)
                        break;
                if (now.n > 1)
                        qsort(now.items, now.n, sizeof(pid_t), compare_pids);
                pid_list_done(&done);
                done = now;
                now = (PidList){0};
        }
        return first_error;
}

int cgroup_signal(int folder_fd, const char *cgroup, int signal)
{
        _cleanup_close_ int fd = -EBADF;

        if (signal == SIGKILL) {
                fd = openat(folder_fd, "cgroup.kill", O_WRONLY | O_CLOEXEC);
                if (fd >= 0 && write(fd, "1", 1) == 1)
                        return 0;
                /* Before Linux 5.14, or not ours to write to. */
        }
        return signal_one_by_one(folder_fd, cgroup, signal);
}

static int remove_tree(int parent_fd, const char *name, unsigned depth, void *userdata)
{
        _cleanup_close_ int fd = -EBADF;

        if (unlinkat(parent_fd, name, AT_REMOVEDIR) >= 0)
                return 0;
        if (errno != EBUSY && errno != ENOTEMPTY)
                return -errno;
        fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        /* Somebody who lives below it keeps it, whatever else could be removed. */
        if (!cgroup_is_empty(fd))
                return -EBUSY;
        (void) for_each_child(fd, remove_tree, depth, NULL);
        return unlinkat(parent_fd, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

int cgroup_remove(int parent_fd, const char *name)
{
        return remove_tree(parent_fd, name, 0, NULL);
}

int cgroup_read_number(int folder_fd, const char *file, uint64_t *ret)
{
        unsigned long long number;
        char text[64];
        int r;

        r = proc_read(folder_fd, file, text, sizeof(text), NULL);
        if (r < 0)
                return r == -ENOENT || r == -EOPNOTSUPP ? -ENODATA : r;
        if (sscanf(text, "%llu", &number) != 1)
                return -ENODATA;
        *ret = number;
        return 0;
}
