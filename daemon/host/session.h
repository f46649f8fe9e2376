/* SPDX-License-Identifier: MIT */
#pragma once

/* Which processes are whose, without cgroups. Every process of a service is our descendant, as we are a child
 * subreaper, so each has a forefather among our own children; and these leave only when we reap them. A child of ours
 * is a leader (made by us, in a session of its own) or an orphan; an orphan belongs where it was seen before, else
 * where its INVOCATION_ID says, else where its session says. */

#include "base/list.h"
#include "host/proc.h"
#include "host/process-names.h"

typedef struct SessionTable SessionTable;

/* What is known of one group's run. Embedded in its group. */
typedef struct Session {
        List link;           /* in its table */
        SessionTable *table; /* weak */
        PidList leaders;     /* alive, or not reaped */
        PidList sessions;    /* of leaders, ended ones too */
        Id128 invocation_id;
        ProcessNames known; /* members when somebody looked last; sorted */
} Session;

int session_table_new(SessionTable **ret);
SessionTable *session_table_free(SessionTable *table);
DEFINE_CLEANUP(SessionTable *, session_table_free);

void session_init(Session *session, SessionTable *table);
void session_done(Session *session);
/* A new run: what is left of the last one is no longer looked for. */
void session_begin(Session *session, Id128 invocation_id);
int session_add_leader(Session *session, pid_t pid);
void session_remove_leader(Session *session, pid_t pid);

/* No process is left of it. Ended ones that we have not reaped count as left. */
bool session_is_empty(Session *session);
/* Appends its processes, ended ones that nobody has reaped too. */
int session_collect(Session *session, ProcessNames *list);
/* 1: `pid` is one of them; 0: it is not. -ESRCH: there is none. */
int session_contains(Session *session, pid_t pid);
/* Signals them all, pass after pass until none is new. */
int session_signal(Session *session, int signal);
/* Appends the processes below us that are nobody's, but for those in our own session (helpers). */
int session_table_unattributed(SessionTable *table, PidList *list);
