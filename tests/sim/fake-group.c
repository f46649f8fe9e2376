/* SPDX-License-Identifier: MIT */

/* Stands in for host/group.c and host/tracker.c. With cgroups the group is whatever lives in the cell; without, it is
 * what this run has made and nobody has reaped. */

#include "host/group.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "promises.h"
#include "world.h"

struct Tracker {
        World *world;
};

struct Group {
        World *world;
        Cell *cell;
        group_empty_fn on_empty;
        void *userdata;
        Deferred look;
        bool is_open; /* between the beginning of a run and its end; or a left-over was adopted */
        bool is_watching;
};

int tracker_new(Loop *loop, const char *socket_path, Tracker **ret)
{
        Tracker *tracker = calloc(1, sizeof(Tracker));

        assert(tracker);
        tracker->world = the_world;
        *ret = tracker;
        return 0;
}

Tracker *tracker_free(Tracker *tracker)
{
        free(tracker);
        return NULL;
}

TrackingMode tracker_mode(const Tracker *tracker)
{
        return tracker->world->session_mode ? TRACKING_SESSION : TRACKING_CGROUP;
}

const char *tracker_why_session(const Tracker *tracker)
{
        return tracker->world->session_mode ? "the world has none" : NULL;
}

void tracker_look_again(Tracker *tracker)
{
        for (uint32_t i = 0; i < NAMES_MAX; i++) {
                Group *group = tracker->world->kernel.cells[i].group;

                if (group && group->is_watching)
                        (void) deferred_schedule(&group->look);
        }
}

int tracker_unattributed(Tracker *tracker, pid_t **ret, size_t *ret_n)
{
        return -EOPNOTSUPP;
}

static bool is_member(const Group *group, const Task *task)
{
        if (!group->is_open)
                return false;
        return group->world->session_mode ? task->run == group->cell->run : task->is_alive;
}

bool group_is_empty(Group *group)
{
        Task *task;

        LIST_FOREACH (task, &group->cell->tasks, Task, link)
                if (is_member(group, task))
                        return false;
        return true;
}

static void on_look(void *userdata)
{
        Group *group = userdata;

        if (!group->is_watching || !group_is_empty(group))
                return;
        group->is_watching = false;
        if (group->on_empty)
                group->on_empty(group->userdata);
}

int group_new(Tracker *tracker, const char *name, group_empty_fn on_empty, void *userdata, Group **ret)
{
        Group *group = calloc(1, sizeof(Group));

        assert(group);
        *group = (Group){
                .world = tracker->world,
                .cell = &tracker->world->kernel.cells[sim_name_index(name)],
                .on_empty = on_empty,
                .userdata = userdata,
        };
        assert(!group->cell->group);
        (void) deferred_init(&group->look, tracker->world->loop, PRIORITY_NORMAL, on_look, group, "look");
        group->cell->group = group;
        *ret = group;
        return 0;
}

Group *group_free(Group *group)
{
        if (!group)
                return NULL;
        group->cell->group = NULL;
        deferred_done(&group->look);
        free(group);
        return NULL;
}

int group_begin_run(Group *group, Id128 invocation_id)
{
        group->is_watching = false;
        group->is_open = true;
        promises_note_run(group->world, group->cell);
        group->cell->run++;
        group->cell->invocation_id = invocation_id;
        return 0;
}

void group_end_run(Group *group)
{
        group->is_watching = false;
        group->is_open = false;
}

void group_member_ended(Group *group)
{
        if (group->is_watching)
                (void) deferred_schedule(&group->look);
}

int group_watch_empty(Group *group)
{
        group->is_watching = true;
        return deferred_schedule(&group->look);
}

int group_kill(Group *group, int signal)
{
        Task *task;

        promises_note_signal(group->world, group->cell, NULL, signal);
        LIST_FOREACH (task, &group->cell->tasks, Task, link)
                if (is_member(group, task))
                        (void) kernel_signal(&group->world->kernel, task, signal);
        return 0;
}

int group_members(Group *group, size_t max, GroupMember **ret, size_t *ret_n)
{
        GroupMember *members = calloc(MAX(max, (size_t) 1), sizeof(GroupMember));
        size_t n = 0;
        Task *task;

        assert(members);
        LIST_FOREACH (task, &group->cell->tasks, Task, link)
                if (is_member(group, task) && task->is_alive && n < max)
                        members[n++] = (GroupMember){task->pid, strdup(task_role_to_string(task->role))};
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

int group_contains(Group *group, pid_t pid)
{
        const Task *task = kernel_find_pid(&group->world->kernel, pid);

        return !task ? -ESRCH : task->cell == group->cell && is_member(group, task);
}

int group_find_main(Group *group, pid_t *ret)
{
        Task *task;
        int n = 0;

        LIST_FOREACH (task, &group->cell->tasks, Task, link)
                if (task->is_alive && task->role == TASK_STRAY && task->run == group->cell->run && !task->handle) {
                        *ret = task->pid;
                        n++;
                }
        return n;
}

int group_note_main(Group *group, const char *state_path, pid_t pid, Id128 invocation_id)
{
        return 0;
}

int group_oom_kills(Group *group, uint64_t *ret)
{
        *ret = 0;
        return 0;
}

const char *group_cgroup_path(const Group *group)
{
        return "";
}

int group_memory_current(Group *group, uint64_t *ret)
{
        *ret = 0;
        return 0;
}

int group_tasks_current(Group *group, uint64_t *ret)
{
        *ret = group->cell->n_live;
        return 0;
}

int group_adopt_leftover(Group *group, const char *state_path)
{
        if (group->cell->n_live == 0)
                return 0;
        group->is_open = true;
        return 1;
}
