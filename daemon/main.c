/* SPDX-License-Identifier: MIT */

/* tended: the command line, and what a process needs before anything else. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon.h"
#include "options.h"
#include "run.h"

#define EXIT_USAGE 2

/* Descriptors 0, 1 and 2 are what they are said to be, or /dev/null: nothing of ours may get these numbers. */
static int open_standard_descriptors(void)
{
        for (int fd = 0; fd <= 2; fd++) {
                if (fcntl(fd, F_GETFD) >= 0)
                        continue;
                if (open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY) != fd)
                        return -EBADF;
        }
        return 0;
}

static int act(const Options *options, const TrialInheritance *inheritance)
{
        switch (options->action) {
        case ACTION_RUN:
                return daemon_run(options, NULL);
        case ACTION_CHECK:
                return daemon_check(options);
        case ACTION_HELP:
                return fputs(options_help(), stdout) < 0 || fflush(stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        case ACTION_VERSION:
                return puts("tended " TENDED_VERSION) < 0 || fflush(stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        case ACTION_TEST:
                return trial_main(options->config_paths, options->trial_arguments, inheritance);
        }
        return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
        _cleanup_(options_done) Options options = OPTIONS_NULL;
        _cleanup_free_ char *error = NULL;
        TrialInheritance inheritance;
        sighandler_t before;

        if (open_standard_descriptors() < 0)
                return EXIT_FAILURE;
        before = signal(SIGPIPE, SIG_IGN);
        if (before == SIG_ERR)
                return EXIT_FAILURE;
        inheritance = (TrialInheritance){.ignores_pipe = before == SIG_IGN, .umask = umask(022)};

        if (options_parse(&options, argc, argv, &error) < 0) {
                fprintf(stderr, "tended: %s\nTry tended --help.\n", error ? error : "out of memory");
                return EXIT_USAGE;
        }
        return act(&options, &inheritance);
}
