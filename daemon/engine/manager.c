/* SPDX-License-Identifier: MIT */

/* The manager: owns the snapshot of the definitions, its graph and all services, and what the host lends them
 * (processes, tracker, names, delivery). It is made in the order in which these need each other, and dies in the
 * reverse. What happens between services is in arrange.c, the end in shutdown.c, new definitions in reload.c. */

#include "engine/manager.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/name.h"
#include "core/start-set.h"
#include "engine/manager-private.h"
#include "host/ports.h"

static void on_names(void *userdata)
{
        Manager *manager = userdata;

        for (size_t i = 0; i < manager->n_services; i++)
                if (manager->services[i]->life.state == STATE_WAITING)
                        manager_mark_dirty(manager, manager->services[i]);
        reloads_look(manager);
}

static void on_log_idle(void *userdata)
{
        shutdown_on_log_idle(userdata);
}

static void on_orphan(void *userdata, pid_t pid)
{
        Manager *manager = userdata;

        tracker_look_again(manager->tracker);
}

int manager_add_service(Manager *manager, Service *service, char **ret_error)
{
        Service **grown;
        size_t at;
        int r;

        grown = realloc(manager->services, (manager->n_services + 1) * sizeof(Service *));
        if (!grown)
                return -ENOMEM;
        manager->services = grown;

        /* They mostly come sorted: the place is found from the end. */
        at = manager->n_services++;
        for (; at > 0 && strcmp(grown[at - 1]->name, service->name) > 0; at--)
                grown[at] = grown[at - 1];
        grown[at] = service;

        r = service->in_order ? manager_take_in(manager, service, ret_error) : 0;
        if (r < 0)
                memmove(grown + at, grown + at + 1, (--manager->n_services - at) * sizeof(Service *));
        return r;
}

void manager_tell_service(Manager *manager, Service *service, bool is_new)
{
        if (manager->observer.on_service)
                manager->observer.on_service(manager->observer.userdata, service, is_new);
}

static void remove_all(Manager *manager, Service *const *gone, size_t n_gone)
{
        /* Without memory they stay as they are, at rest, until something else makes them be looked at. */
        if (manager_take_out(manager, gone, n_gone) < 0)
                return;
        for (size_t i = 0; i < n_gone; i++) {
                for (size_t j = 0; j < manager->n_services; j++)
                        if (manager->services[j]->caused_by == gone[i])
                                manager->services[j]->caused_by = NULL;
                operations_forget(manager, gone[i]);
                manager_tell_service(manager, gone[i], false);
        }
        if (manager->observer.on_services)
                manager->observer.on_services(manager->observer.userdata);
        for (size_t i = 0; i < n_gone; i++)
                service_free(gone[i]);
}

void manager_remove_service(Manager *manager, Service *service)
{
        remove_all(manager, &service, 1);
}

void manager_remove_gone(Manager *manager)
{
        _cleanup_free_ Service **gone = calloc(manager->n_services + 1, sizeof(Service *));
        size_t n = 0;

        manager->some_are_gone = false;
        for (size_t i = 0; gone && i < manager->n_services; i++) {
                Service *service = manager->services[i];

                if (service_is_past(service) && !service->transient)
                        gone[n++] = service;
        }
        if (n > 0)
                remove_all(manager, gone, n);
}

Service *manager_by_index(Manager *manager, uint32_t index)
{
        return manager->by_index[index];
}

void manager_tell_diagnostics(Manager *manager, const Diagnostics *diagnostics)
{
        for (size_t i = 0; i < diagnostics->n; i++) {
                const Diagnostic *item = &diagnostics->items[i];
                _cleanup_free_ char *text = diagnostic_format(item);

                delivery_event(manager->delivery, &(EventRecord){.id = EVENT_ID_BAD_SETTING,
                                                                 .priority = item->severity == SEVERITY_ERROR ? 3 : 4,
                                                                 .service = item->service,
                                                                 .text = text ? text : item->text});
        }
}

/* The first error of a service that can't be loaded is why it stands where it stands. */
void manager_explain_bad(Manager *manager, Service *service)
{
        const Diagnostics *diagnostics = &manager->config->diagnostics;

        for (size_t i = 0; service->load == LOAD_BAD_SETTING && i < diagnostics->n; i++) {
                const Diagnostic *item = &diagnostics->items[i];
                _cleanup_free_ char *text = NULL;

                if (item->severity != SEVERITY_ERROR || !item->service ||
                    !service_config_is_named(service->config, item->service))
                        continue;
                text = diagnostic_format(item);
                service_set_reason(service, "%s", text ? text : item->text);
                return;
        }
}

