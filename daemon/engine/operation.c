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
        for (size_t i = 0; i < operation->n; i++)
                free(operation->results[i].reason);
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

/* A service that it requires, be it over others that wait themselves, has failed its first attempt and goes on being
 * tried: `start` says so, and it waits on. */
static Service *failed_requirement(Service *service)
{
        Manager *manager = service->manager;

        /* Along the order, which has no cycle. */
        while (service->index != ORDER_NONE && service->life.state == STATE_WAITING) {
                Edges required = graph_edges(manager->graph, service->index, RELATION_REQUIRES);
                uint32_t blocker = order_start_blocker(manager->graph, manager->nodes, service->index, NULL);

                for (size_t i = 0; i < required.n; i++) {
                        Service *other = manager_by_index(manager, required.items[i]);

                        if (other->attempted && !service_is_ready(other))
                                return other;
                }
                if (blocker == ORDER_NONE || !edges_contain(required, blocker))
                        return NULL;
                service = manager_by_index(manager, blocker);
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
        else if (lifecycle_active_state(&service->life) != ACTIVE_RELOADING && service->life.state != STATE_RUNNING)
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
        else if (operation->verb == VERB_WAIT_READY && service_is_ready(service))
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

static void begin_reload(Operation *operation, OperationResult *result)
{
        Service *service = result->service;

        if (service->config->commands[COMMAND_RELOAD].n == 0 && service->config->reload_signal == 0)
                settle(operation, result, "failed", "it has neither ExecReload nor ReloadSignal");
        else if (service->life.state == STATE_RELOAD)
                settle(operation, result, "failed", "another reload of it is not done yet");
        else if (service->life.state != STATE_RUNNING)
                settle(operation, result, "failed", "it does not run");
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
                arrange_start(manager, service, true);
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

static void tell_caller(Service *service, const Caller *caller)
{
        if (caller && caller->pid > 0 && caller->verb)
                service_event(service, EVENT_ID_CHANGED_BY, 6, NULL, "%s: %s asked for by process %d of user %u",
                              service->name, caller->verb, caller->pid, caller->uid);
}

static Baseline baseline(const Service *service)
{
        return (Baseline){service->n_runs, service->n_ends, service->n_reloads, service->n_stuck};
}

int operation_new(Manager *manager, OperationVerb verb, const struct Caller *caller, Service *const *services,
                  size_t n, bool no_block, operation_done_fn done, void *userdata, Operation **ret)
{
        _cleanup_(operation_freep) Operation *operation = calloc(1, sizeof(Operation));
        bool changes = verb <= VERB_RELOAD;
        int r;

        if (!operation)
                return -ENOMEM;
        operation->results = calloc(MAX(n, 1u), sizeof(OperationResult));
        operation->baselines = calloc(MAX(n, 1u), sizeof(Baseline));
        if (!operation->results || !operation->baselines)
                return -ENOMEM;
        *operation = (Operation){.manager = manager,
                                 .verb = verb,
                                 .results = operation->results,
                                 .baselines = operation->baselines,
                                 .n = n,
                                 .n_open = n,
                                 .done = done,
                                 .userdata = userdata};

        r = deferred_init(&operation->answer, manager->loop, PRIORITY_CONTROL, on_answer, operation, "answer");
        if (r < 0)
                return r;

        list_append(&manager->operations, &operation->link);
        for (size_t i = 0; i < n; i++) {
                operation->results[i].service = services[i];
                operation->baselines[i] = baseline(services[i]);
        }
        for (size_t i = 0; i < n; i++) {
                if (changes)
                        tell_caller(services[i], caller);
                begin_one(operation, &operation->results[i]);
                if (no_block && changes)
                        settle(operation, &operation->results[i], "pending", NULL);
        }
        for (size_t i = 0; i < n; i++)
                look(operation, i);
        if (n == 0)
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
        Operation *operation;

        LIST_FOREACH (operation, &manager->operations, Operation, link) {
                for (size_t i = 0; i < operation->n; i++) {
                        const Service *service = operation->results[i].service;

                        /* Another service's failure may be what a waiting one has to tell. */
                        if (service && (service == changed || service->life.state == STATE_WAITING))
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
