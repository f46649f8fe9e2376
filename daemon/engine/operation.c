/* SPDX-License-Identifier: MIT */

/* Operations: a verb on some services and somebody who waits. The verb is given to the arrangement at once; whether a
 * service is done is read off its state and its counters each time it changes. An operation owns its results and
 * frees itself when it has answered. */

#include "engine/operation.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/graph.h"
#include "engine/manager-private.h"

/* The counters of a service when the operation began. */
typedef struct Baseline {
        unsigned n_runs, n_ends, n_reloads, n_stuck;
} Baseline;

struct Operation {
        Manager *manager; /* weak */
        OperationVerb verb;
        OperationResult *results;
        Baseline *baselines;
        size_t n, n_open;
        operation_done_fn done;
        void *userdata;
        Deferred answer; /* never from within operation_new() */
        List link;
};

static Operation *operation_free(Operation *operation)
{
        if (!operation)
                return NULL;

        list_remove(&operation->link);
        deferred_done(&operation->answer);
        for (size_t i = 0; i < operation->n; i++) {
                free(operation->results[i].reason);
                free(operation->results[i].name);
        }
        free(operation->results);
        free(operation->baselines);
        free(operation);
        return NULL;
}
DEFINE_CLEANUP(Operation *, operation_free);

static void settle(Operation *operation, OperationResult *result, const char *how, const char *reason)
{
        if (result->settled)
                return;

        result->settled = true;
        result->result = how;
        if (reason && *reason)
                result->reason = strdup(reason);
        operation->n_open--;
        if (operation->n_open == 0)
                (void) deferred_schedule(&operation->answer);
}

static void on_answer(void *userdata)
{
        Operation *operation = userdata;

        if (operation->done)
                operation->done(operation->userdata, operation->results, operation->n);
        operation_free(operation);
}

/* Why a start did not do, as well as is known. */
static void settle_failed_start(Operation *operation, OperationResult *result)
{
        Service *service = result->service;
        bool dependency = service->life.result == RESULT_DEPENDENCY;

        settle(operation, result, dependency ? "dependency" : "failed", service_reason(service));
}

/* One without which `service` can't be, and which has failed a try. */
static Service *failed_dependence(const Service *service)
{
        static const Relation relations[] = {RELATION_REQUIRES, RELATION_BINDS_TO, RELATION_REQUISITE};
        Manager *manager = service->manager;

        for (size_t k = 0; k < ELEMENTSOF(relations); k++) {
                Edges edges = graph_edges(manager->graph, service->index, relations[k]);

                for (size_t i = 0; i < edges.n; i++) {
                        Service *other = manager_by_index(manager, edges.items[i]);

                        if (other->attempted && !service_is_ready(other))
                                return other;
                }
        }
        return NULL;
}

/* A service that it requires, be it over others that wait themselves, has failed its first attempt and goes on being
 * tried: `start` says so, and it waits on. */
static Service *failed_requirement(Service *service)
{
        Manager *manager = service->manager;

        /* The order has no cycle, but what is bound without one may wait in a ring. */
        for (size_t n = 0; n < manager->n_services; n++) {
                Service *failed;
                Blocker blocker;

                if (service->index == ORDER_NONE || service->life.state != STATE_WAITING)
                        return NULL;
                failed = failed_dependence(service);
                if (failed)
                        return failed;
                blocker = order_start_blocker(manager->graph, manager->nodes, service->index);
                if (blocker.kind != BLOCK_ORDER || !order_depends(manager->graph, service->index, blocker.index))
                        return NULL;
                service = manager_by_index(manager, blocker.index);
        }
        return NULL;
}