static int make_log(Manager *manager)
{
        const ManagerOptions *options = &manager->options;
        LogTarget target = options->log_target_given ? options->log_target : manager->config->daemon.log_target;

        if (target == LOG_TARGET_AUTO)
                target = delivery_auto_target();
        return delivery_new(manager->loop, manager->processes,
                            &(DeliveryOptions){.target = target,
                                               .directory = options->log_directory
                                                                    ? options->log_directory
                                                                    : manager->config->daemon.log_directory,
                                               .console_too = options->logs_to_console,
                                               .config = &manager->config->daemon,
                                               .helper = options->helper,
                                               .on_idle = on_log_idle,
                                               .userdata = manager},
                            &manager->delivery);
}

static int make_host(Manager *manager)
{
        const ManagerOptions *options = &manager->options;
        int r;

        r = process_table_new(manager->loop, options->executor, &manager->processes);
        if (r < 0)
                return r;
        process_table_on_orphan(manager->processes, on_orphan, manager);

        r = tracker_new(manager->loop, options->socket_path, &manager->tracker);
        if (r < 0)
                return r;

        r = make_log(manager);
        if (r < 0)
                return r;

        r = names_new(manager->loop, manager->processes, options->helper, on_names, manager, &manager->names);
        if (r < 0)
                return r;
        return names_request(manager->names, manager->config, NULL, 0);
}

static int make_services(Manager *manager)
{
        int r = manager_take_config(manager, manager->config);

        for (size_t i = 0; r >= 0 && i < manager->n_services; i++)
                manager_explain_bad(manager, manager->services[i]);
        return r;
}

int manager_new(Loop *loop, const ManagerOptions *options, Manager **ret)
{
        _cleanup_(manager_freep) Manager *manager = calloc(1, sizeof(Manager));
        int r;

        if (!manager)
                return -ENOMEM;

        manager->loop = loop;
        manager->options = *options;
        manager->start_realtime = loop_realtime(loop);
        list_init(&manager->dirty);
        list_init(&manager->operations);
        list_init(&manager->reloads);
        list_init(&manager->applies);

        r = deferred_init(&manager->arrange, loop, PRIORITY_REAP + 1, arrange_dirty, manager, "arrange");
        if (r >= 0)
                r = deferred_init(&manager->arrange_rest, loop, PRIORITY_STREAM, arrange_dirty, manager,
                                  "arrange the rest");
        if (r >= 0)
                r = timer_init(&manager->patience, loop, shutdown_on_patience, manager);
        if (r >= 0)
                r = admission_new(manager);
        if (r >= 0)
                r = ports_new(&manager->ports);
        if (r >= 0)
                r = manager_load_config(manager, &manager->config);
        if (r >= 0)
                r = make_host(manager);
        if (r >= 0)
                r = make_services(manager);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(manager);
        return 0;
}

Manager *manager_free(Manager *manager)
{
        if (!manager)
                return NULL;

        if (manager->operations.next)
                operations_free_all(manager);
        if (manager->reloads.next)
                reloads_free_all(manager);
        while (manager->n_services > 0)
                service_free(manager->services[--manager->n_services]);
        free(manager->services);
        free(manager->by_index);
        order_answer_done(&manager->starts);
        order_answer_done(&manager->fates);
        admission_free(manager);
        free(manager->nodes);
        graph_free(manager->graph);
        names_free(manager->names);
        ports_free(manager->ports);
        delivery_free(manager->delivery);
        tracker_free(manager->tracker);
        process_table_free(manager->processes);
        timer_done(&manager->patience);
        deferred_done(&manager->arrange);
        deferred_done(&manager->arrange_rest);
        config_unref(manager->config);
        free(manager);
        return NULL;
}

/* Services that are gone from the definitions and were left by an earlier daemon: nobody's way of stopping them is
 * known any more, so it is SIGKILL. */
