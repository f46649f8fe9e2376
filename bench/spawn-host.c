/* SPDX-License-Identifier: MIT */

/* What the host layer makes of the same: N services through process_spawn() and the executor, each in its group, with
 * the loop turning until each has been told as executed. To be compared with spawn-loop in one run.
 *
 *     spawn-host N PROGRAM EXECUTOR    prints the milliseconds until all are executed */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "common/fd.h"
#include "host/process.h"

typedef struct Bench {
        Loop *loop;
        ProcessTable *processes;
        Tracker *tracker;
        Process **items;
        Group **groups;
        int n, n_executed, n_ended;
        double begin;
} Bench;

static double now_msec(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double) now.tv_sec * 1e3 + (double) now.tv_nsec / 1e6;
}

static void die(const char *what, int error)
{
        fprintf(stderr, "%s: %s\n", what, strerror(-error));
        exit(EXIT_FAILURE);
}

static void on_executed(void *userdata, Process *process)
{
        Bench *bench = userdata;

        if (++bench->n_executed < bench->n)
                return;
        printf("%.1f\n", now_msec() - bench->begin);
        for (int i = 0; i < bench->n; i++)
                (void) process_signal(bench->items[i], SIGKILL);
}

static void on_end(void *userdata, Process *process, const ProcessOutcome *outcome)
{
        Bench *bench = userdata;

        if (outcome->failed_step)
                die(outcome->failed_step, -outcome->error);
        if (++bench->n_ended == bench->n)
                loop_exit(bench->loop, 0);
}

static void spawn(Bench *bench, char *program, int i)
{
        Command command = {.path = program, .argv = (char *[]){program, NULL}};
        ServiceConfig config = {.name = (char *) "bench", .umask = 0022};
        char *environment[] = {(char *) "PATH=/usr/bin:/bin", (char *) "LANG=C.UTF-8",
                               (char *) "INVOCATION_ID=00000000000000000000000000000000", NULL};
        SpawnRequest request = {
                .config = &config,
                .command = &command,
                .is_main = true,
                .environment = environment,
                .default_folder = "/",
        };
        ProcessHandler handler = {.on_executed = on_executed, .on_end = on_end, .userdata = bench};
        char name[32], state[64];
        int out[2], err[2], r;

        snprintf(name, sizeof(name), "bench%d", i);
        snprintf(state, sizeof(state), "/dev/shm/tended-bench-state-%d", i);
        request.state_path = state;
        r = group_new(bench->tracker, name, NULL, NULL, &bench->groups[i]);
        if (r >= 0)
                r = group_begin_run(bench->groups[i], (Id128){.bytes = {1}});
        if (r < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
                die("prepare", r);
        request.group = bench->groups[i];
        request.input_fd = -EBADF;
        request.output_fd = out[1];
        request.error_fd = err[1];
        r = process_spawn(bench->processes, &request, &handler, &bench->items[i]);
        if (r < 0)
                die("process_spawn", r);
        fd_close(out[1]);
        fd_close(err[1]);
}

int main(int argc, char **argv)
{
        Bench bench = {.n = argc > 3 ? atoi(argv[1]) : 0};
        struct rlimit limit;
        char path[64];
        int r;

        if (bench.n <= 0 || bench.n > 100000) {
                fprintf(stderr, "spawn-host N PROGRAM EXECUTOR\n");
                return 2;
        }
        getrlimit(RLIMIT_NOFILE, &limit);
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
        bench.items = calloc((size_t) bench.n, sizeof(Process *));
        bench.groups = calloc((size_t) bench.n, sizeof(Group *));
        r = loop_new(&bench.loop);
        if (r >= 0)
                r = process_table_new(bench.loop, argv[3], &bench.processes);
        if (r >= 0)
                r = tracker_new(bench.loop, "/tmp/tended-bench", &bench.tracker);
        if (r < 0 || !bench.items || !bench.groups)
                die("spawn-host", r);

        bench.begin = now_msec();
        for (int i = 0; i < bench.n; i++)
                spawn(&bench, argv[2], i);
        r = loop_run(bench.loop);

        for (int i = 0; i < bench.n; i++) {
                group_end_run(bench.groups[i]);
                group_free(bench.groups[i]);
                snprintf(path, sizeof(path), "/dev/shm/tended-bench-state-%d", i);
                (void) remove(path);
        }
        tracker_free(bench.tracker);
        process_table_free(bench.processes);
        loop_free(bench.loop);
        free(bench.groups);
        free(bench.items);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
