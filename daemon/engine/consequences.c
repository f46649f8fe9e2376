/* SPDX-License-Identifier: MIT */

/* What a change of one service means for others, told once for each change, at the end of the turn in which it
 * happened: who is taken along, who may come back, who may be luckier now, who is started because of it. What it
 * means is the core's to say (the table in core/order.c); here it is told apart what has happened. */

#include "common/strv.h"
#include "core/policy.h"
#include "engine/manager-private.h"
#include "engine/run-environment.h"

/* D is ready again: those that it had taken down come back, where nothing else keeps them down. */
static void bring_back(Manager *manager, Service *service)
{
        for (Relation relation = 0; relation < _RELATION_N; relation++) {
                Edges edges;

                if (order_consequence(relation, HAPPENING_READY_AGAIN) != CONSEQUENCE_START_IF_WANTED)
                        continue;
                edges = graph_reverse_edges(manager->graph, service->index, relation);
                for (size_t i = 0; i < edges.n; i++) {
                        Service *other = manager_by_index(manager, edges.items[i]);

                        if (!other->stopped_by_dependency ||
                            !order_may_return(manager->graph, manager->nodes, other->index))
                                continue;
                        service_caused_by_service(other, service, "started again");
                        arrange_start(manager, other, START_RETURNS);
                }
        }
}

/* Those that are tried again may be lucky now that something they are ordered after is ready; those that are being
 * tried had no chance, and are tried again at once when they fail. */
static void retry_dependents(Manager *manager, Service *service)
{
        Edges edges = graph_reverse_edges(manager->graph, service->index, RELATION_AFTER);

        for (size_t i = 0; i < edges.n; i++) {
                Service *other = manager_by_index(manager, edges.items[i]);

                if (other->life.state == STATE_AUTO_RESTART)
                        service_feed_type(other, EVENT_RETRY_NOW);
                else
                        other->retry_soon =
                                !service_state_info(other->life.state)->resting && !service_is_ready(other);
        }
}

static void became_ready(Manager *manager, Service *service)
{
        service->attempted = false;
        service->was_up = true;
        service->retry_soon = false;
        arrange_refresh(manager, service);
        if (service->index == ORDER_NONE || manager->shutdown != SHUTDOWN_NONE)
                return;
        bring_back(manager, service);
        retry_dependents(manager, service);
}

static const char *relation_text(Relation relation)
{
        return relation == RELATION_ON_FAILURE ? "OnFailure" : "OnSuccess";
}

/* Nobody asked for it, so the start limit is for it, too: two that trigger each other come to an end. */
static bool may_trigger(Service *service, const Service *trigger, Relation relation)
{
        usec_t now = loop_now(service->manager->loop);

        if (policy_count_start(&service->policy, &service->triggers, now))
                return true;
        service_event(
                service, EVENT_ID_LIMIT_HIT, 3, NULL,
                "%s is not started by %s of %s: that was done %u times already within its StartLimitIntervalSec",
                service->name, relation_text(relation), trigger->name, service->triggers.n_in_interval);
        return false;
}

static void trigger(Manager *manager, Service *service, Relation relation)
{
        Edges edges;

        if (service->index == ORDER_NONE || manager->shutdown != SHUTDOWN_NONE)
                return;

        edges = graph_edges(manager->graph, service->index, relation);
        for (size_t i = 0; i < edges.n; i++) {
                Service *other = manager_by_index(manager, edges.items[i]);
                _cleanup_(strv_freep) char **monitor = NULL;

                /* What is up, or on its way, has nothing to be started. */
                if (other->load != LOAD_LOADED || (other->life.wanted && other->wish != WISH_STOP) ||
                    !may_trigger(other, service, relation))
                        continue;
                service_event(other, EVENT_ID_TRIGGERED, 5, NULL, "%s is started by %s of %s", other->name,
                              relation_text(relation), service->name);
                service_caused_by_service(other, service, "started");
                arrange_start(manager, other, START_TRIGGERED);
                /* Without memory it runs without them. */
                if (run_environment_monitor(service, &monitor) < 0)
                        continue;
                strv_free(other->monitor);
                other->monitor = TAKE_PTR(monitor);
        }
}

