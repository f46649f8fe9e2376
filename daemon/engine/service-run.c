/* SPDX-License-Identifier: MIT */

/* The processes of a service: a run's beginning and end, the environment of a command, its spawn, and what comes of
 * it. Ends of processes become events of the life; nothing is decided here. */

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/exit-status.h"
#include "common/fd.h"
#include "common/strv.h"
#include "engine/manager-private.h"
#include "engine/run-environment.h"
#include "host/random.h"
#include "host/runtime-folder.h"

void service_state_path(const Service *service, char *buffer, size_t size)
{
        snprintf(buffer, size, "%s/state/%s", service->manager->options.run_folder, service->name);
}

int service_begin_run(Service *service)
{
        Id128 id;
        int r;

        /* It has no process that could be known by an id, and says nothing. */
        if (service->config->kind == UNIT_TARGET) {
                service->n_runs++;
                return 0;
        }

        r = random_id128(&id);
        if (r < 0)
                return r;

        r = group_begin_run(service->group, id);
        if (r < 0)
                return r;

        r = main_process_begin_run(service);
        if (r < 0)
                return r;

        r = capture_begin_run(service->capture, service->config, id);
        if (r < 0)
                return r;

        service->run = (RunRecord){
                .invocation_id = id, .known = true, .begin_realtime = loop_realtime(service->manager->loop)};
        service->in_run = true;
        service->leftover = false;
        service->n_runs++;
        readiness_forget(service);
        health_watch_begin_run(service);
        service->failed_step = NULL;
        free(service->members);
        service->members = NULL;
        return 0;
}

void service_end_run(Service *service)
{
        char path[PATH_MAX];

        service->n_ends++;
        if (service->config->kind == UNIT_TARGET)
                return;
        service_note_last_run(service);
        notify_end_run(service);
        main_process_end_run(service);
        service->leftover = false;
        /* What is renounced stays known as this service's, until its next run: at shutdown it is nobody's stray. */
        if (!service_left_running(service))
                group_end_run(service->group);
        service_state_path(service, path, sizeof(path));
        (void) unlink(path);
        (void) runtime_folders_remove(service->manager->processes, service->manager->options.helper,
                                      service->manager->options.runtime_root, service->folders);
        strv_free(service->folders);
        service->folders = NULL;
        service_take_ports_back(service);
        service->in_run = false;
        /* Another run will have the definition as it is. */
        directive_changes_done(&service->pending);
        service->pending_unknown = false;
}

bool service_is_empty(Service *service)
{
        /* KillMode=process renounces what is not its own main or control process, or a probe's. */
        if (service->config->kill_mode == KILL_PROCESS && !service->leftover && !service->search.is_group)
                return !service->main && !service->control && !service->probe_process;
        return group_is_empty(service->group);
}

bool service_left_running(Service *service)
{
        return (service->config->kill_mode == KILL_PROCESS || service->life.renounced) &&
               !group_is_empty(service->group);
}

bool service_adopt_leftover(Service *service)
{
        char path[PATH_MAX];

        service_state_path(service, path, sizeof(path));
        service->leftover = group_adopt_leftover(service->group, path) > 0;
        return service->leftover;
}

static void on_executed(void *userdata, Process *process)
{
        Service *service = userdata;

        if (process != service->main)
                return;
        admission_note_executed(&service->ticket, loop_now(service->manager->loop));
        service_feed_type(service, EVENT_EXECUTED);
}

static void remember_failure(Service *service, const ProcessOutcome *outcome)
{
        free(service->failed_detail);
        service->failed_detail = outcome->failed_detail ? strdup(outcome->failed_detail) : NULL;
        service->failed_step = outcome->failed_step;
        service->failed_error = outcome->error;
}

/* Was it the kernel, for want of memory? */
static bool was_oom_killed(Service *service, const ProcessExit *exit)
{
        uint64_t before = service->oom_kills;

        if (exit->end != PROCESS_KILLED || exit->status != SIGKILL)
                return false;
        (void) group_oom_kills(service->group, &service->oom_kills);
        return service->oom_kills > 0 && service->oom_kills != before;
}

static void on_main_end(Service *service, const ProcessOutcome *outcome)
{
        service->main = NULL;
        service->run.main_pid = 0;
        service->run.main_exit_realtime = loop_realtime(service->manager->loop);
        service_end_streams(service, outcome);
}

static void on_end(void *userdata, Process *process, const ProcessOutcome *outcome)
{
        Service *service = userdata;
        LifecycleEvent event = {.exit = outcome->exit};
        bool is_main;

        /* It may have named another main process before. */
        notify_drain(service);
        is_main = process == service->main;
        if (!is_main && process != service->control) {
                if (service_is_empty(service))
                        service_feed_type(service, EVENT_EMPTY);
                return;
        }

        event.type = is_main ? EVENT_MAIN_EXITED : EVENT_CONTROL_EXITED;
        if (is_main) {
                event.is_unknown = outcome->is_unknown;
                event.oom_killed = was_oom_killed(service, &outcome->exit);
                on_main_end(service, outcome);
        } else {
                service->control = NULL;
                service->run.control_pid = 0;
        }
        if (outcome->failed_step) {
                remember_failure(service, outcome);
                event.type = EVENT_SPAWN_FAILED;
                event.of_main = is_main;
                event.result = RESULT_EXIT_CODE;
        }
        event.empty = !service->main && !service->control && service_is_empty(service);
        service_feed(service, event);
}

