/* SPDX-License-Identifier: MIT */

/* Removes folders with all that is in them: `remove ROOT NAME…`, each name right below ROOT. They were services' own,
 * so no link is followed, and what is mounted in them is left alone, with the folders above it. A file system that
 * hangs ends this process in the end, and nothing else. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "helper/helper.h"

#define DEPTH_MAX    256
#define PATIENCE_SEC 300

static void remove_entry(int parent_fd, const char *name, dev_t device, unsigned depth)
{
        struct stat status;
        struct dirent *entry;
        DIR *folder;
        int fd;

        if (unlinkat(parent_fd, name, 0) == 0 || (errno != EISDIR && errno != EPERM))
                return;
        fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return;
        if (depth >= DEPTH_MAX || fstat(fd, &status) < 0 || status.st_dev != device || !(folder = fdopendir(fd))) {
                fd_close(fd);
                return;
        }
        while ((entry = readdir(folder)))
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                        remove_entry(dirfd(folder), entry->d_name, device, depth + 1);
        closedir(folder);
        (void) unlinkat(parent_fd, name, AT_REMOVEDIR);
}

int helper_remove(int argc, char **argv)
{
        _cleanup_close_ int root_fd = -EBADF;
        struct stat status;

        if (argc < 3)
                return 2;
        (void) alarm(PATIENCE_SEC);
        root_fd = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (root_fd < 0 || fstat(root_fd, &status) < 0)
                return EXIT_FAILURE;
        for (int i = 2; i < argc; i++)
                if (!strchr(argv[i], '/') && strcmp(argv[i], "..") != 0 && strcmp(argv[i], ".") != 0)
                        remove_entry(root_fd, argv[i], status.st_dev, 0);
        return EXIT_SUCCESS;
}
