/* SPDX-License-Identifier: MIT */

/* Who and how much is in a group: its members for people, whether somebody is one of them, who of them could be the
 * main process of a service that has forked, and what the kernel counts. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/cgroup.h"
#include "host/state-file.h"
#include "host/tracker.h"

/* `0::PATH` in /proc/PID/cgroup; what lives in a cgroup below ours is ours, too. */
static int is_in_cgroup(pid_t pid, const char *cgroup)
{
        size_t length = strlen(cgroup);
        char path[64], text[8192], *line;
        int r;

        (void) snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
        r = proc_read(AT_FDCWD, path, text, sizeof(text), NULL);
        if (r < 0)
                return r == -ENOENT ? -ESRCH : r;
        line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
        if (!line)
                return 0;
        line += line == text ? 3 : 4;
        if (strncmp(line, cgroup, length) != 0)
                return 0;
        /* Of a cgroup that was removed while somebody who has ended was still to be reaped it says " (deleted)". */
        return line[length] == '\n' || line[length] == '\0' || line[length] == '/' || line[length] == ' ';
}

int group_contains(Group *group, pid_t pid)
{
        if (group->cgroup_fd >= 0)
                return is_in_cgroup(pid, group->cgroup);
        return session_contains(&group->session, pid);
}

/* Appends everybody's pid. */
static int collect(Group *group, PidList *list)
{
        _cleanup_(process_names_done) ProcessNames names = {0};
        int r = 0;

        if (group->cgroup_fd >= 0)
                r = cgroup_collect(group->cgroup_fd, list);
        if (r >= 0 && group->tracker->mode == TRACKING_SESSION)
                r = session_collect(&group->session, &names);
        if (r >= 0 && group->has_leftover)
                r = leftover_collect(&group->leftover, &names);
        for (size_t i = 0; r >= 0 && i < names.n; i++)
                if (names.items[i].state != 'Z')
                        r = pid_list_add(list, names.items[i].pid);
        return r;
}

int group_find_main(Group *group, pid_t *ret)
{
        _cleanup_(pid_list_done) PidList list = {0};
        pid_t found = 0, self = getpid();
        ProcStat stat;
        int n = 0, r;

        r = collect(group, &list);
        if (r < 0)
                return r;
        for (size_t i = 0; i < list.n; i++) {
                if (proc_stat(list.items[i], &stat) < 0 || stat.parent != self || stat.state == 'Z')
                        continue;
                found = stat.pid;
                n++;
        }
        if (n == 1)
                *ret = found;
        return n;
}

int group_members(Group *group, size_t max, GroupMember **ret, size_t *ret_n)
{
        _cleanup_(pid_list_done) PidList list = {0};
        GroupMember *members;
        size_t n = 0;
        int r;

        r = collect(group, &list);
        if (r < 0)
                return r;
        members = calloc(MAX(MIN(list.n, max), 1U), sizeof(GroupMember));
        if (!members)
                return -ENOMEM;
        for (size_t i = 0; i < list.n && n < max; i++) {
                members[n] = (GroupMember){.pid = list.items[i], .command_line = proc_command_line(list.items[i])};
                if (members[n].command_line)
                        n++;
        }
        *ret = members;
        *ret_n = n;
        return 0;
}

void group_members_free(GroupMember *members, size_t n)
{
        for (size_t i = 0; i < n; i++)
                free(members[i].command_line);
        free(members);
}

int group_note_main(Group *group, const char *state_path, pid_t pid, Id128 invocation_id)
{
        StateFile state = {.pid = pid, .invocation_id = invocation_id, .cgroup = group->cgroup};
        ProcStat stat;
        int r;

        r = proc_stat(pid, &stat);
        if (r < 0)
                return r;
        state.start = stat.start;
        (void) snprintf(state.boot_id, sizeof(state.boot_id), "%.36s", group->tracker->boot_id);
        return state_file_save(state_path, &state);
}

static int read_figure(Group *group, GroupFigure figure, uint64_t *ret)
{
        static const char *const files[] = {
                [FIGURE_MEMORY] = "memory.current",
                [FIGURE_TASKS] = "pids.current",
        };
        bool *lacks = &group->tracker->lacks[figure];
        int r;

        *ret = 0;
        if (group->cgroup_fd < 0 || *lacks)
                return 0;
        r = cgroup_read_number(group->cgroup_fd, files[figure], ret);
        /* All our cgroups have the same controllers; but one that was taken away has no file at all. */
        *lacks = r == -ENODATA && faccessat(group->cgroup_fd, "cgroup.procs", F_OK, 0) == 0;
        return r == -ENODATA || r == -ENODEV ? 0 : r;
}

int group_memory_current(Group *group, uint64_t *ret)
{
        return read_figure(group, FIGURE_MEMORY, ret);
}

int group_tasks_current(Group *group, uint64_t *ret)
{
        return read_figure(group, FIGURE_TASKS, ret);
}

int group_oom_kills(Group *group, uint64_t *ret)
{
        unsigned long long n;
        const char *line;
        char text[512];

        *ret = 0;
        if (group->cgroup_fd < 0 || group->tracker->lacks[FIGURE_MEMORY])
                return 0;
        if (proc_read(group->cgroup_fd, "memory.events", text, sizeof(text), NULL) < 0)
                return 0;
        line = strstr(text, "\noom_kill ");
        if (line && sscanf(line, "\noom_kill %llu", &n) == 1)
                *ret = n;
        return 0;
}