static void look_start(Operation *operation, OperationResult *result, const Baseline *base)
{
        Service *service = result->service, *failed;
        const Lifecycle *life = &service->life;
        bool ran = service->n_ends > base->n_ends;

        if (service_is_ready(service) && service->wish == WISH_NONE) {
                /* Of a restart, only the new run counts. */
                if (operation->verb == VERB_START || operation->verb == VERB_WAIT_READY ||
                    service->n_runs > base->n_runs)
                        settle(operation, result, "done", NULL);
                return;
        }
        if (life->state == STATE_DEAD && service->wish == WISH_NONE && !life->wanted) {
                if (ran && service_order_node(service).succeeded)
                        settle(operation, result, "done", NULL);
                else
                        settle_failed_start(operation, result);
                return;
        }
        if (life->state == STATE_FAILED && service->wish == WISH_NONE) {
                settle_failed_start(operation, result);
                return;
        }
        if (life->state == STATE_AUTO_RESTART && ran && service->n_runs > base->n_runs) {
                settle_failed_start(operation, result);
                return;
        }
        if (life->state == STATE_WAITING && (failed = failed_requirement(service))) {
                char text[512];

                snprintf(text, sizeof(text), "%s, which it requires, failed: %s", failed->name,
                         service_reason(failed));
                settle(operation, result, "dependency", text);
        }
}

static void look_stop(Operation *operation, OperationResult *result, const Baseline *base)
{
        Service *service = result->service;
        const Lifecycle *life = &service->life;
        /* Nothing begins while the stop is wished: where something has ended or begun since, it was carried out,
         * even if somebody else's start is quicker than this look. */
        bool is_over = service->n_ends > base->n_ends || service->n_runs > base->n_runs ||
                       (service_state_info(life->state)->resting && !life->wanted);

        if (service->n_stuck > base->n_stuck)
                settle(operation, result, "failed", service_reason(service));
        else if (service->wish == WISH_NONE && is_over)
                settle(operation, result, "done",
                       life->state == STATE_FAILED && service->n_ends > base->n_ends ? service_reason(service)
                                                                                     : NULL);
}

static void look_reload(Operation *operation, OperationResult *result, const Baseline *base)
{
        Service *service = result->service;

        if (service->n_reloads > base->n_reloads)
                settle(operation, result, service->life.reload_result == RESULT_SUCCESS ? "done" : "failed",
                       service->life.reload_result == RESULT_SUCCESS ? NULL : service_reason(service));
        else if (lifecycle_active_state(&service->life) != ACTIVE_RELOADING &&
                 lifecycle_active_state(&service->life) != ACTIVE_ACTIVE)
                settle(operation, result, "failed", "it does not run any more");
}

/* DEAD and FAILED without anybody wanting it: it stays so. */
static bool is_at_rest(const Service *service)
{
        return (service->life.state == STATE_DEAD || service->life.state == STATE_FAILED) &&
               service->wish == WISH_NONE;
}

static void look_wait(Operation *operation, OperationResult *result)
{
        Service *service = result->service;
        ActiveState active = lifecycle_active_state(&service->life);

        if (operation->verb == VERB_WAIT_ACTIVE && active == ACTIVE_ACTIVE)
                settle(operation, result, "done", NULL);
        else if (operation->verb == VERB_WAIT_READY && service_is_ready(service) && service->wish == WISH_NONE)
                settle(operation, result, "done", NULL);
        else if (operation->verb == VERB_WAIT_INACTIVE && is_at_rest(service))
                settle(operation, result, "done", NULL);
        else if (operation->verb == VERB_WAIT_FAILED && service->life.state == STATE_FAILED)
                settle(operation, result, "done", NULL);
        else if (operation->verb != VERB_WAIT_INACTIVE && is_at_rest(service))
                settle(operation, result, "failed", *service->reason ? service->reason : "it is stopped");
}

