/* SPDX-License-Identifier: MIT */

/* Processes that a service has made itself, taken into the table: told of their end like the others, whoever their
 * parent is, and never a stranger. */

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host-world.h"
#include "host/state-file.h"

static World world;
static Group *group;

static void begin(void)
{
        world_begin(&world, false);
        cr_assert(group_new(world.tracker, "test", NULL, NULL, &group) >= 0);
        cr_assert(group_begin_run(group, (Id128){{1, 2, 3}}) >= 0);
}

static void end(void)
{
        process_table_forget_group(world.table, group);
        group_free(group);
        world_end(&world);
}

static void plan_in_group(Plan *plan, const char *script)
{
        plan_shell(plan, script);
        plan->request.group = group;
}

TestSuite(process_adopt, .init = begin, .fini = end, .timeout = 60);

typedef struct Adopted {
        Process *process;
        ProcessExit exit;
        bool ended;
} Adopted;

static void on_end(void *userdata, Process *process, const ProcessOutcome *outcome)
{
        Adopted *adopted = userdata;

        adopted->exit = outcome->exit;
        adopted->ended = true;
}

static int adopt(pid_t pid, Adopted *ret)
{
        ProcessHandler handler = {.on_end = on_end, .userdata = ret};

        *ret = (Adopted){0};
        return process_adopt(world.table, group, pid, &handler, &ret->process);
}

/* What the shell wrote into a file of that name, when it is whole. */
static pid_t read_pid(const char *name)
{
        const char *path = world_path(&world, name);
        int pid = 0;
        char end = 0;

        for (int i = 0; i < 5000 && end != '\n'; i++) {
                FILE *file = fopen(path, "re");

                if (file) {
                        if (fscanf(file, "%d%c", &pid, &end) < 2)
                                end = 0;
                        fclose(file);
                }
                if (end != '\n')
                        (void) poll(NULL, 0, 1);
        }
        cr_assert_eq(end, '\n', "%s", path);
        return pid;
}

Test(process_adopt, an_orphan_of_ours_tells_its_own_end)
{
        Adopted adopted, other;
        char script[1024];
        Plan plan;
        Run run;
        pid_t pid;

        snprintf(script, sizeof(script), "sh -c 'echo $$ >%s; read x <%s; exit 42' & exit 0",
                 world_path(&world, "pid"), world_path(&world, "go"));
        cr_assert(mkfifo(world_path(&world, "go"), 0600) >= 0);
        plan_in_group(&plan, script);
        plan_run(&world, &plan, &run, NULL, 0);
        cr_assert(run_exited_with(&run, 0));
        pid = read_pid("pid");
        cr_assert_eq(group_contains(group, pid), 1);
        cr_assert_eq(adopt(pid, &adopted), 0);
        cr_assert_eq(process_pid(adopted.process), pid);
        cr_assert(process_is_executed(adopted.process));
        /* Whoever listens to its end is the only one. */
        cr_assert_eq(adopt(pid, &other), -EEXIST);

        fclose(fopen(world_path(&world, "go"), "we"));
        cr_assert(world_turn_until(&world, &adopted.ended));
        cr_assert(adopted.exit.end == PROCESS_EXITED && adopted.exit.status == 42);
}

Test(process_adopt, a_child_of_another_tells_that_it_has_ended)
{
        char script[1024];
        Adopted adopted;
        Plan plan;
        Run run;
        pid_t pid;

        snprintf(script, sizeof(script), "sleep 1000 & echo $! >%s; wait; exec sleep 1000",
                 world_path(&world, "pid"));
        plan_in_group(&plan, script);
        cr_assert(plan_spawn(&world, &plan, &run) >= 0);
        cr_assert(world_turn_until(&world, &run.executed));
        pid = read_pid("pid");
        cr_assert_eq(adopt(pid, &adopted), 0);
        cr_assert_eq(process_signal(adopted.process, SIGKILL), 0);
        cr_assert(world_turn_until(&world, &adopted.ended));
        (void) process_signal(run.process, SIGKILL);
        cr_assert(world_turn_until(&world, &run.ended));
}

Test(process_adopt, strangers_and_the_dead_stay_what_they_are)
{
        Adopted adopted;
        Plan plan;
        Run run;
        pid_t child;

        plan_in_group(&plan, "exit 0");
        plan_run(&world, &plan, &run, NULL, 0);
        cr_assert_eq(adopt(run.pid, &adopted), -ESRCH);
        cr_assert_eq(adopt(1, &adopted), -EPERM);
        cr_assert_eq(adopt(getpid(), &adopted), -EPERM);
        child = fork();
        if (child == 0)
                pause();
        cr_assert_eq(adopt(child, &adopted), -EPERM);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
}

Test(process_adopt, one_that_was_released_can_be_taken_again)
{
        Adopted adopted;
        Plan plan;
        Run run;

        plan_in_group(&plan, "exec sleep 1000");
        cr_assert(plan_spawn(&world, &plan, &run) >= 0);
        cr_assert(world_turn_until(&world, &run.executed));
        cr_assert_eq(adopt(process_pid(run.process), &adopted), -EEXIST);
        process_release(run.process);
        cr_assert_eq(adopt(process_pid(run.process), &adopted), 0);
        cr_assert_eq(adopted.process, run.process);
        (void) process_signal(adopted.process, SIGTERM);
        cr_assert(world_turn_until(&world, &adopted.ended));
        cr_assert(adopted.exit.end == PROCESS_KILLED && adopted.exit.status == SIGTERM);
        cr_assert(!run.ended);
}

Test(process_adopt, it_is_noted_for_the_next_daemon)
{
        const char *path = world_path(&world, "state");
        StateFile state;
        Plan plan;
        Run run;

        plan_in_group(&plan, "exec sleep 1000");
        cr_assert(plan_spawn(&world, &plan, &run) >= 0);
        cr_assert(world_turn_until(&world, &run.executed));
        cr_assert_eq(group_note_main(group, path, process_pid(run.process), (Id128){{1, 2, 3}}), 0);
        cr_assert_eq(state_file_load(path, &state), 0);
        cr_assert(state.pid == process_pid(run.process) && state.start > 0 && state.invocation_id.bytes[2] == 3);
        state_file_done(&state);
        (void) process_signal(run.process, SIGKILL);
        cr_assert(world_turn_until(&world, &run.ended));
}
