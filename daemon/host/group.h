/* SPDX-License-Identifier: MIT */
#pragma once

/* All processes of one service, grandchildren included: by its own cgroup where there is a writable subtree of v2
 * (`tended-HASH/NAME` under the daemon's), else by session, process tree and INVOCATION_ID (the daemon is a child
 * subreaper). Emptiness is proved, never guessed. */

#include <sys/types.h>

#include "common/macro.h"
#include "host/loop.h"

typedef struct Tracker Tracker;
typedef struct Group Group;

typedef enum TrackingMode {
        TRACKING_CGROUP,
        TRACKING_SESSION,
} TrackingMode;

/* Finds out what this machine allows, by trying it. `socket_path`: its hash keeps daemons apart. */
int tracker_new(Loop *loop, const char *socket_path, Tracker **ret);
Tracker *tracker_free(Tracker *tracker);
DEFINE_CLEANUP(Tracker *, tracker_free);
TrackingMode tracker_mode(const Tracker *tracker);
/* Why it is not TRACKING_CGROUP; NULL where it is. */
const char *tracker_why_session(const Tracker *tracker);
/* Session mode: an orphan was reaped: look again whose groups are empty now. */
void tracker_look_again(Tracker *tracker);
/* Processes below the daemon that belong to no service (session mode only): their pids, the caller's to free. */
int tracker_unattributed(Tracker *tracker, pid_t **ret, size_t *ret_n);

typedef void (*group_empty_fn)(void *userdata);

int group_new(Tracker *tracker, const char *name, group_empty_fn on_empty, void *userdata, Group **ret);
Group *group_free(Group *group);
DEFINE_CLEANUP(Group *, group_free);

/* Before a run's first process: makes the cgroup. Session mode: notes the run's id. */
int group_begin_run(Group *group, Id128 invocation_id);
/* May a process be cloned straight into its cgroup? Where not, it has to join by cgroup.procs. */
bool group_takes_births(Group *group);
/* A directory descriptor for CLONE_INTO_CGROUP; -EBADF in session mode. */
int group_cgroup_fd(const Group *group);
/* Path below the cgroup root, or "" in session mode; the group's. */
const char *group_cgroup_path(const Group *group);
/* Session mode: a process of this group was made and leads a session of its own; it has been reaped, and its pid may
 * be somebody else's from here on. Both are process.c's to call; in cgroup mode they do nothing. */
int group_add_leader(Group *group, pid_t pid);
void group_leader_ended(Group *group, pid_t pid);

/* The truth, looked up now. */
bool group_is_empty(Group *group);
/* From here on_empty is called once, when it is empty (never from within this call). Off again after the call. */
int group_watch_empty(Group *group);
/* Every process of it. SIGKILL by cgroup.kill where there is one, else in a loop until none is new. */
int group_kill(Group *group, int signal);

typedef struct GroupMember {
        pid_t pid;
        char *command_line; /* bounded, printable */
} GroupMember;

/* What lives in it now; at most `max`. The caller frees it by group_members_free(). */
int group_members(Group *group, size_t max, GroupMember **ret, size_t *ret_n);
void group_members_free(GroupMember *members, size_t n);
/* 1: `pid` is one of its processes, ended and not yet reaped ones included; 0: it is not. -ESRCH: there is none. */
int group_contains(Group *group, pid_t pid);
/* Who became an orphan, and so a child of ours: how many there are, `*ret` where it is exactly one. */
int group_find_main(Group *group, pid_t *ret);
/* Counts by the kernel, 0 where unknown. */
int group_memory_current(Group *group, uint64_t *ret);
int group_tasks_current(Group *group, uint64_t *ret);
/* How many of its processes the kernel has killed for want of memory, ever. */
int group_oom_kills(Group *group, uint64_t *ret);

/* The run folder's `state/NAME`, written by the executor before the exec: what an earlier daemon on this socket left.
 * Takes over what of it still lives, so that group_is_empty(), group_kill() and group_members() speak of it.
 * Returns 1 where something lives, 0 where not. */
int group_adopt_leftover(Group *group, const char *state_path);

/* Notes `pid`, which became the main process, there, as the executor would have. */
int group_note_main(Group *group, const char *state_path, pid_t pid, Id128 invocation_id);

/* Removes the cgroup, as far as it is empty. */
void group_end_run(Group *group);