static void look(Operation *operation, size_t i)
{
        OperationResult *result = &operation->results[i];

        if (result->settled)
                return;

        switch (operation->verb) {
        case VERB_START:
        case VERB_RESTART:
        case VERB_TRY_RESTART:
                look_start(operation, result, &operation->baselines[i]);
                break;
        case VERB_STOP:
                look_stop(operation, result, &operation->baselines[i]);
                break;
        case VERB_RELOAD:
                look_reload(operation, result, &operation->baselines[i]);
                break;
        case VERB_WAIT_READY:
        case VERB_WAIT_ACTIVE:
        case VERB_WAIT_INACTIVE:
        case VERB_WAIT_FAILED:
                look_wait(operation, result);
                break;
        case _OPERATION_VERB_N:
                assert_not_reached();
        }
}

/* Of a group those are reloaded that can be. */
static bool is_out_of_reload(const OperationResult *result)
{
        const Service *service = result->service;
        const ServiceConfig *config = service->config;

        return config->kind == UNIT_TARGET ||
               (result->is_member && (service->life.state != STATE_RUNNING ||
                                      (config->commands[COMMAND_RELOAD].n == 0 && config->reload_signal == 0)));
}

static void begin_reload(Operation *operation, OperationResult *result)
{
        Service *service = result->service;
        bool has_commands = service->config->commands[COMMAND_RELOAD].n > 0;

        if (is_out_of_reload(result))
                settle(operation, result, "skipped", NULL);
        else if (!has_commands && service->config->reload_signal == 0)
                settle(operation, result, "not-supported", "it has neither ExecReload nor ReloadSignal");
        else if (service->life.state == STATE_RELOAD)
                settle(operation, result, "failed", "another reload of it is not done yet");
        else if (service->life.state == STATE_EXITED && !has_commands)
                settle(operation, result, "not-active",
                       "no process of it is left that ReloadSignal could be sent to");
        else if (service->life.state != STATE_RUNNING && service->life.state != STATE_EXITED)
                settle(operation, result, "not-active", "it does not run");
        else
                service_feed_type(service, EVENT_RELOAD);
}

static void begin_one(Operation *operation, OperationResult *result)
{
        Manager *manager = operation->manager;
        Service *service = result->service;
        bool starts = operation->verb == VERB_START || operation->verb == VERB_RESTART ||
                      (operation->verb == VERB_TRY_RESTART && !service_state_info(service->life.state)->resting);

        if (starts && service->load != LOAD_LOADED) {
                settle(operation, result, "failed",
                       service->load == LOAD_BAD_SETTING ? service_reason(service) : "its definition is gone");
                return;
        }
        if (starts && manager->shutdown != SHUTDOWN_NONE) {
                settle(operation, result, "failed", "the daemon is shutting down");
                return;
        }

        switch (operation->verb) {
        case VERB_START:
                arrange_start(manager, service, START_BY_HAND);
                break;
        case VERB_STOP:
                arrange_stop(manager, service);
                break;
        case VERB_RESTART:
                arrange_restart(manager, service);
                break;
        case VERB_TRY_RESTART:
                if (!starts)
                        settle(operation, result, "skipped", NULL);
                else
                        arrange_restart(manager, service);
                break;
        case VERB_RELOAD:
                begin_reload(operation, result);
                break;
        case VERB_WAIT_READY:
        case VERB_WAIT_ACTIVE:
        case VERB_WAIT_INACTIVE:
        case VERB_WAIT_FAILED:
                break;
        case _OPERATION_VERB_N:
                assert_not_reached();
        }
}

static Baseline baseline(const Service *service)
{
        return (Baseline){service->n_runs, service->n_ends, service->n_reloads, service->n_stuck};
}

static int operation_make(Manager *manager, OperationVerb verb, Service *const *services, size_t n, Operation **ret)
{
        _cleanup_(operation_freep) Operation *operation = calloc(1, sizeof(Operation));
        int r;

        if (!operation)
                return -ENOMEM;
        operation->manager = manager;
        operation->verb = verb;
        operation->results = calloc(MAX(n, 1u), sizeof(OperationResult));
        operation->baselines = calloc(MAX(n, 1u), sizeof(Baseline));
        if (!operation->results || !operation->baselines)
                return -ENOMEM;
        operation->n = operation->n_open = n;
        for (size_t i = 0; i < n; i++) {
                operation->results[i].service = services[i];
                operation->results[i].name = strdup(services[i]->name);
                if (!operation->results[i].name)
                        return -ENOMEM;
                operation->baselines[i] = baseline(services[i]);
        }

        r = deferred_init(&operation->answer, manager->loop, PRIORITY_CONTROL, on_answer, operation, "answer");
        if (r < 0)
                return r;
        *ret = TAKE_PTR(operation);
        return 0;
}

