/* SPDX-License-Identifier: MIT */

/* The guard of a trial: starts the daemon, runs the command when the daemon says that all is ready, and sees to it
 * that nothing is left. It stands in a process group of its own, so that the terminal's signals pass it by, but in
 * the caller's session, so that the command is in that session, too. As a child subreaper it inherits whatever the
 * command or a dead daemon leaves behind.
 *
 *     STARTING   the daemon starts services
 *     RUNNING    the command runs
 *     STOPPING   the command has ended, or never began; the daemon stops services
 *
 * What ends a trial early (a signal, the death of relay or daemon) leads to the same end as everything else, by a
 * shorter way. It waits for signals and messages alone, and says everything that a trial has to say. */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "common/fd.h"
#include "run-below.h"
#include "run-cgroup.h"
#include "run-command.h"
#include "run-guard.h"

/* What the command leaves behind may be on its way out. */
#define LEFTOVER_GRACE_USEC (200 * USEC_PER_MSEC)
/* A kill that helps has helped by then. */
#define KILL_PATIENCE_USEC  (5 * USEC_PER_SEC)
/* A command that --strict has asked to end. */
#define STRICT_GRACE_USEC   (10 * USEC_PER_SEC)
/* What ended the command may be told by the relay so much later. */
#define ECHO_USEC           (500 * USEC_PER_MSEC)

/* The first cause decides. */
static void guard_set_status(Guard *guard, int status)
{
        if (guard->status < 0)
                guard->status = status;
}

static void guard_stop_services(Guard *guard, const char *how)
{
        guard->stage = GUARD_STOPPING;
        if (guard->daemon > 0)
                (void) trial_send(guard->daemon_fd, &(TrialHead){.word = WORD_STOP}, how);
}

/* No patience any more, with anybody. */
static void guard_hurry(Guard *guard)
{
        (void) trial_below_kill(guard->daemon);
        if (guard->daemon > 0)
                (void) trial_send(guard->daemon_fd, &(TrialHead){.word = WORD_KILL}, NULL);
        guard->kill_daemon_at = usec_add(guard_now(), KILL_PATIENCE_USEC);
}

/* A key of the terminal, or a signal to the whole process group, reaches the command and the relay. Where the command
 * has died of it before the relay's word comes, that word is no second one. */
static bool guard_is_echo(const Guard *guard, const GuardSignal *signal)
{
        return signal->at < usec_add(guard->command_ended, ECHO_USEC) &&
               usec_add(guard->signalled_at, ECHO_USEC) < guard->command_ended &&
               (signal->by_terminal || guard->command_status == 128 + signal->number);
}

static void on_signal(Guard *guard, const GuardSignal *signal)
{
        int signo = signal->number;
        bool ends = signo == SIGINT || signo == SIGTERM || signo == SIGHUP, echo = guard_is_echo(guard, signal);

        if (ends)
                guard->signalled_at = signal->at;
        switch (guard->stage) {
        case GUARD_STARTING:
                if (!ends && signo != SIGQUIT)
                        return;
                guard_set_status(guard, 128 + signo);
                guard_stop_services(guard, "it was never run");
                return;
        case GUARD_RUNNING:
                /* The terminal has told the command itself. */
                if (signal->by_terminal)
                        return;
                if (signo == SIGTERM && guard->n_terms++ > 0)
                        guard_hurry(guard);
                else if (guard->command > 0)
                        (void) kill(guard->command, signo);
                return;
        case GUARD_STOPPING:
                if (ends && !echo)
                        guard_hurry(guard);
                return;
        }
}

static void on_ready(Guard *guard, const char *variables)
{
        int r;

        trial_progress(guard->trial, "");
        if (guard->stage != GUARD_STARTING)
                return;
        guard->stage = GUARD_RUNNING;
        guard->ready_at = guard_now();
        guard->command_began = true;
        r = trial_command_start(guard->trial, variables, guard->procs_fd, &guard->command);
        if (r >= 0)
                return;
        trial_say(guard->trial, "can't run the command: %s", strerror(-r));
        guard_set_status(guard, TRIAL_EXIT_FAILED);
        guard_stop_services(guard, "it could not be run");
}

