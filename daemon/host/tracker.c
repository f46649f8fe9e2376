/* SPDX-License-Identifier: MIT */

/* Finds out by trying how services can be told apart here: a cgroup below our own in which a process can be born, or
 * else sessions. Wakes the groups that wait for their emptiness. Controllers are left alone: grouping needs none, and
 * enabling one would close our own cgroup to processes. */

#include "host/tracker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fd.h"
#include "host/cgroup-own.h"
#include "host/cgroup.h"
#include "host/clone.h"

#define PROBE_NAME ".probe" /* no service is called so */

int tracker_make_folder(const Tracker *tracker)
{
        return mkdir(tracker->folder, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

static int name_folder(Tracker *tracker)
{
        char name[CGROUP_NAME_MAX];

        if (asprintf(&tracker->cgroup, "%s/%s", strcmp(tracker->place.own, "/") == 0 ? "" : tracker->place.own,
                     cgroup_daemon_name(name, tracker->socket_path)) < 0) {
                tracker->cgroup = NULL;
                return -ENOMEM;
        }
        tracker->folder = cgroup_place_folder(&tracker->place, tracker->cgroup);
        return tracker->folder ? 0 : -ENOMEM;
}

/* Has a process be born in a group of ours, or else join it. */
static int try_cgroup(Tracker *tracker)
{
        _cleanup_close_ int folder_fd = -EBADF, probe_fd = -EBADF;
        _cleanup_(cloner_freep) Cloner *cloner = NULL;
        int r;

        r = tracker_make_folder(tracker);
        if (r < 0)
                return r;
        folder_fd = open(tracker->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder_fd < 0)
                return -errno;
        if (mkdirat(folder_fd, PROBE_NAME, 0755) < 0 && errno != EEXIST)
                return -errno;
        probe_fd = openat(folder_fd, PROBE_NAME, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (probe_fd < 0)
                return -errno;
        r = cloner_new(0, &cloner);
        if (r >= 0) {
                /* Kernels that kill at birth who is born into another cgroup do so when our own has been killed ever
                 * since it was made, too. */
                tracker->takes_births = cloner_try_cgroup(cloner, probe_fd, true) >= 0;
                r = tracker->takes_births ? 0 : cloner_try_cgroup(cloner, probe_fd, false);
        }
        (void) cgroup_remove(folder_fd, PROBE_NAME);
        return r;
}

static void on_look(void *userdata)
{
        Tracker *tracker = userdata;
        List todo;

        /* Whoever is looked at goes back into the list first, and may leave it or be freed by what it is told. */
        list_init(&todo);
        while (!list_is_empty(&tracker->watching)) {
                List *link = tracker->watching.next;

                list_remove(link);
                list_append(&todo, link);
        }
        while (!list_is_empty(&todo)) {
                List *link = todo.next;

                list_remove(link);
                list_append(&tracker->watching, link);
                group_look(group_from_link(link));
        }
}

static void on_drop_census(void *userdata)
{
        Tracker *tracker = userdata;

        tracker->census = census_free(tracker->census);
}

static int tracker_new_bare(Loop *loop, const char *socket_path, Tracker **ret)
{
        _cleanup_(tracker_freep) Tracker *tracker = calloc(1, sizeof(Tracker));
        int r;

        if (!tracker)
                return -ENOMEM;
        list_init(&tracker->watching);
        tracker->loop = loop;
        tracker->mode = TRACKING_SESSION;
        tracker->socket_path = strdup(socket_path);
        if (!tracker->socket_path)
                return -ENOMEM;
        if (proc_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", tracker->boot_id, sizeof(tracker->boot_id), NULL) <
            0)
                tracker->boot_id[0] = '\0';
        tracker->boot_id[strcspn(tracker->boot_id, "\n")] = '\0';
        r = session_table_new(&tracker->sessions);
        if (r >= 0)
                r = deferred_init(&tracker->look, loop, PRIORITY_NORMAL, on_look, tracker, "look-again");
        if (r >= 0)
                r = deferred_init(&tracker->drop_census, loop, PRIORITY_STREAM, on_drop_census, tracker,
                                  "drop-census");
        if (r < 0)
                return r;
        *ret = TAKE_PTR(tracker);
        return 0;
}

int tracker_new_session(Loop *loop, const char *socket_path, char *why, Tracker **ret)
{
        int r;

        r = tracker_new_bare(loop, socket_path, ret);
        if (r < 0)
                free(why);
        else
                (*ret)->why_session = why;
        return r;
}

int tracker_new(Loop *loop, const char *socket_path, Tracker **ret)
{
        _cleanup_(tracker_freep) Tracker *tracker = NULL;
        int r;

        r = tracker_new_bare(loop, socket_path, &tracker);
        if (r < 0)
                return r;

        r = cgroup_place_read(&tracker->place);
        if (r == -ENOMEM)
                return r;
        if (r == -ENOENT || r == -EXDEV) {
                tracker->why_session = strdup(r == -ENOENT ? "there is no cgroup v2 here"
                                                           : "its own cgroup is not below the mounted one");
        } else if (r < 0) {
                if (asprintf(&tracker->why_session, "can't find its own cgroup: %s", strerror(-r)) < 0)
                        return -ENOMEM;
        } else {
                r = name_folder(tracker);
                if (r < 0)
                        return r;
                r = try_cgroup(tracker);
                if (r >= 0)
                        tracker->mode = TRACKING_CGROUP;
                else if (asprintf(&tracker->why_session, "can't start a process in %s: %s", tracker->folder,
                                  strerror(-r)) < 0)
                        tracker->why_session = NULL;
        }
        if (tracker->mode == TRACKING_SESSION && !tracker->why_session)
                return -ENOMEM;
        *ret = TAKE_PTR(tracker);
        return 0;
}

Tracker *tracker_free(Tracker *tracker)
{
        if (!tracker)
                return NULL;
        /* What somebody still lives in stays. */
        if (tracker->mode == TRACKING_CGROUP)
                (void) rmdir(tracker->folder);
        deferred_done(&tracker->look);
        deferred_done(&tracker->drop_census);
        census_free(tracker->census);
        session_table_free(tracker->sessions);
        cgroup_place_done(&tracker->place);
        free(tracker->cgroup);
        free(tracker->folder);
        free(tracker->socket_path);
        free(tracker->why_session);
        free(tracker);
        return NULL;
}

TrackingMode tracker_mode(const Tracker *tracker)
{
        return tracker->mode;
}

const char *tracker_why_session(const Tracker *tracker)
{
        return tracker->why_session;
}

void tracker_look_again(Tracker *tracker)
{
        if (tracker->mode == TRACKING_SESSION && !list_is_empty(&tracker->watching))
                (void) deferred_schedule(&tracker->look);
}

int tracker_unattributed(Tracker *tracker, pid_t **ret, size_t *ret_n)
{
        _cleanup_(pid_list_done) PidList list = {0};
        int r = 0;

        if (tracker->mode == TRACKING_SESSION)
                r = session_table_unattributed(tracker->sessions, &list);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(list.items);
        *ret_n = list.n;
        return 0;
}
