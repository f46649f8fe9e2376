/* SPDX-License-Identifier: MIT */

/* Wishes: what is to become of a service, because somebody asked for it or because of another's fate. A start goes to
 * the lifecycle at once and stands there in `waiting`; a stop or restart is noted on the service until those that go
 * before it are down. Who else is meant is asked of the core (order_starts, order_fates); when a wish may be carried
 * out is arrange.c's. */

#include "common/strv.h"
#include "engine/manager-private.h"

#define NOBODY NULL

/* What is down already, or up already, isn't so because somebody asks for it once more. */
static void note_stop(Service *service, StopWish what, const Service *cause)
{
        if (service->life.state == STATE_DEAD || service->life.state == STATE_FAILED)
                return;
        if (cause == NOBODY)
                service_caused_by_order(service);
        else
                service_caused_by_service(service, cause, what == WISH_RESTART ? "restarted" : "stopped");
}

static void note_start(Service *service, const Service *cause)
{
        const ServiceStateInfo *info = service_state_info(service->life.state);

        if (!info->resting && info->active != ACTIVE_DEACTIVATING && service->wish == WISH_NONE)
                return;
        if (cause == NOBODY)
                service_caused_by_order(service);
        else
                service_caused_by_service(service, cause, "started");
}

static void wish(Manager *manager, Service *service, StopWish what, Service *cause, DragKind how)
{
        bool is_drag = cause != NOBODY;

        /* A stop outranks a restart, whoever came first. */
        if (service->wish == WISH_STOP && what == WISH_RESTART)
                return;
        note_stop(service, what, cause);
        service->wish = what;
        service->wish_result = is_drag && what == WISH_STOP ? RESULT_DEPENDENCY : RESULT_SUCCESS;
        service->wish_by_hand = !is_drag;
        service->caused_by = cause;
        service->dragged = how;
        service->stopped_by_dependency = is_drag && service->life.wanted && what == WISH_STOP;
        arrange_refresh(manager, service);
        manager_mark_dirty(manager, service);
}

void arrange_befall(Manager *manager, Service *service, Happening happening)
{
        OrderAnswer *answer = &manager->fates;
        Consequence consequence;
        bool by_itself = happening == HAPPENING_RESTARTS_BY_ITSELF || happening == HAPPENING_GOES_DOWN;

        if (service->index == ORDER_NONE)
                return;

        consequence = order_fates(answer, manager->graph, manager->nodes, service->index, happening);
        for (size_t i = 0; i < answer->n; i++) {
                const OrderStep *step = &answer->steps[i];
                Service *other = manager_by_index(manager, step->index);

                if (consequence == CONSEQUENCE_RESTART) {
                        if (!step->affected)
                                continue;
                        wish(manager, other, WISH_RESTART, manager_by_index(manager, step->cause), DRAG_RESTARTS);
                        other->automatic = by_itself;
                        continue;
                }
                if (step->affected)
                        wish(manager, other, WISH_STOP, manager_by_index(manager, step->cause), DRAG_DOWN);
                other->stopped_by_dependency = other->stopped_by_dependency && step->returns;
        }
}

/* What can't be up together with `service` goes, and is not told that it may come back. */
static void stop_rivals(Manager *manager, Service *service)
{
        Edges rivals = graph_edges(manager->graph, service->index, RELATION_CONFLICTS);

        for (size_t i = 0; i < rivals.n; i++) {
                Service *rival = manager_by_index(manager, rivals.items[i]);

                if (!rival->life.wanted)
                        continue;
                arrange_befall(manager, rival, HAPPENING_STOPPED);
                wish(manager, rival, WISH_STOP, service, DRAG_CONFLICT);
                rival->stopped_by_dependency = false;
        }
}

/* It may not come, as another that starts with it is its rival. Nobody waits for it. */
static void refuse(Manager *manager, Service *service, Service *rival)
{
        if (service->life.wanted)
                return;
        service->caused_by = rival;
        service->dragged = DRAG_RIVAL;
        service_caused_by_service(service, rival, "not started");
        service_feed(service, (LifecycleEvent){.type = EVENT_START, .uncounted = true});
        service_feed(service, (LifecycleEvent){.type = EVENT_STOP, .result = RESULT_DEPENDENCY});
}

