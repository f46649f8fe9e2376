/* SPDX-License-Identifier: MIT */

/* The line of those that wait for a bound and for nothing else. It is walked from its head; whoever finds what it
 * needs takes it at once, so nobody is overtaken in what it waits for. A slot of a pool is taken before the rest and
 * held while the rest is waited for, which never takes for ever: places come free after five seconds, shares of the
 * budget every second. The share of the budget is taken last and at the start itself, or a saved up share would make
 * a second too full. */

#include "core/admission.h"

#include <errno.h>
#include <string.h>

struct AdmissionPool {
        unsigned n_ref; /* the definitions, and each ticket that names it */
        unsigned slots, used;
        unsigned n_seen; /* of one walk: who waits for it */
        bool gone;       /* no longer defined: bounds nothing */
        char name[];
};

static AdmissionPool *pool_new(const PoolConfig *config)
{
        size_t size = strlen(config->name) + 1;
        AdmissionPool *pool = calloc(1, sizeof(AdmissionPool) + size);

        if (!pool)
                return NULL;
        memcpy(pool->name, config->name, size);
        pool->n_ref = 1;
        return pool;
}

static AdmissionPool *pool_ref(AdmissionPool *pool)
{
        if (pool)
                pool->n_ref++;
        return pool;
}

static void pool_unref(AdmissionPool *pool)
{
        if (pool && --pool->n_ref == 0)
                free(pool);
}

static void pools_free(AdmissionPool **pools, size_t n)
{
        for (size_t i = 0; i < n; i++)
                pool_unref(pools[i]);
        free(pools);
}

static AdmissionPool *find_pool(const Admission *admission, const char *name)
{
        size_t low = 0, high = admission->n_pools;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int order = strcmp(name, admission->pools[middle]->name);

                if (order == 0)
                        return admission->pools[middle];
                if (order < 0)
                        high = middle;
                else
                        low = middle + 1;
        }
        return NULL;
}

void admission_init(Admission *admission)
{
        *admission = (Admission){.max_starts = 0};
        list_init(&admission->line);
        list_init(&admission->starting);
}

void admission_done(Admission *admission)
{
        pools_free(admission->pools, admission->n_pools);
        free(admission->restarts);
        *admission = (Admission){.max_starts = 0};
}

/* The pools of `config`: those that are known, and new ones. */
static int make_pools(const Admission *admission, const Config *config, AdmissionPool ***ret)
{
        AdmissionPool **pools = calloc(MAX(config->n_pools, (size_t) 1), sizeof(AdmissionPool *));

        if (!pools)
                return -ENOMEM;
        for (size_t i = 0; i < config->n_pools; i++) {
                AdmissionPool *known = find_pool(admission, config->pools[i]->name);

                pools[i] = known ? pool_ref(known) : pool_new(config->pools[i]);
                if (!pools[i]) {
                        pools_free(pools, i);
                        return -ENOMEM;
                }
        }
        *ret = pools;
        return 0;
}

static void take_pools(Admission *admission, const Config *config, AdmissionPool **pools)
{
        for (size_t i = 0; i < admission->n_pools; i++)
                admission->pools[i]->gone = true;
        for (size_t i = 0; i < config->n_pools; i++) {
                pools[i]->gone = false;
                pools[i]->slots = config->pools[i]->slots;
        }
        pools_free(admission->pools, admission->n_pools);
        admission->pools = pools;
        admission->n_pools = config->n_pools;
}

/* The newest restarts stay known, as many as the new budget asks for. */
static void take_budget(Admission *admission, unsigned budget, usec_t *restarts)
{
        unsigned n = MIN(budget, admission->budget);

        for (unsigned i = 0; i < n; i++)
                restarts[budget - n + i] =
                        admission->restarts[(admission->oldest + admission->budget - n + i) % admission->budget];
        free(admission->restarts);
        admission->restarts = restarts;
        admission->budget = budget;
        admission->oldest = 0;
}

int admission_configure(Admission *admission, const Config *config)
{
        unsigned budget = config->daemon.restart_budget;
        _cleanup_free_ usec_t *restarts = NULL;
        AdmissionPool **pools = NULL;
        int r;

        restarts = calloc(MAX(budget, 1u), sizeof(usec_t));
        if (!restarts)
                return -ENOMEM;
        r = make_pools(admission, config, &pools);
        if (r < 0)
                return r;

        take_pools(admission, config, pools);
        if (budget != admission->budget)
                take_budget(admission, budget, TAKE_PTR(restarts));
        admission->max_starts = config->daemon.max_parallel_starts;
        return 0;
}

bool admission_is_bounded(const Admission *admission, const char *pool, bool automatic)
{
        return admission->max_starts > 0 || (automatic && admission->budget > 0) ||
               (pool && find_pool(admission, pool));
}

static void give_back_slot(AdmissionTicket *ticket)
{
        if (ticket->has_slot)
                ticket->pool->used--;
        ticket->has_slot = false;
        pool_unref(ticket->pool);
        ticket->pool = NULL;
}

