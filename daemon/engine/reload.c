/* SPDX-License-Identifier: MIT */

/* New definitions: read as a whole, and taken as a whole or not at all. No process is touched: what a change takes is
 * reported, and happens when somebody restarts or starts the service.
 *
 * Between reading and taking lies the look-up of names, which may hang: it is given 2 s, and who is not found by then
 * is found, or not, at the service's start. Reloads that wait stand in the manager's list; the first is the one that
 * is being done. */

#include "engine/reload.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/config-diff.h"
#include "engine/manager-private.h"
#include "host/config-load.h"

#define NAMES_PATIENCE_USEC (2 * USEC_PER_SEC)

struct Reload {
        Manager *manager; /* weak */
        List link;
        Caller caller;
        reload_done_fn done;
        void *userdata;
        Config *config; /* read, not yet taken */
        Timer patience;
        Deferred begin;
};

static Reload *reload_free(Reload *reload)
{
        if (!reload)
                return NULL;

        list_remove(&reload->link);
        timer_done(&reload->patience);
        deferred_done(&reload->begin);
        config_unref(reload->config);
        free(reload);
        return NULL;
}
DEFINE_CLEANUP(Reload *, reload_free);

int manager_load_config(Manager *manager, Config **ret)
{
        const ManagerOptions *options = &manager->options;

        return config_load(&(ConfigLoadOptions){.system = options->system,
                                                .paths = options->config_paths,
                                                .runtime_root = options->runtime_root},
                           ret);
}

static int take(Manager *manager, Config *config)
{
        int r;

        r = manager_take_config(manager, config);
        if (r < 0)
                return r;

        for (size_t i = 0; i < manager->n_services; i++)
                manager_mark_dirty(manager, manager->services[i]);
        if (manager->observer.on_services)
                manager->observer.on_services(manager->observer.userdata);
        return 0;
}

static void changes_free(ServiceChange *changes, size_t n)
{
        for (size_t i = 0; i < n; i++)
                free(changes[i].service);
        free(changes);
}

/* The names are copied: the config that they stand in may be gone once the new one is taken. */
static int copy_changes(const ConfigDiff *diff, ServiceChange **ret)
{
        ServiceChange *changes = calloc(MAX(diff->n, 1u), sizeof(ServiceChange));

        if (!changes)
                return -ENOMEM;
        for (size_t i = 0; i < diff->n; i++) {
                changes[i].service = strdup(diff->items[i].service);
                if (!changes[i].service) {
                        changes_free(changes, i);
                        return -ENOMEM;
                }
                changes[i].change = config_change_to_string(diff->items[i].change);
                changes[i].takes = change_takes_to_string(diff->items[i].takes);
        }
        *ret = changes;
        return 0;
}

static void tell_reloaded(Reload *reload, size_t n)
{
        char text[256];

        if (reload->caller.pid > 0)
                snprintf(text, sizeof(text),
                         "the definitions are read again, asked for by process %d of user %u: %zu services changed",
                         reload->caller.pid, reload->caller.uid, n);
        else
                snprintf(text, sizeof(text), "the definitions are read again: %zu services changed", n);
        delivery_event(reload->manager->delivery,
                       &(EventRecord){.id = EVENT_ID_RELOADED, .priority = 5, .text = text});
}

/* Whom the name service doesn't know is a mistake of the definition. */
static void check_names(Manager *manager, Config *config)
{
        for (size_t i = 0; i < config->n_services; i++) {
                const ServiceConfig *service = config->services[i];
                const Identity *identity;
                const char *error = NULL;

                if (names_lookup(manager->names, service, &identity, &error) == NAMES_FAILED)
                        diagnostics_add(&config->diagnostics, SEVERITY_ERROR, service->where, service->name,
                                        "service %s: %s", service->name, error);
        }
        diagnostics_sort(&config->diagnostics);
}

static bool has_errors(const Config *config)
{
        return config->diagnostics.n_errors > 0 || config->diagnostics.out_of_memory;
}

