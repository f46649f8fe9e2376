/* SPDX-License-Identifier: MIT */

/* The relay and the guard are child subreapers: whatever their children leave behind becomes theirs, so descent alone
 * says who belongs to a trial, and nobody can leave it. A process that forks while we look is found when its parent
 * has died of our signal, as it is our child then. */

#include "run-below.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "common/fd.h"

#define PATIENCE_MSEC 5000
/* How long a kill may go unnoticed where no SIGCHLD is heard. */
#define LOOK_MSEC     5

int trial_below_collect(pid_t spare, PidList *list)
{
        _cleanup_(pid_list_done) PidList roots = {0};
        size_t n_children;
        int r;

        r = proc_children(getpid(), &roots);
        if (r < 0)
                return r;
        if (spare > 0)
                pid_list_remove(&roots, spare);
        n_children = roots.n;

        /* The list grows while it is walked: children come behind their parents. */
        for (size_t i = 0; i < roots.n; i++) {
                ProcStat stat;

                if (proc_stat(roots.items[i], &stat) < 0)
                        continue;
                r = 0;
                if (i < n_children || stat.state != 'Z')
                        r = pid_list_add(list, stat.pid);
                if (r >= 0)
                        r = proc_children(stat.pid, &roots);
                if (r < 0)
                        return r;
        }
        return 0;
}

size_t trial_below_kill(pid_t spare)
{
        _cleanup_(pid_list_done) PidList list = {0};

        (void) trial_below_collect(spare, &list);
        /* Descendants first: a daemon among them outlives its services, and would end them if we were killed here. */
        for (size_t i = list.n; i > 0; i--) {
                ProcStat stat;

                /* Who has gone meanwhile may have left the number to a stranger. */
                if (proc_stat(list.items[i - 1], &stat) >= 0)
                        (void) proc_signal(stat.pid, stat.start, SIGKILL);
        }
        return list.n;
}

bool trial_below_end(void)
{
        for (int waited = 0; waited < PATIENCE_MSEC; waited += LOOK_MSEC) {
                pid_t pid;

                do
                        pid = waitpid(-1, NULL, WNOHANG);
                while (pid > 0 || (pid < 0 && errno == EINTR));
                if (pid < 0)
                        return true;
                (void) trial_below_kill(0);
                (void) poll(NULL, 0, LOOK_MSEC);
        }
        return false;
}
