/* SPDX-License-Identifier: MIT */

/* The bounds of what starts: slots of pools, MaxParallelStarts, RestartBudget; and that nobody waits for a place that
 * is free. Counted from what has begun, not from what was admitted. */

#include <string.h>

#include "ledger.h"

/* One that is not ready so long after its exec, or is not even executed, gives its place up. */
#define PLACE_USEC (5 * USEC_PER_SEC)

static Page *page_of(World *world, uint32_t index)
{
        return &world->ledger->pages[index];
}

/* Between its release and its being ready. */
static bool is_starting(World *world, const Service *service)
{
        const Page *page = page_of(world, sim_name_index(service->name));

        return page->has_place && service_lives(service) &&
               lifecycle_active_state(&service->life) == ACTIVE_ACTIVATING && service->config->kind == UNIT_SERVICE &&
               loop_now(world->loop) < page->executed_at + PLACE_USEC;
}

static void check_starts(World *world, uint32_t index)
{
        unsigned max = world->manager->config->daemon.max_parallel_starts, n = 0;

        for (size_t i = 0; max > 0 && i < world->manager->n_services; i++)
                n += sim_name_index(world->manager->services[i]->name) != index &&
                     is_starting(world, world->manager->services[i]);
        if (max > 0 && n >= max)
                world_break(world, "bounds", "%s is started, and %u others are starting", sim_names[index], n);
}

static unsigned pool_slots(const Config *config, const char *name)
{
        for (size_t i = 0; name && i < config->n_pools; i++)
                if (strcmp(config->pools[i]->name, name) == 0)
                        return config->pools[i]->slots;
        return 0;
}

/* Those others that run in it. */
static unsigned count_pool(World *world, uint32_t index, const char *pool)
{
        unsigned n = 0;

        for (size_t i = 0; i < world->manager->n_services; i++) {
                const Service *other = world->manager->services[i];
                const Page *page = page_of(world, sim_name_index(other->name));

                n += sim_name_index(other->name) != index && service_lives(other) && page->pool[0] &&
                     strcmp(page->pool, pool) == 0;
        }
        return n;
}

/* One of the pool stops what it had left, before it starts again. */
static bool is_clearing_up(World *world, const char *pool)
{
        for (size_t i = 0; i < world->manager->n_services; i++) {
                const Service *service = world->manager->services[i];

                if (service_goes_down(service) && !service->life.run_open && service->config->pool &&
                    strcmp(service->config->pool, pool) == 0)
                        return true;
        }
        return false;
}

static void check_pool(World *world, uint32_t index, const Service *service)
{
        const char *pool = service->config->pool;
        unsigned slots = pool_slots(world->manager->config, pool);

        /* Who had a slot when there were more keeps it, be it in the line. */
        world->ledger->most_slots = MAX(world->ledger->most_slots, slots);
        if (slots > 0 && !is_clearing_up(world, pool) && count_pool(world, index, pool) >= world->ledger->most_slots)
                world_break(world, "bounds", "%s is started, and all %u slots of its pool are taken",
                            sim_names[index], slots);
        snprintf(page_of(world, index)->pool, sizeof(page_of(world, index)->pool), "%s", slots > 0 ? pool : "");
}

/* Never more automatic restarts in a second. */
static void check_budget(World *world, uint32_t index, const Service *service)
{
        Ledger *ledger = world->ledger;
        unsigned budget = world->manager->config->daemon.restart_budget, n = 0;
        usec_t now = loop_now(world->loop);
        Page *page = page_of(world, index);
        /* From auto-restart straight into its run, or out of the line in which such wait. */
        bool automatic = service->life.history.n_restarts > page->run_restarts &&
                         (page->state == STATE_AUTO_RESTART || page->is_in_line);

        /* What OnFailure or OnSuccess starts has its own bound. */
        automatic = automatic && service->triggers.n_in_interval == page->run_triggers;
        page->run_triggers = service->triggers.n_in_interval;
        page->run_restarts = service->life.history.n_restarts;
        /* The past before a bound was set is not its business. */
        if (budget != ledger->budget)
                memset(ledger->restarts, 0, sizeof(ledger->restarts));
        ledger->budget = budget;
        if (!automatic)
                return;
        for (size_t i = 0; i < RESTARTS_KEPT; i++)
                n += ledger->restarts[i] > 0 && now - ledger->restarts[i] < USEC_PER_SEC;
        if (budget > 0 && n >= budget)
                world_break(world, "bounds", "%s restarts by itself, the %u. within a second", sim_names[index],
                            n + 1);
        ledger->restarts[ledger->n_restarts++ % RESTARTS_KEPT] = now;
}

/* A place that was given up is not taken back. */
void admission_note_executed_main(World *world, uint32_t index)
{
        Page *page = page_of(world, index);
        usec_t now = loop_now(world->loop);

        if (now < page->executed_at + PLACE_USEC)
                page->executed_at = now;
}

void admission_check_start(World *world, uint32_t index)
{
        const Service *service = world_service(world, index);

        page_of(world, index)->executed_at = loop_now(world->loop);
        page_of(world, index)->is_executed = false;
        /* Bounds are for those who began under them. */
        page_of(world, index)->has_place = world->manager->config->daemon.max_parallel_starts > 0;
        if (service->config->kind == UNIT_TARGET)
                return;
        check_pool(world, index, service);
        /* What has to stop somebody first that it had left was admitted to that. */
        if (page_of(world, index)->may_leave)
                return;
        check_starts(world, index);
        check_budget(world, index, service);
}

void admission_check_waiting(World *world, uint32_t index, const Service *service)
{
        const DaemonConfig *daemon = &world->manager->config->daemon;
        bool waits = admission_is_waiting(&service->ticket);
        unsigned slots = pool_slots(world->manager->config, service->config->pool);

        page_of(world, index)->is_in_line = waits && service->ticket.automatic;
        if (!waits || daemon->max_parallel_starts > 0 || daemon->restart_budget > 0)
                return;
        if (slots == 0 || (count_pool(world, index, service->config->pool) < slots &&
                           !is_clearing_up(world, service->config->pool)))
                world_break(world, "liveness", "%s waits for a place, and there is one", service->name);
}