static bool is_coming_or_up(ServiceState state)
{
        const ServiceStateInfo *info = service_state_info(state);

        return !info->resting && info->active != ACTIVE_DEACTIVATING && info->active != ACTIVE_FAILED;
}

/* Nobody asked for it, and it has not come to rest for good. */
static bool goes_down_by_itself(const Service *service)
{
        const Lifecycle *life = &service->life;

        if (!is_coming_or_up(service->settled_state) || service->wish != WISH_NONE)
                return false;
        return life->state == STATE_AUTO_RESTART ||
               (lifecycle_active_state(life) == ACTIVE_DEACTIVATING && life->wanted && !life->restarting);
}

static void note_failed_try(Manager *manager, Service *service)
{
        service->attempted = true;
        service->failure_is_news = true;
        arrange_refresh(manager, service);
}

/* Its own restart reaches the others when the delay is over, or cut short by somebody (who has cleared the counter
 * then): they stay up until then. */
static void look_at_restart(Manager *manager, Service *service)
{
        ServiceState before = service->settled_state, now = service->life.state;
        bool tried_again = service->life.history.n_restarts > service->settled_restarts;
        bool is_down = now == STATE_DEAD || now == STATE_FAILED;

        if (now == STATE_AUTO_RESTART)
                return;
        service->settled_restarts = service->life.history.n_restarts;
        if (tried_again) {
                service->automatic = true;
                note_failed_try(manager, service);
        }
        if (tried_again || (before == STATE_AUTO_RESTART && !is_down))
                arrange_befall(manager, service, HAPPENING_RESTARTS_BY_ITSELF);
}

/* What ended of its own, and would have stayed down, was not taken down by another that went at the same time. */
static bool ended_for_good(const Service *service)
{
        const Lifecycle *life = &service->life;
        RestartReason reason;

        if (life->end_reason == REASON_DEPENDENCY || life->end_reason == REASON_ASKED)
                return false;
        return !policy_shall_restart(&service->policy, life->result, life->main_exit_known ? &life->main_exit : NULL,
                                     &reason);
}

/* It has come to rest, for good or until its next try. */
static void came_to_rest(Manager *manager, Service *service, bool ran)
{
        const Lifecycle *life = &service->life;
        bool well = life->result == RESULT_SUCCESS;

        if (life->state == STATE_AUTO_RESTART || life->state == STATE_FAILED)
                note_failed_try(manager, service);
        if (life->state == STATE_AUTO_RESTART || service->wish != WISH_NONE || life->wanted)
                return;
        if (ran && ended_for_good(service))
                service->stopped_by_dependency = false;

        if (life->state == STATE_FAILED || service_order_node(service).gave_up)
                arrange_befall(manager, service, HAPPENING_GAVE_UP);
        else
                arrange_befall(manager, service, HAPPENING_ENDED);

        if (life->state == STATE_FAILED)
                trigger(manager, service, RELATION_ON_FAILURE);
        else if (well && ran)
                trigger(manager, service, RELATION_ON_SUCCESS);
}

void arrange_tell_others(Manager *manager, Service *service)
{
        ServiceState before = service->settled_state, now = service->life.state;
        bool ready = service_order_node(service).ready, ran = service->n_ends != service->settled_ends;

        if (ready && !service->was_ready)
                became_ready(manager, service);
        service->was_ready = ready;

        if (goes_down_by_itself(service))
                arrange_befall(manager, service, HAPPENING_GOES_DOWN);
        look_at_restart(manager, service);

        /* What has failed, was started and has failed again since the last look has failed anew. */
        if (before == now && !ran)
                return;
        service->settled_state = now;
        service->settled_ends = service->n_ends;
        if (now == STATE_AUTO_RESTART || now == STATE_FAILED || now == STATE_DEAD)
                came_to_rest(manager, service, ran);

        if (now == STATE_AUTO_RESTART && service->retry_soon) {
                service->retry_soon = false;
                service_feed_type(service, EVENT_RETRY_NOW);
        }
}
