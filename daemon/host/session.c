/* SPDX-License-Identifier: MIT */

/* Attribution without cgroups: see the header for the idea.
 *
 * Why emptiness is proved and not guessed: whoever belongs to a group has a forefather-or-self among our direct
 * children, and none of these goes away but by our own reaping, which does not happen while we look. So the list of
 * our direct children alone decides: no leader of the group in it, and no orphan that is its own. Orphans are few, so
 * each is looked at; what was found out about one is kept as long as it lives.
 *
 * A process may shed its session, its environment and (by the death of its parents) its place in the tree. Where
 * nobody looked in between, it is then nobody's. */

#include "host/session.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/id128.h"

typedef struct Leader {
        pid_t pid;
        Session *session; /* weak */
} Leader;

typedef struct Orphan {
        pid_t pid;
        uint64_t start;
        Session *session; /* weak; NULL: nobody's */
} Orphan;

struct SessionTable {
        List sessions;
        Leader *leaders; /* of all sessions, sorted by pid */
        size_t n_leaders, room;
        Orphan *orphans; /* as of the last look, sorted by pid */
        size_t n_orphans;
        pid_t self, own_session;
        unsigned n_moments; /* that were waited in this look */
};

#define MOMENTS_MAX 20

int session_table_new(SessionTable **ret)
{
        _cleanup_(session_table_freep) SessionTable *table = calloc(1, sizeof(SessionTable));

        if (!table)
                return -ENOMEM;
        list_init(&table->sessions);
        table->self = getpid();
        table->own_session = getsid(0);
        *ret = TAKE_PTR(table);
        return 0;
}

SessionTable *session_table_free(SessionTable *table)
{
        if (!table)
                return NULL;
        free(table->leaders);
        free(table->orphans);
        free(table);
        return NULL;
}

