/* SPDX-License-Identifier: MIT */

/* Removes folders with all that is in them: `remove ROOT NAME…`, each name right below ROOT. They were services' own,
 * so no link is followed, and what is mounted in them is left alone, with the folders above it. A file system that
 * hangs ends this process in the end, and nothing else. */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/remove-tree.h"
#include "helper/helper.h"

#define PATIENCE_SEC 300

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
                        tree_remove(root_fd, argv[i], status.st_dev);
        return EXIT_SUCCESS;
}
