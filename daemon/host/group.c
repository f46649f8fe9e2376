/* SPDX-License-Identifier: MIT */

/* All processes of one service. A group has up to three parts, and is empty when each of them is: a cgroup (of this
 * run, or the one that an earlier daemon left, wherever in the tree that is), a session (where there are no cgroups),
 * and a left-over of an earlier daemon that had no cgroups.
 *
 * Nothing is watched until somebody waits for the emptiness: then cgroup.events wakes us, or the reaping of an orphan
 * (tracker_look_again), or the pidfd of one of the left-over processes. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fd.h"
#include "host/cgroup.h"
#include "host/tracker.h"

Group *group_from_link(List *link)
{
        return CONTAINER_OF(link, Group, link);
}

int group_new(Tracker *tracker, const char *name, group_empty_fn on_empty, void *userdata, Group **ret)
{
        _cleanup_(group_freep) Group *group = calloc(1, sizeof(Group));

        if (!group)
                return -ENOMEM;
        group->cgroup_fd = group->events_fd = group->leftover_fd = -EBADF;
        group->tracker = tracker;
        group->on_empty = on_empty;
        group->userdata = userdata;
        session_init(&group->session, tracker->sessions);
        group->name = strdup(name);
        if (!group->name)
                return -ENOMEM;
        *ret = TAKE_PTR(group);
        return 0;
}

static void unwatch_leftover(Group *group)
{
        watch_done(&group->leftover_watch);
        group->leftover_fd = fd_close(group->leftover_fd);
}

static void unwatch(Group *group)
{
        group->is_watching = false;
        list_remove(&group->link);
        watch_done(&group->events_watch);
        group->events_fd = fd_close(group->events_fd);
        unwatch_leftover(group);
}

static void drop_leftover(Group *group)
{
        unwatch_leftover(group);
        leftover_done(&group->leftover);
        group->has_leftover = false;
}

static void drop_cgroup(Group *group)
{
        group->cgroup_fd = fd_close(group->cgroup_fd);
        free(TAKE_PTR(group->cgroup));
        free(TAKE_PTR(group->folder));
}

Group *group_free(Group *group)
{
        if (!group)
                return NULL;
        unwatch(group);
        drop_leftover(group);
        drop_cgroup(group);
        session_done(&group->session);
        free(group->name);
        free(group);
        return NULL;
}

/* Where this daemon puts it. */
static int own_cgroup(const Group *group, char **ret)
{
        char name[CGROUP_NAME_MAX];

        return asprintf(ret, "%s/%s", group->tracker->cgroup, cgroup_service_name(name, group->name)) < 0 ? -ENOMEM
                                                                                                          : 0;
}

/* Opens a cgroup that is there, and makes it the group's. */
static int take_cgroup(Group *group, const char *cgroup)
{
        _cleanup_free_ char *folder = cgroup_place_folder(&group->tracker->place, cgroup), *copy = strdup(cgroup);
        _cleanup_close_ int fd = -EBADF;

        if (!folder || !copy)
                return -ENOMEM;
        fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        drop_cgroup(group);
        group->cgroup = TAKE_PTR(copy);
        group->folder = TAKE_PTR(folder);
        group->cgroup_fd = TAKE_FD(fd);
        group->was_killed = false;
        return 0;
}

static int make_cgroup(Group *group)
{
        _cleanup_free_ char *cgroup = NULL, *folder = NULL;
        bool made;
        int r;

        r = own_cgroup(group, &cgroup);
        if (r < 0)
                return r;
        folder = cgroup_place_folder(&group->tracker->place, cgroup);
        if (!folder)
                return -ENOMEM;
        r = mkdir(folder, 0755) < 0 ? -errno : 0;
        if (r == -ENOENT) {
                /* Whoever keeps the tree in order may have removed ours while it was empty. */
                r = tracker_make_folder(group->tracker);
                if (r >= 0)
                        r = mkdir(folder, 0755) < 0 ? -errno : 0;
        }
        if (r < 0 && r != -EEXIST)
                return r;
        made = r >= 0;
        r = take_cgroup(group, cgroup);
        /* Of one that was there nobody knows what has happened in it. */
        group->was_killed = !made;
        return r;
}

