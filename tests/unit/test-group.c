/* SPDX-License-Identifier: MIT */

/* Groups of real processes, in both ways of telling them apart: each test runs with cgroups (where this machine lets
 * us) and with sessions. */

#include <sys/stat.h>
#include <sys/wait.h>

#include "host-world.h"

static World world;

static void end(void)
{
        world_end(&world);
}

TestSuite(group, .fini = end, .timeout = 60);

/* Begins a world of that mode; false: this machine has none such. */
static bool begin(TrackingMode mode)
{
        world_begin(&world, mode == TRACKING_CGROUP);
        if (tracker_mode(world.tracker) == mode)
                return true;
        cr_log_warn("no cgroups here: %s", tracker_why_session(world.tracker));
        return false;
}

typedef struct Watched {
        Group *group;
        bool empty;
        unsigned n_told;
        Id128 id;
        char *environment[3];
        char variable[64];
} Watched;

static void on_empty(void *userdata)
{
        Watched *watched = userdata;

        watched->empty = true;
        watched->n_told++;
}

static void watched_begin(Watched *watched, const char *name, unsigned number)
{
        *watched = (Watched){.id = {.bytes = {0xab, (uint8_t) number}}};
        snprintf(watched->variable, sizeof(watched->variable), "INVOCATION_ID=ab%02x%028x", number, 0);
        watched->environment[0] = (char *) "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
        watched->environment[1] = watched->variable;
        cr_assert(group_new(world.tracker, name, on_empty, watched, &watched->group) >= 0);
        cr_assert(group_begin_run(watched->group, watched->id) >= 0);
}

/* Starts a shell in the group, and waits until it has said "go". */
static void watched_start(Watched *watched, const char *script, Run *run)
{
        char text[16] = "";
        int fds[2];
        Plan plan;

        plan_shell(&plan, script);
        plan.request.group = watched->group;
        plan.request.environment = watched->environment;
        cr_assert(pipe2(fds, O_CLOEXEC) >= 0);
        plan.request.output_fd = fds[1];
        cr_assert(plan_spawn(&world, &plan, run) >= 0);
        fd_close(fds[1]);
        cr_assert(read(fds[0], text, sizeof(text) - 1) > 0, "it says go");
        fd_close(fds[0]);
}

static void watched_end(Watched *watched)
{
        group_end_run(watched->group);
        group_free(watched->group);
}

static void expect_nobody(void)
{
        siginfo_t info = {0};

        world_turn_for(&world, 100 * USEC_PER_MSEC);
        cr_assert(waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD, "nobody is left");
}

