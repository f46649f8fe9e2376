/* SPDX-License-Identifier: MIT */

/* What belongs to the process itself: its signals, group, state file, limits, user and folder. */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "exec/exec.h"

#define N_SIGNALS  64
#define GROUPS_MAX 65536

void reset_signals(const Request *request)
{
        struct sigaction standard = {.sa_handler = SIG_DFL};
        sigset_t none;

        /* The library keeps some of the numbers for itself, and refuses; nobody has changed those. */
        for (int signo = 1; signo <= N_SIGNALS; signo++)
                if (signo != SIGKILL && signo != SIGSTOP)
                        (void) sigaction(signo, &standard, NULL);
        if (sigemptyset(&none) < 0 || sigprocmask(SIG_SETMASK, &none, NULL) < 0)
                fail(request, EXEC_STEP_SIGNALS, errno, NULL);
}

void join_cgroup(const Request *request)
{
        long long fd;

        if (request_get_number(request, "cgroup", &fd) && write((int) fd, "0", 1) < 0)
                fail(request, EXEC_STEP_CGROUP, errno, request_get(request, "group"));
}

/* Field 22 of /proc/self/stat, in ticks since boot; 0 where it can't be had. */
static unsigned long long own_start_time(void)
{
        _cleanup_close_ int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
        unsigned long long start = 0;
        char text[1024];
        ssize_t n;
        char *c;

        n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
        if (n <= 0)
                return 0;
        text[n] = '\0';

        /* The name in parentheses may hold anything; after its end come plain fields, the first of them is the 3rd.
         */
        c = strrchr(text, ')');
        for (int field = 2; c && field < 22; field++)
                c = strchr(c + 1, ' ');
        return c && sscanf(c, " %llu", &start) == 1 ? start : 0;
}

static const char *or_empty(const char *s)
{
        return s ? s : "";
}

/* Under a name of its own first, so that whoever reads the file finds it whole. */
void write_state(const Request *request)
{
        const char *path = request_get(request, "state");
        char temporary[4096 + 8], text[8192];
        int fd, n;

        if (!path)
                return;
        n = snprintf(temporary, sizeof(temporary), "%s.new", path);
        if (n < 0 || (size_t) n >= sizeof(temporary))
                fail(request, EXEC_STEP_STATE, ENAMETOOLONG, path);
        n = snprintf(text, sizeof(text), "version=1\npid=%d\nstart=%llu\nboot=%s\nrun=%s\ngroup=%s\n", (int) getpid(),
                     own_start_time(), or_empty(request_get(request, "boot")), or_empty(request_get(request, "run")),
                     or_empty(request_get(request, "group")));
        if (n < 0 || (size_t) n >= sizeof(text))
                fail(request, EXEC_STEP_STATE, ENAMETOOLONG, path);

        fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (fd < 0)
                fail(request, EXEC_STEP_STATE, errno, temporary);
        if (write(fd, text, (size_t) n) != n || close(fd) < 0 || rename(temporary, path) < 0)
                fail(request, EXEC_STEP_STATE, errno ? errno : ENOSPC, path);
}

static void apply_oom(const Request *request)
{
        const char *value = request_get(request, "oom");
        _cleanup_close_ int fd = -EBADF;

        if (!value)
                return;
        fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
        if (fd < 0 || write(fd, value, strlen(value)) < 0)
                fail(request, EXEC_STEP_OOM, errno, value);
}

/* A hard limit that may not be raised is taken as it is, as in systemd. */
static void apply_limit(const Request *request, const char *value)
{
        unsigned long long soft, hard;
        struct rlimit limit, now;
        int resource;

        if (sscanf(value, "%d:%llu:%llu", &resource, &soft, &hard) != 3)
                fail(request, EXEC_STEP_REQUEST, EINVAL, "limit");
        limit = (struct rlimit){.rlim_cur = soft, .rlim_max = hard};
        if (setrlimit(resource, &limit) == 0)
                return;
        if (errno == EPERM && getrlimit(resource, &now) == 0) {
                limit.rlim_max = MIN(limit.rlim_max, now.rlim_max);
                limit.rlim_cur = MIN(limit.rlim_cur, limit.rlim_max);
                if (setrlimit(resource, &limit) == 0)
                        return;
        }
        fail(request, EXEC_STEP_LIMITS, errno, value);
}

void apply_limits(const Request *request)
{
        const char *value, *mask = request_get(request, "umask");
        long long nice_level;
        int index = 0;

        apply_oom(request);
        if (request_get_number(request, "nice", &nice_level) && setpriority(PRIO_PROCESS, 0, (int) nice_level) < 0)
                fail(request, EXEC_STEP_NICE, errno, request_get(request, "nice"));
        while ((value = request_next(request, "limit", &index)))
                apply_limit(request, value);
        if (mask)
                umask((mode_t) strtoul(mask, NULL, 8));
}

static void change_groups(const Request *request, const char *list)
{
        _cleanup_free_ gid_t *groups = calloc(GROUPS_MAX, sizeof(gid_t));
        size_t n = 0;

        if (!groups)
                fail(request, EXEC_STEP_MEMORY, ENOMEM, NULL);
        while (*list) {
                char *end;
                unsigned long gid = strtoul(list, &end, 10);

                if (end == list || n == GROUPS_MAX)
                        fail(request, EXEC_STEP_REQUEST, EINVAL, "groups");
                groups[n++] = (gid_t) gid;
                list = *end == ',' ? end + 1 : end;
        }
        if (setgroups(n, groups) < 0)
                fail(request, EXEC_STEP_GROUP, errno, NULL);
}

void change_identity(const Request *request)
{
        const char *groups = request_get(request, "groups");
        bool change_uid, change_gid;
        long long uid = -1, gid = -1;

        change_uid = request_get_number(request, "uid", &uid);
        change_gid = request_get_number(request, "gid", &gid);

        /* A daemon that isn't root may name its own user: there is nothing to change. */
        if (geteuid() != 0 && (!change_uid || (uid_t) uid == geteuid()) && (!change_gid || (gid_t) gid == getegid()))
                return;
        if (groups)
                change_groups(request, groups);
        if (change_gid && setresgid((gid_t) gid, (gid_t) gid, (gid_t) gid) < 0)
                fail(request, EXEC_STEP_GROUP, errno, request_get(request, "gid"));
        if (change_uid && setresuid((uid_t) uid, (uid_t) uid, (uid_t) uid) < 0)
                fail(request, EXEC_STEP_USER, errno, request_get(request, "uid"));
}

void change_folder(const Request *request)
{
        const char *folder = request_get(request, "folder");
        bool optional = folder && folder[0] == '-';

        if (!folder)
                return;
        if (optional)
                folder++;
        /* "~" was not resolved: there is no home. */
        if (strcmp(folder, "~") == 0)
                fail(request, EXEC_STEP_CHDIR, ENXIO, folder);
        if (chdir(folder) == 0)
                return;
        if (!optional)
                fail(request, EXEC_STEP_CHDIR, errno, folder);
        /* Not in a folder that happens to be the daemon's. */
        if (chdir("/") < 0)
                fail(request, EXEC_STEP_CHDIR, errno, "/");
}
