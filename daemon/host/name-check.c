/* SPDX-License-Identifier: MIT */

/* Runs `tended-helper names` (helper/names.c tells what is spoken) as a child: all questions go in through a file,
 * the answers come back through a pipe, and whatever the name service is still busy with after two seconds is killed.
 */

#include "host/name-check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/text.h"

extern char **environ;

#define PATIENCE_USEC (2 * USEC_PER_SEC)
#define ANSWER_MAX    ((size_t) 16 * 1024 * 1024)

void name_check_done(NameCheck *names)
{
        strv_free(names->questions);
        strv_free(names->missing);
        *names = (NameCheck){};
}

static int question(NameCheckKind kind, const char *name, char **ret)
{
        return asprintf(ret, "%s\t%s", kind == NAME_USER ? "user" : "group", name) < 0 ? -ENOMEM : 0;
}

int name_check_add(NameCheck *names, NameCheckKind kind, const char *name)
{
        _cleanup_free_ char *line = NULL;
        int r;

        /* A group by number needs no entry; nor does a user, who then has that number's group. */
        if (strspn(name, "0123456789") == strlen(name))
                return 0;
        r = question(kind, name, &line);
        if (r < 0)
                return r;
        return strv_contains(names->questions, line) ? 0 : strv_extend(&names->questions, line);
}

bool name_check_is_missing(const NameCheck *names, NameCheckKind kind, const char *name)
{
        _cleanup_free_ char *line = NULL;

        return question(kind, name, &line) >= 0 && strv_contains(names->missing, line);
}

/* A file with all questions, to be read from its beginning. */
static int write_questions(const NameCheck *names, int *ret_fd)
{
        _cleanup_close_ int fd = memfd_create("names", MFD_CLOEXEC);

        if (fd < 0)
                return -errno;
        STRV_FOREACH (line, names->questions)
                if (dprintf(fd, "%s\n", *line) < 0)
                        return -EIO;
        if (lseek(fd, 0, SEEK_SET) < 0)
                return -errno;
        *ret_fd = TAKE_FD(fd);
        return 0;
}

static int start_helper(const char *helper, int input_fd, int output_fd, pid_t *ret)
{
        char *argv[] = {(char *) helper, (char *) "names", NULL};
        posix_spawn_file_actions_t actions;
        int r;

        r = posix_spawn_file_actions_init(&actions);
        if (r != 0)
                return -r;
        r = posix_spawn_file_actions_adddup2(&actions, input_fd, STDIN_FILENO);
        if (r == 0)
                r = posix_spawn_file_actions_adddup2(&actions, output_fd, STDOUT_FILENO);
        if (r == 0)
                r = posix_spawn(ret, helper, &actions, NULL, argv, environ);
        posix_spawn_file_actions_destroy(&actions);
        return -r;
}

static usec_t now(void)
{
        struct timespec ts;

        clock_gettime(CLOCK_MONOTONIC, &ts);
        return (usec_t) ts.tv_sec * USEC_PER_SEC + ts.tv_nsec / 1000;
}

/* Reads answers until the helper has no more, or patience ends. */
static int read_answers(int fd, Text *answers)
{
        usec_t deadline = now() + PATIENCE_USEC;
        char buffer[4096];

        for (;;) {
                struct pollfd pollfd = {.fd = fd, .events = POLLIN};
                usec_t left = usec_sub(deadline, now());
                int ready = poll(&pollfd, 1, (int) (left / USEC_PER_MSEC));
                ssize_t n;

                if (ready < 0 && errno != EINTR)
                        return -errno;
                if (ready == 0)
                        return -ETIMEDOUT;
                if (ready < 0)
                        continue;
                n = read(fd, buffer, sizeof(buffer));
                if (n == 0)
                        return 0;
                if (n < 0)
                        return -errno;
                if (answers->n + n > ANSWER_MAX)
                        return -E2BIG;
                text_add(answers, buffer, n);
        }
}

/* Takes the `…<TAB>none` lines out of the answers. */
static int read_missing(NameCheck *names, char *answers)
{
        for (char *line = answers, *next; line && *line; line = next) {
                char *tab;

                next = strchr(line, '\n');
                if (!next)
                        break; /* cut off when patience ended */
                *next++ = '\0';
                tab = strrchr(line, '\t');
                if (tab && strcmp(tab, "\tnone") == 0) {
                        int r;

                        *tab = '\0';
                        r = strv_extend(&names->missing, line);
                        if (r < 0)
                                return r;
                }
        }
        return 0;
}

int name_check_run(NameCheck *names, const char *helper)
{
        _cleanup_close_ int input_fd = -EBADF, read_fd = -EBADF, write_fd = -EBADF;
        _cleanup_(text_done) Text text = TEXT_NULL;
        _cleanup_free_ char *answers = NULL;
        int pair[2], r, answered;
        pid_t pid;

        if (!names->questions)
                return 0;
        r = write_questions(names, &input_fd);
        if (r < 0)
                return r;
        if (pipe2(pair, O_CLOEXEC) < 0)
                return -errno;
        read_fd = pair[0];
        write_fd = pair[1];
        r = start_helper(helper, input_fd, write_fd, &pid);
        if (r < 0)
                return r;
        write_fd = fd_close(write_fd);

        answered = read_answers(read_fd, &text);
        (void) kill(pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                ;
        r = text_take(&text, &answers);
        if (r < 0)
                return r;
        r = read_missing(names, answers);
        return r < 0 ? r : answered;
}
