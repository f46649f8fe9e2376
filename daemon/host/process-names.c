/* SPDX-License-Identifier: MIT */

/* Sorted vectors of (pid, start time). */

#include "host/process-names.h"

#include <errno.h>

#include "host/proc.h"

#define PASSES_MAX 64

void process_names_done(ProcessNames *names)
{
        free(names->items);
        *names = (ProcessNames){0};
}

int process_names_add(ProcessNames *names, ProcessName name)
{
        if (names->n == names->room) {
                size_t room = MAX(2 * names->room, 8U);
                ProcessName *grown;

                if (names->n >= PID_LIST_MAX)
                        return -E2BIG;
                grown = reallocarray(names->items, room, sizeof(ProcessName));
                if (!grown)
                        return -ENOMEM;
                names->items = grown;
                names->room = room;
        }
        names->items[names->n++] = name;
        return 0;
}

static int compare(const void *a, const void *b)
{
        const ProcessName *x = a, *y = b;

        if (x->pid != y->pid)
                return x->pid < y->pid ? -1 : 1;
        return (x->start > y->start) - (x->start < y->start);
}

void process_names_sort(ProcessNames *names)
{
        if (names->n > 1)
                qsort(names->items, names->n, sizeof(ProcessName), compare);
}

bool process_names_contain(const ProcessNames *names, pid_t pid, uint64_t start)
{
        ProcessName name = {.pid = pid, .start = start};

        return names->n > 0 && bsearch(&name, names->items, names->n, sizeof(ProcessName), compare);
}

int process_names_signal(int (*collect)(void *userdata, ProcessNames *list), void *userdata, int signal)
{
        _cleanup_(process_names_done) ProcessNames done = {0};
        int first_error = 0, r;

        for (unsigned pass = 0; pass < PASSES_MAX; pass++) {
                ProcessNames now = {0};
                bool any_new = false;

                r = collect(userdata, &now);
                for (size_t i = 0; r >= 0 && i < now.n; i++) {
                        const ProcessName *name = &now.items[i];
                        int error;

                        if (process_names_contain(&done, name->pid, name->start))
                                continue;
                        any_new = true;
                        error = proc_signal(name->pid, name->start, signal);
                        if (error < 0 && error != -ESRCH && first_error == 0)
                                first_error = error;
                }
                process_names_done(&done);
                done = now;
                process_names_sort(&done);
                if (r < 0)
                        return r;
                if (!any_new)
                        break;
        }
        return first_error;
}
