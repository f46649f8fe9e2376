/* SPDX-License-Identifier: MIT */

/* A transient service's beginning and end. Its definition is read like any other, from lines instead of a file, into
 * a snapshot that nobody else shares; then the engine treats it like any other.
 *
 * Descriptors that its client passed are kept until its process has them, so that nothing of its input or output goes
 * through the daemon. */

#include "engine/transient.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/fd.h"
#include "common/strv.h"
#include "common/text.h"
#include "engine/cause.h"
#include "engine/manager-private.h"
#include "engine/transient-order.h"
#include "engine/transient-text.h"
#include "host/config-load.h"

#define STATUS_TIMED_OUT  124
#define STATUS_NEVER_RUN  125
#define STATUS_CANNOT     126
#define STATUS_NO_COMMAND 127

struct Transient {
        Service *service; /* weak: it owns this */
        int fds[3];
        bool has_fds, waited;
        bool stays;          /* whoever made it has not left it yet */
        Deferred first_look; /* where nobody waits for the end: has it started, or does it stand in a line? */
        void (*on_change)(void *userdata, const TransientReport *report);
        void *userdata;
};

Transient *transient_free(Transient *transient)
{
        if (!transient)
                return NULL;
        if (transient->service)
                transient->service->manager->n_live_transients--;
        deferred_done(&transient->first_look);
        for (size_t i = 0; i < ELEMENTSOF(transient->fds); i++)
                fd_close(transient->fds[i]);
        free(transient);
        return NULL;
}
DEFINE_CLEANUP(Transient *, transient_free);

const char *transient_name(const Transient *transient)
{
        return transient->service->name;
}

Transient *transient_leave(Transient *transient, bool stop)
{
        if (!transient)
                return NULL;
        transient->on_change = NULL;
        transient->stays = false;
        transient->waited = transient->waited && stop;
        if (stop)
                arrange_stop(transient->service->manager, transient->service);
        manager_mark_dirty(transient->service->manager, transient->service);
        return NULL;
}

static int take_fds(Transient *transient, const int fds[3])
{
        for (size_t i = 0; i < ELEMENTSOF(transient->fds); i++)
                transient->fds[i] = -EBADF;
        for (size_t i = 0; i < ELEMENTSOF(transient->fds); i++) {
                if (fds[i] < 0)
                        continue;
                transient->has_fds = true;
                transient->fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
                if (transient->fds[i] < 0)
                        return -errno;
        }
        return 0;
}

/* What is wrong with it, a line each, without the places of a text that nobody has seen. */
static int refuse(const Diagnostics *diagnostics, char **ret_error)
{
        _cleanup_(text_done) Text text = TEXT_NULL;

        for (size_t i = 0; i < diagnostics->n; i++) {
                if (diagnostics->items[i].severity != SEVERITY_ERROR)
                        continue;
                text_add_string(&text, text.n > 0 ? "\n" : "");
                text_add_string(&text, diagnostics->items[i].text);
        }
        return text_take(&text, ret_error) < 0 ? -ENOMEM : -EINVAL;
}

static int read_definition(Manager *manager, const TransientRequest *request, const char *name, Config **ret,
                           char **ret_error)
{
        const ManagerOptions *options = &manager->options;
        _cleanup_(config_unrefp) Config *config = NULL;
        _cleanup_(strv_freep) char **lines = NULL;
        _cleanup_free_ ServiceConfig **definitions = NULL;
        Config others = {0};
        int r;

        r = transient_lines(manager->config, request, name, &lines, ret_error);
        if (r >= 0 && transient_may_name_others(request))
                r = transient_order_others(manager, &others);
        if (r < 0)
                return r;
        definitions = others.services;
        r = config_load(&(ConfigLoadOptions){.system = options->system,
                                             .runtime_root = options->runtime_root,
                                             .lines = lines,
                                             .lines_folder = request->folder,
                                             .others = &others,
                                             .ports = manager->ports},
                        &config);
        if (r < 0)
                return r;
        if (config->diagnostics.n_errors > 0 || config->n_services != 1)
                return refuse(&config->diagnostics, ret_error);
        if (options->is_trial)
                config_renounce_nothing(config);
        *ret = TAKE_PTR(config);
        return 0;
}

