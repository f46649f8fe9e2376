/* SPDX-License-Identifier: MIT */

/* Applying new definitions, when they have been taken: three operations, as three callers would ask for them at the
 * same time, and the arrangement brings all that into order: what was removed stops in its order, what needs a
 * restart takes with it what depends on it (a fourth one waits for that), and what is new waits for what it is
 * ordered after. What neither the plan nor a relation names is not touched.
 *
 * The next reload doesn't wait for that: a service that never becomes ready must not keep anybody from mending its
 * definition. */

#include <errno.h>
#include <string.h>

#include "engine/reload-private.h"

static const struct {
        const char *action;
        OperationVerb verb;
} steps[_APPLY_STEP_N] = {
        [APPLY_STOP] = {"stop", VERB_STOP},
        [APPLY_RESTART] = {"restart", VERB_RESTART},
        [APPLY_START] = {"start", VERB_START},
        [APPLY_FOLLOW] = {"restart", VERB_WAIT_READY},
};

void apply_done(Reload *reload)
{
        for (size_t i = 0; i < reload->n_results; i++) {
                free(reload->results[i].service);
                free(reload->results[i].reason);
        }
        free(reload->results);
}

static int add_result(Reload *reload, ApplyStep step, const OperationResult *result)
{
        ApplyResult *grown = reallocarray(reload->results, reload->n_results + 1, sizeof(ApplyResult));
        ActiveState active = result->service ? lifecycle_active_state(&result->service->life) : ACTIVE_INACTIVE;

        if (!grown)
                return -ENOMEM;
        reload->results = grown;
        grown[reload->n_results] = (ApplyResult){
                .service = strdup(result->name),
                .action = steps[step].action,
                .result = result->result,
                .active_state = active_state_to_string(active),
                .reason = result->reason ? strdup(result->reason) : NULL,
        };
        if (!grown[reload->n_results].service) {
                free(grown[reload->n_results].reason);
                return -ENOMEM;
        }
        reload->n_results++;
        return 0;
}

static void on_operation(void *userdata, const OperationResult *results, size_t n)
{
        ApplyPart *part = userdata;
        Reload *reload = part->reload;
        int r = 0;

        part->operation = NULL;
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = add_result(reload, (ApplyStep) (part - reload->parts), &results[i]);
        reload->n_open--;
        if (reload->n_open == 0)
                reload_answer(reload, r);
}

/* Is it one for this step? */
static bool is_meant(const Reload *reload, ApplyStep step, const Service *service)
{
        const ServiceChange *change;

        if (step == APPLY_FOLLOW &&
            (service->wish != WISH_RESTART || reload->options.no_block ||
             (service->config->type == SERVICE_ONESHOT && !service->config->remain_after_exit)))
                return false;
        change = plan_find(&reload->plan, service->name);
        if (step == APPLY_FOLLOW)
                return !change || *change->action == '\0';
        /* To stop a target as a verb does means to stop its members. */
        if (step == APPLY_STOP && service->config->kind == UNIT_TARGET)
                return false;
        return change && strcmp(change->action, steps[step].action) == 0;
}

static int begin_step(Reload *reload, ApplyStep step)
{
        Manager *manager = reload->manager;
        ApplyPart *part = &reload->parts[step];
        _cleanup_free_ Service **services = calloc(MAX(manager->n_services, (size_t) 1), sizeof(Service *));
        size_t n = 0;
        int r;

        if (!services)
                return -ENOMEM;
        for (size_t i = 0; i < manager->n_services; i++)
                if (is_meant(reload, step, manager->services[i]))
                        services[n++] = manager->services[i];
        if (n == 0)
                return 0;

        part->reload = reload;
        r = operation_new(manager, steps[step].verb, &reload->caller, services, n, reload->options.no_block,
                          on_operation, part, &part->operation);
        if (r >= 0)
                reload->n_open++;
        return r;
}

/* A target that is gone leaves its members as they are. */
static void stop_targets(Reload *reload)
{
        Manager *manager = reload->manager;

        manager_begin_order(manager, &reload->caller);
        for (size_t i = 0; i < manager->n_services; i++) {
                Service *service = manager->services[i];

                if (service->load == LOAD_NOT_FOUND && service->config->kind == UNIT_TARGET)
                        arrange_stop(manager, service);
        }
        manager_end_order(manager);
}

int apply_begin(Reload *reload)
{
        int r = 0;

        stop_targets(reload);
        /* What could not be asked for is told; what was asked for goes on all the same. */
        for (ApplyStep step = 0; r >= 0 && step < _APPLY_STEP_N; step++)
                r = begin_step(reload, step);
        if (r >= 0)
                return 0;

        for (ApplyStep step = 0; step < _APPLY_STEP_N; step++)
                reload->parts[step].operation = operation_cancel(reload->parts[step].operation);
        reload->n_open = 0;
        return r;
}
