/* SPDX-License-Identifier: MIT */

/* The turn in which what happened is arranged: each service that changed is looked at once, at the end of the turn in
 * which it did: what it means for others (consequences.c), whether a wish (wishes.c) can be carried out, and whether
 * those that wait can go on now. Every wait is re-examined when one of the services that it may depend on changes, so
 * nothing is polled and nothing forgotten. */

#include "engine/manager-private.h"

void arrange_refresh(Manager *manager, const Service *service)
{
        if (service->index != ORDER_NONE)
                manager->nodes[service->index] = service_order_node(service);
}

bool arrange_order_is_ready(Manager *manager, Service *service)
{
        Edges after;

        if (service->index == ORDER_NONE)
                return true;

        after = graph_edges(manager->graph, service->index, RELATION_AFTER);
        for (size_t i = 0; i < after.n; i++)
                if (manager->nodes[after.items[i]].wanted && !manager->nodes[after.items[i]].ready)
                        return false;
        return true;
}

/* What will not come takes the waiting one back to rest. */
static void give_up_waiting(Service *service, Service *cause, BlockKind kind)
{
        service_caused_by_service(service, cause, "stopped");
        service->caused_by = cause;
        service->dragged = kind == BLOCK_REQUISITE ? DRAG_MISSING : DRAG_DOWN;
        service->stopped_by_dependency = service->life.wanted && service->was_up;
        service_feed(service, (LifecycleEvent){.type = EVENT_STOP, .result = RESULT_DEPENDENCY});
}

static bool names_are_there(Manager *manager, Service *service)
{
        const Identity *identity;
        const char *error;

        return service->names_given_up ||
               names_lookup(manager->names, service->config, &identity, &error) != NAMES_PENDING;
}

/* Does another service stand in the way? Says which. */
static bool others_let_it(Manager *manager, Service *service)
{
        Blocker blocker = {BLOCK_NONE, ORDER_NONE};
        Service *other;

        if (service->index == ORDER_NONE)
                return true;

        blocker = order_start_blocker(manager->graph, manager->nodes, service->index);
        if (blocker.kind == BLOCK_NONE) {
                uint32_t leaving = order_stop_blocker(manager->graph, manager->nodes, service->index);

                if (leaving == ORDER_NONE)
                        return true;
                blocker = (Blocker){BLOCK_ORDER, leaving};
        }

        other = manager_by_index(manager, blocker.index);
        switch (blocker.kind) {
        case BLOCK_GAVE_UP:
        case BLOCK_REQUISITE:
                give_up_waiting(service, other, blocker.kind);
                break;
        case BLOCK_CONFLICT:
                service_set_reason(service, "waits until %s is down, with which it conflicts", other->name);
                break;
        case BLOCK_ORDER:
        case BLOCK_NONE:
                service_set_reason(service, "waits for %s", other->name);
                break;
        }
        return false;
}

bool arrange_may_start(Manager *manager, Service *service)
{
        if (!others_let_it(manager, service))
                return false;
        if (!capture_may_begin(service->capture)) {
                service_set_reason(service, "log: the output of its last run is not in the log yet");
                return false;
        }
        if (!names_are_there(manager, service)) {
                usec_t now = loop_now(manager->loop);

                service_set_reason(service, "name service: it has not answered for its User or Group");
                if (service->names_timer.at == USEC_INFINITY)
                        (void) timer_set(&service->names_timer, usec_add(now, service->policy.timeout_start_usec));
                return false;
        }
        return true;
}

bool arrange_is_waiting(const Service *service)
{
        return service->life.state == STATE_WAITING && service->wish == WISH_NONE && service->load == LOAD_LOADED;
}

void arrange_release(Manager *manager, Service *service)
{
        (void) timer_set(&service->names_timer, USEC_INFINITY);
        service_set_reason(service, "%s", "");
        service->automatic = false;
        service->retry_soon = false;
        service_feed_type(service, EVENT_RELEASE);
        service->names_given_up = false;
}

static void release(Manager *manager, Service *service)
{
        /* What has happened to it and was not told to others yet may keep it: its own turn comes. */
        if (!list_is_empty(&service->dirty_link))
                return;
        if (!arrange_is_waiting(service) || !arrange_may_start(manager, service))
                admission_forget(manager, service);
        else if (admission_may_start(manager, service))
                arrange_release(manager, service);
}

/* Carries out a stop that nobody stands in the way of any more. */
static void stop_now(Manager *manager, Service *service)
{
        StopWish wish = service->wish;

        if (wish == WISH_NONE)
                return;
        if (service->index != ORDER_NONE &&
            order_stop_blocker(manager->graph, manager->nodes, service->index) != ORDER_NONE)
                return;

        service->wish = WISH_NONE;
        service_feed(service, (LifecycleEvent){.type = wish == WISH_RESTART ? EVENT_RESTART : EVENT_STOP,
                                               .result = service->wish_result,
                                               .by_hand = service->wish_by_hand});
}

/* Whose start may be waiting for what `service` is now. */
static const Relation waiting_by[] = {RELATION_AFTER, RELATION_REQUIRES, RELATION_REQUISITE, RELATION_BINDS_TO,
                                      RELATION_CONFLICTS};

/* Those whose wait may be over because of `service`. */
static void look_at_neighbours(Manager *manager, Service *service)
{
        Edges edges;

        for (size_t k = 0; k < ELEMENTSOF(waiting_by); k++) {
                edges = graph_reverse_edges(manager->graph, service->index, waiting_by[k]);
                for (size_t i = 0; i < edges.n; i++)
                        release(manager, manager_by_index(manager, edges.items[i]));
        }

        edges = graph_edges(manager->graph, service->index, RELATION_AFTER);
        for (size_t i = 0; i < edges.n; i++) {
                Service *other = manager_by_index(manager, edges.items[i]);

                stop_now(manager, other);
                release(manager, other);
        }
}

static void arrange_one(Manager *manager, Service *service)
{
        arrange_refresh(manager, service);
        admission_look(manager, service);
        arrange_tell_others(manager, service);
        stop_now(manager, service);
        release(manager, service);
        if (service->index != ORDER_NONE)
                look_at_neighbours(manager, service);

        operations_look(manager, service);
        if (manager->observer.on_change)
                manager->observer.on_change(manager->observer.userdata, service);
        if (service->transient)
                transient_look(manager, service);
        else if (service_is_past(service))
                manager->some_are_gone = true;
}

/* As many as there may be at once: what is left then was made dirty by this round itself, and is looked at in
 * another, behind all else that is due. So a service that fails at once and is tried at once, for ever, starves
 * nobody. */
void arrange_dirty(void *userdata)
{
        Manager *manager = userdata;
        size_t budget = manager->n_services + 16;
        Service *service;

        manager->arranging = true;
        while (budget-- > 0 && (service = LIST_FIRST(&manager->dirty, Service, dirty_link))) {
                list_remove(&service->dirty_link);
                arrange_one(manager, service);
                if (list_is_empty(&manager->dirty))
                        admission_pump(manager);
        }
        manager->arranging = false;
        if (manager->some_are_gone)
                manager_remove_gone(manager);
        if (!list_is_empty(&manager->dirty))
                (void) deferred_schedule(&manager->arrange_rest);
        if (manager->shutdown != SHUTDOWN_NONE)
                shutdown_look(manager);
}
