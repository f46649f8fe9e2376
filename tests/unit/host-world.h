/* SPDX-License-Identifier: MIT */
#pragma once

/* A loop, a process table and a tracker for tests that run real processes, and one Run that notes what it is told. */

#include <criterion/criterion.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "common/fd.h"
#include "common/strv.h"
#include "host/group.h"
#include "host/process.h"
#include "host/tracker.h"

#define PATIENCE_USEC (20 * USEC_PER_SEC)

typedef struct World {
        Loop *loop;
        ProcessTable *table;
        Tracker *tracker;
        char folder[64]; /* a temporary one */
        unsigned n_orphans;
} World;

typedef struct Run {
        Process *process; /* until it has ended */
        pid_t pid;
        bool executed, ended;
        ProcessExit exit;
        char step[32], detail[PATH_MAX];
        int error;
} Run;

static inline usec_t world_now(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (usec_t) now.tv_sec * USEC_PER_SEC + (usec_t) now.tv_nsec / 1000;
}

/* Turns the loop until `*flag`, with patience. */
static inline bool world_turn_until(World *world, const bool *flag)
{
        usec_t end = world_now() + PATIENCE_USEC;

        while (!*flag && world_now() < end)
                cr_assert(sd_event_run(loop_sd_event(world->loop), 100 * USEC_PER_MSEC) >= 0);
        return *flag;
}

static inline void world_turn_for(World *world, usec_t span)
{
        usec_t end = world_now() + span;

        while (world_now() < end)
                cr_assert(sd_event_run(loop_sd_event(world->loop), usec_sub(end, world_now())) >= 0);
}

/* A program of the build, found from where this one is. */
static inline char *world_program(const char *path)
{
        static char buffer[2 * PATH_MAX];
        char self[PATH_MAX] = "", *slash;

        cr_assert(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
        slash = strrchr(self, '/');
        *slash = '\0';
        snprintf(buffer, sizeof(buffer), "%s/../../daemon/%s", self, path);
        return buffer;
}

static inline void world_on_orphan(void *userdata, pid_t pid)
{
        World *world = userdata;

        world->n_orphans++;
        tracker_look_again(world->tracker);
}

static inline char *world_path(const World *world, const char *name)
{
        static char buffers[8][PATH_MAX];
        static unsigned i;
        char *buffer = buffers[i++ % 8];

        snprintf(buffer, PATH_MAX, "%s/%s", world->folder, name);
        return buffer;
}

static inline void world_begin(World *world, bool with_cgroups)
{
        char *why;

        *world = (World){0};
        strcpy(world->folder, "/tmp/tended-test-XXXXXX");
        cr_assert(mkdtemp(world->folder));
        cr_assert(loop_new(&world->loop) >= 0);
        cr_assert(process_table_new(world->loop, world_program("exec/tended-exec"), &world->table) >= 0);
        process_table_on_orphan(world->table, world_on_orphan, world);
        why = strdup("the test wants it");
        if (with_cgroups) {
                free(why);
                cr_assert(tracker_new(world->loop, world->folder, &world->tracker) >= 0);
        } else
                cr_assert(tracker_new_session(world->loop, world->folder, why, &world->tracker) >= 0);
}

static inline void world_end(World *world)
{
        char command[128];

        tracker_free(world->tracker);
        process_table_free(world->table);
        loop_free(world->loop);
        snprintf(command, sizeof(command), "rm -rf %s", world->folder);
        cr_assert(system(command) == 0);
}

static inline void run_on_executed(void *userdata, Process *process)
{
        Run *run = userdata;

        cr_assert(!run->executed && !run->ended);
        run->executed = true;
}

static inline void run_on_end(void *userdata, Process *process, const ProcessOutcome *outcome)
{
        Run *run = userdata;

        cr_assert(!run->ended, "an end is told once");
        run->ended = true;
        run->exit = outcome->exit;
        run->error = outcome->error;
        snprintf(run->step, sizeof(run->step), "%s", outcome->failed_step ? outcome->failed_step : "");
        snprintf(run->detail, sizeof(run->detail), "%s", outcome->failed_detail ? outcome->failed_detail : "");
}

static inline ProcessHandler run_handler(Run *run)
{
        return (ProcessHandler){.on_executed = run_on_executed, .on_end = run_on_end, .userdata = run};
}

/* What a test changes before it spawns; everything else is as plain as can be. */
typedef struct Plan {
        ServiceConfig config;
        Command command;
        SpawnRequest request;
        char *words[16];
} Plan;

static inline void plan_shell(Plan *plan, const char *script)
{
        static char *const environment[] = {(char *) "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};

        *plan = (Plan){
                .config =
                        {
                                .name = (char *) "test",
                                .umask = 0022,
                                .output = {.target = STREAM_NULL},
                                .error = {.target = STREAM_NULL},
                        },
                .command = {.path = (char *) "/bin/sh", .no_variables = true},
                .words = {(char *) "sh", (char *) "-c", (char *) script},
                .request =
                        {
                                .is_main = true,
                                .environment = environment,
                                .input_fd = -EBADF,
                                .output_fd = -EBADF,
                                .error_fd = -EBADF,
                                .default_folder = "/",
                                .runtime_root = "/nonexistent",
                                .state_root = "/nonexistent",
                                .logs_root = "/nonexistent",
                        },
        };
}

static inline int plan_spawn(World *world, Plan *plan, Run *run)
{
        ProcessHandler handler = run_handler(run);
        int r;

        *run = (Run){0};
        plan->command.argv = plan->words;
        plan->request.config = &plan->config;
        plan->request.command = &plan->command;
        r = process_spawn(world->table, &plan->request, &handler, &run->process);
        if (r >= 0)
                run->pid = process_pid(run->process);
        return r;
}

/* Runs it to its end. `output` (of `size` bytes) gets what it says on stdout; NULL: nobody listens. */
static inline void plan_run(World *world, Plan *plan, Run *run, char *output, size_t size)
{
        int fds[2] = {-EBADF, -EBADF};
        size_t n = 0;
        ssize_t got;

        if (output) {
                cr_assert(pipe2(fds, O_CLOEXEC) >= 0);
                plan->request.output_fd = fds[1];
        }
        cr_assert(plan_spawn(world, plan, run) >= 0);
        fd_close(fds[1]);
        cr_assert(world_turn_until(world, &run->ended), "it ends");
        while (output && n < size - 1 && (got = read(fds[0], output + n, size - 1 - n)) > 0)
                n += (size_t) got;
        if (output)
                output[n] = '\0';
        fd_close(fds[0]);
}

static inline bool run_exited_with(const Run *run, int status)
{
        return run->ended && run->executed && !run->step[0] && run->exit.end == PROCESS_EXITED &&
               run->exit.status == status;
}

static inline bool run_failed_at(const Run *run, const char *step, int error, int status)
{
        return run->ended && !run->executed && strcmp(run->step, step) == 0 && run->error == error &&
               run->exit.end == PROCESS_EXITED && run->exit.status == status;
}
