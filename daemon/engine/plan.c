/* SPDX-License-Identifier: MIT */

/* From two readings and what runs to a list of what there is to do. A service that runs is compared with what its run
 * was begun with, so that a change which came by an earlier reading isn't forgotten, and one that was taken back
 * isn't done. What is to be started are those that come with the daemon by the new definitions and did not by the
 * old, and those that have failed and are defined otherwise now; what somebody has stopped by hand stays down. */

#include "engine/plan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/start-set.h"
#include "engine/manager-private.h"

typedef struct Planning {
        Manager *manager;
        const Config *config;
        bool *starts_before, *starts_after; /* by the indices of the two configs */
        Plan plan;
        size_t allocated;
} Planning;

void plan_done(Plan *plan)
{
        for (size_t i = 0; i < plan->n; i++) {
                free(plan->items[i].service);
                directive_changes_done(&plan->items[i].directives);
        }
        free(plan->items);
        *plan = (Plan){0};
}

const ServiceChange *plan_find(const Plan *plan, const char *service)
{
        size_t low = 0, high = plan->n_services;

        while (low < high) {
                size_t middle = (low + high) / 2;
                int order = strcmp(service, plan->items[middle].service);

                if (order == 0)
                        return &plan->items[middle];
                if (order < 0)
                        high = middle;
                else
                        low = middle + 1;
        }
        return NULL;
}

static ServiceChange *add(Planning *planning, const char *service)
{
        Plan *plan = &planning->plan;
        ServiceChange *item;

        if (plan->n == planning->allocated) {
                size_t n = MAX(2 * planning->allocated, (size_t) 16);
                ServiceChange *grown = reallocarray(plan->items, n, sizeof(ServiceChange));

                if (!grown)
                        return NULL;
                plan->items = grown;
                planning->allocated = n;
        }
        item = &plan->items[plan->n];
        *item = (ServiceChange){.service = strdup(service), .action = ""};
        if (!item->service)
                return NULL;
        plan->n++;
        return item;
}

static bool is_down(const Service *service)
{
        return service->life.state == STATE_DEAD || service->life.state == STATE_FAILED;
}

