/* SPDX-License-Identifier: MIT */

/* The process of a probe (ReadyExec, HealthExec). It is one of the service's own: born in its group, as its user,
 * with its environment, and what it prints is the service's output, as of a command. Its end decides nothing but the
 * probe: the life does not know it, but the group is not empty while it lives. A probe that is not wanted any more is
 * killed with all of its process group, and stands here until it is reaped. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/strv.h"
#include "engine/manager-private.h"
#include "engine/probe.h"
#include "engine/run-environment.h"

static void describe(const ProcessOutcome *outcome, char *buffer, size_t size)
{
        if (outcome->failed_step)
                (void) snprintf(buffer, size, "%s failed%s%s%s%s", outcome->failed_step,
                                outcome->failed_detail ? " for " : "", outcome->failed_detail ?: "",
                                outcome->error ? ": " : "", outcome->error ? strerror(outcome->error) : "");
        else
                (void) process_exit_text(&outcome->exit, buffer, size);
}

static void on_end(void *userdata, Process *process, const ProcessOutcome *outcome)
{
        Service *service = userdata;
        Probe *probe;
        bool success = !outcome->failed_step && outcome->exit.end == PROCESS_EXITED && outcome->exit.status == 0;
        char text[NET_PROBE_ERROR_MAX];

        service->probe_process = NULL;
        /* It may have been the last that a stop waits for, or that stood for a main process. */
        if (!service->life.empty && !service->main && !service->control && service_is_empty(service))
                service_note_empty(service);
        /* Only now, as nobody may care for the answer any more. */
        probe = TAKE_PTR(service->probe);
        if (!probe)
                return;
        describe(outcome, text, sizeof(text));
        probe_on_exit(probe, success || probe->command->ignore_failure ? NULL : text);
}

static int spawn(Service *service, const Command *command)
{
        const ManagerOptions *options = &service->manager->options;
        _cleanup_(strv_freep) char **environment = NULL, **late = NULL;
        _cleanup_(spawn_streams_done) SpawnStreams streams = SPAWN_STREAMS_NULL;
        const Identity *identity = NULL;
        const char *error;
        int r;

        if (names_lookup(service->manager->names, service->config, &identity, &error) != NAMES_KNOWN)
                return -ENOENT;
        r = service_note_folders(service);
        if (r >= 0)
                r = run_environment(service, &environment);
        if (r >= 0)
                r = run_environment_late(service, COMMAND_START_POST, false, &late);
        if (r >= 0)
                r = service_open_streams(service, false, &streams);
        if (r < 0)
                return r;

        return process_spawn(service->manager->processes,
                             &(SpawnRequest){
                                     .config = service->config,
                                     .command = command,
                                     .kind = COMMAND_START_POST,
                                     .identity = identity,
                                     .environment = environment,
                                     .environment_late = late,
                                     .input_fd = streams.input_fd,
                                     .output_fd = streams.output_fd,
                                     .error_fd = streams.error_fd,
                                     .group = service->group,
                                     .default_folder = service_default_folder(service),
                                     .runtime_root = options->runtime_root,
                                     .state_root = options->state_root,
                                     .logs_root = options->logs_root,
                                     .nofile = &options->nofile,
                                     .invocation_id = service->run.invocation_id,
                             },
                             &(ProcessHandler){.on_end = on_end, .userdata = service}, &service->probe_process);
}

int service_spawn_probe(Service *service, Probe *probe)
{
        int r;

        /* Both write into the pipes of commands. */
        if (service->probe_process || service->control)
                return -EBUSY;
        r = spawn(service, probe->command);
        if (r < 0)
                return r;
        service->probe = probe;
        return 0;
}

void service_kill_probe(Service *service, const Probe *probe)
{
        if (service->probe != probe)
                return;
        service->probe = NULL;
        if (service->probe_process)
                (void) process_signal_group(service->probe_process, SIGKILL);
}
