/* SPDX-License-Identifier: MIT */

/* The yardstick for talking with a child, and the two ends of it: a child that echoes, a relay that does nothing but
 * relay, by epoll, and a driver that puts a line in and waits until it comes back.
 *
 *   relay echo                        reads and writes back
 *   relay relay COMMAND…              relays between its own stdin and stdout and COMMAND's
 *   relay drive N SIZE COMMAND…       N lines of SIZE bytes through COMMAND; prints the seconds */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BUFFER (64 * 1024)

static void fail(const char *what)
{
        perror(what);
        exit(1);
}

static void write_all(int fd, const char *data, size_t size)
{
        while (size > 0) {
                ssize_t n = write(fd, data, size);

                if (n < 0)
                        fail("write");
                data += n;
                size -= (size_t) n;
        }
}

static pid_t start(char **argv, int *ret_to, int *ret_from)
{
        int in[2], out[2];
        pid_t pid;

        if (pipe(in) < 0 || pipe(out) < 0)
                fail("pipe");
        pid = fork();
        if (pid < 0)
                fail("fork");
        if (pid == 0) {
                dup2(in[0], STDIN_FILENO);
                dup2(out[1], STDOUT_FILENO);
                close(in[0]);
                close(in[1]);
                close(out[0]);
                close(out[1]);
                execvp(argv[0], argv);
                fail(argv[0]);
        }
        close(in[0]);
        close(out[1]);
        *ret_to = in[1];
        *ret_from = out[0];
        return pid;
}

static int echo(void)
{
        static char buffer[BUFFER];
        ssize_t n;

        while ((n = read(STDIN_FILENO, buffer, sizeof(buffer))) > 0)
                write_all(STDOUT_FILENO, buffer, (size_t) n);
        return 0;
}

static int relay(char **argv)
{
        static char buffer[BUFFER];
        int to, from, loop = epoll_create1(EPOLL_CLOEXEC);
        pid_t pid = start(argv, &to, &from);

        if (loop < 0 ||
            epoll_ctl(loop, EPOLL_CTL_ADD, STDIN_FILENO,
                      &(struct epoll_event){.events = EPOLLIN, .data.fd = STDIN_FILENO}) < 0 ||
            epoll_ctl(loop, EPOLL_CTL_ADD, from, &(struct epoll_event){.events = EPOLLIN, .data.fd = from}) < 0)
                fail("epoll");
        for (;;) {
                struct epoll_event event;
                ssize_t n;

                if (epoll_wait(loop, &event, 1, -1) < 0)
                        continue;
                n = read(event.data.fd, buffer, sizeof(buffer));
                if (n > 0) {
                        write_all(event.data.fd == from ? STDOUT_FILENO : to, buffer, (size_t) n);
                } else if (event.data.fd == from) {
                        break;
                } else {
                        epoll_ctl(loop, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
                        close(to);
                }
        }
        waitpid(pid, NULL, 0);
        return 0;
}

static void put_and_get(int to, int from, const char *line, size_t size)
{
        static char buffer[BUFFER];
        size_t got = 0;

        write_all(to, line, size);
        while (got < size) {
                ssize_t n = read(from, buffer, sizeof(buffer));

                if (n <= 0)
                        fail("read");
                got += (size_t) n;
        }
}

static int drive(unsigned long n, size_t size, char **argv)
{
        struct timespec begin, end;
        char *line = malloc(size);
        int to, from;

        if (!line || size == 0)
                fail("malloc");
        memset(line, 'x', size - 1);
        line[size - 1] = '\n';
        (void) start(argv, &to, &from);
        /* Whatever has to be made is made by the first. */
        put_and_get(to, from, line, size);
        clock_gettime(CLOCK_MONOTONIC, &begin);
        for (unsigned long i = 0; i < n; i++)
                put_and_get(to, from, line, size);
        clock_gettime(CLOCK_MONOTONIC, &end);
        close(to);
        printf("%.6f\n", (double) (end.tv_sec - begin.tv_sec) + (double) (end.tv_nsec - begin.tv_nsec) / 1e9);
        free(line);
        while (wait(NULL) > 0)
                ;
        return 0;
}

int main(int argc, char **argv)
{
        if (argc == 2 && strcmp(argv[1], "echo") == 0)
                return echo();
        if (argc > 2 && strcmp(argv[1], "relay") == 0)
                return relay(argv + 2);
        if (argc > 4 && strcmp(argv[1], "drive") == 0)
                return drive(strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10), argv + 4);
        fputs("usage: relay echo | relay relay COMMAND... | relay drive N SIZE COMMAND...\n", stderr);
        return 2;
}