static void on_strict(Guard *guard)
{
        if (guard->command <= 0 || guard->strict_kill_at != USEC_INFINITY)
                return;
        trial_say(guard->trial, "a service has failed, and --strict ends the command because of it");
        guard_set_status(guard, TRIAL_EXIT_FAILED);
        guard->strict_kill_at = usec_add(guard_now(), STRICT_GRACE_USEC);
        (void) kill(guard->command, SIGTERM);
        (void) kill(guard->command, SIGCONT);
}

static void on_message(Guard *guard, const TrialMessage *message)
{
        switch (message->word) {
        case WORD_SIGNAL:
                on_signal(guard, &(GuardSignal){message->number, message->by_terminal, message->usec});
                return;
        case WORD_SAY:
                trial_say(guard->trial, "%s", message->text);
                return;
        case WORD_PROGRESS:
                trial_progress(guard->trial, message->text);
                return;
        case WORD_READY:
                on_ready(guard, message->text);
                return;
        case WORD_REFUSED:
                free(guard->blamed);
                guard->blamed = strdup(message->text);
                guard_set_status(guard, message->number);
                guard_stop_services(guard, "it was never run");
                return;
        case WORD_STRICT:
                on_strict(guard);
                return;
        case WORD_CASE:
                guard_keep_case(guard, message);
                return;
        case WORD_STATUS:
        case WORD_STOP:
        case WORD_KILL:
        case _TRIAL_WORD_N:
                return; /* said by us, not to us */
        }
}

static void read_messages(Guard *guard, int *fd)
{
        int r;

        while (*fd >= 0 && (r = trial_receive(*fd, guard->message)) != -EAGAIN) {
                if (r > 0)
                        on_message(guard, guard->message);
                else
                        *fd = fd_close(*fd);
        }
}

static void on_command_ended(Guard *guard, const siginfo_t *info)
{
        bool exited = info->si_code == CLD_EXITED;

        guard->command = 0;
        guard->stage = GUARD_STOPPING;
        guard->command_ended = guard_now();
        guard->command_killed = !exited;
        guard->command_status = exited ? info->si_status : 128 + info->si_status;
        guard->command_failed = guard->command_status != 0;
        guard_set_status(guard, guard->command_status);
        guard_end_below(guard, guard->daemon, LEFTOVER_GRACE_USEC, "left behind by the command, and killed");
        guard_stop_services(guard, guard_command_text(guard));
}

static void on_daemon_ended(Guard *guard, const siginfo_t *info)
{
        bool orderly = info->si_code == CLD_EXITED && info->si_status == EXIT_SUCCESS;

        guard->daemon = 0;
        /* What it said before is still to be heard. */
        read_messages(guard, &guard->daemon_fd);
        if (orderly && guard->stage != GUARD_STARTING)
                return; /* the command itself may have asked for it */
        if (orderly && guard->status < 0)
                trial_say(guard->trial, "the daemon has ended before all was ready");
        if (info->si_code != CLD_EXITED)
                trial_say(guard->trial, "the daemon was ended by signal %d, so everything is", info->si_status);
        guard_set_status(guard, TRIAL_EXIT_FAILED);
        guard->stage = GUARD_STOPPING;
        if (guard->command > 0)
                (void) trial_below_kill(0);
}

void guard_reap(Guard *guard)
{
        for (;;) {
                siginfo_t info = {0};

                if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) < 0 || info.si_pid == 0) {
                        if (errno != EINTR || info.si_pid == 0)
                                return;
                        continue;
                }
                if (info.si_pid == guard->command)
                        on_command_ended(guard, &info);
                else if (info.si_pid == guard->daemon)
                        on_daemon_ended(guard, &info);
        }
}

void guard_read_signals(Guard *guard)
{
        struct signalfd_siginfo info;

        while (read(guard->signal_fd, &info, sizeof(info)) == sizeof(info))
                if (info.ssi_signo != SIGCHLD)
                        on_signal(guard,
                                  &(GuardSignal){(int) info.ssi_signo, info.ssi_code == SI_KERNEL, guard_now()});
}

