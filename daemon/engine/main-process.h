/* SPDX-License-Identifier: MIT */
#pragma once

/* Which process is a service's main one, where the daemon has not made it itself: what the start command of
 * Type=forking left behind, and whom a service names by MAINPID=. */

#include <sys/types.h>

#include "core/lifecycle.h"
#include "host/helper-lines.h"

typedef struct Service Service;

/* Embedded in its service. */
typedef struct MainSearch {
        HelperLines *reader; /* of PIDFile; NULL: nothing is looked for */
        char *path;          /* of the PIDFile of this run; NULL: none was looked at */
        char *problem;       /* why what it reads is not the main process; NULL: it has read nothing yet */
        bool is_group;       /* nobody knows which: the service's group stands for its main process */
} MainSearch;

void main_search_done(MainSearch *search);

/* What the definition says now is for this run. -ENOMEM. */
int main_process_begin_run(Service *service);
/* The start command has ended. Returns true where `*ret_event` is to be fed now; else that comes later. */
bool main_process_find(Service *service, LifecycleEvent *ret_event);
/* It says that `pid` is its main process from here on. Whatever is not so is passed over, and told. */
void main_process_set(Service *service, pid_t pid);
/* START is over: nothing is looked for any more. */
void main_process_stop_search(Service *service);
/* The run is over: PIDFile is removed, where it still names that main process. */
void main_process_end_run(Service *service);
/* Nothing is left of the group: true where that is the end of the main process. */
bool main_process_is_gone(Service *service);
