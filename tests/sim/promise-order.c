/* SPDX-License-Identifier: MIT */

/* P5: who starts after whom, who stops before whom, and that nobody waits for nothing. */

#include "engine/output.h"
#include "fake-loop.h"
#include "ledger.h"

static const Page *page_of(World *world, uint32_t index)
{
        return &world->ledger->pages[index];
}

/* It has to end its run, and the daemon was told so by somebody. */
static bool must_go(World *world, uint32_t index)
{
        const Page *page = page_of(world, index);
        const Service *service = world_service(world, index);

        /* A target has no group that would tell of its next run. */
        if (service && service->config->kind == UNIT_TARGET && service->n_runs != page->runs)
                return false;
        return page->must_go && !page->by_fate;
}

static bool is_to_stop(World *world, uint32_t index, const Service *service)
{
        return service_lives(service) && !service->life.stuck &&
               (must_go(world, index) || service_goes_down(service));
}

/* Its first attempt has failed, surely, or (`maybe`) it can be told so. */
static bool has_been_tried(World *world, uint32_t index, const Service *service, bool maybe)
{
        bool tried = page_of(world, index)->tried || service->life.state == STATE_FAILED ||
                     service->life.state == STATE_AUTO_RESTART;

        return maybe ? tried || service->attempted : tried && service->attempted;
}

/* Does `index` wait for D before it starts; surely, or (`maybe`) with some right? */
static bool holds(World *world, uint32_t index, uint32_t d, bool maybe)
{
        const Relations *relations = relations_now(world);
        const Service *service = world_service(world, d);
        NameSet needs = relations->needs[index] | relations->named[RELATION_REQUISITE][index];
        bool needed = needs & NAME_BIT(d);
        OrderNode node;

        if (!service)
                return false;
        node = service_order_node(service);
        if (service->life.stuck)
                return needed && node.wanted;
        if (is_to_stop(world, d, service) || service->wish != WISH_NONE)
                return true;
        if (node.ready || !node.wanted)
                return false;
        /* What is gone from the definitions, or never was right, is not waited for. */
        return needed || !(service->load != LOAD_LOADED || has_been_tried(world, d, service, !maybe));
}

/* It is bound to one that is not up just now, be there an order between them or not; but not, if that one waits for
 * it itself. */
static bool is_unbound(World *world, uint32_t index, uint32_t d)
{
        const Relations *relations = relations_now(world);
        const Service *service = world_service(world, d);
        OrderNode node;

        if (!service || relations->named[RELATION_BINDS_TO][d] & NAME_BIT(index) ||
            relations_earlier(relations, d) & NAME_BIT(index))
                return false;
        node = service_order_node(service);
        return node.wanted && !node.ready && (service->attempted || page_of(world, d)->tried || node.stopping);
}

/* Those that may be started without a person's word, and what they pull in: by OnFailure or OnSuccess, or because
 * what had taken them down is up again. */
NameSet order_started_by_others(World *world)
{
        const Relations *relations = relations_now(world);
        NameSet set = 0;

        for (size_t i = 0; i < world->manager->n_services; i++) {
                const Service *service = world->manager->services[i];
                uint32_t index = sim_name_index(service->name);

                if (page_of(world, index)->may_come_back)
                        set |= NAME_BIT(index);
                if (service->n_ends > 0)
                        set |= relations->named[RELATION_ON_FAILURE][index] |
                               relations->named[RELATION_ON_SUCCESS][index];
        }
        return relations_start_closure(relations, set);
}

void order_check_start(World *world, uint32_t index)
{
        const Relations *relations = relations_now(world);
        const Service *service = world_service(world, index);
        uint32_t other;

        if (world->ledger->resets)
                world_break(world, "P5", "%s is started because a failure was reset", sim_names[index]);
        if (world->shutting_down)
                world_break(world, "P5", "%s is started in the middle of the shutdown", sim_names[index]);
        if (service->load != LOAD_LOADED)
                world_break(world, "P7", "%s is started, and its definition can't be used", sim_names[index]);
        if (!page_of(world, index)->may_run && !world->ledger->applies &&
            !(order_started_by_others(world) & NAME_BIT(index)))
                world_break(world, "P5", "%s is started, and nobody asked for it", sim_names[index]);
        NAMES_FOREACH (other, relations->after[index])
                if (holds(world, index, other, false))
                        world_break(world, "P5", "%s is started before %s is ready, after which it is to come",
                                    sim_names[index], sim_names[other]);
        NAMES_FOREACH (other, relations->before[index])
                if (is_to_stop(world, other, world_service(world, other)))
                        world_break(world, "P5", "%s is started before %s is down, which stops and comes after it",
                                    sim_names[index], sim_names[other]);
        NAMES_FOREACH (other, relations->conflicts[index])
                if (service_lives(world_service(world, other)) && !world_service(world, other)->life.stuck)
                        world_break(world, "P5", "%s is started beside %s, with which it conflicts", sim_names[index],
                                    sim_names[other]);
        NAMES_FOREACH (other, relations->named[RELATION_REQUISITE][index])
                if (!service_order_node(world_service(world, other)).ready && !service->was_up)
                        world_break(world, "P5", "%s is started without %s, which has to be up already",
                                    sim_names[index], sim_names[other]);
        NAMES_FOREACH (other, relations->needs[index]) {
                const Service *needed = world_service(world, other);

                if (needed && needed->life.state == STATE_FAILED && !service_order_node(needed).ready)
                        world_break(world, "P5", "%s is started without %s, which it requires and which has failed",
                                    sim_names[index], sim_names[other]);
        }
}