static usec_t guard_deadline(const Guard *guard)
{
        return MIN(guard->strict_kill_at, guard->kill_daemon_at);
}

static void look_at_deadlines(Guard *guard)
{
        usec_t now = guard_now();

        if (now >= guard->strict_kill_at) {
                guard->strict_kill_at = USEC_INFINITY;
                if (guard->command > 0)
                        (void) trial_below_kill(guard->daemon);
        }
        if (now >= guard->kill_daemon_at) {
                guard->kill_daemon_at = USEC_INFINITY;
                if (guard->daemon > 0)
                        (void) kill(guard->daemon, SIGKILL);
        }
}

/* Until command and daemon have ended, or the relay has. */
static void guard_loop(Guard *guard)
{
        while (guard->command > 0 || guard->daemon > 0) {
                struct pollfd fds[] = {
                        {.fd = guard->signal_fd, .events = POLLIN},
                        {.fd = guard->relay_fd, .events = POLLIN},
                        {.fd = guard->daemon_fd, .events = POLLIN},
                };

                if (poll(fds, ELEMENTSOF(fds), guard_poll_timeout(guard_deadline(guard))) < 0 && errno != EINTR)
                        return;
                read_messages(guard, &guard->relay_fd);
                if (guard->relay_fd < 0)
                        return;
                read_messages(guard, &guard->daemon_fd);
                guard_read_signals(guard);
                guard_reap(guard);
                look_at_deadlines(guard);
        }
}

/* All of its own signals are heard by descriptor, or not at all: no terminal stops who writes from the background. */
static int guard_open_signals(Guard *guard)
{
        static const int heard[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP};
        sigset_t all, set;

        sigfillset(&all);
        sigemptyset(&set);
        for (size_t i = 0; i < ELEMENTSOF(heard); i++)
                sigaddset(&set, heard[i]);
        if (sigprocmask(SIG_SETMASK, &all, NULL) < 0)
                return -errno;
        guard->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
        return guard->signal_fd < 0 ? -errno : 0;
}

static int guard_start_daemon(Guard *guard)
{
        int pair[2], r;

        r = trial_link_new(pair);
        if (r < 0)
                return r;
        guard->daemon_fd = pair[0];
        guard->daemon = fork();
        if (guard->daemon == 0) {
                fd_close(pair[0]);
                fd_close(guard->relay_fd);
                fd_close(guard->signal_fd);
                _exit(trial_supervise(guard->trial, pair[1]));
        }
        r = guard->daemon < 0 ? -errno : 0;
        fd_close(pair[1]);
        return r;
}

static int guard_start(Guard *guard)
{
        int r;

        if (setpgid(0, 0) < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
                return -errno;
        guard->message = malloc(sizeof(TrialMessage));
        if (!guard->message)
                return -ENOMEM;
        r = guard_open_signals(guard);
        if (r >= 0)
                r = guard_start_daemon(guard);
        if (r < 0)
                return r;
        /* While the daemon is busy with itself. Without a cgroup descent has to do. */
        if (trial_cgroup_make(guard->trial->folder.socket, &guard->procs_fd) < 0)
                guard->procs_fd = -EBADF;
        return 0;
}

void trial_guard(Trial *trial, int relay_fd)
{
        Guard guard = {
                .trial = trial,
                .relay_fd = relay_fd,
                .daemon_fd = -EBADF,
                .signal_fd = -EBADF,
                .procs_fd = -EBADF,
                .status = -1,
                .strict_kill_at = USEC_INFINITY,
                .kill_daemon_at = USEC_INFINITY,
                .started_at = guard_now(),
        };
        int r;

        trial->caller_fd = relay_fd;
        r = guard_start(&guard);
        if (r < 0) {
                trial_say(trial, "can't start: %s", strerror(-r));
                guard.status = TRIAL_EXIT_FAILED;
        } else
                guard_loop(&guard);
        guard_finish(&guard);
}
