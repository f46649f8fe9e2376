/* SPDX-License-Identifier: MIT */

/* The ports of services, as far as the engine has to do with them: who is told of them, and when they are let go. */

#include <errno.h>

#include "common/strv.h"
#include "engine/manager-private.h"
#include "host/ports.h"

int manager_port_variables(Manager *manager, char **ret)
{
        _cleanup_(strv_freep) char **variables = NULL;
        char *text;
        int r;

        r = ports_add_variables(manager->ports, &variables);
        if (r < 0)
                return r;
        text = strv_join(variables, "\n");
        if (!text)
                return -ENOMEM;
        *ret = text;
        return 0;
}

void service_let_ports_go(Service *service)
{
        if (service->config->ports.n > 0 && !service->config->ports_hold)
                ports_let_go(service->manager->ports, service->name);
}

void service_take_ports_back(Service *service)
{
        if (service->config->ports.n > 0)
                ports_take_back(service->manager->ports, service->name);
}