int group_begin_run(Group *group, Id128 invocation_id)
{
        unwatch(group);
        drop_leftover(group);
        group->is_killing = false;
        if (group->tracker->mode == TRACKING_CGROUP)
                return make_cgroup(group);
        drop_cgroup(group);
        session_begin(&group->session, invocation_id);
        return 0;
}

/* From 6.14 on the kernel takes a process that is cloned into a cgroup for one that has escaped the cgroup's last
 * cgroup.kill (cgroup_css_set_fork() compares with the parent's own), and kills it at birth. A cgroup that is made
 * anew has no such past; that takes that nobody lives in it. */
bool group_takes_births(Group *group)
{
        if (group->cgroup_fd < 0 || !group->tracker->takes_births)
                return false;
        if (!group->was_killed)
                return true;
        if (!cgroup_is_empty(group->cgroup_fd) || cgroup_remove(AT_FDCWD, group->folder) < 0)
                return false;
        unwatch(group);
        return make_cgroup(group) >= 0;
}

int group_cgroup_fd(const Group *group)
{
        return group->cgroup_fd;
}

const char *group_cgroup_path(const Group *group)
{
        return group->cgroup ? group->cgroup : "";
}

int group_add_leader(Group *group, pid_t pid)
{
        return group->tracker->mode == TRACKING_SESSION ? session_add_leader(&group->session, pid) : 0;
}

void group_leader_ended(Group *group, pid_t pid)
{
        session_remove_leader(&group->session, pid);
        tracker_look_again(group->tracker);
}

bool group_is_empty(Group *group)
{
        if (group->cgroup_fd >= 0 && !cgroup_is_empty(group->cgroup_fd))
                return false;
        if (group->has_leftover) {
                if (!leftover_is_empty(&group->leftover))
                        return false;
                drop_leftover(group);
        }
        return group->tracker->mode == TRACKING_CGROUP || session_is_empty(&group->session);
}

static void on_events(void *userdata, int fd, uint32_t events)
{
        char text[256];

        /* Reading it is what makes it quiet until it changes again. */
        (void) !pread(fd, text, sizeof(text), 0);
        group_look(userdata);
}

static void on_leftover_ended(void *userdata, int fd, uint32_t events)
{
        group_look(userdata);
}

/* One of them is enough: when it ends, there is another or none. */
static int watch_leftover(Group *group)
{
        int fd, r;

        unwatch_leftover(group);
        fd = leftover_open_one(&group->leftover);
        if (fd == -ESRCH)
                return deferred_schedule(&group->tracker->look);
        if (fd < 0)
                return fd;
        group->leftover_fd = fd;
        r = watch_init(&group->leftover_watch, group->tracker->loop, fd, EPOLLIN, PRIORITY_NORMAL, on_leftover_ended,
                       group);
        if (r < 0)
                unwatch_leftover(group);
        return r;
}

void group_look(Group *group)
{
        if (!group->is_watching)
                return;
        if (group_is_empty(group)) {
                unwatch(group);
                group->is_killing = false;
                if (group->on_empty)
                        group->on_empty(group->userdata);
                return;
        }
        /* Without a cgroup, who is found late gets what the others got. */
        if (group->is_killing && group->cgroup_fd < 0)
                (void) group_kill(group, SIGKILL);
        if (group->has_leftover)
                (void) watch_leftover(group);
}