/* Its user and groups have to be looked up. */
static int ask_names(Manager *manager, const Config *config)
{
        _cleanup_free_ const ServiceConfig **others = NULL;
        const ServiceConfig *own = config->services[0];

        if (!own->user && !own->group && !own->supplementary_groups)
                return 0;
        others = calloc(MAX(manager->n_services, (size_t) 1), sizeof(ServiceConfig *));
        if (!others)
                return -ENOMEM;
        for (size_t i = 0; i < manager->n_services; i++)
                others[i] = manager->services[i]->config;
        return names_request(manager->names, config, others, manager->n_services);
}

static int choose_name(Manager *manager, const TransientRequest *request, char **ret, char **ret_error)
{
        if (*request->name) {
                if (manager_find(manager, request->name))
                        return -EEXIST;
                return transient_check_name(request->name, ret, ret_error);
        }
        for (;;) {
                _cleanup_free_ char *name = NULL;
                int r = transient_make_name(request->command[0], ++manager->n_transients, &name);

                if (r < 0)
                        return r;
                if (manager_find(manager, name))
                        continue;
                *ret = TAKE_PTR(name);
                return 0;
        }
}

bool transient_open_streams(Service *service, SpawnStreams *streams)
{
        Transient *transient = service->transient;
        /* By itself, or along with another. */
        bool again = service->config->restart != RESTART_NO || service->in_order;
        int *places[] = {&streams->input_fd, &streams->output_fd, &streams->error_fd};

        if (!transient || !transient->has_fds)
                return false;
        for (size_t i = 0; i < ELEMENTSOF(places); i++) {
                if (transient->fds[i] < 0)
                        continue;
                *places[i] = again ? fcntl(transient->fds[i], F_DUPFD_CLOEXEC, 3) : TAKE_FD(transient->fds[i]);
        }
        return true;
}

static int exit_status(const Service *service)
{
        const Lifecycle *life = &service->life;

        if (life->end_reason == REASON_RUNTIME_MAX || life->end_reason == REASON_START_TIMEOUT)
                return STATUS_TIMED_OUT;
        if (service->failed_step && strcmp(service->failed_step, "exec") == 0)
                return service->failed_error == ENOENT || service->failed_error == ENOTDIR ? STATUS_NO_COMMAND
                                                                                           : STATUS_CANNOT;
        if (service->failed_step)
                return strcmp(service->failed_step, "interpreter") == 0 ? STATUS_NO_COMMAND : STATUS_NEVER_RUN;
        if (service->run.last_main_pid == 0 || !life->main_exit_known)
                return STATUS_NEVER_RUN;
        return life->main_exit.end == PROCESS_EXITED ? life->main_exit.status : 128 + life->main_exit.status;
}

static bool is_over(const Service *service)
{
        const Lifecycle *life = &service->life;

        return (life->state == STATE_DEAD || life->state == STATE_FAILED) && !life->wanted &&
               service->wish == WISH_NONE;
}

/* It has failed, and nobody has waited for that. */
static bool is_kept(const Service *service)
{
        return is_over(service) && service->life.state == STATE_FAILED && !service->transient->waited &&
               !service->transient->stays;
}

/* The one that has been kept longest goes, where there are too many. */
static void drop_oldest_kept(Manager *manager)
{
        Service *oldest = NULL;
        size_t n = 0;

        for (size_t i = 0; i < manager->n_services; i++) {
                Service *service = manager->services[i];

                if (!service->transient || !is_kept(service))
                        continue;
                n++;
                if (!oldest || service->inactive_enter_realtime < oldest->inactive_enter_realtime)
                        oldest = service;
        }
        if (n > TRANSIENT_KEPT_MAX)
                manager_remove_service(manager, oldest);
}

static void report(Transient *transient, bool over)
{
        const Service *service = transient->service;
        const Lifecycle *life = &service->life;
        char reason[1024];

        transient->on_change(
                transient->userdata,
                &(TransientReport){
                        .name = service->name,
                        .pid = !over                  ? service->run.main_pid
                               : service->failed_step ? 0
                                                      : service->run.last_main_pid,
                        .waits = life->state == STATE_WAITING,
                        .running = service_is_ready(service) || (service->main && process_is_executed(service->main)),
                        .over = over,
                        .status = over ? exit_status(service) : 0,
                        .result = service_result_to_string(life->result),
                        .reason = transient_order_reason(service, reason, sizeof(reason)),
                });
        if (over)
                transient->on_change = NULL;
}