static bool has_rival(World *world, uint32_t index)
{
        uint32_t rival;

        NAMES_FOREACH (rival, relations_now(world)->conflicts[index])
                if (world_service(world, rival)->life.wanted)
                        return true;
        return false;
}

/* One of those that it can't be without is not up, or one that it can't be together with is on its way: as things are
 * now, for what was so a moment ago may have left no trace. */
static bool has_cause(World *world, uint32_t index)
{
        uint32_t other;

        NAMES_FOREACH (other, relations_fellows(relations_now(world), NAME_BIT(index))) {
                const Service *service = world_service(world, other);

                if (other != index && (!service_order_node(service).ready || service->wish != WISH_NONE))
                        return true;
                if (has_rival(world, other))
                        return true;
        }
        return false;
}

/* The daemon begins to end it. What ends by itself waits for nobody. */
void order_check_stop(World *world, uint32_t index)
{
        const Relations *relations = relations_now(world);
        const Page *page = page_of(world, index);
        const Service *service = world_service(world, index);
        uint32_t other;

        if (!service || page->has_own_end || fake_loop_firing(world->loop) == service)
                return;
        /* It did not answer. */
        if (service->life.result == RESULT_HEALTH || service->life.result == RESULT_WATCHDOG)
                return;
        if (!page->must_go && !page->may_go && !world->ledger->applies && !has_cause(world, index))
                world_break(world, "P5", "%s is stopped, and there is no cause for it", sim_names[index]);
        NAMES_FOREACH (other, relations->before[index]) {
                const Service *later = world_service(world, other);

                if (must_go(world, other) && service_lives(later) && !later->life.stuck)
                        world_break(world, "P5", "%s is stopped before %s is down, which comes after it",
                                    sim_names[index], sim_names[other]);
        }
}

/* Who holds up its start, or its stop (`stops`); NAME_NONE: nobody. */
static uint32_t find_blocker(World *world, uint32_t index, bool stops)
{
        const Relations *relations = relations_now(world);
        uint32_t other;

        NAMES_FOREACH (other, relations->before[index]) {
                const Service *later = world_service(world, other);

                if (is_to_stop(world, other, later) ||
                    (later && service_lives(later) && later->wish != WISH_NONE && !later->life.stuck))
                        return other;
        }
        if (stops)
                return NAME_NONE;
        NAMES_FOREACH (other, relations->after[index])
                if (holds(world, index, other, true))
                        return other;
        NAMES_FOREACH (other, relations->conflicts[index])
                if (service_lives(world_service(world, other)))
                        return other;
        NAMES_FOREACH (other, relations->named[RELATION_BINDS_TO][index])
                if (is_unbound(world, index, other))
                        return other;
        return NAME_NONE;
}

static bool waits_for_host(World *world, const Service *service)
{
        if (!capture_is_drained(service->capture) || admission_is_waiting(&service->ticket))
                return true;
        return service->config->user && names_is_pending(world->names) && !service->names_given_up;
}

/* From one who waits to whom it waits for: there has to be an end. */
static void follow_chain(World *world, uint32_t index)
{
        for (unsigned n = 0; index != NAME_NONE; n++) {
                const Service *service = world_service(world, index);

                if (n > NAMES_MAX) {
                        world_break(world, "liveness", "%s waits for others that wait for it", sim_names[index]);
                        return;
                }
                if (waits_for_host(world, service))
                        return;
                if (service->life.state == STATE_WAITING && service->wish == WISH_NONE)
                        index = find_blocker(world, index, false);
                else if (service->wish != WISH_NONE)
                        index = find_blocker(world, index, true);
                else
                        return;
        }
}

/* One without which it can't be is down for good. */
static bool lacks_something(World *world, uint32_t index)
{
        uint32_t other;

        NAMES_FOREACH (other, relations_now(world)->needs[index])
                if (world_service(world, other)->life.state == STATE_FAILED)
                        return true;
        return false;
}

static bool anybody_goes_down(const World *world)
{
        for (size_t i = 0; i < world->manager->n_services; i++)
                if (service_goes_down(world->manager->services[i]) || world->manager->services[i]->wish != WISH_NONE)
                        return true;
        return false;
}

void order_check_waiting(World *world, uint32_t index, const Service *service)
{
        bool waits = service->life.state == STATE_WAITING && service->wish == WISH_NONE;
        const Page *page = page_of(world, index);

        if (service->load != LOAD_LOADED && service->wish == WISH_NONE)
                return;
        if (waits && find_blocker(world, index, false) == NAME_NONE && !waits_for_host(world, service))
                world_break(world, "liveness", "%s waits (%s), and nothing stands in its way", service->name,
                            service_reason(service));
        if (service->wish != WISH_NONE && find_blocker(world, index, true) == NAME_NONE)
                world_break(world, "liveness", "%s is to stop, and nothing holds it up", service->name);
        if (page->must_go && service_lives(service) && !service_goes_down(service) &&
            find_blocker(world, index, true) == NAME_NONE &&
            !(page->by_fate && (anybody_goes_down(world) || !lacks_something(world, index))))
                world_break(world, "liveness", "%s is to stop, and nobody does it", service->name);
        if (waits || service->wish != WISH_NONE)
                follow_chain(world, index);
}