void admission_ask(Admission *admission, AdmissionTicket *ticket, const char *pool_name, bool automatic)
{
        AdmissionPool *pool = pool_name ? find_pool(admission, pool_name) : NULL;

        ticket->automatic = automatic;
        if (ticket->pool != pool) {
                give_back_slot(ticket);
                ticket->pool = pool_ref(pool);
        }
        if (!admission_is_waiting(ticket))
                list_append(&admission->line, &ticket->link);
}

void admission_end_start(Admission *admission, AdmissionTicket *ticket)
{
        if (list_is_empty(&ticket->start_link))
                return;
        list_remove(&ticket->start_link);
        admission->n_starting--;
}

void admission_leave(Admission *admission, AdmissionTicket *ticket)
{
        list_remove(&ticket->link);
        admission_end_start(admission, ticket);
        give_back_slot(ticket);
}

/* When the number-th automatic restart from now on may be, by those of the last second. */
static usec_t restart_time(const Admission *admission, unsigned number, usec_t now)
{
        unsigned at = (admission->oldest + number) % admission->budget;
        usec_t last = admission->restarts[at], first;

        first = last == 0 ? now : MAX(now, usec_add(last, ADMISSION_WINDOW_USEC));
        return usec_add(first, number / admission->budget * ADMISSION_WINDOW_USEC);
}

static bool has_budget(const Admission *admission, const AdmissionTicket *ticket, usec_t now)
{
        return !ticket->automatic || admission->budget == 0 || restart_time(admission, 0, now) <= now;
}

static bool has_place(const Admission *admission)
{
        return admission->max_starts == 0 || admission->n_starting < admission->max_starts;
}

/* It has its slot, or gets it, or needs none. */
static bool take_slot(AdmissionTicket *ticket)
{
        AdmissionPool *pool = ticket->pool;

        if (!pool || ticket->has_slot)
                return true;
        if (!pool->gone && pool->used >= pool->slots)
                return false;
        pool->used++;
        ticket->has_slot = true;
        return true;
}

static void take_place(Admission *admission, AdmissionTicket *ticket, usec_t now)
{
        if (admission->max_starts == 0)
                return;
        admission_end_start(admission, ticket);
        ticket->executed = false;
        ticket->expires = usec_add(now, ADMISSION_START_USEC);
        list_append(&admission->starting, &ticket->start_link);
        admission->n_starting++;
}

static void take_budget_share(Admission *admission, const AdmissionTicket *ticket, usec_t now)
{
        if (!ticket->automatic || admission->budget == 0)
                return;
        admission->restarts[admission->oldest] = now;
        admission->oldest = (admission->oldest + 1) % admission->budget;
}

void admission_admit(Admission *admission, usec_t now, List *admitted)
{
        AdmissionTicket *ticket;

        LIST_FOREACH (ticket, &admission->starting, AdmissionTicket, start_link)
                if (ticket->expires <= now)
                        admission_end_start(admission, ticket);

        LIST_FOREACH (ticket, &admission->line, AdmissionTicket, link) {
                if (!take_slot(ticket) || !has_budget(admission, ticket, now) || !has_place(admission))
                        continue;
                take_budget_share(admission, ticket, now);
                take_place(admission, ticket, now);
                list_remove(&ticket->link);
                list_append(admitted, &ticket->link);
        }
}

void admission_note_executed(AdmissionTicket *ticket, usec_t now)
{
        if (list_is_empty(&ticket->start_link) || ticket->executed)
                return;
        ticket->executed = true;
        ticket->expires = usec_add(now, ADMISSION_START_USEC);
}

usec_t admission_next(const Admission *admission, usec_t now)
{
        usec_t next = USEC_INFINITY;
        const AdmissionTicket *ticket;

        LIST_FOREACH (ticket, &admission->line, const AdmissionTicket, link) {
                if (ticket->pool && !ticket->has_slot)
                        continue;
                if (!has_budget(admission, ticket, now))
                        next = MIN(next, restart_time(admission, 0, now));
                else if (!has_place(admission))
                        break;
        }
        if (list_is_empty(&admission->line) || has_place(admission))
                return next;
        LIST_FOREACH (ticket, &admission->starting, const AdmissionTicket, start_link)
                next = MIN(next, ticket->expires);
        return next;
}

void admission_describe(Admission *admission, usec_t now)
{
        unsigned n_budget = 0, n_starts = 0;
        AdmissionTicket *ticket;

        for (size_t i = 0; i < admission->n_pools; i++)
                admission->pools[i]->n_seen = 0;

        LIST_FOREACH (ticket, &admission->line, AdmissionTicket, link) {
                bool budgeted = ticket->automatic && admission->budget > 0;

                ticket->due = 0;
                if (ticket->pool && !ticket->has_slot) {
                        ticket->waits_for = ADMISSION_POOL;
                        ticket->place = ++ticket->pool->n_seen;
                } else if (budgeted && restart_time(admission, n_budget, now) > now) {
                        ticket->waits_for = ADMISSION_BUDGET;
                        ticket->due = restart_time(admission, n_budget, now);
                        ticket->place = ++n_budget;
                } else {
                        ticket->waits_for = ADMISSION_START;
                        ticket->place = ++n_starts;
                        n_budget += budgeted;
                }
        }
}

const char *admission_pool_name(const AdmissionPool *pool)
{
        return pool->name;
}

unsigned admission_pool_slots(const AdmissionPool *pool)
{
        return pool->slots;
}
