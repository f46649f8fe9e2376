/* SPDX-License-Identifier: MIT */

/* A transient service that names others stands in the order between services like one of a file; one that names
 * nobody, and that nobody names, is left out of it, so that thousands of those cost nothing. Its names are looked up
 * once, when it is made, among all services that there are then; what they name may come and go afterwards. */

#include "engine/transient-order.h"

#include <errno.h>
#include <stdio.h>

#include "engine/manager-private.h"

int transient_order_others(Manager *manager, Config *ret)
{
        ServiceConfig **definitions = calloc(MAX(manager->n_services, (size_t) 1), sizeof(ServiceConfig *));

        if (!definitions)
                return -ENOMEM;
        for (size_t i = 0; i < manager->n_services; i++)
                definitions[i] = (ServiceConfig *) manager->services[i]->config;
        *ret = (Config){
                .services = definitions,
                .n_services = manager->n_services,
                .templates = manager->config->templates,
                .n_templates = manager->config->n_templates,
        };
        return 0;
}

void transient_order_note(Manager *manager, Service *service)
{
        for (Relation relation = 0; relation < _RELATION_N; relation++) {
                const ReferenceList *list = &service->config->relations[relation];

                service->in_order = service->in_order || list->n > 0;
                for (size_t i = 0; i < list->n; i++) {
                        Service *other = manager_find(manager, list->items[i].name);

                        if (other && other->transient)
                                other->in_order = true;
                }
        }
}

/* The one at the end of the chain of those who went because of another. */
static const Service *find_culprit(const Service *service)
{
        size_t n = service->manager->n_services;

        while (n-- > 0 && service->life.result == RESULT_DEPENDENCY && service->dragged == DRAG_DOWN &&
               service->caused_by)
                service = service->caused_by;
        return service;
}

const char *transient_order_reason(const Service *service, char *buffer, size_t size)
{
        const Service *culprit = find_culprit(service);

        if (culprit == service || culprit->life.state != STATE_FAILED)
                return service->reason;
        snprintf(buffer, size, "%s, which it depends on, failed: %s", culprit->name, culprit->reason);
        return buffer;
}
