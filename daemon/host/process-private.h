/* SPDX-License-Identifier: MIT */
#pragma once

/* The table of processes from the inside, for process.c and process-adopt.c alone. */

#include "common/exec-protocol.h"
#include "host/clone.h"
#include "host/process.h"

#define BOOT_ID_SIZE 64

struct ProcessTable {
        Loop *loop; /* weak */
        Cloner *cloner;
        int executor_fd;
        char boot_id[BOOT_ID_SIZE];
        Process **items; /* sorted by pid */
        size_t n, room;
        void (*on_orphan)(void *userdata, pid_t pid);
        void *on_orphan_userdata;
};

struct Process {
        ProcessTable *table; /* weak */
        Group *group;        /* weak; NULL: none */
        ProcessHandler handler;
        pid_t pid;
        int pidfd, report_fd;
        Watch watch; /* of the report's hang-up */
        usec_t start_realtime;
        bool has_executor; /* which says when the exec is next */
        bool executed;
        bool is_unknown; /* see ProcessOutcome */
        Watch end_watch; /* of one that was adopted: the pidfd */
        ExecStep failed_step;
        int error;
        char *failed_detail;
};

Process *process_free(Process *process);
DEFINE_CLEANUP(Process *, process_free);
/* NULL where it is none of ours. */
Process *process_table_find(const ProcessTable *table, pid_t pid);
int process_table_reserve(ProcessTable *table);
/* There is room: see process_table_reserve(). */
void process_table_insert(ProcessTable *table, Process *process);
Process *process_table_take(ProcessTable *table, pid_t pid);
/* It has ended, and is out of the table: tells its owner, and frees it. */
void process_end(Process *process, ProcessExit exit);