static int watch_events(Group *group)
{
        int r;

        group->events_fd = openat(group->cgroup_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
        if (group->events_fd < 0)
                return errno == ENOENT || errno == ENODEV ? deferred_schedule(&group->tracker->look) : -errno;
        /* What was never read counts as changed: it fires at once, and so no change is missed. */
        r = watch_init(&group->events_watch, group->tracker->loop, group->events_fd, EPOLLPRI, PRIORITY_NORMAL,
                       on_events, group);
        if (r < 0)
                group->events_fd = fd_close(group->events_fd);
        return r;
}

int group_watch_empty(Group *group)
{
        int r = 0;

        if (group->is_watching)
                return deferred_schedule(&group->tracker->look);
        group->is_watching = true;
        list_append(&group->tracker->watching, &group->link);
        if (group->cgroup_fd >= 0)
                r = watch_events(group);
        else
                r = deferred_schedule(&group->tracker->look);
        if (r >= 0 && group->has_leftover)
                r = watch_leftover(group);
        if (r < 0)
                unwatch(group);
        return r;
}

int group_kill(Group *group, int signal)
{
        int first_error = 0, r;

        group->is_killing = group->is_killing || signal == SIGKILL;
        group->was_killed = group->was_killed || signal == SIGKILL;
        if (group->cgroup_fd >= 0)
                first_error = cgroup_signal(group->cgroup_fd, group->cgroup, signal);
        if (group->tracker->mode == TRACKING_SESSION) {
                r = session_signal(&group->session, signal);
                first_error = first_error < 0 ? first_error : r;
        }
        if (group->has_leftover) {
                r = leftover_signal(&group->leftover, signal);
                first_error = first_error < 0 ? first_error : r;
        }
        return first_error;
}

/* Takes over what lives in `cgroup`. Returns 1 where something does. */
static int adopt_cgroup(Group *group, const char *cgroup)
{
        int r;

        r = take_cgroup(group, cgroup);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        if (!cgroup_is_empty(group->cgroup_fd))
                return 1;
        /* It may have been left empty, and is of no use. */
        (void) cgroup_remove(AT_FDCWD, group->folder);
        drop_cgroup(group);
        return 0;
}

static int adopt_noted(Group *group, const StateFile *state)
{
        Tracker *tracker = group->tracker;
        int found = group->cgroup_fd >= 0, r;

        /* The machine was started anew since: nothing of all this is true any more. */
        if (strcmp(state->boot_id, tracker->boot_id) != 0)
                return found;
        /* The earlier daemon may have run elsewhere in the tree. Nothing else is believed to be our group. */
        if (!found && state->cgroup && tracker->place.mount &&
            cgroup_is_ours(state->cgroup, tracker->socket_path, group->name)) {
                found = adopt_cgroup(group, state->cgroup);
                if (found < 0)
                        return found;
        }
        if (found)
                return 1;

        /* No cgroup then, or the process was taken out of it. */
        r = leftover_init(&group->leftover, state, !state->cgroup, &tracker->census);
        if (tracker->census)
                (void) deferred_schedule(&tracker->drop_census);
        if (r <= 0) {
                leftover_done(&group->leftover);
                return r;
        }
        group->has_leftover = true;
        return 1;
}

int group_adopt_leftover(Group *group, const char *state_path)
{
        _cleanup_(state_file_done) StateFile state = {0};
        _cleanup_free_ char *own = NULL;
        int r;

        /* What is in our own place was put there by a daemon on this socket, noted or not. */
        if (group->tracker->mode == TRACKING_CGROUP) {
                r = own_cgroup(group, &own);
                if (r >= 0)
                        r = adopt_cgroup(group, own);
                if (r != 0)
                        return r;
        }
        r = state_file_load(state_path, &state);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        return adopt_noted(group, &state);
}

void group_end_run(Group *group)
{
        unwatch(group);
        drop_leftover(group);
        group->is_killing = false;
        session_begin(&group->session, (Id128){0});
        if (group->cgroup_fd < 0)
                return;
        group->cgroup_fd = fd_close(group->cgroup_fd);
        (void) cgroup_remove(AT_FDCWD, group->folder);
        drop_cgroup(group);
}