#define BOTH_WAYS(name)                      \
        static void name(void);              \
        Test(group, with_cgroups_##name)     \
        {                                    \
                if (begin(TRACKING_CGROUP))  \
                        name();              \
        }                                    \
        Test(group, with_sessions_##name)    \
        {                                    \
                if (begin(TRACKING_SESSION)) \
                        name();              \
        }                                    \
        static void name(void)

BOTH_WAYS(emptiness_is_told_when_the_last_daemonised_grandchild_ends)
{
        GroupMember *members;
        Watched watched;
        size_t n;
        Run run;

        watched_begin(&watched, "one", 1);
        cr_assert(group_is_empty(watched.group));
        watched_start(&watched, "setsid sh -c 'setsid sleep 0.9 & exit 0' & wait; echo go; exit 0", &run);
        cr_assert(world_turn_until(&world, &run.ended));
        world_turn_for(&world, 200 * USEC_PER_MSEC);
        cr_assert(!group_is_empty(watched.group), "a grandchild in a session of its own lives");
        cr_assert(group_members(watched.group, 8, &members, &n) >= 0);
        cr_assert_eq(n, 1U);
        cr_assert_str_eq(members[0].command_line, "sleep 0.9");
        group_members_free(members, n);

        cr_assert(group_watch_empty(watched.group) >= 0);
        cr_assert(!watched.empty);
        world_turn_for(&world, 100 * USEC_PER_MSEC);
        cr_assert(!watched.empty, "not before it is");
        cr_assert(world_turn_until(&world, &watched.empty));
        cr_assert(group_is_empty(watched.group));
        world_turn_for(&world, 100 * USEC_PER_MSEC);
        cr_assert_eq(watched.n_told, 1U);
        watched_end(&watched);
        expect_nobody();
}

BOTH_WAYS(an_empty_group_tells_so_but_not_from_within_the_call)
{
        Watched watched;

        watched_begin(&watched, "one", 1);
        cr_assert(group_watch_empty(watched.group) >= 0);
        cr_assert(!watched.empty);
        cr_assert(world_turn_until(&world, &watched.empty));
        watched_end(&watched);
}

BOTH_WAYS(sigkill_ends_a_fork_bomb)
{
        Watched watched;
        Run run;

        watched_begin(&watched, "bomb", 1);
        watched_start(&watched,
                      "trap '' TERM; ulimit -u 100000; i=0; while [ $i -lt 200 ]; do "
                      "setsid sh -c 'trap \"\" TERM; while :; do sleep 0.02; done' & i=$((i+1)); done; "
                      "echo go; while :; do sleep 0.01 & wait; done",
                      &run);
        cr_assert(group_watch_empty(watched.group) >= 0);
        cr_assert(group_kill(watched.group, SIGKILL) >= 0);
        cr_assert(world_turn_until(&world, &watched.empty));
        cr_assert(world_turn_until(&world, &run.ended));
        cr_assert(group_is_empty(watched.group));
        watched_end(&watched);
        expect_nobody();
}

BOTH_WAYS(after_sigkill_the_same_run_may_have_another_process)
{
        Watched watched;
        Run run;

        watched_begin(&watched, "one", 1);
        for (unsigned i = 0; i < 3; i++) {
                watched_start(&watched, "sleep 100 & echo go; exit 0", &run);
                cr_assert(world_turn_until(&world, &run.ended));
                cr_assert(run_exited_with(&run, 0), "round %u: %d", i, run.exit.status);
                watched.empty = false;
                cr_assert(group_kill(watched.group, SIGKILL) >= 0);
                /* While the killed ones are about, too. */
                watched_start(&watched, "echo go; exit 5", &run);
                cr_assert(world_turn_until(&world, &run.ended));
                cr_assert(run_exited_with(&run, 5), "round %u: %d", i, run.exit.status);
                cr_assert(group_watch_empty(watched.group) >= 0);
                cr_assert(world_turn_until(&world, &watched.empty));
        }
        watched_end(&watched);
}

BOTH_WAYS(another_signal_reaches_everybody_once)
{
        char path[PATH_MAX], text[256] = "";
        char script[3 * PATH_MAX];
        Watched watched;
        Run run;

        snprintf(path, sizeof(path), "%s", world_path(&world, "said"));
        watched_begin(&watched, "one", 1);
        snprintf(script, sizeof(script),
                 "trap 'echo x >>%s; exit 0' USR1; "
                 "(trap 'echo x >>%s; exit 0' USR1; while :; do sleep 0.05; done) & "
                 "sleep 0.3; echo go; while :; do sleep 0.05; done",
                 path, path);
        watched_start(&watched, script, &run);
        cr_assert(group_kill(watched.group, SIGUSR1) >= 0);
        cr_assert(group_watch_empty(watched.group) >= 0);
        cr_assert(world_turn_until(&world, &watched.empty));
        cr_assert(proc_read(AT_FDCWD, path, text, sizeof(text), NULL) >= 0);
        cr_assert_str_eq(text, "x\nx\n");
        cr_assert(world_turn_until(&world, &run.ended));
        watched_end(&watched);
}

BOTH_WAYS(a_signal_reaches_who_has_not_come_to_its_exec)
{
        for (unsigned i = 0; i < 50; i++) {
                Watched watched;
                Plan plan;
                Run run;

                watched_begin(&watched, "young", i);
                plan_shell(&plan, "exec sleep 1000");
                plan.request.group = watched.group;
                plan.request.environment = watched.environment;
                cr_assert(plan_spawn(&world, &plan, &run) >= 0);
                cr_assert(group_kill(watched.group, SIGTERM) >= 0);
                cr_assert(world_turn_until(&world, &run.ended), "round %u", i);
                cr_assert_eq(run.exit.status, SIGTERM);
                watched_end(&watched);
        }
}

BOTH_WAYS(groups_are_told_apart)
{
        Watched one, two;
        Run first, second;

        watched_begin(&one, "one", 1);
        watched_begin(&two, "two", 2);
        watched_start(&one, "setsid sleep 100 & sleep 0.2; echo go; exit 0", &first);
        watched_start(&two, "sleep 100 & sleep 0.2; echo go; exit 0", &second);
        cr_assert(world_turn_until(&world, &first.ended) && world_turn_until(&world, &second.ended));
        cr_assert(!group_is_empty(one.group) && !group_is_empty(two.group));
        cr_assert(group_watch_empty(one.group) >= 0 && group_watch_empty(two.group) >= 0);
        cr_assert(group_kill(one.group, SIGKILL) >= 0);
        cr_assert(world_turn_until(&world, &one.empty));
        cr_assert(!two.empty && !group_is_empty(two.group));
        cr_assert(group_kill(two.group, SIGTERM) >= 0);
        cr_assert(world_turn_until(&world, &two.empty));
        watched_end(&one);
        watched_end(&two);
        expect_nobody();
}

BOTH_WAYS(a_group_serves_for_run_after_run)
{
        Watched watched;
        Run run;

        watched_begin(&watched, "_one.of-many:x@1", 1);
        for (unsigned i = 0; i < 5; i++) {
                if (i > 0)
                        cr_assert(group_begin_run(watched.group, watched.id) >= 0);
                watched_start(&watched, "echo go", &run);
                cr_assert(world_turn_until(&world, &run.ended));
                watched.empty = false;
                cr_assert(group_watch_empty(watched.group) >= 0);
                cr_assert(world_turn_until(&world, &watched.empty));
                group_end_run(watched.group);
        }
        watched_end(&watched);
}

Test(group, a_name_that_is_a_file_of_cgroupfs_is_a_group_all_the_same)
{
        static const char *const names[] = {"cgroup.procs", "memory.max", "_cgroup.procs", "pids.current"};
        Watched watched[ELEMENTSOF(names)];

        if (!begin(TRACKING_CGROUP))
                return;
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                watched_begin(&watched[i], names[i], (unsigned) i);
                cr_assert(group_cgroup_fd(watched[i].group) >= 0);
        }
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                watched_end(&watched[i]);
}

Test(group, groups_below_a_services_own_count_and_go_with_it)
{
        char path[PATH_MAX], text[64];
        Watched watched;
        Run run;

        if (!begin(TRACKING_CGROUP))
                return;
        watched_begin(&watched, "one", 1);
        snprintf(path, sizeof(path), "%s%s/below", world.tracker->place.mount, group_cgroup_path(watched.group));
        cr_assert(mkdir(path, 0755) >= 0);
        watched_start(&watched, "sleep 100 & echo go; exit 0", &run);
        cr_assert(world_turn_until(&world, &run.ended));
        strcat(path, "/cgroup.procs");
        cr_assert(proc_read(group_cgroup_fd(watched.group), "cgroup.procs", text, sizeof(text), NULL) >= 0);
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        cr_assert(fd >= 0 && write(fd, text, strlen(text)) > 0);
        fd_close(fd);

        cr_assert(!group_is_empty(watched.group));
        cr_assert(group_watch_empty(watched.group) >= 0);
        cr_assert(group_kill(watched.group, SIGTERM) >= 0);
        cr_assert(world_turn_until(&world, &watched.empty));
        group_end_run(watched.group);
        cr_assert(access(path, F_OK) < 0);
        watched_end(&watched);
}

Test(group, nothing_is_open_or_watched_while_nobody_waits)
{
        Watched watched;
        Run run;

        if (!begin(TRACKING_CGROUP))
                return;
        watched_begin(&watched, "one", 1);
        watched_start(&watched, "echo go; sleep 0.2 & exit 0", &run);
        cr_assert(world_turn_until(&world, &run.ended));
        world_turn_for(&world, 400 * USEC_PER_MSEC);
        cr_assert(!watched.empty && group_is_empty(watched.group));
        watched_end(&watched);
}

Test(group, who_has_shed_everything_is_nobodys)
{
        _cleanup_free_ pid_t *pids = NULL;
        Watched watched;
        size_t n;
        Run run;

        if (!begin(TRACKING_SESSION))
                return;
        watched_begin(&watched, "one", 1);
        watched_start(&watched,
                      "env -i /usr/bin/setsid /bin/sh -c '/usr/bin/setsid /bin/sleep 100 & exit 0'; echo go; exit 0",
                      &run);
        cr_assert(world_turn_until(&world, &run.ended));
        cr_assert(group_is_empty(watched.group));
        cr_assert(tracker_unattributed(world.tracker, &pids, &n) >= 0);
        cr_assert_eq(n, 1U);
        kill(pids[0], SIGKILL);
        watched_end(&watched);
        world_turn_for(&world, 200 * USEC_PER_MSEC);
        expect_nobody();
}

Test(group, who_keeps_nothing_but_the_session_is_known)
{
        Watched watched;
        Run run;

        if (!begin(TRACKING_SESSION))
                return;
        watched_begin(&watched, "one", 1);
        watched_start(&watched, "env -i /bin/sh -c '/bin/sleep 100 & exit 0'; sleep 0.2; echo go; exit 0", &run);
        cr_assert(world_turn_until(&world, &run.ended));
        cr_assert(!group_is_empty(watched.group));
        cr_assert(group_watch_empty(watched.group) >= 0);
        cr_assert(group_kill(watched.group, SIGTERM) >= 0);
        cr_assert(world_turn_until(&world, &watched.empty));
        watched_end(&watched);
        expect_nobody();
}

Test(group, who_was_seen_in_the_tree_stays_known)
{
        Watched watched;
        Run run;

        if (!begin(TRACKING_SESSION))
                return;
        watched_begin(&watched, "one", 1);
        watched_start(&watched,
                      "trap 'exit 0' TERM; env -i /usr/bin/setsid /bin/sh -c 'trap \"\" TERM; while :; do /bin/sleep "
                      "0.1; done' & "
                      "sleep 0.3; echo go; while :; do sleep 0.05; done",
                      &run);
        cr_assert(group_kill(watched.group, SIGTERM) >= 0);
        cr_assert(world_turn_until(&world, &run.ended));
        cr_assert(!group_is_empty(watched.group), "it ignored SIGTERM and is an orphan without marks now");
        cr_assert(group_watch_empty(watched.group) >= 0);
        cr_assert(group_kill(watched.group, SIGKILL) >= 0);
        cr_assert(world_turn_until(&world, &watched.empty));
        watched_end(&watched);
        expect_nobody();
}

/* An earlier daemon: a child that makes a service and goes away without a word. Its subreaper is us, so what it
 * leaves comes to us; that is a different thing from being ours. */
static void leave_something(TrackingMode mode, const char *script)
{
        pid_t pid = fork();
        int status;

        cr_assert(pid >= 0);
        if (pid == 0) {
                Watched watched;
                World inner;
                Plan plan;
                Run run;

                if (loop_new(&inner.loop) < 0 ||
                    process_table_new(inner.loop, world_program("exec/tended-exec"), &inner.table) < 0 ||
                    (mode == TRACKING_CGROUP
                             ? tracker_new(inner.loop, world.folder, &inner.tracker)
                             : tracker_new_session(inner.loop, world.folder, strdup("test"), &inner.tracker)) < 0)
                        _exit(1);
                watched = (Watched){.id = {.bytes = {0xcd}}};
                if (group_new(inner.tracker, "left", on_empty, &watched, &watched.group) < 0 ||
                    group_begin_run(watched.group, watched.id) < 0)
                        _exit(2);
                plan_shell(&plan, script);
                plan.request.environment =
                        (char *[]){(char *) "PATH=/usr/bin:/bin",
                                   (char *) "INVOCATION_ID=cd000000000000000000000000000000", NULL};
                plan.request.group = watched.group;
                plan.request.state_path = world_path(&world, "state");
                plan.request.invocation_id = watched.id;
                if (plan_spawn(&inner, &plan, &run) < 0)
                        _exit(3);
                while (!run.executed)
                        (void) sd_event_run(loop_sd_event(inner.loop), 10 * USEC_PER_MSEC);
                _exit(0);
        }
        cr_assert(waitpid(pid, &status, 0) == pid);
        cr_assert_eq(status, 0);
        world_turn_for(&world, 300 * USEC_PER_MSEC);
}

BOTH_WAYS(what_an_earlier_daemon_left_is_taken_over_and_ended)
{
        TrackingMode mode = tracker_mode(world.tracker);
        GroupMember *members;
        Watched watched;
        size_t n;

        leave_something(mode, "setsid sleep 100 & sleep 100");
        watched = (Watched){0};
        cr_assert(group_new(world.tracker, "left", on_empty, &watched, &watched.group) >= 0);
        cr_assert_eq(group_adopt_leftover(watched.group, world_path(&world, "state")), 1);
        cr_assert(!group_is_empty(watched.group));
        cr_assert(group_members(watched.group, 8, &members, &n) >= 0);
        cr_assert_eq(n, 3U);
        group_members_free(members, n);
        cr_assert(group_watch_empty(watched.group) >= 0);
        world_turn_for(&world, 100 * USEC_PER_MSEC);
        cr_assert(!watched.empty);
        cr_assert(group_kill(watched.group, SIGTERM) >= 0);
        cr_assert(world_turn_until(&world, &watched.empty));
        cr_assert_eq(watched.n_told, 1U);

        /* And then a run of our own. */
        cr_assert(group_begin_run(watched.group, (Id128){.bytes = {1}}) >= 0);
        cr_assert(group_is_empty(watched.group));
        group_end_run(watched.group);
        cr_assert_eq(group_adopt_leftover(watched.group, world_path(&world, "state")), 0, "it is gone");
        watched_end(&watched);
}

BOTH_WAYS(a_left_over_grandchild_is_found_when_the_main_process_has_ended)
{
        Watched watched = {0};

        leave_something(tracker_mode(world.tracker), "setsid sleep 100 & exit 0");
        cr_assert(group_new(world.tracker, "left", on_empty, &watched, &watched.group) >= 0);
        cr_assert_eq(group_adopt_leftover(watched.group, world_path(&world, "state")), 1);
        cr_assert(group_watch_empty(watched.group) >= 0);
        cr_assert(group_kill(watched.group, SIGKILL) >= 0);
        cr_assert(world_turn_until(&world, &watched.empty));
        watched_end(&watched);
}

BOTH_WAYS(anothers_process_is_never_taken_for_a_left_over)
{
        Watched watched = {0};
        char text[512], boot[64] = "";
        ProcStat self, stranger;
        pid_t pid = fork();
        FILE *file;

        cr_assert(pid >= 0);
        if (pid == 0) {
                setsid();
                for (;;)
                        pause();
        }
        cr_assert(proc_stat(getpid(), &self) >= 0 && proc_stat(pid, &stranger) >= 0);
        cr_assert(proc_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", boot, sizeof(boot), NULL) >= 0);
        cr_assert(group_new(world.tracker, "left", on_empty, &watched, &watched.group) >= 0);
        for (unsigned i = 0; i < 5; i++) {
                /* a later process with the same pid; another boot; we ourselves; somebody's cgroup; and the one who
                 * is meant */
                const ProcStat *stat = i == 2 ? &self : &stranger;

                snprintf(text, sizeof(text), "version=1\npid=%d\nstart=%llu\nboot=%.36s\nrun=%032x\ngroup=%s\n",
                         stat->pid, (unsigned long long) stat->start - (i == 0 || i == 3), i == 1 ? "x" : boot, 0,
                         i == 3 ? "/" : "");
                file = fopen(world_path(&world, "state"), "we");
                cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
                cr_assert_eq(group_adopt_leftover(watched.group, world_path(&world, "state")), i == 4, "case %u", i);
                cr_assert_eq(group_is_empty(watched.group), i != 4);
                world_turn_for(&world, 10 * USEC_PER_MSEC);
        }
        cr_assert(group_kill(watched.group, SIGKILL) >= 0);
        world_turn_for(&world, 100 * USEC_PER_MSEC);
        cr_assert(group_is_empty(watched.group));
        cr_assert_eq(group_adopt_leftover(watched.group, world_path(&world, "no-such-file")), 0);
        group_free(watched.group);
}

Test(group, our_helpers_are_nobodys_strays)
{
        char *argv[] = {(char *) "/bin/sleep", (char *) "100", NULL};
        _cleanup_free_ pid_t *pids = NULL;
        Process *process;
        size_t n = 99;

        if (!begin(TRACKING_SESSION))
                return;
        cr_assert(process_spawn_helper(world.table, argv, (int[3]){-EBADF, -EBADF, -EBADF}, &(ProcessHandler){0},
                                       &process) >= 0);
        cr_assert(tracker_unattributed(world.tracker, &pids, &n) >= 0);
        cr_assert_eq(n, 0U);
        cr_assert(process_signal(process, SIGKILL) >= 0);
        world_turn_for(&world, 100 * USEC_PER_MSEC);
}

BOTH_WAYS(waiting_costs_nothing)
{
        usec_t patience;
        Watched watched;
        unsigned turns;
        Run run;

        watched_begin(&watched, "one", 1);
        watched_start(&watched, "echo go; exec sleep 100", &run);
        cr_assert(group_watch_empty(watched.group) >= 0);
        world_turn_for(&world, 100 * USEC_PER_MSEC);
        patience = world_now() + 300 * USEC_PER_MSEC;
        for (turns = 0; world_now() < patience; turns++)
                cr_assert(sd_event_run(loop_sd_event(world.loop), usec_sub(patience, world_now())) >= 0);
        cr_assert_leq(turns, 2U);
        cr_assert(group_kill(watched.group, SIGKILL) >= 0);
        cr_assert(world_turn_until(&world, &watched.empty) && world_turn_until(&world, &run.ended));
        watched_end(&watched);
}

Test(group, a_daemon_whose_own_cgroup_was_killed_before_it_makes_groups_all_the_same)
{
        char folder[PATH_MAX], path[PATH_MAX + 32];
        int fd, status;
        pid_t pid;

        if (!begin(TRACKING_CGROUP))
                return;
        snprintf(folder, sizeof(folder), "%s%s/tended-test-%d", world.tracker->place.mount, world.tracker->place.own,
                 getpid());
        cr_assert(mkdir(folder, 0755) >= 0);
        snprintf(path, sizeof(path), "%s/cgroup.kill", folder);
        fd = open(path, O_WRONLY | O_CLOEXEC);
        cr_assert(fd < 0 || write(fd, "1", 1) == 1);
        fd_close(fd);

        pid = fork();
        if (pid == 0) {
                Watched watched = {0};
                World inner;
                Plan plan;
                Run run;

                snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
                fd = open(path, O_WRONLY | O_CLOEXEC);
                if (write(fd, "0", 1) != 1 || loop_new(&inner.loop) < 0 ||
                    process_table_new(inner.loop, world_program("exec/tended-exec"), &inner.table) < 0 ||
                    tracker_new(inner.loop, "/inner", &inner.tracker) < 0 ||
                    tracker_mode(inner.tracker) != TRACKING_CGROUP ||
                    group_new(inner.tracker, "one", NULL, NULL, &watched.group) < 0 ||
                    group_begin_run(watched.group, watched.id) < 0)
                        _exit(1);
                plan_shell(&plan, "exit 7");
                plan.request.group = watched.group;
                if (plan_spawn(&inner, &plan, &run) < 0 || !world_turn_until(&inner, &run.ended))
                        _exit(2);
                group_end_run(watched.group);
                group_free(watched.group);
                tracker_free(inner.tracker);
                _exit(run_exited_with(&run, 7) ? 0 : 3);
        }
        cr_assert(waitpid(pid, &status, 0) == pid);
        cr_assert_eq(status, 0, "%x", (unsigned) status);
        cr_assert(rmdir(folder) >= 0);
}
