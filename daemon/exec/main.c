/* SPDX-License-Identifier: MIT */

/* tended-exec: stands between the daemon and a service's command. The daemon makes a process and waits only until
 * this small program runs in it; everything that may hang or fail for a service's own reasons happens here: opening
 * its files, making its folders, becoming its user, entering its working folder, and the exec itself.
 *
 * The order is systemd's, with one reason for each place: signals first, so that a stop reaches a process that hangs
 * in a later step; group and state file before anything that can hang, so that whatever hangs is known and can be
 * killed; files and folders as the daemon's user, the working folder as the service's.
 *
 * What fails is told over the report pipe as step, errno and path; the exit code is systemd's. The program is linked
 * statically, has one thread, and looks up no names. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "exec/exec.h"

#define CLOSE_ON_EXEC 4U /* CLOSE_RANGE_CLOEXEC, which not every libc knows */

/* Nothing but the three streams reaches the command, not even what the daemon leaked to us. */
static void mark_fds(const Request *request)
{
        if (syscall(SYS_close_range, 3U, ~0U, CLOSE_ON_EXEC) < 0) {
                /* Before Linux 5.11 there is no such flag: the daemon's own descriptors are marked already, and what
                 * it gave us is named in the request. */
                if (errno != ENOSYS && errno != EINVAL)
                        fail(request, EXEC_STEP_FDS, errno, NULL);
                for (int fd = 3; fd < 1024; fd++)
                        (void) fcntl(fd, F_SETFD, FD_CLOEXEC);
        }
}

int main(int argc, char **argv)
{
        char **environment;
        Request request;

        if (!request_parse(argc, argv, &request)) {
                fputs("tended-exec is started by tended, not by hand.\n", stderr);
                return 2;
        }

        reset_signals(&request);
        mark_fds(&request);
        if (setsid() < 0 && errno != EPERM) /* EPERM: leads one already */
                fail(&request, EXEC_STEP_SETSID, errno, NULL);
        join_cgroup(&request);
        write_state(&request);
        open_streams(&request);
        take_terminal(&request);
        apply_limits(&request);
        make_folders(&request);
        environment = build_environment(&request);
        change_identity(&request);
        change_folder(&request);
        execute(&request, environment);
}
