/* SPDX-License-Identifier: MIT */

/* stamp FILE: appends "PID NANOSECONDS\n" (CLOCK_MONOTONIC at main()) to FILE and waits for its end. */

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
        struct timespec now;
        char line[64];
        int fd, n;

        clock_gettime(CLOCK_MONOTONIC, &now);
        if (argc != 2)
                return 2;
        fd = open(argv[1], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
        n = snprintf(line, sizeof(line), "%d %lld\n", getpid(), (long long) now.tv_sec * 1000000000LL + now.tv_nsec);
        if (fd < 0 || write(fd, line, (size_t) n) != n)
                return 1;
        for (;;)
                pause();
}
