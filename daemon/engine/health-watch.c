/* SPDX-License-Identifier: MIT */

/* Health checks. A check asks all probes of the service, one after the other, as commands share pipes and what hangs
 * is told by its name then; the first that fails ends it. Checks begin an interval after the service is ready, pause
 * while it reloads, and end when it goes down. One that was interrupted doesn't count.
 *
 * What the answers mean is counted in the core (core/health.h); here it becomes a word to the life, EVENT_UNHEALTHY,
 * and entries in the log. */

#include "engine/health-watch.h"

#include <stdio.h>
#include <string.h>

#include "engine/manager-private.h"

static void ask(Service *service);

static void drop_probes(HealthWatch *watch)
{
        watch->probes = probes_free(watch->probes, watch->n_probes);
        watch->n_probes = 0;
        watch->snapshot = config_unref(watch->snapshot);
}

void health_watch_done(HealthWatch *watch)
{
        drop_probes(watch);
        timer_done(&watch->timer);
        free(watch->error);
}

static void forget_error(HealthWatch *watch)
{
        free(watch->error);
        watch->error = NULL;
}

void health_watch_begin_run(Service *service)
{
        HealthWatch *watch = &service->health;

        forget_error(watch);
        watch->record = (HealthRecord){
                .state = config_has_health_checks(service->config) ? HEALTH_STARTING : HEALTH_NONE,
                .since = loop_now(service->manager->loop),
        };
}

static void schedule(Service *service, usec_t due)
{
        service->health.due = due;
        (void) timer_set(&service->health.timer, due);
}

static void schedule_next(Service *service)
{
        schedule(service, usec_add(loop_now(service->manager->loop), service->config->health_interval_usec));
}

static void tell_failure(Service *service, const HealthPolicy *policy, const char *error)
{
        const HealthWatch *watch = &service->health;

        if (watch->record.state == HEALTH_STARTING && watch->record.n_failures == 0)
                service_event(service, EVENT_ID_HEALTH_CHECK_FAILED, 6, NULL,
                              "%s: a health check failed, which doesn't count yet: %s", service->name, error);
        else
                service_event(service, EVENT_ID_HEALTH_CHECK_FAILED, 5, NULL,
                              "%s: a health check failed (%u of %u): %s", service->name, watch->record.n_failures,
                              policy->retries, error);
}

/* Ends the check that goes on; `error` NULL: all is well. The last act: the service may go down by it. */
static void settle(Service *service, const char *error)
{
        HealthPolicy policy = health_policy(service->config);
        HealthWatch *watch = &service->health;
        HealthState before = watch->record.state;
        bool unhealthy, failed_before = watch->error != NULL;

        forget_error(watch);
        if (error)
                watch->error = strdup(error);
        unhealthy = health_note(&watch->record, &policy, !error, loop_now(service->manager->loop));
        if (error)
                tell_failure(service, &policy, error);
        if (unhealthy) {
                service_event(service, EVENT_ID_UNHEALTHY, 3, NULL, "%s is unhealthy: %s", service->name, error);
                service_feed_type(service, EVENT_UNHEALTHY);
                return;
        }
        schedule_next(service);
        if (watch->record.state != before || error || failed_before)
                manager_mark_dirty(service->manager, service);
}

static void on_probe(void *userdata, Probe *probe)
{
        Service *service = userdata;
        HealthWatch *watch = &service->health;
        char text[384];

        if (!probe_holds(probe)) {
                settle(service, probe_text(probe, text, sizeof(text)));
                return;
        }
        watch->current++;
        if (watch->current < watch->n_probes)
                ask(service);
        else
                settle(service, NULL);
}

/* Within what is left of the check's time. */
static void ask(Service *service)
{
        HealthWatch *watch = &service->health;
        usec_t left = usec_sub(watch->deadline, loop_now(service->manager->loop));

        probe_begin(&watch->probes[watch->current],
                    &(ProbeBegin){PROBE_ONCE, MAX(left, USEC_PER_MSEC), on_probe, service});
}

static int make_probes(Service *service)
{
        HealthWatch *watch = &service->health;
        int r;

        if (watch->snapshot)
                return 0;
        r = probes_new(service, "Health", &service->config->health, &watch->probes, &watch->n_probes);
        if (r >= 0)
                watch->snapshot = config_ref(service->snapshot);
        return r;
}

static void on_timer(void *userdata, usec_t now)
{
        Service *service = userdata;
        HealthWatch *watch = &service->health;

        /* Without memory for a check it is made later. */
        if (make_probes(service) < 0 || watch->n_probes == 0) {
                schedule_next(service);
                return;
        }
        watch->due = USEC_INFINITY;
        watch->deadline = usec_add(now, service->config->health_timeout_usec);
        watch->current = 0;
        ask(service);
}

static void pause_checks(HealthWatch *watch)
{
        for (size_t i = 0; i < watch->n_probes; i++)
                probe_end(&watch->probes[i]);
        if (watch->timer.entry)
                (void) timer_set(&watch->timer, USEC_INFINITY);
        watch->is_on = false;
}

static void begin_checks(Service *service)
{
        HealthWatch *watch = &service->health;

        if (!watch->timer.entry && timer_init(&watch->timer, service->manager->loop, on_timer, service) < 0)
                return;
        watch->is_on = true;
        /* It was interrupted, or has never begun. */
        if (watch->due == 0 || watch->due == USEC_INFINITY)
                schedule_next(service);
        else
                schedule(service, watch->due);
}

void health_watch_look(Service *service)
{
        HealthWatch *watch = &service->health;
        ServiceState state = service->life.state;
        bool wanted;

        if (state == STATE_START)
                watch->record.since = loop_now(service->manager->loop);
        wanted = state == STATE_RUNNING && watch->record.state != HEALTH_NONE &&
                 watch->record.state != HEALTH_UNHEALTHY;

        if (watch->is_on && !wanted)
                pause_checks(watch);
        if (!watch->is_on && wanted)
                begin_checks(service);
        if (state == STATE_RUNNING || state == STATE_RELOAD)
                return;
        /* The next run begins anew; what was found is kept to be shown. */
        drop_probes(watch);
        watch->due = 0;
        if (service_state_info(state)->resting && watch->record.state != HEALTH_UNHEALTHY)
                watch->record.state = HEALTH_NONE;
}

void health_watch_set_config(Service *service)
{
        HealthWatch *watch = &service->health;
        bool has_checks = config_has_health_checks(service->config);

        if (watch->is_on)
                pause_checks(watch);
        drop_probes(watch);
        if (service_state_info(service->life.state)->resting)
                return;
        if (!has_checks)
                watch->record.state = HEALTH_NONE;
        else if (watch->record.state == HEALTH_NONE)
                watch->record.state = HEALTH_STARTING;
        /* Another interval is in force from now on; what is due sooner stays so. */
        if (watch->due != 0)
                watch->due = MIN(watch->due,
                                 usec_add(loop_now(service->manager->loop), service->config->health_interval_usec));
        health_watch_look(service);
}

HealthState service_health(const Service *service)
{
        return service->health.record.state;
}

const char *service_health_error(const Service *service)
{
        return service->health.error;
}
