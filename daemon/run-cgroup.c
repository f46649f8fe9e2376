/* SPDX-License-Identifier: MIT */

/* Where there are cgroups, the command lives in `tended-HASH/.command`, beside the services of its daemon: so each of
 * the trial's processes can end everything by one write, whichever others are dead. No service is called so. Where
 * there are none, descent alone tells who belongs to the trial. */

#include "run-cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fd.h"
#include "host/cgroup-own.h"
#include "host/cgroup.h"

#define COMMAND_NAME ".command"

int trial_cgroup_make(const char *socket_path, int *ret_procs_fd)
{
        _cleanup_free_ char *folder = NULL;
        _cleanup_close_ int folder_fd = -EBADF;
        int r;

        r = cgroup_daemon_folder(socket_path, &folder);
        if (r < 0)
                return r;
        if (mkdir(folder, 0755) < 0 && errno != EEXIST)
                return -errno;
        folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder_fd < 0)
                return -errno;
        if (mkdirat(folder_fd, COMMAND_NAME, 0755) < 0 && errno != EEXIST)
                return -errno;
        r = openat(folder_fd, COMMAND_NAME "/cgroup.procs", O_WRONLY | O_CLOEXEC);
        if (r < 0)
                return -errno;
        *ret_procs_fd = r;
        return 0;
}

void trial_cgroup_end(const char *socket_path)
{
        _cleanup_free_ char *folder = NULL;
        _cleanup_close_ int fd = -EBADF;

        if (cgroup_daemon_folder(socket_path, &folder) < 0)
                return;
        fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return;
        if (!cgroup_is_empty(fd)) {
                _cleanup_close_ int kill_fd = openat(fd, "cgroup.kill", O_WRONLY | O_CLOEXEC);

                if (kill_fd >= 0)
                        (void) !write(kill_fd, "1", 1);
        }
        (void) cgroup_remove(AT_FDCWD, folder);
}
