/* SPDX-License-Identifier: MIT */

/* `pid-file PATH`: writes each pid that the file names to standard output, a line each, when it is another than
 * before, until it is killed or nobody listens. The file may not be there yet, or be of an earlier run; it may also
 * be no file at all, or lie on a file system that hangs, which is why this is not done by the daemon. Looking often
 * at first, then ten times a second, costs less than it takes a daemon to start.
 *
 * `pid-file-remove PATH PID`: removes the file if it names that process. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "helper/helper.h"

#define PAUSE_MIN_MSEC 2
#define PAUSE_MAX_MSEC 100
#define PATIENCE_SEC   60 /* of the removal */

/* 0: there is none, or it says nothing that could be one. */
static long read_pid(const char *path)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        struct stat status;
        char text[64], *end;
        ssize_t n;
        long pid;

        if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
                return 0;
        n = read(fd, text, sizeof(text) - 1);
        if (n <= 0)
                return 0;
        text[n] = '\0';
        errno = 0;
        pid = strtol(text, &end, 10);
        if (errno != 0 || end == text || pid <= 1 || pid > INT32_MAX || end[strspn(end, " \t\r\n")] != '\0')
                return 0;
        return pid;
}

int helper_pid_file(int argc, char **argv)
{
        int pause = PAUSE_MIN_MSEC;
        long told = 0;

        if (argc != 2)
                return 2;
        for (;;) {
                struct pollfd reader = {.fd = STDOUT_FILENO};
                long pid = read_pid(argv[1]);

                if (pid > 0 && pid != told) {
                        if (dprintf(STDOUT_FILENO, "%ld\n", pid) < 0)
                                return EXIT_FAILURE;
                        told = pid;
                }
                /* An error is the daemon's end of the pipe that is gone. */
                if (poll(&reader, 1, pause) > 0)
                        return EXIT_SUCCESS;
                pause = MIN(2 * pause, PAUSE_MAX_MSEC);
        }
}

int helper_pid_file_remove(int argc, char **argv)
{
        if (argc != 3)
                return 2;
        (void) alarm(PATIENCE_SEC);
        if (read_pid(argv[1]) == strtol(argv[2], NULL, 10) && unlink(argv[1]) < 0)
                return EXIT_FAILURE;
        return EXIT_SUCCESS;
}
