/* SPDX-License-Identifier: MIT */

/* A folder of a service may be deep, and a file system that hangs may be mounted in it, so the loop does not walk
 * through it: it renames the folder, and a helper removes it in its own time. On the way to the folder no link is
 * followed and no mount entered, as all but the first part of its path may be the service's own. */

#include "host/runtime-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "common/fd.h"
#include "common/id128.h"
#include "common/strv.h"
#include "host/random.h"

#define TRASH_PREFIX ".tended-removed-"

static int open_parent(int root_fd, const char *name)
{
        struct open_how how = {
                .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
                .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
        };
        _cleanup_free_ char *path = strdup(name);
        char *slash;
        long fd;

        if (!path)
                return -ENOMEM;
        slash = strrchr(path, '/');
        if (!slash)
                return fcntl(root_fd, F_DUPFD_CLOEXEC, 3);
        *slash = '\0';
        fd = syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
        return fd < 0 ? -errno : (int) fd;
}

/* Returns 1 and the new name, below the root; 0 where there is nothing. */
static int move_away(int root_fd, const char *name, char **ret)
{
        const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
        _cleanup_close_ int parent_fd = open_parent(root_fd, name);
        _cleanup_free_ char *trash = NULL;
        char text[ID128_STRING_MAX];
        Id128 id;
        int r;

        if (parent_fd < 0)
                return parent_fd == -ENOENT ? 0 : parent_fd;
        r = random_id128(&id);
        if (r < 0)
                return r;
        if (asprintf(&trash, TRASH_PREFIX "%s", id128_format(id, text)) < 0) {
                trash = NULL;
                return -ENOMEM;
        }
        if (renameat2(parent_fd, last, root_fd, trash, RENAME_NOREPLACE) < 0)
                return errno == ENOENT ? 0 : -errno;
        *ret = TAKE_PTR(trash);
        return 1;
}

int runtime_folders_remove(ProcessTable *processes, const char *helper, const char *root, char *const *names)
{
        _cleanup_(strv_freep) char **argv = NULL;
        _cleanup_close_ int root_fd = -EBADF;
        int first_error = 0, n_moved = 0, r;
        Process *process;

        if (!names || !*names)
                return 0;
        root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root_fd < 0)
                return errno == ENOENT ? 0 : -errno;

        r = strv_extend(&argv, helper);
        if (r >= 0)
                r = strv_extend(&argv, "remove");
        if (r >= 0)
                r = strv_extend(&argv, root);
        if (r < 0)
                return r;
        STRV_FOREACH (i, names) {
                char *trash = NULL;

                r = move_away(root_fd, *i, &trash);
                if (r > 0)
                        r = strv_consume(&argv, trash);
                n_moved += trash != NULL;
                first_error = first_error < 0 ? first_error : MIN(r, 0);
        }
        if (n_moved > 0) {
                r = process_spawn_helper(processes, argv, (int[3]){-EBADF, -EBADF, -EBADF}, &(ProcessHandler){0},
                                         &process);
                first_error = first_error < 0 ? first_error : MIN(r, 0);
        }
        return first_error;
}