static void begin(Operation *operation, const Caller *caller, bool no_block)
{
        Manager *manager = operation->manager;
        bool changes = operation->verb <= VERB_RELOAD;

        manager_begin_order(manager, changes ? caller : NULL);
        for (size_t i = 0; i < operation->n; i++) {
                OperationResult *result = &operation->results[i];

                if (changes && !result->is_member)
                        manager_tell_caller(manager, result->service, caller);
                begin_one(operation, result);
                if (no_block && changes)
                        settle(operation, result, "pending", NULL);
        }
        manager_end_order(manager);
        for (size_t i = 0; i < operation->n; i++)
                look(operation, i);
}

/* A start pulls in by itself, and who waits for a target waits for it alone. */
static bool acts_on_members(OperationVerb verb)
{
        return verb == VERB_STOP || verb == VERB_RESTART || verb == VERB_TRY_RESTART || verb == VERB_RELOAD;
}

int operation_new(Manager *manager, OperationVerb verb, const struct Caller *caller, Service *const *services,
                  size_t n, bool no_block, operation_done_fn done, void *userdata, Operation **ret)
{
        _cleanup_(operation_freep) Operation *operation = NULL;
        _cleanup_free_ Service **all = NULL;
        size_t n_all = n;
        int r = 0;

        if (acts_on_members(verb))
                r = manager_expand_targets(manager, services, n, &all, &n_all);
        if (r >= 0)
                r = operation_make(manager, verb, all ?: services, n_all, &operation);
        if (r < 0)
                return r;

        operation->done = done;
        operation->userdata = userdata;
        for (size_t i = n; i < n_all; i++)
                operation->results[i].is_member = true;
        list_append(&manager->operations, &operation->link);
        begin(operation, caller, no_block);
        if (n_all == 0)
                (void) deferred_schedule(&operation->answer);

        *ret = TAKE_PTR(operation);
        return 0;
}

Operation *operation_cancel(Operation *operation)
{
        return operation_free(operation);
}

void operations_look(Manager *manager, Service *changed)
{
        /* Another service's failure may be what a waiting one has to tell. */
        bool news = changed->failure_is_news;
        Operation *operation;

        changed->failure_is_news = false;
        LIST_FOREACH (operation, &manager->operations, Operation, link) {
                for (size_t i = 0; i < operation->n; i++) {
                        const Service *service = operation->results[i].service;

                        if (service && (service == changed || (news && service->life.state == STATE_WAITING)))
                                look(operation, i);
                }
        }
}

/* It is taken away at rest: down is what it is, and up it will never be. */
static void settle_gone(Operation *operation, OperationResult *result)
{
        bool done = operation->verb == VERB_STOP || operation->verb == VERB_WAIT_INACTIVE;

        settle(operation, result, done ? "done" : "failed", done ? NULL : "its definition is gone");
}

void operations_forget(Manager *manager, Service *gone)
{
        Operation *operation;

        LIST_FOREACH (operation, &manager->operations, Operation, link) {
                for (size_t i = 0; i < operation->n; i++) {
                        if (operation->results[i].service != gone)
                                continue;
                        settle_gone(operation, &operation->results[i]);
                        operation->results[i].service = NULL;
                }
        }
}

void operations_free_all(Manager *manager)
{
        Operation *operation;

        while ((operation = LIST_FIRST(&manager->operations, Operation, link)))
                operation_free(operation);
}
