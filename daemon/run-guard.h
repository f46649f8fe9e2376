/* SPDX-License-Identifier: MIT */
#pragma once

/* The guard from the inside: run-guard.c, what happens; run-finish.c, how it ends. */

#include "run-link.h"
#include "run-report.h"
#include "run.h"

typedef enum GuardStage {
        GUARD_STARTING,
        GUARD_RUNNING,
        GUARD_STOPPING,
} GuardStage;

typedef struct GuardSignal {
        int number;
        bool by_terminal; /* to all of its foreground job */
        usec_t at;        /* when it was heard, by the relay or by us */
} GuardSignal;

typedef struct Guard {
        Trial *trial;
        GuardStage stage;
        int relay_fd, daemon_fd, signal_fd; /* -EBADF: gone */
        int procs_fd;                       /* of the command's cgroup; -EBADF: none */
        pid_t daemon, command;              /* 0: has ended, or never began */
        TrialMessage *message;              /* room for one */
        int status;                         /* -1: not known yet */
        unsigned n_terms;                   /* SIGTERMs that came while the command ran */
        usec_t strict_kill_at, kill_daemon_at;
        usec_t started_at, ready_at, command_ended;
        usec_t signalled_at; /* the last time that somebody wanted an end; 0: never */
        int command_status;  /* as a shell has it */
        bool command_began, command_failed, command_killed;
        char command_text[32];
        char *blamed; /* services that kept the command from being run, each ended by a newline */
        ReportCase *cases;
        size_t n_cases;
} Guard;

/* CLOCK_MONOTONIC. */
usec_t guard_now(void);
/* For poll(): until then. */
int guard_poll_timeout(usec_t deadline);
/* Takes note of everybody who has ended. */
void guard_reap(Guard *guard);
/* Takes the signals that have come, and does what they ask for. */
void guard_read_signals(Guard *guard);

/* run-finish.c */
/* "exit code 1", "signal 15". */
const char *guard_command_text(Guard *guard);
void guard_keep_case(Guard *guard, const TrialMessage *message);
/* Ends everybody below us but `spare`: gives them `grace` to go by themselves, then kills, and says whom, in words
 * that begin with `what`. */
void guard_end_below(Guard *guard, pid_t spare, usec_t grace, const char *what);
/* Nothing is left: says what is to be said, writes the report, removes the folder, tells the relay. */
void guard_finish(Guard *guard);
