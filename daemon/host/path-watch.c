/* SPDX-License-Identifier: MIT */

/* One inotify descriptor with one watch. While the path exists the watch is on its own inode, so that a busy folder
 * around it (every unit start writes into /run/systemd/units) costs nothing. While it is missing the watch is on the
 * nearest folder that exists, and moves down as the parts of the path appear. */

#include "host/path-watch.h"

#include <errno.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"

#define SELF_EVENTS   (IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB | IN_DONT_FOLLOW)
#define FOLDER_EVENTS (IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
/* So many looks without a place to stand mean that somebody makes and removes the path all the time. */
#define ARM_TRIES     16

struct PathWatch {
        char *path;
        int fd;
        int wd;        /* -1: none */
        char *awaited; /* the name whose appearance in the watched folder matters; NULL: the path itself is watched */
        struct stat seen; /* st_ino 0: it was not there */
        Watch watch;
        path_watch_fn fn;
        void *userdata;
};

static void path_watch_disarm(PathWatch *watch)
{
        if (watch->wd >= 0)
                (void) inotify_rm_watch(watch->fd, watch->wd);
        watch->wd = -1;
        free(watch->awaited);
        watch->awaited = NULL;
}

/* Watches the nearest folder above the path that exists. Returns 1 where the next part of the path is there by now
 * (its appearance may have raised no event), else 0. */
static int path_watch_arm_folder(PathWatch *watch)
{
        _cleanup_free_ char *part = strdup(watch->path);

        if (!part)
                return -ENOMEM;

        for (char *slash = strrchr(part, '/'); slash; slash = strrchr(part, '/')) {
                struct stat status;

                *slash = '\0';
                watch->wd = inotify_add_watch(watch->fd, slash == part ? "/" : part, FOLDER_EVENTS);
                if (watch->wd < 0 && errno != ENOENT && errno != ENOTDIR)
                        return -errno;
                if (watch->wd < 0)
                        continue;

                watch->awaited = strdup(slash + 1);
                if (!watch->awaited)
                        return -ENOMEM;
                *slash = '/';
                return lstat(part, &status) >= 0;
        }
        return -ENOENT;
}

/* Establishes the one watch, on the path itself or on a folder above it. */
static int path_watch_arm(PathWatch *watch)
{
        int r = 0;

        for (unsigned i = 0; i < ARM_TRIES; i++) {
                path_watch_disarm(watch);
                watch->wd = inotify_add_watch(watch->fd, watch->path, SELF_EVENTS);
                if (watch->wd >= 0)
                        return 0;
                if (errno != ENOENT && errno != ENOTDIR)
                        return -errno;

                r = path_watch_arm_folder(watch);
                if (r <= 0)
                        return r;
        }
        return 0;
}

/* Looks at the path. True where another thing stands there than last time, or none, or one where there was none. */
static bool path_watch_look(PathWatch *watch)
{
        struct stat now;
        bool same;

        if (lstat(watch->path, &now) < 0)
                now = (struct stat){};
        same = now.st_ino == watch->seen.st_ino && now.st_dev == watch->seen.st_dev &&
               now.st_ctim.tv_sec == watch->seen.st_ctim.tv_sec && now.st_ctim.tv_nsec == watch->seen.st_ctim.tv_nsec;
        watch->seen = now;
        return !same;
}

/* Drains the descriptor. True where something happened that may concern the path. */
static bool path_watch_drain(PathWatch *watch)
{
        _Alignas(struct inotify_event) char buffer[4096];
        bool relevant = false;
        ssize_t n;

        while ((n = read(watch->fd, buffer, sizeof(buffer))) > 0)
                for (char *p = buffer; p < buffer + n;) {
                        const struct inotify_event *event = (const struct inotify_event *) p;

                        p += sizeof(*event) + event->len;
                        if (event->mask & IN_Q_OVERFLOW)
                                relevant = true;
                        if (event->wd != watch->wd)
                                continue;
                        if (!watch->awaited || event->len == 0 || strcmp(event->name, watch->awaited) == 0)
                                relevant = true;
                }
        return relevant;
}

static void on_inotify(void *userdata, int fd, uint32_t events)
{
        PathWatch *watch = userdata;

        if (!path_watch_drain(watch))
                return;

        (void) path_watch_arm(watch);
        if (path_watch_look(watch))
                watch->fn(watch->userdata);
}

int path_watch_new(Loop *loop, const char *path, path_watch_fn fn, void *userdata, PathWatch **ret)
{
        _cleanup_(path_watch_freep) PathWatch *watch = calloc(1, sizeof(PathWatch));
        int r;

        if (!watch)
                return -ENOMEM;
        *watch = (PathWatch){.fd = -EBADF, .wd = -1, .fn = fn, .userdata = userdata};

        watch->path = strdup(path);
        if (!watch->path)
                return -ENOMEM;
        watch->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        if (watch->fd < 0)
                return -errno;
        r = watch_init(&watch->watch, loop, watch->fd, EPOLLIN, PRIORITY_NORMAL, on_inotify, watch);
        if (r < 0)
                return r;

        r = path_watch_arm(watch);
        if (r < 0)
                return r;
        (void) path_watch_look(watch);

        *ret = TAKE_PTR(watch);
        return 0;
}

PathWatch *path_watch_free(PathWatch *watch)
{
        if (!watch)
                return NULL;

        watch_done(&watch->watch);
        fd_close(watch->fd);
        free(watch->awaited);
        free(watch->path);
        free(watch);
        return NULL;
}
