/* SPDX-License-Identifier: MIT */
#pragma once

/* The tracker's inside, for group.c, group-members.c and tracker.c alone. */

#include "base/list.h"
#include "host/cgroup-path.h"
#include "host/group.h"
#include "host/leftover.h"
#include "host/session.h"

/* What the kernel's controllers count of a cgroup. */
typedef enum GroupFigure {
        FIGURE_MEMORY,
        FIGURE_TASKS,
        _GROUP_FIGURE_N,
} GroupFigure;

struct Tracker {
        Loop *loop; /* weak */
        TrackingMode mode;
        bool takes_births;           /* a process can be cloned into a cgroup of ours */
        bool lacks[_GROUP_FIGURE_N]; /* no controller counts that here: not to be looked for in each cgroup again */
        char *why_session;
        char *socket_path;
        char boot_id[64];
        CgroupPlace place; /* where v2 is, in session mode too; mount is NULL where there is none */
        char *cgroup;      /* `…/tended-HASH`, as a cgroup and as a folder */
        char *folder;
        SessionTable *sessions;
        List watching;        /* groups that want to know when they are empty */
        Deferred look;        /* at these */
        Census *census;       /* of this turn */
        Deferred drop_census; /* at its end */
};

struct Group {
        Tracker *tracker; /* weak */
        char *name;
        group_empty_fn on_empty;
        void *userdata;

        int cgroup_fd; /* its folder; -EBADF: none */
        char *cgroup, *folder;
        Session session; /* unused where there is a cgroup */
        Leftover leftover;
        bool has_leftover;

        List link; /* in the tracker's `watching` */
        bool is_watching, is_killing;
        bool was_killed; /* by cgroup.kill, since it was made */
        int events_fd, leftover_fd;
        Watch events_watch, leftover_watch;
};

/* Makes `tended-HASH`, where it isn't there (any more). */
int tracker_make_folder(const Tracker *tracker);
/* One without cgroups, whatever there is. `why` is taken. */
int tracker_new_session(Loop *loop, const char *socket_path, char *why, Tracker **ret);
/* Looks at one group that waits for its emptiness. */
void group_look(Group *group);
/* The next of `watching` whose turn it is; see group.c. */
Group *group_from_link(List *link);