/* The past is forgotten that this start makes irrelevant. */
static void begin_anew(Service *service, StartWay way)
{
        service->attempted = false;
        service->retry_soon = false;
        service->stopped_by_dependency = false;
        service->was_up = service_is_ready(service);
        service->caused_by = NULL;
        service->dragged = DRAG_NONE;
        service->automatic = way == START_RETURNS;
        if (way != START_BY_HAND)
                return;
        service->triggers = (RestartHistory){0};
        strv_free(service->monitor);
        service->monitor = NULL;
}

static void start_one(Manager *manager, Service *service, StartWay way)
{
        bool by_hand = way == START_BY_HAND;

        /* A stop that isn't carried out yet stays one, for those who asked for it. */
        service->wish_by_hand = service->wish_by_hand || by_hand;
        if (service->wish == WISH_STOP)
                service->wish = service_state_info(service->life.state)->resting ? WISH_NONE : WISH_RESTART;
        begin_anew(service, way);
        if (service->wish == WISH_NONE)
                service_feed(service,
                             (LifecycleEvent){.type = EVENT_START, .by_hand = by_hand, .uncounted = !by_hand});
        arrange_refresh(manager, service);
        manager_mark_dirty(manager, service);
}

/* Before anything starts, what can't be up with it is told to go. */
static void make_room(Manager *manager)
{
        const OrderAnswer *answer = &manager->starts;

        for (size_t i = 0; i < answer->n; i++) {
                Service *service = manager_by_index(manager, answer->steps[i].index);

                if (answer->steps[i].rival == ORDER_NONE && service->load == LOAD_LOADED)
                        stop_rivals(manager, service);
        }
}

static void start_step(Manager *manager, const OrderStep *step, StartWay way)
{
        Service *service = manager_by_index(manager, step->index);

        if (service->load != LOAD_LOADED)
                return;
        if (step->rival != ORDER_NONE) {
                refuse(manager, service, manager_by_index(manager, step->rival));
                return;
        }
        if (step->cause != ORDER_NONE) {
                /* What is being tried already is left to its own pace. */
                if (service->life.wanted && service->wish != WISH_STOP)
                        return;
                note_start(service, manager_by_index(manager, step->cause));
        }
        start_one(manager, service, way);
}

void arrange_start_together(Manager *manager, const uint32_t *roots, size_t n_roots, StartWay way)
{
        const OrderAnswer *answer = &manager->starts;

        order_starts(&manager->starts, manager->graph, roots, n_roots);
        make_room(manager);
        for (size_t i = 0; way == START_BY_HAND && i < n_roots; i++)
                note_start(manager_by_index(manager, roots[i]), NOBODY);

        /* What is needed comes first, though order would see to that; within each part, what was named first. */
        for (size_t i = n_roots; i < answer->n; i++)
                start_step(manager, &answer->steps[i], way);
        for (size_t i = 0; i < n_roots; i++)
                start_step(manager, &answer->steps[i], way);
}

void arrange_start(Manager *manager, Service *service, StartWay way)
{
        if (service->index != ORDER_NONE) {
                arrange_start_together(manager, &service->index, 1, way);
                return;
        }
        if (way == START_BY_HAND)
                note_start(service, NOBODY);
        if (service->load == LOAD_LOADED)
                start_one(manager, service, way);
}

void arrange_stop(Manager *manager, Service *service)
{
        note_stop(service, WISH_STOP, NOBODY);
        arrange_befall(manager, service, HAPPENING_STOPPED);
        wish(manager, service, WISH_STOP, NOBODY, DRAG_NONE);
}

void arrange_stop_all(Manager *manager)
{
        /* All are asked for by the same order: nobody goes because of another. */
        for (size_t i = 0; i < manager->n_services; i++) {
                Service *service = manager->services[i];

                /* One that is down may still be wished up again, as soon as others are down. */
                if ((service->life.state == STATE_DEAD || service->life.state == STATE_FAILED) &&
                    service->wish == WISH_NONE)
                        continue;
                wish(manager, service, WISH_STOP, NOBODY, DRAG_NONE);
        }
}

void arrange_restart(Manager *manager, Service *service)
{
        bool resting = service_state_info(service->life.state)->resting;

        if (!resting)
                note_stop(service, WISH_RESTART, NOBODY);
        arrange_befall(manager, service, HAPPENING_RESTARTED);
        /* What it needs is pulled in as for a start, without touching what is up. */
        arrange_start(manager, service, START_BY_HAND);
        if (!resting)
                wish(manager, service, WISH_RESTART, NOBODY, DRAG_NONE);
}