ProcessHandler service_process_handler(Service *service)
{
        return (ProcessHandler){.on_executed = on_executed, .on_end = on_end, .userdata = service};
}

int service_note_folders(Service *service)
{
        STRV_FOREACH (folder, service->config->runtime_directory)
                if (!strv_contains(service->folders, *folder) && strv_extend(&service->folders, *folder) < 0)
                        return -ENOMEM;
        return 0;
}

/* With Type=forking the start command has what a main process has: its streams, and its place in the state file. */
static int spawn(Service *service, SpawnRequest *request, bool is_main)
{
        _cleanup_(strv_freep) char **environment = NULL, **late = NULL;
        _cleanup_(spawn_streams_done) SpawnStreams streams = SPAWN_STREAMS_NULL;
        ProcessHandler handler = service_process_handler(service);
        Process *process;
        char path[PATH_MAX];
        int r;

        r = service_note_folders(service);
        if (r >= 0)
                r = run_environment(service, &environment);
        if (r >= 0)
                r = run_environment_late(service, request->kind, request->is_main, &late);
        if (r >= 0)
                r = service_open_streams(service, request->is_main, &streams);
        if (r < 0)
                return r;

        service_state_path(service, path, sizeof(path));
        request->environment = environment;
        request->environment_late = late;
        request->pid_variable = run_has_watchdog(service, request->kind) ? "WATCHDOG_PID" : NULL;
        request->input_fd = streams.input_fd;
        request->output_fd = streams.output_fd;
        request->error_fd = streams.error_fd;
        request->state_path = request->is_main ? path : NULL;
        r = process_spawn(service->manager->processes, request, &handler, &process);
        if (r < 0)
                return r;

        if (is_main) {
                service->main = process;
                service->run.main_pid = service->run.last_main_pid = process_pid(process);
                service->run.main_start_realtime = process_start_realtime(process);
                service->run.main_exit_realtime = 0;
                capture_set_main_pid(service->capture, process_pid(process));
        } else {
                service->control = process;
                service->run.control_pid = process_pid(process);
        }
        return 0;
}

/* The step "user" fails here where the names are unknown, as it would in the child. */
static bool find_identity(Service *service, bool is_main, const Identity **ret, LifecycleEvent *ret_failure)
{
        const char *error = NULL;

        service->failed_error = 0;
        switch (names_lookup(service->manager->names, service->config, ret, &error)) {
        case NAMES_KNOWN:
                return true;
        case NAMES_PENDING:
                error = "the name service did not answer within TimeoutStartSec";
                break;
        case NAMES_FAILED:
                break;
        }

        free(service->failed_detail);
        service->failed_detail = error ? strdup(error) : NULL;
        service->failed_step = "finding its user or group";
        *ret_failure = (LifecycleEvent){.type = EVENT_SPAWN_FAILED,
                                        .exit = {PROCESS_EXITED, EXIT_USER},
                                        .result = RESULT_EXIT_CODE,
                                        .of_main = is_main,
                                        .empty = service_is_empty(service)};
        return false;
}

const char *service_default_folder(const Service *service)
{
        const ManagerOptions *options = &service->manager->options;

        return options->is_trial ? service->config->folder : options->default_folder;
}

bool service_spawn(Service *service, CommandKind kind, unsigned index, bool is_main, LifecycleEvent *ret_failure)
{
        const ManagerOptions *options = &service->manager->options;
        const Identity *identity = NULL;
        const char *failed_step;
        int r;

        assert(is_main ? !service->main : !service->control);
        assert(index < service->config->commands[kind].n);

        if (!find_identity(service, is_main, &identity, ret_failure))
                return false;

        if (is_main)
                service_let_ports_go(service);
        r = notify_prepare(service, identity);
        failed_step = r < 0 ? "making its notify socket" : "making a process";
        if (r >= 0)
                r = spawn(service,
                          &(SpawnRequest){
                                  .config = service->config,
                                  .command = &service->config->commands[kind].items[index],
                                  .kind = kind,
                                  .is_main = kind == COMMAND_START,
                                  .identity = identity,
                                  .group = service->group,
                                  .default_folder = service_default_folder(service),
                                  .runtime_root = options->runtime_root,
                                  .state_root = options->state_root,
                                  .logs_root = options->logs_root,
                                  .nofile = &options->nofile,
                                  .invocation_id = service->run.invocation_id,
                          },
                          is_main);
        if (r >= 0)
                return true;

        free(service->failed_detail);
        service->failed_detail = NULL;
        service->failed_step = failed_step;
        service->failed_error = -r;
        *ret_failure = (LifecycleEvent){
                .type = EVENT_SPAWN_FAILED, .result = RESULT_RESOURCES, .empty = service_is_empty(service)};
        return false;
}

static void send_to(Service *service, KillTarget target, int signal)
{
        /* Each process gets each signal once: many take a second SIGTERM for an order to hurry. */
        if (target == TARGET_GROUP) {
                (void) group_kill(service->group, signal);
                return;
        }
        if (target == TARGET_MAIN && service->search.is_group) {
                (void) group_kill(service->group, signal);
                return;
        }
        if (service->main && target == TARGET_MAIN)
                (void) process_signal(service->main, signal);
        if (service->control)
                (void) process_signal(service->control, signal);
}

void service_carry_out_kill(Service *service, const LifecycleEffects *effects)
{
        send_to(service, effects->kill, effects->signal);
        if (effects->with_sigcont)
                send_to(service, effects->kill, SIGCONT);
        if (effects->with_sighup)
                send_to(service, effects->kill, SIGHUP);
}