static void kill_foreign_leftovers(Manager *manager)
{
        char folder[PATH_MAX], path[sizeof(folder) + NAME_MAX_SIZE + 1];
        struct dirent *entry;
        DIR *dir;

        snprintf(folder, sizeof(folder), "%s/state", manager->options.run_folder);
        dir = opendir(folder);
        if (!dir)
                return;

        while ((entry = readdir(dir))) {
                _cleanup_(group_freep) Group *group = NULL;
                char text[512];

                if (name_classify(entry->d_name) < 0 || manager_find(manager, entry->d_name))
                        continue;
                snprintf(path, sizeof(path), "%s/%.*s", folder, NAME_MAX_SIZE - 1, entry->d_name);
                if (group_new(manager->tracker, entry->d_name, NULL, NULL, &group) < 0 ||
                    group_adopt_leftover(group, path) <= 0)
                        continue;
                (void) group_kill(group, SIGKILL);
                group_end_run(group);
                snprintf(text, sizeof(text),
                         "%.200s: processes of an earlier daemon's run were still there, and it is not defined any "
                         "more: SIGKILL",
                         entry->d_name);
                delivery_event(manager->delivery,
                               &(EventRecord){.id = EVENT_ID_LEFTOVERS_KILLED, .priority = 4, .text = text});
        }
        closedir(dir);
}

static void tell_started(Manager *manager)
{
        const char *why = tracker_why_session(manager->tracker);
        char text[512];

        snprintf(text, sizeof(text), "tended is up: %zu services, processes tracked by %s%s%s%s", manager->n_services,
                 why ? "session" : "cgroup", why ? " (" : "", why ? why : "", why ? ")" : "");
        delivery_event(manager->delivery, &(EventRecord){.id = EVENT_ID_DAEMON_STARTED, .priority = 5, .text = text});
}

int manager_start(Manager *manager)
{
        _cleanup_free_ uint32_t *roots = NULL;
        size_t n = 0;
        int r;

        tell_started(manager);
        manager_tell_diagnostics(manager, &manager->config->diagnostics);
        kill_foreign_leftovers(manager);

        for (size_t i = 0; i < manager->n_services; i++)
                if (service_adopt_leftover(manager->services[i]))
                        service_feed_type(manager->services[i], EVENT_LEFTOVER);
        r = start_roots_new(manager->config, &roots, &n);
        if (r >= 0)
                arrange_start_together(manager, roots, n, START_BY_HAND);
        return r;
}

int manager_when_started(Manager *manager, operation_done_fn done, void *userdata)
{
        _cleanup_free_ Service **services = calloc(MAX(manager->n_services, 1u), sizeof(Service *));
        Operation *operation;
        size_t n = 0;

        if (!services)
                return -ENOMEM;
        for (size_t i = 0; i < manager->n_services; i++)
                if (manager->services[i]->life.wanted)
                        services[n++] = manager->services[i];
        return operation_new(manager, VERB_START, NULL, services, n, false, done, userdata, &operation);
}

void manager_mark_dirty(Manager *manager, Service *service)
{
        if (!list_is_empty(&service->dirty_link))
                return;
        list_append(&manager->dirty, &service->dirty_link);
        /* A round that is being done sees it itself. */
        if (!manager->arranging)
                (void) deferred_schedule(&manager->arrange);
}

Loop *manager_loop(Manager *manager)
{
        return manager->loop;
}

Delivery *manager_delivery(Manager *manager)
{
        return manager->delivery;
}

Tracker *manager_tracker(Manager *manager)
{
        return manager->tracker;
}

const ManagerOptions *manager_options(const Manager *manager)
{
        return &manager->options;
}

const Config *manager_config(const Manager *manager)
{
        return manager->config;
}

usec_t manager_start_realtime(const Manager *manager)
{
        return manager->start_realtime;
}

size_t manager_n_services(const Manager *manager)
{
        return manager->n_services;
}

Service *manager_service(Manager *manager, size_t index)
{
        return manager->services[index];
}

Service *manager_find(Manager *manager, const char *name)
{
        size_t length = name_stem_length(name), low = 0, high = manager->n_services;

        while (low < high) {
                size_t middle = (low + high) / 2;
                const char *other = manager->services[middle]->name;
                int order = strncmp(name, other, length);

                if (order == 0 && other[length] != '\0')
                        order = -1;
                if (order == 0)
                        return manager->services[middle];
                if (order < 0)
                        high = middle;
                else
                        low = middle + 1;
        }
        return NULL;
}

void manager_set_observer(Manager *manager, const ManagerObserver *observer)
{
        manager->observer = *observer;
}
