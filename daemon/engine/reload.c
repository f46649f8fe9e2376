/* SPDX-License-Identifier: MIT */

/* New definitions: read as a whole, and taken as a whole or not at all. Here no process is touched: what a change
 * takes is reported, and happens when somebody restarts or starts the service; an apply does that (apply.c). One that
 * only looks reads for itself, and throws away what it has read.
 *
 * Between reading and taking lies the look-up of names, which may hang: it is given 2 s, and who is not found by then
 * is found, or not, at the service's start. Reloads that wait stand in the manager's list; the first is the one that
 * is being done. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/reload-private.h"
#include "host/config-load.h"
#include "host/ports.h"

#define NAMES_PATIENCE_USEC (2 * USEC_PER_SEC)

static Reload *reload_free(Reload *reload)
{
        if (!reload)
                return NULL;

        list_remove(&reload->link);
        timer_done(&reload->patience);
        deferred_done(&reload->begin);
        config_unref(reload->config);
        plan_done(&reload->plan);
        apply_done(reload);
        free(reload);
        return NULL;
}
DEFINE_CLEANUP(Reload *, reload_free);

int manager_load_config(Manager *manager, Config **ret)
{
        const ManagerOptions *options = &manager->options;
        int r;

        r = config_load(&(ConfigLoadOptions){.system = options->system,
                                             .paths = options->config_paths,
                                             .runtime_root = options->runtime_root,
                                             .ports = manager->ports},
                        ret);
        if (r >= 0 && options->is_trial)
                config_renounce_nothing(*ret);
        return r;
}

/* Those that nobody's definition names: of a reading that is thrown away, or of one that is not in force any more.
 * Without memory they are kept until the next reading. */
static void forget_ports(Manager *manager)
{
        _cleanup_free_ ServiceConfig **definitions = calloc(manager->n_services + 1, sizeof(ServiceConfig *));

        if (!definitions)
                return;
        for (size_t i = 0; i < manager->n_services; i++)
                definitions[i] = (ServiceConfig *) manager->services[i]->config;
        ports_forget_others(manager->ports, &(Config){.services = definitions, .n_services = manager->n_services});
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

static void tell_reloaded(Reload *reload, size_t n)
{
        char text[128];

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

static int compare_and_take(Reload *reload)
{
        int r;

        if (has_errors(reload->config))
                return -EBADMSG;

        r = plan_make(reload->manager, reload->config, &reload->plan);
        if (r < 0 || reload->options.mode == RELOAD_LOOK)
                return r;
        return take(reload->manager, reload->config);
}

void reload_answer(Reload *reload, int result)
{
        Diagnostics none = {0};

        if (reload->done)
                reload->done(reload->userdata,
                             &(ReloadOutcome){.result = result,
                                              .changes = reload->plan.items,
                                              .n_changes = reload->plan.n,
                                              .applied = reload->results,
                                              .n_applied = reload->n_results,
                                              .diagnostics = reload->config ? &reload->config->diagnostics : &none});
        reload_free(reload);
}

/* The next one may begin. */
static void leave_queue(Reload *reload)
{
        Manager *manager = reload->manager;
        Reload *next;

        (void) timer_set(&reload->patience, USEC_INFINITY);
        list_remove(&reload->link);
        next = LIST_FIRST(&manager->reloads, Reload, link);
        if (next)
                (void) deferred_schedule(&next->begin);
}

/* What was read is taken, or not; then there may be something to be applied. `r`: what has failed already. */
static void finish(Reload *reload, int r)
{
        Manager *manager = reload->manager;

        if (r >= 0)
                r = compare_and_take(reload);
        if (reload->config)
                forget_ports(manager);
        if (reload->config && reload->options.mode != RELOAD_LOOK)
                manager_tell_diagnostics(manager, &reload->config->diagnostics);
        if (r >= 0 && reload->options.mode != RELOAD_LOOK)
                tell_reloaded(reload, reload->plan.n);
        leave_queue(reload);

        if (r >= 0 && reload->options.mode == RELOAD_APPLY) {
                list_append(&manager->applies, &reload->link);
                r = apply_begin(reload);
                if (r >= 0 && reload->n_open > 0)
                        return;
        }
        reload_answer(reload, r);
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

        if (reload->options.mode != RELOAD_LOOK)
                manager_tell_caller(manager, NULL, &reload->caller);
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

        r = timer_init(&reload->patience, manager->loop, on_patience, reload);
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

void reload_set_options(Reload *reload, const ReloadOptions *options)
{
        reload->options = *options;
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
        while ((reload = LIST_FIRST(&manager->applies, Reload, link)))
                reload_free(reload);
}
