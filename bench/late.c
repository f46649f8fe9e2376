/* SPDX-License-Identifier: MIT */

/* A server that takes its time: late PORT MSEC FILE listens on 127.0.0.1:PORT after so long, notes in FILE when that
 * was (CLOCK_REALTIME, microseconds), and stays. */

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int fd = socket(AF_INET, SOCK_STREAM, 0), file, on = 1;
        struct timespec now;

        if (argc != 4 || fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
                return 1;
        address.sin_port = htons((unsigned short) atoi(argv[1]));
        usleep((unsigned) atoi(argv[2]) * 1000);
        if (bind(fd, (struct sockaddr *) &address, sizeof(address)) < 0 || listen(fd, 8) < 0)
                return 1;
        clock_gettime(CLOCK_REALTIME, &now);
        file = open(argv[3], O_WRONLY | O_CREAT | O_TRUNC, 0644);
        if (file < 0 || dprintf(file, "%lld\n", (long long) now.tv_sec * 1000000 + now.tv_nsec / 1000) < 0)
                return 1;
        close(file);
        for (;;)
                pause();
}
