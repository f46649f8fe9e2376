/* SPDX-License-Identifier: MIT */

/* Whose fate follows from whose: what was asked for, and what has befallen services, becomes obligations and
 * permissions of others, by the table of relations. */

#include "ledger.h"

/* The columns of the table of relations that mean the end of a run. Requisite is Requires without pulling in. */
#define BY_GIVEN_UP (1u << RELATION_REQUIRES | 1u << RELATION_BINDS_TO | 1u << RELATION_REQUISITE)
#define BY_HAND     (BY_GIVEN_UP | 1u << RELATION_PART_OF)
#define BY_END      (1u << RELATION_BINDS_TO)

static Page *page_of(World *world, uint32_t index)
{
        return &world->ledger->pages[index];
}

static bool is_ready(const Service *service)
{
        return service_is_ready(service) || service_order_node(service).ready;
}

void fates_oblige(World *world, NameSet set, bool must)
{
        uint32_t index;

        NAMES_FOREACH (index, set) {
                Page *page = page_of(world, index);

                page->may_go = true;
                if (!must || !service_lives(world_service(world, index)))
                        continue;
                page->by_fate = world->ledger->looks && (!page->must_go || page->by_fate);
                page->must_go = true;
        }
}

/* Taken down by the fate of another, and back with it. */
static void take_down(World *world, NameSet set)
{
        uint32_t index;

        NAMES_FOREACH (index, set) {
                Page *page = page_of(world, index);

                page->may_come_back = page->may_run || page->may_come_back;
                page->may_run = false;
        }
}

/* Those that are up, or on their way, or (`wanted`) to come: whoever goes down already has told others so. */
static NameSet active(World *world, bool wanted)
{
        NameSet set = 0;

        for (size_t i = 0; i < world->manager->n_services; i++) {
                const Service *service = world->manager->services[i];

                if (service->life.wanted && (wanted || service_lives(service)))
                        set |= NAME_BIT(sim_name_index(service->name));
        }
        return set;
}

/* Those that can't be up together with one of these, and who goes with them. */
static NameSet conflicting(World *world, NameSet set)
{
        const Relations *relations = relations_now(world);
        NameSet found = 0;
        uint32_t index;

        NAMES_FOREACH (index, set)
                found |= relations->conflicts[index];
        return relations_stop_closure(relations, found, BY_HAND, NAMES_ALL);
}

void fates_note_start(World *world, NameSet named)
{
        NameSet set = relations_start_closure(relations_now(world), named);
        uint32_t index;

        fates_oblige(world, conflicting(world, set), false);
        /* Who can't start at once fails at once, and takes others along. */
        fates_oblige(world, relations_stop_closure(relations_now(world), set, BY_HAND, NAMES_ALL), false);

        NAMES_FOREACH (index, set) {
                const Service *service = world_service(world, index);
                Page *page = page_of(world, index);

                page->was_forgotten = true;
                /* What is being tried already is left to its own pace. */
                if (!service ||
                    (service->life.wanted && !page->must_go && !(named & NAME_BIT(index)) && page->may_run))
                        continue;
                page->may_run = true;
                page->tried = false;
        }
}

static void note_failed(World *world, uint32_t index)
{
        NameSet set =
                relations_stop_closure(relations_now(world), NAME_BIT(index), BY_GIVEN_UP, active(world, true)) &
                ~NAME_BIT(index);

        world->ledger->looks = true;
        fates_oblige(world, set, true);
        world->ledger->looks = false;
        take_down(world, set);
        fates_note_start(world, relations_now(world)->named[RELATION_ON_FAILURE][index]);
}

static void note_ended(World *world, uint32_t index)
{
        NameSet set =
                relations_stop_closure(relations_now(world), NAME_BIT(index), BY_END, NAMES_ALL) & ~NAME_BIT(index);

        fates_oblige(world, set, false);
        fates_note_start(world, relations_now(world)->named[RELATION_ON_SUCCESS][index]);
}

/* It goes down, or comes again, by itself: those that it may take along, and those that may be started for it. */
static void note_turn(World *world, uint32_t index)
{
        const Relations *relations = relations_now(world);
        NameSet started = relations->named[RELATION_ON_FAILURE][index] | relations->named[RELATION_ON_SUCCESS][index];
        NameSet set =
                relations_stop_closure(relations_now(world), NAME_BIT(index), BY_HAND, NAMES_ALL) & ~NAME_BIT(index);

        fates_oblige(world, set, false);
        fates_oblige(world, conflicting(world, relations_start_closure(relations, started)), false);
}

/* Those who went with it may come back with it, and pull in what they need. */
static void note_ready(World *world, uint32_t index)
{
        NameSet set = relations_stop_closure(relations_now(world), NAME_BIT(index), BY_GIVEN_UP, NAMES_ALL);
        uint32_t other;

        page_of(world, index)->tried = false;
        NAMES_FOREACH (other, set & ~NAME_BIT(index))
                if (page_of(world, other)->may_come_back)
                        fates_note_start(world, NAME_BIT(other));
}

void happenings_look(World *world)
{
        for (size_t i = 0; i < world->manager->n_services; i++) {
                const Service *service = world->manager->services[i];
                uint32_t index = sim_name_index(service->name);
                Page *page = page_of(world, index);
                ServiceState before = page->seen_state, now = service->life.state;
                bool again =
                        service->life.history.n_restarts != page->seen_restarts || service->n_ends != page->seen_ends;
                bool ready = is_ready(service), ready_before = page->seen_ready;

                page->seen_ready = ready;
                if (ready && !ready_before)
                        note_ready(world, index);
                page->seen_state = now;
                page->seen_restarts = service->life.history.n_restarts;
                page->seen_ends = service->n_ends;
                if (before == now && !again)
                        continue;
                if (now == STATE_FAILED)
                        note_failed(world, index);
                if (now == STATE_DEAD)
                        note_ended(world, index);
                note_turn(world, index);
        }
}

void fates_note_stop(World *world, NameSet named)
{
        NameSet set = relations_stop_closure(relations_now(world), named, BY_HAND, active(world, true));
        uint32_t index;

        fates_oblige(world, set, true);
        take_down(world, set);
        NAMES_FOREACH (index, named)
                page_of(world, index)->may_come_back = false;
}

void fates_note_restart(World *world, NameSet named)
{
        NameSet set = relations_stop_closure(relations_now(world), named, BY_HAND, active(world, false));
        uint32_t index;

        fates_oblige(world, set, true);
        NAMES_FOREACH (index, set)
                page_of(world, index)->was_forgotten = true;
        fates_note_start(world, named);
}
