/* SPDX-License-Identifier: MIT */

/* New definitions: read as a whole, and taken as a whole or not at all. No process is touched: what a change takes is
 * reported, and happens when somebody restarts or starts the service. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/config-diff.h"
#include "engine/manager-private.h"
#include "host/config-load.h"

int manager_load_config(Manager *manager, Config **ret)
{
        const ManagerOptions *options = &manager->options;

        return config_load(&(ConfigLoadOptions){.system = options->system,
                                                .paths = options->config_paths,
                                                .runtime_root = options->runtime_root},
                           ret);
}

/* The services of the new snapshot: known ones take their new definition, new ones are made. */
static int bind_services(Manager *manager, Config *config)
{
        int r;

        for (size_t i = 0; i < manager->n_services; i++)
                if (!config_find(config, manager->services[i]->name)) {
                        service_set_gone(manager->services[i]);
                        manager_mark_dirty(manager, manager->services[i]);
                }

        for (size_t i = 0; i < config->n_services; i++) {
                Service *service = manager_find(manager, config->services[i]->name);

                if (service) {
                        service_set_config(service, config, config->services[i]);
                        continue;
                }
                r = manager_add_service(manager, config, config->services[i], NULL);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int take(Manager *manager, Config *config)
{
        int r;

        config_unref(manager->config);
        manager->config = config_ref(config);
        r = bind_services(manager, config);
        if (r < 0)
                return r;
        r = manager_rebuild_graph(manager);
        if (r < 0)
                return r;
        r = names_request(manager->names, config);
        if (r < 0)
                return r;

        for (size_t i = 0; i < manager->n_services; i++)
                manager_mark_dirty(manager, manager->services[i]);
        if (manager->observer.on_services)
                manager->observer.on_services(manager->observer.userdata);
        return 0;
}

static void move_diagnostics(Diagnostics *from, Diagnostics *to)
{
        *to = *from;
        *from = (Diagnostics){0};
}

static int copy_changes(const ConfigDiff *diff, ServiceChange **ret, size_t *ret_n)
{
        ServiceChange *changes = calloc(MAX(diff->n, 1u), sizeof(ServiceChange));

        if (!changes)
                return -ENOMEM;
        for (size_t i = 0; i < diff->n; i++) {
                changes[i].service = strdup(diff->items[i].service);
                if (!changes[i].service) {
                        manager_changes_free(changes, i);
                        return -ENOMEM;
                }
                changes[i].change = config_change_to_string(diff->items[i].change);
                changes[i].takes = change_takes_to_string(diff->items[i].takes);
        }
        *ret = changes;
        *ret_n = diff->n;
        return 0;
}

static void tell_reloaded(Manager *manager, const Caller *caller, size_t n)
{
        char text[256];

        if (caller && caller->pid > 0)
                snprintf(text, sizeof(text),
                         "the definitions are read again, asked for by process %d of user %u: %zu "
                         "services changed",
                         caller->pid, caller->uid, n);
        else
                snprintf(text, sizeof(text), "the definitions are read again: %zu services changed", n);
        delivery_event(manager->delivery, &(EventRecord){.id = EVENT_ID_RELOADED, .priority = 5, .text = text});
}

int manager_reload(Manager *manager, const Caller *caller, ServiceChange **ret, size_t *ret_n,
                   Diagnostics *ret_diagnostics)
{
        _cleanup_(config_unrefp) Config *config = NULL;
        _cleanup_(config_diff_done) ConfigDiff diff = {0};
        ServiceChange *changes = NULL;
        size_t n = 0;
        int r;

        if (manager->shutdown != SHUTDOWN_NONE)
                return -ESHUTDOWN;

        r = manager_load_config(manager, &config);
        if (r < 0)
                return r;
        if (config->diagnostics.n_errors > 0 || config->diagnostics.out_of_memory) {
                manager_tell_diagnostics(manager, &config->diagnostics);
                move_diagnostics(&config->diagnostics, ret_diagnostics);
                return -EBADMSG;
        }

        r = config_diff(manager->config, config, &diff);
        if (r >= 0)
                r = copy_changes(&diff, &changes, &n);
        if (r >= 0)
                r = take(manager, config);
        if (r < 0) {
                manager_changes_free(changes, n);
                return r;
        }

        manager_tell_diagnostics(manager, &config->diagnostics);
        tell_reloaded(manager, caller, n);
        move_diagnostics(&config->diagnostics, ret_diagnostics);
        *ret = changes;
        *ret_n = n;
        return 0;
}

void manager_changes_free(ServiceChange *changes, size_t n)
{
        for (size_t i = 0; i < n; i++)
                free(changes[i].service);
        free(changes);
}
