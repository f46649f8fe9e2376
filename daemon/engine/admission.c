/* SPDX-License-Identifier: MIT */

/* Admission: those that nothing but a bound of the daemon holds stand in the core's line, and are let go at the end
 * of a turn, when something was given back, or when time has made room. What each waits for is worked out when
 * somebody asks, for all of the line at once. */

#include <stdio.h>

#include "engine/manager-private.h"

static void on_timer(void *userdata, usec_t now)
{
        Manager *manager = userdata;

        manager->admission_due = true;
        admission_pump(manager);
}

int admission_new(Manager *manager)
{
        admission_init(&manager->admission);
        return timer_init(&manager->admission_timer, manager->loop, on_timer, manager);
}

void admission_free(Manager *manager)
{
        timer_done(&manager->admission_timer);
        admission_done(&manager->admission);
}

int admission_set_config(Manager *manager, const Config *config)
{
        int r = admission_configure(&manager->admission, config);

        manager->admission_due = true;
        return r;
}

bool admission_may_start(Manager *manager, Service *service)
{
        const char *pool = service->config->pool;

        /* A target has nothing that could be too much at once. */
        if (service->config->kind == UNIT_TARGET ||
            !admission_is_bounded(&manager->admission, pool, service->automatic)) {
                admission_forget(manager, service);
                return true;
        }
        if (!admission_is_waiting(&service->ticket))
                manager->admission_due = true;
        admission_ask(&manager->admission, &service->ticket, pool, service->automatic);
        return false;
}

static void withdraw(Manager *manager, Service *service)
{
        admission_leave(&manager->admission, &service->ticket);
        manager->admission_due = true;
        /* What was told while it stood in line. */
        if (service->life.state == STATE_WAITING)
                service->next_restart_realtime = 0;
}

void admission_forget(Manager *manager, Service *service)
{
        if (!admission_is_waiting(&service->ticket))
                return;
        withdraw(manager, service);
}

void admission_look(Manager *manager, Service *service)
{
        AdmissionTicket *ticket = &service->ticket;
        const ServiceStateInfo *info = service_state_info(service->life.state);

        if (admission_is_waiting(ticket))
                return;
        if (ticket->has_slot && info->resting) {
                admission_leave(&manager->admission, ticket);
                manager->admission_due = true;
        }
        if (list_is_empty(&ticket->start_link))
                return;
        if (info->active == ACTIVE_ACTIVATING && !info->resting)
                return;
        admission_end_start(&manager->admission, ticket);
        manager->admission_due = true;
}

/* Something may have come in its way again since it stood in line. */
static void let_go(Manager *manager, Service *service)
{
        if (arrange_is_waiting(service) && list_is_empty(&service->dirty_link) &&
            arrange_may_start(manager, service)) {
                arrange_release(manager, service);
                return;
        }
        withdraw(manager, service);
        manager_mark_dirty(manager, service);
}

void admission_pump(Manager *manager)
{
        usec_t now = loop_now(manager->loop);
        AdmissionTicket *ticket;
        List admitted;

        if (!manager->admission_due)
                return;
        manager->admission_due = false;

        list_init(&admitted);
        admission_admit(&manager->admission, now, &admitted);
        while ((ticket = LIST_FIRST(&admitted, AdmissionTicket, link))) {
                list_remove(&ticket->link);
                let_go(manager, CONTAINER_OF(ticket, Service, ticket));
        }
        (void) timer_set(&manager->admission_timer, admission_next(&manager->admission, now));
        manager->admission_stale = true;
}

static const char *place_text(unsigned place, char buffer[32])
{
        snprintf(buffer, 32, "number %u in line", place);
        return buffer;
}

static void describe(Manager *manager, Service *service)
{
        const AdmissionTicket *ticket = &service->ticket;
        usec_t now = loop_now(manager->loop);
        char place[32];

        /* It may be asked for in the middle of a step: one that waits no longer has another reason already. */
        if (!arrange_is_waiting(service))
                return;
        service->next_restart_realtime = 0;
        switch (ticket->waits_for) {
        case ADMISSION_NOTHING:
                break;
        case ADMISSION_POOL:
                service_set_reason(service, "waits for one of the %u slots of pool %s, %s",
                                   admission_pool_slots(ticket->pool), admission_pool_name(ticket->pool),
                                   place_text(ticket->place, place));
                break;
        case ADMISSION_BUDGET:
                service_set_reason(service, "waits for its turn, as RestartBudget=%u allows no more restarts now, %s",
                                   manager->admission.budget, place_text(ticket->place, place));
                service->next_restart_realtime = usec_add(loop_realtime(manager->loop), usec_sub(ticket->due, now));
                break;
        case ADMISSION_START:
                service_set_reason(service, "waits until fewer than MaxParallelStarts=%u are starting, %s",
                                   manager->admission.max_starts, place_text(ticket->place, place));
                break;
        }
}

void admission_explain(const Service *service)
{
        Manager *manager = service->manager;
        AdmissionTicket *ticket;

        if (!admission_is_waiting(&service->ticket) || !manager->admission_stale)
                return;
        manager->admission_stale = false;
        admission_describe(&manager->admission, loop_now(manager->loop));
        LIST_FOREACH (ticket, &manager->admission.line, AdmissionTicket, link)
                describe(manager, CONTAINER_OF(ticket, Service, ticket));
}
