/* SPDX-License-Identifier: MIT */

/* What happens between services. Wishes are noted on the services (wanted in the lifecycle, a StopWish here), and
 * each change of a service is looked at once, at the end of the turn in which it happened: what it means for those
 * that name it (core/order has the table), and whether those that wait can go on now. Every wait is re-examined when
 * one of the services that it may depend on changes, so nothing is polled and nothing forgotten. */

#include "engine/manager-private.h"

#define ANY_CAUSE NULL

static void refresh_node(Manager *manager, const Service *service)
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
        for (size_t i = 0; i < after.n; i++) {
                OrderNode node = service_order_node(manager_by_index(manager, after.items[i]));

                if (node.wanted && !node.ready)
                        return false;
        }
        return true;
}

/* A required service that will not come takes the waiting one back to rest. */
static void give_up_waiting(Service *service, Service *cause)
{
        service->caused_by = cause;
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

bool arrange_may_start(Manager *manager, Service *service)
{
        uint32_t blocker = ORDER_NONE;
        bool failed = false;

        if (service->index != ORDER_NONE) {
                blocker = order_start_blocker(manager->graph, manager->nodes, service->index, &failed);
                if (blocker == ORDER_NONE)
                        blocker = order_stop_blocker(manager->graph, manager->nodes, service->index);
        }
        if (failed) {
                give_up_waiting(service, manager_by_index(manager, blocker));
                return false;
        }
        if (blocker != ORDER_NONE) {
                service_set_reason(service, "waits for %s", manager_by_index(manager, blocker)->name);
                return false;
        }
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

static void release(Manager *manager, Service *service)
{
        if (service->life.state != STATE_WAITING || service->wish != WISH_NONE || service->load != LOAD_LOADED)
                return;
        if (!arrange_may_start(manager, service))
                return;

        (void) timer_set(&service->names_timer, USEC_INFINITY);
        service_set_reason(service, "%s", "");
        service_feed_type(service, EVENT_RELEASE);
        service->names_given_up = false;
        refresh_node(manager, service);
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
        refresh_node(manager, service);
}

static void wish(Manager *manager, Service *service, StopWish what, ServiceResult result, Service *cause)
{
        /* A stop outranks a restart, whoever came first. */
        if (service->wish == WISH_STOP && what == WISH_RESTART)
                return;
        service->wish = what;
        service->wish_result = result;
        service->wish_by_hand = cause == ANY_CAUSE;
        service->caused_by = cause;
        service->stopped_by_dependency = cause && service->life.wanted && what == WISH_STOP;
        refresh_node(manager, service);
        manager_mark_dirty(manager, service);
}

/* What `happening` of `service` does to those that name it, transitively. */
static void propagate(Manager *manager, Service *service, Happening happening)
{
        _cleanup_free_ uint32_t *indices = NULL;
        size_t n = 0;
        bool restart;

        if (service->index == ORDER_NONE ||
            order_stop_closure(manager->graph, service->index, happening, &indices, &n) < 0)
                return;

        restart = happening == HAPPENING_RESTARTED_BY_HAND || happening == HAPPENING_RESTARTS_BY_ITSELF;
        for (size_t i = 0; i < n; i++) {
                Service *other = manager_by_index(manager, indices[i]);

                if (other == service || !other->life.wanted)
                        continue;
                /* What isn't up has nothing to restart: it waits, and finds D as it will be. */
                if (restart && service_state_info(other->life.state)->resting)
                        continue;
                wish(manager, other, restart ? WISH_RESTART : WISH_STOP, restart ? RESULT_SUCCESS : RESULT_DEPENDENCY,
                     service);
        }
}

void arrange_start(Manager *manager, Service *service, bool by_hand)
{
        _cleanup_free_ uint32_t *indices = NULL;
        size_t n = 0;

        if (service->index != ORDER_NONE && order_start_closure(manager->graph, service->index, &indices, &n) < 0)
                return;

        for (size_t i = n; i > 0; i--) {
                Service *other = manager_by_index(manager, indices[i - 1]);
                bool itself = other == service;

                if (other->load != LOAD_LOADED)
                        continue;
                /* What is being tried already is left to its own pace, but for the one that was named. */
                if (!itself && other->life.wanted && other->wish != WISH_STOP)
                        continue;

                if (other->wish == WISH_STOP)
                        other->wish = service_state_info(other->life.state)->resting ? WISH_NONE : WISH_RESTART;
                other->attempted = false;
                other->stopped_by_dependency = false;
                other->was_up = false;
                other->caused_by = NULL;
                if (other->wish == WISH_NONE)
                        service_feed(other, (LifecycleEvent){
                                                    .type = EVENT_START, .by_hand = by_hand, .uncounted = !by_hand});
                refresh_node(manager, other);
                manager_mark_dirty(manager, other);
        }
}

void arrange_stop(Manager *manager, Service *service)
{
        propagate(manager, service, HAPPENING_STOPPED_BY_HAND);
        wish(manager, service, WISH_STOP, RESULT_SUCCESS, ANY_CAUSE);
        service->stopped_by_dependency = false;
}

void arrange_stop_all(Manager *manager)
{
        /* All are asked for by the same order: nobody goes because of another. */
        for (size_t i = 0; i < manager->n_services; i++) {
                Service *service = manager->services[i];

                if (service->life.state == STATE_DEAD || service->life.state == STATE_FAILED)
                        continue;
                wish(manager, service, WISH_STOP, RESULT_SUCCESS, ANY_CAUSE);
                service->stopped_by_dependency = false;
        }
}

void arrange_restart(Manager *manager, Service *service)
{
        bool resting = service_state_info(service->life.state)->resting;

        propagate(manager, service, HAPPENING_RESTARTED_BY_HAND);
        /* What it needs is pulled in as for a start, without touching what is up. */
        arrange_start(manager, service, true);
        if (!resting)
                wish(manager, service, WISH_RESTART, RESULT_SUCCESS, ANY_CAUSE);
}

/* D is ready again: those that it had taken down come back. */
static void bring_back(Manager *manager, Service *service)
{
        if (service->index == ORDER_NONE)
                return;

        for (Relation relation = 0; relation < _RELATION_N; relation++) {
                Edges edges;

                if (order_consequence(relation, HAPPENING_READY_AGAIN) != CONSEQUENCE_START_IF_WANTED)
                        continue;
                edges = graph_reverse_edges(manager->graph, service->index, relation);
                for (size_t i = 0; i < edges.n; i++) {
                        Service *other = manager_by_index(manager, edges.items[i]);

                        if (other->stopped_by_dependency && manager->shutdown == SHUTDOWN_NONE)
                                arrange_start(manager, other, false);
                }
        }
}

/* Those that are tried again may be lucky now that something they are ordered after is ready. */
static void retry_dependents(Manager *manager, Service *service)
{
        Edges edges;

        if (service->index == ORDER_NONE)
                return;

        edges = graph_reverse_edges(manager->graph, service->index, RELATION_AFTER);
        for (size_t i = 0; i < edges.n; i++) {
                Service *other = manager_by_index(manager, edges.items[i]);

                if (other->life.state == STATE_AUTO_RESTART)
                        service_feed_type(other, EVENT_RETRY_NOW);
        }
}

/* What the change from `service->settled_state` means for others. */
static void tell_others(Manager *manager, Service *service)
{
        ServiceState before = service->settled_state, now = service->life.state;
        bool ready = service_order_node(service).ready;
        bool tried_again = service->life.history.n_restarts > service->settled_restarts;
        bool is_down = now == STATE_DEAD || now == STATE_FAILED;

        if (ready && !service->was_ready) {
                service->attempted = false;
                service->was_up = true;
                bring_back(manager, service);
                retry_dependents(manager, service);
        }
        service->was_ready = ready;

        /* Its own restart reaches the others when the delay is over, or cut short by somebody (who has cleared the
         * counter then): they stay up until then. */
        if (now != STATE_AUTO_RESTART && (tried_again || (before == STATE_AUTO_RESTART && !is_down))) {
                service->attempted = service->attempted || tried_again;
                propagate(manager, service, HAPPENING_RESTARTS_BY_ITSELF);
        }
        if (now != STATE_AUTO_RESTART)
                service->settled_restarts = service->life.history.n_restarts;

        if (before == now)
                return;
        service->settled_state = now;

        if (now == STATE_AUTO_RESTART || now == STATE_FAILED)
                service->attempted = true;
        if (now == STATE_FAILED && service->wish == WISH_NONE)
                propagate(manager, service, HAPPENING_GAVE_UP);
        if (now == STATE_DEAD && service->life.result == RESULT_SUCCESS && !service->life.wanted)
                propagate(manager, service, HAPPENING_ENDED);
}

/* Those whose wait may be over because of `service`. */
static void look_at_neighbours(Manager *manager, Service *service)
{
        Edges edges = graph_reverse_edges(manager->graph, service->index, RELATION_AFTER);

        for (size_t i = 0; i < edges.n; i++) {
                release(manager, manager_by_index(manager, edges.items[i]));
        }
        edges = graph_reverse_edges(manager->graph, service->index, RELATION_REQUIRES);
        for (size_t i = 0; i < edges.n; i++)
                release(manager, manager_by_index(manager, edges.items[i]));

        edges = graph_edges(manager->graph, service->index, RELATION_AFTER);
        for (size_t i = 0; i < edges.n; i++) {
                Service *other = manager_by_index(manager, edges.items[i]);

                stop_now(manager, other);
                release(manager, other);
        }
}

static void arrange_one(Manager *manager, Service *service)
{
        refresh_node(manager, service);
        tell_others(manager, service);
        stop_now(manager, service);
        release(manager, service);
        refresh_node(manager, service);
        if (service->index != ORDER_NONE)
                look_at_neighbours(manager, service);

        operations_look(manager, service);
        if (manager->observer.on_change)
                manager->observer.on_change(manager->observer.userdata, service);
        if (service->load == LOAD_NOT_FOUND && service_state_info(service->life.state)->resting)
                manager_remove_service(manager, service);
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
        }
        manager->arranging = false;
        if (!list_is_empty(&manager->dirty))
                (void) deferred_schedule(&manager->arrange_rest);
        if (manager->shutdown != SHUTDOWN_NONE)
                shutdown_look(manager);
}
