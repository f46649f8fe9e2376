/* SPDX-License-Identifier: MIT */

/* The pager is a child with a pipe for its stdin; ours becomes the other end. A pager that can't be executed is no
 * reason to show nothing: the child then turns itself into cat. */

#include "ctl/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "common/fd.h"

static const char *wanted_pager(void)
{
        const char *pager = getenv("TENDED_PAGER");

        if (!pager)
                pager = getenv("PAGER");
        if (!pager)
                return "less";
        return *pager && strcmp(pager, "cat") != 0 ? pager : NULL;
}

static _noreturn_ void exec_pager(const char *pager)
{
        char byte[4096];
        ssize_t n;

        (void) signal(SIGPIPE, SIG_DFL);
        (void) setenv("LESS", "FRSXMK", true);
        (void) setenv("LESSCHARSET", "utf-8", true);
        /* The variable is a command line, as everywhere. */
        if (strcmp(pager, "less") != 0)
                (void) execl("/bin/sh", "sh", "-c", pager, (char *) NULL);
        (void) execlp("less", "less", (char *) NULL);
        (void) execlp("more", "more", (char *) NULL);

        while ((n = read(STDIN_FILENO, byte, sizeof(byte))) > 0)
                if (write(STDOUT_FILENO, byte, (size_t) n) != n)
                        break;
        _exit(0);
}

void pager_open(const Context *context, Pager *ret)
{
        const Options *options = context->options;
        const char *pager = wanted_pager();
        _cleanup_close_ int reader = -EBADF, writer = -EBADF, saved = -EBADF;
        int ends[2];
        pid_t pid;

        *ret = PAGER_NULL;
        if (!context->out.terminal || options->no_pager || options->quiet || !pager)
                return;
        if (pipe2(ends, O_CLOEXEC) < 0)
                return;
        reader = ends[0];
        writer = ends[1];
        saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
        if (saved < 0)
                return;

        (void) fflush(stdout);
        pid = fork();
        if (pid < 0)
                return;
        if (pid == 0) {
                if (dup2(reader, STDIN_FILENO) < 0)
                        _exit(1);
                exec_pager(pager);
        }

        if (dup2(writer, STDOUT_FILENO) < 0) {
                /* It reads its end of file, and ends. */
                writer = fd_close(writer);
                (void) waitpid(pid, NULL, 0);
                return;
        }
        /* Ctrl-C is the pager's business while it is up. */
        (void) signal(SIGINT, SIG_IGN);
        ret->pid = pid;
        ret->saved = TAKE_FD(saved);
}

void pager_close(Pager *pager)
{
        if (pager->pid == 0)
                return;

        (void) fflush(stdout);
        clearerr(stdout);
        (void) dup2(pager->saved, STDOUT_FILENO);
        pager->saved = fd_close(pager->saved);
        while (waitpid(pager->pid, NULL, 0) < 0 && errno == EINTR)
                ;
        (void) signal(SIGINT, SIG_DFL);
        pager->pid = 0;
}