/* By now it has been let go, if nothing holds it. */
static void on_first_look(void *userdata)
{
        Transient *transient = userdata;

        if (transient->on_change && transient->service->life.state == STATE_WAITING)
                report(transient, false);
}

static int make_transient(Manager *manager, const TransientRequest *request, Transient **ret)
{
        _cleanup_(transient_freep) Transient *transient = calloc(1, sizeof(Transient));
        int r;

        if (!transient)
                return -ENOMEM;
        transient->waited = request->waited;
        transient->stays = request->held;
        transient->on_change = request->on_change;
        transient->userdata = request->userdata;
        r = take_fds(transient, request->fds);
        if (r >= 0 && !request->waited)
                r = deferred_init(&transient->first_look, manager->loop, PRIORITY_CONTROL, on_first_look, transient,
                                  "first look");
        if (r >= 0 && !request->waited)
                r = deferred_schedule(&transient->first_look);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(transient);
        return 0;
}

static int make_service(Manager *manager, const TransientRequest *request, Config *config, Service **ret,
                        char **ret_error)
{
        _cleanup_(service_freep) Service *service = NULL;
        int r;

        r = ask_names(manager, config);
        if (r >= 0)
                r = service_new(manager, config, config->services[0], &service);
        if (r >= 0)
                r = make_transient(manager, request, &service->transient);
        if (r < 0)
                return r;
        service->transient->service = service;
        manager->n_live_transients++;
        transient_order_note(manager, service);
        r = manager_add_service(manager, service, ret_error);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(service);
        return 0;
}

/* The mistakes that don't keep it from running. */
static void tell_warnings(Service *service)
{
        const Diagnostics *diagnostics = &service->snapshot->diagnostics;

        for (size_t i = 0; i < diagnostics->n; i++)
                service_event(service, EVENT_ID_BAD_SETTING, 4, NULL, "%s: %s", service->name,
                              diagnostics->items[i].text);
}

int transient_new(Manager *manager, const TransientRequest *request, Transient **ret, char **ret_error)
{
        _cleanup_(config_unrefp) Config *config = NULL;
        _cleanup_free_ char *name = NULL;
        Service *service;
        int r;

        if (manager->shutdown != SHUTDOWN_NONE)
                return -ESHUTDOWN;
        if (manager->n_live_transients >= TRANSIENT_MAX)
                return -EAGAIN;
        r = choose_name(manager, request, &name, ret_error);
        if (r < 0)
                return r;
        r = read_definition(manager, request, name, &config, ret_error);
        if (r < 0)
                return r;
        r = make_service(manager, request, config, &service, ret_error);
        if (r < 0)
                return r;

        tell_warnings(service);
        manager_tell_caller(manager, service, request->caller);
        manager_begin_order(manager, request->caller);
        if (!request->held)
                arrange_start(manager, service, START_BY_HAND);
        manager_end_order(manager);
        manager_tell_service(manager, service, true);
        if (manager->observer.on_services)
                manager->observer.on_services(manager->observer.userdata);
        *ret = service->transient;
        return 0;
}

void transient_look(Manager *manager, Service *service)
{
        Transient *transient = service->transient;
        bool over = is_over(service);

        if (transient->on_change && service->life.state != STATE_WAITING)
                report(transient, over);
        if (!over || transient->stays)
                return;
        /* Definitions that were read meanwhile have a service of this name: it is that one's from here on. */
        if (config_find(manager->config, service->name)) {
                service->transient = transient_free(transient);
                return;
        }
        for (size_t i = 0; i < ELEMENTSOF(transient->fds); i++)
                transient->fds[i] = fd_close(transient->fds[i]);
        /* Over is over, even if what has stopped it comes back. */
        service->stopped_by_dependency = false;
        /* What it said is in the log first; the log's word that it is comes as a change. */
        if (!capture_may_begin(service->capture))
                return;
        if (is_kept(service) && manager->shutdown == SHUTDOWN_NONE)
                drop_oldest_kept(manager);
        else
                manager_remove_service(manager, service);
}