static int compare_and_take(Reload *reload, ServiceChange **ret_changes, size_t *ret_n)
{
        _cleanup_(config_diff_done) ConfigDiff diff = {0};
        int r;

        if (has_errors(reload->config))
                return -EBADMSG;

        r = config_diff(reload->manager->config, reload->config, &diff);
        if (r >= 0)
                r = copy_changes(&diff, ret_changes);
        if (r < 0)
                return r;
        *ret_n = diff.n;
        return take(reload->manager, reload->config);
}

/* Answers, and lets the next one begin. `r`: what has failed already. */
static void finish(Reload *reload, int r)
{
        Manager *manager = reload->manager;
        ServiceChange *changes = NULL;
        Diagnostics none = {0};
        Reload *next;
        size_t n = 0;

        if (r >= 0)
                r = compare_and_take(reload, &changes, &n);
        if (reload->config)
                manager_tell_diagnostics(manager, &reload->config->diagnostics);
        if (r >= 0)
                tell_reloaded(reload, n);
        if (reload->done)
                reload->done(reload->userdata,
                             &(ReloadOutcome){.result = r,
                                              .changes = changes,
                                              .n_changes = n,
                                              .diagnostics = reload->config ? &reload->config->diagnostics : &none});
        changes_free(changes, n);
        reload_free(reload);

        next = LIST_FIRST(&manager->reloads, Reload, link);
        if (next)
                (void) deferred_schedule(&next->begin);
}

static void names_are_known(Reload *reload)
{
        check_names(reload->manager, reload->config);
        finish(reload, 0);
}

static void on_patience(void *userdata, usec_t now)
{
        names_are_known(userdata);
}

/* The services that are there go on by the definitions that they have, if these are refused, or name them no more. */
static int request_names(Manager *manager, const Config *config)
{
        _cleanup_free_ const ServiceConfig **others = calloc(MAX(manager->n_services, 1u), sizeof(ServiceConfig *));

        if (!others)
                return -ENOMEM;
        for (size_t i = 0; i < manager->n_services; i++)
                others[i] = manager->services[i]->config;
        return names_request(manager->names, config, others, manager->n_services);
}

static void on_begin(void *userdata)
{
        Reload *reload = userdata;
        Manager *manager = reload->manager;
        int r;

        if (manager->shutdown != SHUTDOWN_NONE) {
                finish(reload, -ESHUTDOWN);
                return;
        }

        r = manager_load_config(manager, &reload->config);
        if (r >= 0 && !has_errors(reload->config))
                r = request_names(manager, reload->config);
        if (r < 0 || has_errors(reload->config))
                finish(reload, r);
        else if (names_is_pending(manager->names))
                (void) timer_set(&reload->patience, usec_add(loop_now(manager->loop), NAMES_PATIENCE_USEC));
        else
                names_are_known(reload);
}

void reloads_look(Manager *manager)
{
        Reload *reload = LIST_FIRST(&manager->reloads, Reload, link);

        if (reload && reload->config && !names_is_pending(manager->names))
                names_are_known(reload);
}

int reload_new(Manager *manager, const Caller *caller, reload_done_fn done, void *userdata, Reload **ret)
{
        _cleanup_(reload_freep) Reload *reload = calloc(1, sizeof(Reload));
        bool first = list_is_empty(&manager->reloads);
        int r;

        if (!reload)
                return -ENOMEM;
        reload->manager = manager;
        reload->caller = *caller;
        reload->done = done;
        reload->userdata = userdata;

        r = timer_init(&reload->patience, manager->loop, on_patience, reload, "patience with the name service");
        if (r >= 0)
                r = deferred_init(&reload->begin, manager->loop, PRIORITY_CONTROL, on_begin, reload, "reload");
        if (r >= 0 && first)
                r = deferred_schedule(&reload->begin);
        if (r < 0)
                return r;

        list_append(&manager->reloads, &reload->link);
        *ret = TAKE_PTR(reload);
        return 0;
}

Reload *reload_cancel(Reload *reload)
{
        if (reload)
                reload->done = NULL;
        return NULL;
}

void reloads_free_all(Manager *manager)
{
        Reload *reload;

        while ((reload = LIST_FIRST(&manager->reloads, Reload, link)))
                reload_free(reload);
}
