/* SPDX-License-Identifier: MIT */

/* stamp FILE [line|notify]: appends "PID NANOSECONDS\n" (CLOCK_MONOTONIC) to FILE at main(), or right before it says
 * that it is ready, by a line or to $NOTIFY_SOCKET; then waits for its end. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static int say_line(void)
{
        return write(STDOUT_FILENO, "ready\n", 6) == 6;
}

static int say_notify(void)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        const char *path = getenv("NOTIFY_SOCKET");
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        if (!path || strlen(path) >= sizeof(address.sun_path) || fd < 0)
                return 0;
        strcpy(address.sun_path, path);
        return sendto(fd, "READY=1", 7, 0, (struct sockaddr *) &address, sizeof(address)) == 7;
}

static int stamp(int fd, const struct timespec *now)
{
        char line[64];
        int n = snprintf(line, sizeof(line), "%d %lld\n", getpid(),
                         (long long) now->tv_sec * 1000000000LL + now->tv_nsec);

        return write(fd, line, (size_t) n) == n;
}

int main(int argc, char **argv)
{
        struct timespec now;
        int fd;

        clock_gettime(CLOCK_MONOTONIC, &now);
        if (argc < 2 || argc > 3)
                return 2;
        fd = open(argv[1], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
        if (argc == 3)
                clock_gettime(CLOCK_MONOTONIC, &now);
        if (fd < 0 || !stamp(fd, &now))
                return 1;
        if (argc == 3 && !(strcmp(argv[2], "line") == 0 ? say_line() : say_notify()))
                return 1;
        for (;;)
                pause();
}
