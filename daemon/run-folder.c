/* SPDX-License-Identifier: MIT */

/* The trial's own folder: fresh, ours alone, under $XDG_RUNTIME_DIR or /tmp, so that any number of trials run side by
 * side without meeting. Whichever process ends last removes it. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/remove-tree.h"
#include "run.h"

/* Nothing but letters of a file's name: sockets in it have to be short. */
#define TEMPLATE "tended-XXXXXX"

static int make_in(const char *base, char **ret)
{
        _cleanup_free_ char *path = NULL;

        if (asprintf(&path, "%s/%s", base, TEMPLATE) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        if (!mkdtemp(path))
                return -errno;
        *ret = TAKE_PTR(path);
        return 0;
}

/* Whoever owns the folder above ours may put another in its place: with `sudo -E` that would be the caller. */
static bool is_own_folder(const char *path)
{
        struct stat status;

        return path[0] == '/' && stat(path, &status) >= 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid() &&
               !(status.st_mode & (S_IWGRP | S_IWOTH));
}

static int make_fresh(char **ret)
{
        const char *runtime = getenv("XDG_RUNTIME_DIR");

        if (runtime && is_own_folder(runtime) && make_in(runtime, ret) >= 0)
                return 0;
        return make_in("/tmp", ret);
}

int trial_folder_make(TrialFolder *folder, const char *log_directory, char **ret_error)
{
        int r = make_fresh(&folder->path);

        if (r < 0) {
                if (r != -ENOMEM && asprintf(ret_error, "can't make a folder in /tmp: %s", strerror(-r)) < 0)
                        return -ENOMEM;
                return r;
        }
        if (asprintf(&folder->socket, "%s/control", folder->path) < 0)
                folder->socket = NULL;
        if (log_directory)
                folder->logs = strdup(log_directory);
        else if (asprintf(&folder->logs, "%s/logs", folder->path) < 0)
                folder->logs = NULL;
        return folder->socket && folder->logs ? 0 : -ENOMEM;
}

void trial_folder_remove(const TrialFolder *folder)
{
        _cleanup_free_ char *parent = folder->path ? strdup(folder->path) : NULL;
        _cleanup_close_ int fd = -EBADF;
        struct stat status;
        char *name;

        if (!parent)
                return;
        name = strrchr(parent, '/');
        *name++ = '\0';
        fd = open(*parent ? parent : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 || fstatat(fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
                return;
        tree_remove(fd, name, status.st_dev);
}

void trial_folder_done(TrialFolder *folder)
{
        free(folder->path);
        free(folder->socket);
        free(folder->logs);
        *folder = TRIAL_FOLDER_NULL;
}
