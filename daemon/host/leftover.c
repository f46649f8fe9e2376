/* SPDX-License-Identifier: MIT */

/* Who is one of them? The main process itself, told by pid and start time; while it lives, its session and all who
 * descend from it; and whoever bears the run's INVOCATION_ID, with their descendants. When the main process is gone a
 * session's number says nothing, as another may have taken it.
 *
 * We may bear that id ourselves (a daemon started from within a service of the earlier one): we and our forefathers
 * and our helpers, which share our session, are never meant. */

#include "host/leftover.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/id128.h"
#include "host/proc.h"

typedef struct Citizen {
        ProcStat stat;
        Id128 id;      /* null: none, or it can't be read */
        bool is_ours;  /* we, our forefathers, our helpers */
        bool is_found; /* of the leftover that is looked for */
} Citizen;

struct Census {
        Citizen *items; /* sorted by pid */
        size_t n;
};

Census *census_free(Census *census)
{
        if (!census)
                return NULL;
        free(census->items);
        free(census);
        return NULL;
}

static int compare(const void *a, const void *b)
{
        const Citizen *x = a, *y = b;

        return (x->stat.pid > y->stat.pid) - (x->stat.pid < y->stat.pid);
}

static Citizen *census_find(const Census *census, pid_t pid)
{
        Citizen key = {.stat.pid = pid};

        return census->n > 0 ? bsearch(&key, census->items, census->n, sizeof(Citizen), compare) : NULL;
}

/* Is `pid` a forefather of `citizen`, or the same? Bounded, as a look that took its time may show a ring. */
static bool descends_from(const Census *census, const Citizen *citizen, pid_t pid)
{
        for (unsigned depth = 0; citizen && depth < 4096; depth++) {
                if (citizen->stat.pid == pid)
                        return true;
                citizen = census_find(census, citizen->stat.parent);
        }
        return false;
}

static int census_new(Census **ret)
{
        _cleanup_(census_freep) Census *census = calloc(1, sizeof(Census));
        _cleanup_(pid_list_done) PidList all = {0};
        const Citizen *self;
        int r;

        if (!census)
                return -ENOMEM;
        r = proc_all(&all);
        if (r < 0)
                return r;
        census->items = calloc(MAX(all.n, 1U), sizeof(Citizen));
        if (!census->items)
                return -ENOMEM;
        for (size_t i = 0; i < all.n; i++) {
                Citizen *citizen = &census->items[census->n];

                if (proc_stat(all.items[i], &citizen->stat) < 0)
                        continue;
                if (proc_invocation_id(all.items[i], &citizen->id) <= 0)
                        citizen->id = (Id128){0};
                census->n++;
        }
        if (census->n > 1)
                qsort(census->items, census->n, sizeof(Citizen), compare);

        self = census_find(census, getpid());
        for (size_t i = 0; i < census->n; i++)
                census->items[i].is_ours = descends_from(census, self, census->items[i].stat.pid) ||
                                           (census->items[i].stat.session == getsid(0) &&
                                            descends_from(census, &census->items[i], getpid()));
        *ret = TAKE_PTR(census);
        return 0;
}

/* Marks whom the leftover means, and appends them. */
static int census_search(Census *census, const Leftover *leftover, ProcessNames *list)
{
        const Citizen *main_process = census_find(census, leftover->pid);
        bool any_new = true;
        int r;

        if (main_process && (main_process->stat.start != leftover->start || main_process->is_ours))
                main_process = NULL;
        for (size_t i = 0; i < census->n; i++) {
                Citizen *citizen = &census->items[i];

                citizen->is_found =
                        !citizen->is_ours &&
                        ((main_process && (citizen == main_process || citizen->stat.session == leftover->pid)) ||
                         (!id128_is_null(&leftover->invocation_id) &&
                          id128_equal(&citizen->id, &leftover->invocation_id)));
        }
        while (any_new) {
                any_new = false;
                for (size_t i = 0; i < census->n; i++) {
                        Citizen *citizen = &census->items[i];
                        const Citizen *parent = census_find(census, citizen->stat.parent);

                        if (citizen->is_found || citizen->is_ours || !parent || !parent->is_found)
                                continue;
                        citizen->is_found = true;
                        any_new = true;
                }
        }
        for (size_t i = 0; i < census->n; i++) {
                const ProcStat *stat = &census->items[i].stat;

                if (!census->items[i].is_found || stat->state == 'Z')
                        continue;
                r = process_names_add(list,
                                      (ProcessName){.pid = stat->pid, .start = stat->start, .state = stat->state});
                if (r < 0)
                        return r;
        }
        return 0;
}

int leftover_init(Leftover *leftover, const StateFile *state, bool by_id, Census **census)
{
        ProcStat stat;
        int r;

        *leftover = (Leftover){.pid = state->pid, .start = state->start};
        if (by_id)
                leftover->invocation_id = state->invocation_id;
        /* The usual case, that nothing is left, without looking at everybody. */
        else if (proc_stat(state->pid, &stat) < 0 || stat.start != state->start || stat.state == 'Z')
                return 0;
        if (!*census) {
                r = census_new(census);
                if (r < 0)
                        return r;
        }
        r = census_search(*census, leftover, &leftover->known);
        if (r < 0)
                return r;
        return leftover->known.n > 0;
}

void leftover_done(Leftover *leftover)
{
        process_names_done(&leftover->known);
        *leftover = (Leftover){0};
}

int leftover_collect(Leftover *leftover, ProcessNames *list)
{
        _cleanup_(census_freep) Census *census = NULL;
        ProcessNames found = {0};
        int r;

        r = census_new(&census);
        if (r >= 0)
                r = census_search(census, leftover, &found);
        /* Whoever was seen before and lives is one of them, whatever it has changed. */
        for (size_t i = 0; r >= 0 && i < leftover->known.n; i++) {
                const ProcessName *name = &leftover->known.items[i];
                const Citizen *citizen = census_find(census, name->pid);

                if (citizen && citizen->stat.start == name->start && citizen->stat.state != 'Z' && !citizen->is_found)
                        r = process_names_add(&found, *name);
        }
        for (size_t i = 0; r >= 0 && i < found.n; i++)
                r = process_names_add(list, found.items[i]);
        if (r < 0) {
                process_names_done(&found);
                return r;
        }
        process_names_done(&leftover->known);
        leftover->known = found;
        return 0;
}

static int collect(void *userdata, ProcessNames *list)
{
        return leftover_collect(userdata, list);
}

int leftover_signal(Leftover *leftover, int signal)
{
        return process_names_signal(collect, leftover, signal);
}

static bool lives(const ProcessName *name)
{
        ProcStat stat;

        return proc_stat(name->pid, &stat) >= 0 && stat.start == name->start && stat.state != 'Z';
}

bool leftover_is_empty(Leftover *leftover)
{
        _cleanup_(process_names_done) ProcessNames now = {0};

        /* Everybody is looked at only when those who were known are gone. */
        for (size_t i = 0; i < leftover->known.n; i++)
                if (lives(&leftover->known.items[i]))
                        return false;
        return leftover_collect(leftover, &now) >= 0 && now.n == 0;
}

int leftover_open_one(Leftover *leftover)
{
        for (size_t i = 0; i < leftover->known.n; i++) {
                int fd = (int) syscall(SYS_pidfd_open, leftover->known.items[i].pid, 0);

                if (fd < 0)
                        continue;
                if (lives(&leftover->known.items[i]))
                        return fd;
                fd_close(fd);
        }
        return -ESRCH;
}