static bool starts_in(const Config *config, const bool *starts, const char *service)
{
        const ServiceConfig *found = config_find(config, service);
        size_t low = 0, high = config->n_services;

        if (!found)
                return false;
        while (low < high) {
                size_t middle = (low + high) / 2;

                if (strcmp(config->services[middle]->name, service) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return starts[low];
}

/* It comes with the daemon from now on, and nobody has started it yet. */
static bool is_newly_wanted(const Planning *planning, const char *name)
{
        return starts_in(planning->config, planning->starts_after, name) &&
               !starts_in(planning->manager->config, planning->starts_before, name);
}

/* What the run will be behind with: items of `pending` first, then what else is changed. */
static int merge_changes(const DirectiveChanges *pending, const DirectiveChanges *changes, DirectiveChanges *ret)
{
        _cleanup_(directive_changes_done) DirectiveChanges all = {NULL, 0};
        int r;

        r = directive_changes_copy(pending, &all);
        for (size_t i = 0; r >= 0 && i < changes->n; i++)
                if (!directive_changes_get(pending, changes->items[i].name))
                        r = directive_changes_add(&all, &changes->items[i]);
        if (r < 0)
                return r;
        *ret = all;
        all = (DirectiveChanges){NULL, 0};
        return 0;
}

/* What each change takes of a service in this state: without a run the next one will have it, and what is as it was
 * at the run's beginning takes nothing any more. */
static ChangeTakes judge(const Service *service, const DirectiveChanges *pending, DirectiveChanges *changes)
{
        ChangeTakes takes = pending->n > 0 || service->pending_unknown ? TAKES_RESTART : TAKES_NOTHING;

        for (size_t i = 0; i < changes->n; i++) {
                DirectiveChange *change = &changes->items[i];

                if (change->takes == TAKES_RESTART && !service->in_run)
                        change->takes = TAKES_NEXT_START;
                else if (change->takes == TAKES_RESTART && !directive_changes_get(pending, change->name))
                        change->takes = TAKES_NOTHING;
                takes = MAX(takes, change->takes);
        }
        return takes;
}

/* A service that is there, under the definition that it will have. */
static int describe_known(const Planning *planning, const Service *service, const ServiceConfig *after,
                          ServiceChange *item)
{
        _cleanup_(directive_changes_done) DirectiveChanges changes = {NULL, 0}, pending = {NULL, 0};
        ChangeTakes takes;
        int r;

        r = directive_changes_find(&(DefinedBy){service->config, &service->snapshot->daemon},
                                   &(DefinedBy){after, &planning->config->daemon}, &changes);
        if (r >= 0)
                r = directive_changes_copy(&service->pending, &pending);
        if (r >= 0 && service->in_run)
                r = directive_changes_follow(&pending, &changes);
        if (r < 0)
                return r;
        takes = judge(service, &pending, &changes);
        r = merge_changes(&pending, &changes, &item->directives);
        if (r < 0)
                return r;

        item->takes = change_takes_to_string(takes);
        if (after->kind != UNIT_TARGET && takes == TAKES_RESTART && service->life.wanted)
                item->action = "restart";
        else if (is_down(service) && takes != TAKES_NOTHING &&
                 (service->life.state == STATE_FAILED || service->load == LOAD_BAD_SETTING) &&
                 starts_in(planning->config, planning->starts_after, service->name))
                item->action = "start";
        return 0;
}

static int plan_difference(Planning *planning, const ConfigDiffItem *difference)
{
        Service *service = manager_find(planning->manager, difference->service);
        const ServiceConfig *after = config_find(planning->config, difference->service);
        ServiceChange *item = add(planning, difference->service);
        int r;

        if (!item)
                return -ENOMEM;
        item->change = config_change_to_string(difference->change);
        item->takes = change_takes_to_string(difference->takes);

        if (!after) {
                item->action = service && !is_down(service) ? "stop" : "";
                return 0;
        }
        if (service) {
                r = describe_known(planning, service, after, item);
                if (r < 0)
                        return r;
        }
        if ((!service || is_down(service)) && is_newly_wanted(planning, after->name))
                item->action = "start";
        return 0;
}

/* One whose definition is as it was. */
static int plan_same(Planning *planning, const ServiceConfig *config)
{
        Service *service = manager_find(planning->manager, config->name);
        bool behind = service && service_needs_restart(service) && service->life.wanted;
        ServiceChange *item;

        if (!service || (!behind && !(is_down(service) && is_newly_wanted(planning, config->name))))
                return 0;
        item = add(planning, config->name);
        if (!item)
                return -ENOMEM;
        item->change = behind ? "pending" : "wanted";
        item->takes = change_takes_to_string(behind ? TAKES_RESTART : TAKES_LIVE);
        item->action = behind ? "restart" : "start";
        return behind ? directive_changes_copy(&service->pending, &item->directives) : 0;
}

/* Both lists are sorted. */
static int plan_all(Planning *planning, const ConfigDiff *diff)
{
        const Config *config = planning->config;
        size_t i = 0;
        int r = 0;

        for (size_t j = 0; r >= 0 && j < config->n_services; j++) {
                int order = -1;

                while (r >= 0 && i < diff->n &&
                       (order = strcmp(diff->items[i].service, config->services[j]->name)) < 0)
                        r = plan_difference(planning, &diff->items[i++]);
                if (r >= 0 && i < diff->n && order == 0)
                        r = plan_difference(planning, &diff->items[i++]);
                else if (r >= 0)
                        r = plan_same(planning, config->services[j]);
        }
        while (r >= 0 && i < diff->n)
                r = plan_difference(planning, &diff->items[i++]);
        return r;
}

/* Pools and settings of the daemon, behind the services: an apply does no more for them than take them. */
static int plan_other(Planning *planning, const ConfigDiffOther *other, const DirectiveChanges *settings)
{
        const DirectiveChange *setting = other->directive ? directive_changes_get(settings, other->directive) : NULL;
        _cleanup_free_ char *name = NULL;
        ServiceChange *item;

        if (asprintf(&name, other->pool ? "[pool %s]" : "[daemon] %s", other->pool ? other->pool : other->directive) <
            0)
                return -ENOMEM;
        item = add(planning, name);
        if (!item)
                return -ENOMEM;
        item->change = config_change_to_string(other->change);
        item->takes = change_takes_to_string(other->takes);
        return setting ? directive_changes_add(&item->directives, setting) : 0;
}

static int plan_others(Planning *planning, const ConfigDiff *diff)
{
        _cleanup_(directive_changes_done) DirectiveChanges settings = {NULL, 0};
        int r;

        r = directive_changes_find_daemon(&planning->manager->config->daemon, &planning->config->daemon, &settings);
        for (size_t i = 0; r >= 0 && i < diff->n_others; i++)
                r = plan_other(planning, &diff->others[i], &settings);
        return r;
}

int plan_make(Manager *manager, const Config *config, Plan *ret)
{
        Planning planning = {.manager = manager, .config = config};
        _cleanup_(config_diff_done) ConfigDiff diff = {0};
        int r;

        r = start_set_new(manager->config, &planning.starts_before);
        if (r >= 0)
                r = start_set_new(config, &planning.starts_after);
        if (r >= 0)
                r = config_diff(manager->config, config, &diff);
        if (r >= 0)
                r = plan_all(&planning, &diff);
        planning.plan.n_services = planning.plan.n;
        if (r >= 0)
                r = plan_others(&planning, &diff);
        free(planning.starts_before);
        free(planning.starts_after);
        if (r < 0) {
                plan_done(&planning.plan);
                return r;
        }
        *ret = planning.plan;
        return 0;
}
