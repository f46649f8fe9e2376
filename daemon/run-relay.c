/* SPDX-License-Identifier: MIT */

/* What the caller of `tended run` started. It makes the guard, hands on the signals that are sent to it, and exits as
 * the guard says. It does nothing else, so that it stops and goes on with its job (Ctrl-Z, fg) and dies of SIGKILL
 * without any harm: the guard sees its end, and ends everything. Where the guard dies, the relay does that, as a
 * subreaper that has inherited everybody.
 *
 * What the terminal sends (si_code SI_KERNEL) the command has got itself, being in the same process group. */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/strv.h"
#include "run-below.h"
#include "run-cgroup.h"
#include "run-guard.h"
#include "run-link.h"
#include "run.h"

#define EXIT_USAGE 2

static const int relayed[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

/* The relayed signals become readable; what the caller had us ignore, as nohup does, stays ignored. */
static int open_signals(Trial *trial)
{
        struct sigaction action;
        sigset_t set;

        sigemptyset(&set);
        for (size_t i = 0; i < ELEMENTSOF(relayed); i++)
                if (sigaction(relayed[i], NULL, &action) >= 0 && action.sa_handler != SIG_IGN)
                        sigaddset(&set, relayed[i]);
        if (sigprocmask(SIG_BLOCK, &set, &trial->signal_mask) < 0)
                return -errno;
        return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void hand_on(int signal_fd, int guard_fd)
{
        struct signalfd_siginfo info;

        while (read(signal_fd, &info, sizeof(info)) == sizeof(info))
                (void) trial_send(guard_fd,
                                  &(TrialHead){.word = WORD_SIGNAL,
                                               .number = (int) info.ssi_signo,
                                               .usec = guard_now(),
                                               .by_terminal = info.ssi_code == SI_KERNEL},
                                  NULL);
}

/* Until the guard has said how it ended, or is dead. */
static int relay(int signal_fd, int guard_fd)
{
        _cleanup_free_ TrialMessage *message = malloc(sizeof(TrialMessage));
        struct pollfd fds[] = {{.fd = signal_fd, .events = POLLIN}, {.fd = guard_fd, .events = POLLIN}};
        int status = -1;

        if (!message)
                return -ENOMEM;
        for (;;) {
                int r;

                if (poll(fds, ELEMENTSOF(fds), -1) < 0 && errno != EINTR)
                        return -errno;
                if (fds[0].revents)
                        hand_on(signal_fd, guard_fd);
                if (!fds[1].revents)
                        continue;
                r = trial_receive(guard_fd, message);
                if (r > 0 && message->word == WORD_STATUS)
                        status = message->number;
                if (r == 0)
                        return status;
        }
}

/* The guard is dead before its time: all that it had is ours now. */
static int end_everything(Trial *trial)
{
        bool ended = trial_below_end();

        trial_cgroup_end(trial->folder.socket);
        trial_folder_remove(&trial->folder);
        trial_say(trial, "its guard was killed, so everything was ended%s", ended ? "" : ", but for what can't be");
        return TRIAL_EXIT_FAILED;
}

static int start_guard(Trial *trial, int *ret_guard_fd, pid_t *ret_pid)
{
        int pair[2], r;
        pid_t pid;

        r = trial_link_new(pair);
        if (r < 0)
                return r;
        pid = fork();
        if (pid == 0) {
                fd_close(pair[0]);
                trial_guard(trial, pair[1]);
                _exit(EXIT_SUCCESS);
        }
        r = pid < 0 ? -errno : 0;
        fd_close(pair[1]);
        if (r < 0) {
                fd_close(pair[0]);
                return r;
        }
        *ret_guard_fd = pair[0];
        *ret_pid = pid;
        return 0;
}

static int relay_trial(Trial *trial)
{
        _cleanup_close_ int signal_fd = -EBADF, guard_fd = -EBADF;
        pid_t guard = 0;
        int status;

        trial->relay_pid = getpid();
        trial->command_group = getpgrp();
        /* Ended children are to be told of. */
        trial->ignores_children = signal(SIGCHLD, SIG_DFL) == SIG_IGN;
        signal_fd = open_signals(trial);
        if (signal_fd < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
                return -errno;
        status = start_guard(trial, &guard_fd, &guard);
        if (status < 0)
                return status;

        status = relay(signal_fd, guard_fd);
        if (status < 0)
                return end_everything(trial);
        while (waitpid(guard, NULL, 0) < 0 && errno == EINTR)
                continue;
        return status;
}

static int make_trial(Trial *trial)
{
        _cleanup_free_ char *error = NULL;
        int r;

        r = trial_folder_make(&trial->folder, trial->options->log_directory, &error);
        if (r >= 0)
                r = relay_trial(trial);
        if (r < 0) {
                trial_folder_remove(&trial->folder);
                trial_say(trial, "%s", error ? error : strerror(-r));
                r = TRIAL_EXIT_FAILED;
        }
        trial_folder_done(&trial->folder);
        return r;
}

static int parse(TrialOptions *options, char *const *config_paths, char **arguments, char **ret_error)
{
        int r = strv_copy(config_paths, &options->config_paths);

        return r < 0 ? r : trial_options_parse(options, arguments, ret_error);
}

int trial_main(char *const *config_paths, char **arguments, const TrialInheritance *inheritance)
{
        _cleanup_(trial_options_done) TrialOptions options = TRIAL_OPTIONS_NULL;
        _cleanup_free_ char *error = NULL;
        Trial trial = TRIAL_NULL;

        if (parse(&options, config_paths, arguments, &error) < 0) {
                fprintf(stderr, "tended run: %s\nTry tended run --help.\n", error ? error : "out of memory");
                return EXIT_USAGE;
        }
        if (options.help)
                return fputs(trial_options_help(), stdout) < 0 || fflush(stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        trial.options = &options;
        trial.inheritance = inheritance;
        return make_trial(&trial);
}