/* The index of `pid` among the leaders, or where it would have to be. */
static size_t find_leader(const SessionTable *table, pid_t pid)
{
        size_t low = 0, high = table->n_leaders;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (table->leaders[middle].pid < pid)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static bool is_leader(const SessionTable *table, pid_t pid)
{
        size_t i = find_leader(table, pid);

        return i < table->n_leaders && table->leaders[i].pid == pid;
}

void session_init(Session *session, SessionTable *table)
{
        *session = (Session){.table = table};
        list_append(&table->sessions, &session->link);
}

static void forget_run(Session *session)
{
        SessionTable *table = session->table;
        size_t kept = 0;

        for (size_t i = 0; i < table->n_leaders; i++)
                if (table->leaders[i].session != session)
                        table->leaders[kept++] = table->leaders[i];
        table->n_leaders = kept;
        for (size_t i = 0; i < table->n_orphans; i++)
                if (table->orphans[i].session == session)
                        table->orphans[i].session = NULL;
        pid_list_done(&session->leaders);
        pid_list_done(&session->sessions);
        process_names_done(&session->known);
}

void session_done(Session *session)
{
        if (!session->table)
                return;
        forget_run(session);
        list_remove(&session->link);
        session->table = NULL;
}

void session_begin(Session *session, Id128 invocation_id)
{
        forget_run(session);
        session->invocation_id = invocation_id;
}

int session_add_leader(Session *session, pid_t pid)
{
        SessionTable *table = session->table;
        size_t i = find_leader(table, pid);
        Session *other;
        int r;

        if (i < table->n_leaders && table->leaders[i].pid == pid && table->leaders[i].session == session)
                return 0;
        /* A pid that is free for a new process is nobody's session any more. */
        LIST_FOREACH (other, &table->sessions, Session, link) {
                pid_list_remove(&other->sessions, pid);
                pid_list_remove(&other->leaders, pid);
        }

        r = pid_list_add(&session->leaders, pid);
        if (r >= 0)
                r = pid_list_add(&session->sessions, pid);
        if (r < 0)
                return r;
        if (i < table->n_leaders && table->leaders[i].pid == pid) {
                table->leaders[i].session = session;
                return 0;
        }
        if (table->n_leaders == table->room) {
                size_t room = MAX(2 * table->room, 16U);
                Leader *grown = reallocarray(table->leaders, room, sizeof(Leader));

                if (!grown)
                        return -ENOMEM;
                table->leaders = grown;
                table->room = room;
        }
        memmove(table->leaders + i + 1, table->leaders + i, (table->n_leaders - i) * sizeof(Leader));
        table->leaders[i] = (Leader){.pid = pid, .session = session};
        table->n_leaders++;
        return 0;
}

void session_remove_leader(Session *session, pid_t pid)
{
        SessionTable *table = session->table;
        size_t i = find_leader(table, pid);

        if (i == table->n_leaders || table->leaders[i].pid != pid || table->leaders[i].session != session)
                return;
        table->n_leaders--;
        memmove(table->leaders + i, table->leaders + i + 1, (table->n_leaders - i) * sizeof(Leader));
        pid_list_remove(&session->leaders, pid);
}

/* Whoever is in the midst of an exec shows no environment for a moment: that is waited for, as who isn't seen as one
 * of them now would be nobody's, and its service be taken for stopped. All such moments of one look are bounded. */
static bool find_id(SessionTable *table, pid_t pid, Id128 *ret)
{
        static const struct timespec moment = {.tv_nsec = 100000};
        int r;

        while ((r = proc_invocation_id(pid, ret)) == 0 && table->n_moments < MOMENTS_MAX && proc_is_in_exec(pid)) {
                table->n_moments++;
                (void) nanosleep(&moment, NULL);
        }
        return r > 0;
}

static Session *attribute_anew(SessionTable *table, const ProcStat *stat)
{
        Session *session;
        Id128 id;

        LIST_FOREACH (session, &table->sessions, Session, link)
                if (process_names_contain(&session->known, stat->pid, stat->start))
                        return session;
        if (find_id(table, stat->pid, &id))
                LIST_FOREACH (session, &table->sessions, Session, link)
                        if (id128_equal(&session->invocation_id, &id))
                                return session;
        LIST_FOREACH (session, &table->sessions, Session, link)
                if (pid_list_contains(&session->sessions, stat->session))
                        return session;
        return NULL;
}

/* What was found out before holds: who it belongs to does not change. */
static Session *attribute(SessionTable *table, const ProcStat *stat)
{
        for (size_t low = 0, high = table->n_orphans; low < high;) {
                size_t middle = low + (high - low) / 2;
                const Orphan *orphan = &table->orphans[middle];

                if (orphan->pid < stat->pid)
                        low = middle + 1;
                else if (orphan->pid > stat->pid)
                        high = middle;
                else if (orphan->start == stat->start && orphan->session)
                        return orphan->session;
                else
                        break;
        }
        return attribute_anew(table, stat);
}

static int compare_orphans(const void *a, const void *b)
{
        const Orphan *x = a, *y = b;

        return (x->pid > y->pid) - (x->pid < y->pid);
}

/* Looks at our own children: who isn't a leader is an orphan. */
static int find_orphans(SessionTable *table)
{
        _cleanup_(pid_list_done) PidList children = {0};
        _cleanup_free_ Orphan *orphans = NULL;
        size_t n = 0;
        ProcStat stat;
        int r;

        table->n_moments = 0;
        r = proc_children(table->self, &children);
        if (r < 0)
                return r;
        orphans = calloc(MAX(children.n, 1U), sizeof(Orphan));
        if (!orphans)
                return -ENOMEM;
        for (size_t i = 0; i < children.n; i++) {
                if (is_leader(table, children.items[i]) || proc_stat(children.items[i], &stat) < 0)
                        continue;
                /* One of ours that is no service's: whoever comes from a service has another session. */
                if (stat.session == table->own_session)
                        continue;
                orphans[n++] = (Orphan){
                        .pid = stat.pid,
                        .start = stat.start,
                        .session = attribute(table, &stat),
                };
        }
        if (n > 1)
                qsort(orphans, n, sizeof(Orphan), compare_orphans);
        free(table->orphans);
        table->orphans = TAKE_PTR(orphans);
        table->n_orphans = n;
        return 0;
}

bool session_is_empty(Session *session)
{
        SessionTable *table = session->table;

        /* Whoever is in this list has not been reaped. */
        if (session->leaders.n > 0)
                return false;
        /* Where we can't look, nothing is proved. */
        if (find_orphans(table) < 0)
                return false;
        for (size_t i = 0; i < table->n_orphans; i++)
                if (table->orphans[i].session == session)
                        return false;
        return true;
}

/* Appends `roots` and all who descend from them. A process whose first thread has ended looks ended, and is none. */
static int collect_below(PidList *roots, ProcessNames *list)
{
        ProcStat stat;
        int r;

        /* The list grows while it is walked: children come behind their parents. */
        for (size_t i = 0; i < roots->n; i++) {
                if (proc_stat(roots->items[i], &stat) < 0)
                        continue;
                r = process_names_add(list, (ProcessName){.pid = stat.pid, .start = stat.start, .state = stat.state});
                if (r >= 0)
                        r = proc_children(stat.pid, roots);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int orphans_of(SessionTable *table, const Session *session, PidList *roots)
{
        int r;

        r = find_orphans(table);
        for (size_t i = 0; r >= 0 && i < table->n_orphans; i++)
                if (table->orphans[i].session == session)
                        r = pid_list_add(roots, table->orphans[i].pid);
        return r;
}

int session_collect(Session *session, ProcessNames *list)
{
        _cleanup_(pid_list_done) PidList roots = {0};
        ProcessNames found = {0};
        int r = 0;

        for (size_t i = 0; r >= 0 && i < session->leaders.n; i++)
                r = pid_list_add(&roots, session->leaders.items[i]);
        if (r >= 0)
                r = orphans_of(session->table, session, &roots);
        if (r >= 0)
                r = collect_below(&roots, &found);
        for (size_t i = 0; r >= 0 && i < found.n; i++)
                r = process_names_add(list, found.items[i]);
        if (r < 0) {
                process_names_done(&found);
                return r;
        }
        /* Whoever leaves the tree later is still known. */
        process_names_done(&session->known);
        session->known = found;
        process_names_sort(&session->known);
        return 0;
}

int session_contains(Session *session, pid_t pid)
{
        SessionTable *table = session->table;
        ProcStat stat;
        int r;

        /* Up the tree to one of our own children; bounded, as it may change while we climb. */
        for (unsigned depth = 0; depth < 256; depth++) {
                r = proc_stat(pid, &stat);
                if (r < 0)
                        return depth == 0 ? r : 0;
                if (pid_list_contains(&session->leaders, pid))
                        return 1;
                if (is_leader(table, pid) || stat.parent <= 1)
                        return 0;
                if (stat.parent == table->self)
                        return stat.session != table->own_session && attribute(table, &stat) == session;
                pid = stat.parent;
        }
        return 0;
}

static int collect_session(void *userdata, ProcessNames *list)
{
        return session_collect(userdata, list);
}

int session_signal(Session *session, int signal)
{
        return process_names_signal(collect_session, session, signal);
}

int session_table_unattributed(SessionTable *table, PidList *list)
{
        _cleanup_(process_names_done) ProcessNames found = {0};
        _cleanup_(pid_list_done) PidList roots = {0};
        int r;

        r = orphans_of(table, NULL, &roots);
        if (r >= 0)
                r = collect_below(&roots, &found);
        for (size_t i = 0; r >= 0 && i < found.n; i++)
                if (found.items[i].state != 'Z')
                        r = pid_list_add(list, found.items[i].pid);
        return r;
}
