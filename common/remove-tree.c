/* SPDX-License-Identifier: MIT */

/* Folders that were services' own hold whatever a service likes: links that lead elsewhere, mounts, trees of any
 * depth, folders that nobody may write into. Each step goes by the descriptor of the folder that it is in, so that
 * nothing moves under it; the depth is bounded. */

#include "common/remove-tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"

#define DEPTH_MAX 256

/* A folder of ours that is closed to ourselves is opened up first. */
static int open_folder(int parent_fd, const char *name)
{
        _cleanup_close_ int path_fd = -EBADF;
        char path[64];
        int fd;

        fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd >= 0 || errno != EACCES)
                return fd;
        path_fd = openat(parent_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (path_fd < 0)
                return -1;
        snprintf(path, sizeof(path), "/proc/self/fd/%d", path_fd);
        if (chmod(path, 0700) < 0)
                return -1;
        return openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void remove_entry(int parent_fd, const char *name, dev_t device, unsigned depth)
{
        struct stat status;
        struct dirent *entry;
        DIR *folder;
        int fd;

        if (unlinkat(parent_fd, name, 0) == 0 || (errno != EISDIR && errno != EPERM && errno != EACCES))
                return;
        fd = open_folder(parent_fd, name);
        if (fd < 0)
                return;
        if (depth >= DEPTH_MAX || fstat(fd, &status) < 0 || status.st_dev != device || !(folder = fdopendir(fd))) {
                fd_close(fd);
                return;
        }
        /* What is in it can be removed only by who may write into it. */
        if ((status.st_mode & S_IRWXU) != S_IRWXU)
                (void) fchmod(fd, 0700);
        while ((entry = readdir(folder)))
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                        remove_entry(fd, entry->d_name, device, depth + 1);
        closedir(folder);
        (void) unlinkat(parent_fd, name, AT_REMOVEDIR);
}

void tree_remove(int parent_fd, const char *name, dev_t device)
{
        remove_entry(parent_fd, name, device, 0);
}
