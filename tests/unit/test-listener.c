/* SPDX-License-Identifier: MIT */

#include "control/listener.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/socket-path.h"

/* A path for a socket in a new folder. */
static void scratch(char *path, const char *name)
{
        char folder[] = "/tmp/test-listener-XXXXXX";

        cr_assert_not_null(mkdtemp(folder));
        sprintf(path, "%s/%s", folder, name);
}

Test(listener, one_at_a_time_has_the_lock_and_is_named_to_the_other)
{
        SocketLock first = SOCKET_LOCK_NULL, second = SOCKET_LOCK_NULL;
        char path[128], lock[160];
        pid_t holder = 0;

        scratch(path, "control");
        cr_assert_eq(socket_lock_take(&first, path, &holder), 0);
        cr_assert_eq(socket_lock_take(&second, path, &holder), -EWOULDBLOCK);
        cr_assert_eq(holder, getpid());
        socket_lock_done(&first);

        sprintf(lock, "%s.lock", path);
        cr_assert_lt(access(lock, F_OK), 0);
        cr_assert_eq(socket_lock_take(&second, path, &holder), 0);
        socket_lock_done(&second);
        socket_lock_done(&second);
}

Test(listener, a_lock_that_was_left_behind_is_taken)
{
        SocketLock lock = SOCKET_LOCK_NULL;
        char path[128], file[160];
        pid_t holder = 0;

        scratch(path, "control");
        sprintf(file, "%s.lock", path);
        int fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
        cr_assert_eq(write(fd, "1\nrubbish", 9), 9);
        fd_close(fd);

        cr_assert_eq(socket_lock_take(&lock, path, &holder), 0);
        char text[32] = "";
        fd = open(file, O_RDONLY | O_CLOEXEC);
        cr_assert_gt(read(fd, text, sizeof(text) - 1), 0);
        cr_assert_eq(atoi(text), getpid());
        cr_assert_null(strstr(text, "rubbish"));
        fd_close(fd);
        socket_lock_done(&lock);
}

Test(listener, a_link_in_the_locks_place_is_not_followed)
{
        SocketLock lock = SOCKET_LOCK_NULL;
        char path[128], file[160];
        pid_t holder = 0;

        scratch(path, "control");
        sprintf(file, "%s.lock", path);
        cr_assert_eq(symlink("/tmp/somebody-elses-file", file), 0);
        cr_assert_eq(socket_lock_take(&lock, path, &holder), -ELOOP);
        cr_assert_lt(access("/tmp/somebody-elses-file", F_OK), 0);
}

Test(listener, a_left_over_socket_is_replaced_and_the_mode_is_as_asked)
{
        Listener first = LISTENER_NULL, second = LISTENER_NULL;
        _cleanup_close_ int client = -EBADF;
        char path[128];
        struct stat st;

        scratch(path, "control");
        cr_assert_eq(listener_init(&first, path, 0600), 0);
        cr_assert_eq(stat(path, &st), 0);
        cr_assert_eq(st.st_mode & 07777, 0600);

        cr_assert_eq(listener_init(&second, path, 0666), 0);
        cr_assert_eq(stat(path, &st), 0);
        cr_assert_eq(st.st_mode & 07777, 0666);
        cr_assert_eq(socket_path_connect(path, USEC_PER_SEC, &client), 0);
        client = fd_close(client);
        client = accept(second.fd, NULL, NULL);
        cr_assert_geq(client, 0, "the connection went to the socket that was replaced");

        fd_close(first.fd);
        free(first.path);
        listener_done(&second);
        cr_assert_lt(access(path, F_OK), 0);
}

Test(listener, what_is_no_socket_stays)
{
        Listener listener = LISTENER_NULL;
        char path[128];
        struct stat st;

        scratch(path, "control");
        fd_close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
        cr_assert_eq(listener_init(&listener, path, 0666), -ENOTSOCK);
        cr_assert_eq(stat(path, &st), 0);
        cr_assert(S_ISREG(st.st_mode));
        cr_assert_lt(listener.fd, 0);
}

Test(listener, there_is_never_no_socket_while_one_is_replaced, .timeout = 30)
{
        Listener listener = LISTENER_NULL;
        int pipes[2], status;
        char path[128];

        scratch(path, "control");
        cr_assert_eq(listener_init(&listener, path, 0600), 0);
        cr_assert_eq(pipe2(pipes, O_CLOEXEC), 0);

        pid_t child = fork();
        if (child == 0) {
                for (int i = 0; i < 20000; i++)
                        if (access(path, F_OK) < 0)
                                _exit(1);
                _exit(0);
        }
        for (int i = 0; i < 500; i++) {
                fd_close(listener.fd);
                free(listener.path);
                listener = LISTENER_NULL;
                cr_assert_eq(listener_init(&listener, path, 0600), 0);
        }
        cr_assert_eq(waitpid(child, &status, 0), child);
        cr_assert_eq(status, 0, "a client found nothing at the path");
        listener_done(&listener);
}
