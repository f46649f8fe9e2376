/* SPDX-License-Identifier: MIT */

/* Real processes through the real executor. */

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "host-world.h"
#include "host/runtime-folder.h"
#include "host/state-file.h"

static World world;

static void begin(void)
{
        world_begin(&world, false);
}

static void end(void)
{
        world_end(&world);
}

TestSuite(process, .init = begin, .fini = end, .timeout = 60);

static void write_file(const char *path, const char *text)
{
        FILE *file = fopen(path, "we");

        cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static const char *read_whole(const char *path)
{
        static char text[4096];
        FILE *file = fopen(path, "re");
        size_t n;

        cr_assert(file, "%s is there", path);
        n = fread(text, 1, sizeof(text) - 1, file);
        text[n] = '\0';
        fclose(file);
        return text;
}

static unsigned count_fds(void)
{
        unsigned n = 0;

        for (int fd = 0; fd < 1024; fd++)
                n += fcntl(fd, F_GETFD) >= 0;
        return n;
}

Test(process, a_command_is_executed_and_its_end_is_told)
{
        Plan plan;
        Run run;

        plan_shell(&plan, "exit 42");
        plan_run(&world, &plan, &run, NULL, 0);
        cr_assert(run_exited_with(&run, 42));
}

Test(process, a_death_by_signal_is_told_as_such)
{
        Plan plan;
        Run run;

        plan_shell(&plan, "kill -TERM $$");
        plan_run(&world, &plan, &run, NULL, 0);
        cr_assert(run.executed && run.exit.end == PROCESS_KILLED && run.exit.status == SIGTERM);
}

Test(process, many_at_once_are_all_reaped)
{
        static Run runs[300];
        unsigned n_before = count_fds();
        Plan plan;

        plan_shell(&plan, "exit 7");
        for (size_t i = 0; i < ELEMENTSOF(runs); i++)
                cr_assert(plan_spawn(&world, &plan, &runs[i]) >= 0);
        for (size_t i = 0; i < ELEMENTSOF(runs); i++) {
                cr_assert(world_turn_until(&world, &runs[i].ended));
                cr_assert(run_exited_with(&runs[i], 7));
        }
        cr_assert_eq(count_fds(), n_before);
}

Test(process, what_cant_be_executed_fails_with_step_errno_path_and_code)
{
        Plan plan;
        Run run;

        plan_shell(&plan, "");
        plan.command.path = (char *) "/nonexistent/program";
        plan_run(&world, &plan, &run, NULL, 0);
        cr_assert(run_failed_at(&run, "exec", ENOENT, 203));
        cr_assert_str_eq(run.detail, "/nonexistent/program");

        write_file(world_path(&world, "plain"), "echo hello\n");
        plan.command.path = world_path(&world, "plain");
        plan_run(&world, &plan, &run, NULL, 0);
        cr_assert(run_failed_at(&run, "exec", EACCES, 203));

        chmod(plan.command.path, 0755);
        plan_run(&world, &plan, &run, NULL, 0);
        cr_assert(run_failed_at(&run, "exec", ENOEXEC, 203));

        write_file(plan.command.path, "#!/nonexistent/interpreter\n");
        plan_run(&world, &plan, &run, NULL, 0);
        cr_assert(run_failed_at(&run, "interpreter", ENOENT, 203));
}

Test(process, a_name_is_looked_up_in_the_childs_own_path)
{
        char *environment[] = {NULL, NULL};
        char output[256];
        Plan plan;
        Run run;

        cr_assert(mkdir(world_path(&world, "bin"), 0755) >= 0);
        write_file(world_path(&world, "bin/greet"), "#!/bin/sh\necho hello $1\n");
        chmod(world_path(&world, "bin/greet"), 0755);
        cr_assert(asprintf(&environment[0], "PATH=relative:/nonexistent:%s:/bin", world_path(&world, "bin")) > 0);

        plan_shell(&plan, "");
        plan.request.environment = environment;
        plan.command.path = plan.words[0] = (char *) "greet";
        plan.words[1] = (char *) "you";
        plan.words[2] = NULL;
        plan_run(&world, &plan, &run, output, sizeof(output));
        cr_assert(run_exited_with(&run, 0));
        cr_assert_str_eq(output, "hello you\n");

        plan.command.path = (char *) "no-such-program";
        plan_run(&world, &plan, &run, NULL, 0);
        cr_assert(run_failed_at(&run, "exec", ENOENT, 203));
        free(environment[0]);
}

Test(process, too_long_a_command_line_is_a_clear_failure)
{
        size_t size = 3 << 20;
        char *word = malloc(size + 1);
        Plan plan;
        Run run;

        memset(word, 'x', size);
        word[size] = '\0';
        plan_shell(&plan, "exit 0");
        plan.words[3] = word;
        plan_run(&world, &plan, &run, NULL, 0);
        cr_assert(run_failed_at(&run, "exec", E2BIG, 203));
        free(word);
}

Test(process, the_working_folder_may_fail_or_be_optional)
{
        char output[PATH_MAX];
        Plan plan;
        Run run;

        plan_shell(&plan, "pwd");
        plan.config.working_directory = (char *) "/nonexistent/folder";
        plan_run(&world, &plan, &run, NULL, 0);
        cr_assert(run_failed_at(&run, "chdir", ENOENT, 200));
        cr_assert_str_eq(run.detail, "/nonexistent/folder");

        plan.config.working_directory_optional = true;
        plan_run(&world, &plan, &run, output, sizeof(output));
        cr_assert(run_exited_with(&run, 0));
        cr_assert_str_eq(output, "/\n");

        plan.config.working_directory = (char *) "~";
        plan.config.working_directory_optional = false;
        plan_run(&world, &plan, &run, NULL, 0);
        cr_assert(run_failed_at(&run, "chdir", ENXIO, 200), "there is no home");
}

Test(process, a_fifo_that_nobody_opens_holds_up_the_child_alone)
{
        usec_t before;
        Plan plan;
        Run run;

        cr_assert(mkfifo(world_path(&world, "fifo"), 0600) >= 0);
        plan_shell(&plan, "exit 0");
        plan.config.input = (StreamSetting){.target = STREAM_FILE, .path = world_path(&world, "fifo")};
        before = world_now();
        cr_assert(plan_spawn(&world, &plan, &run) >= 0);
        cr_assert(world_now() - before < 500 * USEC_PER_MSEC);
        world_turn_for(&world, 200 * USEC_PER_MSEC);
        cr_assert(!run.executed && !run.ended && !process_is_executed(run.process));

        cr_assert(process_signal(run.process, SIGTERM) >= 0);
        cr_assert(world_turn_until(&world, &run.ended), "SIGTERM ends it there");
        cr_assert(!run.executed);
        cr_assert_str_eq(run.step, "executor");
        cr_assert(run.exit.end == PROCESS_KILLED && run.exit.status == SIGTERM);
}

Test(process, only_the_three_streams_reach_the_command)
{
        int leaked = open("/dev/null", O_RDONLY); /* without O_CLOEXEC */
        char output[256];
        Plan plan;
        Run run;

        plan_shell(&plan, "for f in /proc/self/fd/*; do echo ${f##*/}; done; exec 2>&1; cat /proc/$$/stat | cut -d' "
                          "' -f 6; echo $$");
        plan_run(&world, &plan, &run, output, sizeof(output));
        fd_close(leaked);
        cr_assert(strncmp(output, "0\n1\n2\n3\n", 8) == 0 || strncmp(output, "0\n1\n2\n", 6) == 0, "%s", output);
        cr_assert(!strstr(output, "\n4\n") && !strstr(output, "\n10\n"), "%s", output);
}

Test(process, it_leads_a_session_with_clean_signals)
{
        char output[1024], expected[64];
        sigset_t all;
        Plan plan;
        Run run;

        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, NULL);
        signal(SIGPIPE, SIG_IGN);
        signal(SIGUSR1, SIG_IGN);
        plan_shell(&plan,
                   "read a b c d e f g </proc/$$/stat; echo $$ = $e $f; grep -E 'Sig(Blk|Ign)' /proc/self/status");
        plan_run(&world, &plan, &run, output, sizeof(output));
        snprintf(expected, sizeof(expected), "%d = %d %d\n", run.pid, run.pid, run.pid);
        cr_assert(strncmp(output, expected, strlen(expected)) == 0, "%s", output);
        cr_assert(strstr(output, "SigBlk:\t0000000000000000"), "%s", output);
        cr_assert(strstr(output, "SigIgn:\t0000000000000000"), "%s", output);
}

Test(process, streams_go_where_the_definition_says)
{
        char output[256];
        Plan plan;
        Run run;

        /* stderr follows stdout into our pipe, in exact order. */
        plan_shell(&plan, "echo one; echo two >&2; echo three");
        plan.config.error.target = STREAM_INHERIT;
        plan_run(&world, &plan, &run, output, sizeof(output));
        cr_assert_str_eq(output, "one\ntwo\nthree\n");

        /* Input of the definition's own text, output behind what is there. */
        write_file(world_path(&world, "log"), "before\n");
        plan_shell(&plan, "cat; echo ended >&2");
        plan.config.input.target = STREAM_DATA;
        plan.config.input_text = (char *) "first\nsecond\n";
        plan.config.output = (StreamSetting){.target = STREAM_APPEND, .path = world_path(&world, "log")};
        plan.config.error = plan.config.output;
        plan_run(&world, &plan, &run, NULL, 0);
        cr_assert(run_exited_with(&run, 0));
        cr_assert_str_eq(read_whole(world_path(&world, "log")), "before\nfirst\nsecond\nended\n");

        /* The same file for both is one position, and is emptied first. */
        plan.config.input_text = (char *) "new\n";
        plan.config.output.target = plan.config.error.target = STREAM_TRUNCATE;
        plan_run(&world, &plan, &run, NULL, 0);
        cr_assert_str_eq(read_whole(world_path(&world, "log")), "new\nended\n");

        /* A control command has no input. */
        plan.request.is_main = false;
        plan_run(&world, &plan, &run, NULL, 0);
        cr_assert_str_eq(read_whole(world_path(&world, "log")), "ended\n");

        plan.config.error = (StreamSetting){.target = STREAM_FILE, .path = (char *) "/nonexistent/file"};
        plan_run(&world, &plan, &run, NULL, 0);
        cr_assert(run_failed_at(&run, "stderr", ENOENT, 222));
        plan.config.output = plan.config.error;
        plan_run(&world, &plan, &run, NULL, 0);
        cr_assert(run_failed_at(&run, "stdout", ENOENT, 209));
        plan.request.is_main = true;
        plan.config.input = plan.config.error;
        plan_run(&world, &plan, &run, NULL, 0);
        cr_assert(run_failed_at(&run, "stdin", ENOENT, 208));
}

Test(process, a_new_file_has_the_mode_that_the_umask_leaves)
{
        struct stat status;
        Plan plan;
        Run run;

        plan_shell(&plan, "echo x; umask");
        plan.config.umask = 0027;
        plan.config.output = (StreamSetting){.target = STREAM_FILE, .path = world_path(&world, "new")};
        plan_run(&world, &plan, &run, NULL, 0);
        cr_assert_str_eq(read_whole(world_path(&world, "new")), "x\n0027\n");
        cr_assert(stat(world_path(&world, "new"), &status) >= 0);
        cr_assert_eq(status.st_mode & 07777, 0640);
}

Test(process, the_environment_is_the_given_one_then_the_files_then_what_is_late)
{
        char *environment[] = {(char *) "A=given", (char *) "B=given", (char *) "C=given", (char *) "D=given", NULL};
        char *late[] = {(char *) "C=late", NULL};
        char *files[] = {NULL, (char *) "-/nonexistent", NULL};
        char *unset[] = {(char *) "D", (char *) "A=other", NULL};
        char output[512];
        Plan plan;
        Run run;

        files[0] = world_path(&world, "file");
        write_file(files[0], "B=file\nC=file\nE='two  words'\n");
        plan_shell(&plan, "");
        plan.request.environment = environment;
        plan.request.environment_late = late;
        plan.config.environment_files = files;
        plan.config.unset_environment = unset;
        plan.command = (Command){.path = (char *) "/usr/bin/printf"};
        plan.words[0] = (char *) "printf";
        plan.words[1] = (char *) "<%s>";
        plan.words[2] = (char *) "${A} ${B} ${C}";
        plan.words[3] = (char *) "$E";
        plan.words[4] = (char *) "${E}";
        plan.words[5] = (char *) "$$D";
        plan.words[6] = (char *) "x${D}x";
        plan_run(&world, &plan, &run, output, sizeof(output));
        cr_assert_str_eq(output, "<given file late><two><words><two  words><$D><xx>");

        plan.command.no_variables = true;
        plan_run(&world, &plan, &run, output, sizeof(output));
        cr_assert_str_eq(output, "<${A} ${B} ${C}><$E><${E}><$$D><x${D}x>");

        files[1] = (char *) "/nonexistent";
        plan_run(&world, &plan, &run, NULL, 0);
        cr_assert(run_failed_at(&run, "environment-file", ENOENT, 203));
}

Test(process, limits_are_set)
{
        struct rlimit nofile = {.rlim_cur = 99, .rlim_max = 4096};
        char output[128];
        Plan plan;
        Run run;

        plan_shell(&plan, "ulimit -n; ulimit -c; cat /proc/self/oom_score_adj; nice");
        plan.request.nofile = &nofile;
        plan.config.limits[RLIMIT_CORE] = (ResourceLimit){.set = true, .soft = 0, .hard = 0};
        plan.config.oom_score_adjust_set = plan.config.nice_set = true;
        plan.config.oom_score_adjust = 321;
        plan.config.nice = 7;
        plan_run(&world, &plan, &run, output, sizeof(output));
        cr_assert_str_eq(output, "99\n0\n321\n7\n");

        plan.config.limits[RLIMIT_NOFILE] = (ResourceLimit){.set = true, .soft = 77, .hard = 88};
        plan_run(&world, &plan, &run, output, sizeof(output));
        cr_assert(strncmp(output, "77\n", 3) == 0);
}

Test(process, another_user_gets_its_ids_its_variables_and_its_folders)
{
        gid_t groups[] = {65533, 65532};
        Identity identity = {
                .uid = 65531,
                .gid = 65533,
                .groups = groups,
                .n_groups = 2,
                .user = (char *) "somebody",
                .home = (char *) "/home/somebody",
        };
        char *names[] = {(char *) "one", (char *) "two/three", NULL};
        char output[1024], expected[1024];
        struct stat status;
        Plan plan;
        Run run;

        if (geteuid() != 0)
                cr_skip_test("only root can become another user");
        plan_shell(
                &plan,
                "id -u; id -g; id -G; echo $HOME $USER $LOGNAME; echo $STATE_DIRECTORY; touch $RUNTIME_DIRECTORY/x");
        cr_assert(chmod(world.folder, 0755) >= 0);
        plan.request.identity = &identity;
        plan.request.runtime_root = world_path(&world, "run");
        plan.request.state_root = world_path(&world, "lib");
        plan.config.state_directory = names;
        plan.config.runtime_directory = (char *[]){(char *) "one", NULL};
        plan_run(&world, &plan, &run, output, sizeof(output));
        snprintf(expected, sizeof(expected),
                 "65531\n65533\n65533 65532\n/home/somebody somebody somebody\n%s/lib/one:%s/lib/two/three\n",
                 world.folder, world.folder);
        cr_assert(run_exited_with(&run, 0));
        cr_assert_str_eq(output, expected);
        cr_assert(stat(world_path(&world, "lib/two/three"), &status) >= 0);
        cr_assert(status.st_uid == 65531 && status.st_gid == 65533 && (status.st_mode & 07777) == 0755);
        cr_assert(stat(world_path(&world, "lib/two"), &status) >= 0);
        cr_assert_eq(status.st_uid, 0U, "only the last part is the service's");

        /* Another user takes everything over. */
        identity.uid = 65530;
        plan_shell(&plan, "exit 0");
        plan.request.identity = &identity;
        plan.request.runtime_root = world_path(&world, "run");
        plan.config.runtime_directory = (char *[]){(char *) "one", NULL};
        plan_run(&world, &plan, &run, NULL, 0);
        cr_assert(stat(world_path(&world, "run/one/x"), &status) >= 0);
        cr_assert_eq(status.st_uid, 65530U);

        /* A link that a service has set leads nowhere. */
        cr_assert(symlink("/etc", world_path(&world, "run/one/link")) >= 0);
        cr_assert(lchown(world_path(&world, "run/one/link"), 65530, 65533) >= 0);
        plan.config.runtime_directory = (char *[]){(char *) "one/link", NULL};
        plan_run(&world, &plan, &run, NULL, 0);
        cr_assert(run_failed_at(&run, "runtime-directory", ELOOP, 233));
}

Test(process, the_state_file_is_there_before_the_exec)
{
        char output[512], boot[64] = "";
        StateFile state = {0};
        Id128 id = {.bytes = {1, 2, 3}};
        Plan plan;
        Run run;

        plan_shell(&plan, "cat state");
        plan.config.working_directory = world.folder;
        plan.request.state_path = world_path(&world, "state");
        plan.request.invocation_id = id;
        plan_run(&world, &plan, &run, output, sizeof(output));
        cr_assert(strncmp(output, "version=1\n", 10) == 0, "%s", output);
        cr_assert(state_file_load(world_path(&world, "state"), &state) >= 0);
        cr_assert_eq(state.pid, run.pid);
        cr_assert(state.start > 0 && !state.cgroup);
        cr_assert(memcmp(&state.invocation_id, &id, sizeof(id)) == 0);
        cr_assert(proc_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", boot, sizeof(boot), NULL) >= 0);
        cr_assert(strncmp(state.boot_id, boot, 36) == 0);
        state_file_done(&state);

        plan.request.state_path = "/nonexistent/state";
        plan_run(&world, &plan, &run, NULL, 0);
        cr_assert(run_failed_at(&run, "state-file", ENOENT, 219));
}

Test(process, no_descriptors_are_a_negative_errno_and_nothing_leaks)
{
        unsigned n_before = count_fds();
        struct rlimit limit, low;
        Plan plan;
        Run run;

        plan_shell(&plan, "exit 0");
        cr_assert(getrlimit(RLIMIT_NOFILE, &limit) >= 0);
        for (unsigned extra = 0; extra < 4; extra++) {
                int highest = fcntl(0, F_DUPFD, 0);

                low = (struct rlimit){.rlim_cur = (rlim_t) highest + extra, .rlim_max = limit.rlim_max};
                fd_close(highest);
                cr_assert(setrlimit(RLIMIT_NOFILE, &low) >= 0);
                int r = plan_spawn(&world, &plan, &run);
                cr_assert(setrlimit(RLIMIT_NOFILE, &limit) >= 0);
                if (r < 0) {
                        cr_assert_eq(r, -EMFILE);
                        cr_assert_eq(count_fds(), n_before, "extra %u", extra);
                } else {
                        cr_assert(world_turn_until(&world, &run.ended));
                        cr_assert_eq(count_fds(), n_before);
                }
        }
}

Test(process, one_that_is_forgotten_is_reaped_in_silence)
{
        siginfo_t info = {0};
        Plan plan;
        Run run, other;

        plan_shell(&plan, "exit 0");
        cr_assert(plan_spawn(&world, &plan, &run) >= 0);
        process_forget(run.process);
        plan_run(&world, &plan, &other, NULL, 0);
        world_turn_for(&world, 100 * USEC_PER_MSEC);
        cr_assert(!run.ended && !run.executed);
        cr_assert(waitid(P_ALL, 0, &info, WEXITED | WNOHANG) < 0 && errno == ECHILD, "nobody is left");
}

Test(process, orphans_are_told)
{
        usec_t patience = world_now() + PATIENCE_USEC;
        Plan plan;
        Run run;

        plan_shell(&plan, "(sleep 0.2; exit 3) & exit 0");
        plan_run(&world, &plan, &run, NULL, 0);
        cr_assert(run_exited_with(&run, 0));
        while (world.n_orphans < 1 && world_now() < patience)
                world_turn_for(&world, 10 * USEC_PER_MSEC);
        cr_assert_geq(world.n_orphans, 1U);
}

Test(process, a_signal_never_hits_a_stranger)
{
        Plan plan;
        Run run;

        plan_shell(&plan, "trap 'exit 9' USR1; while :; do sleep 0.05; done");
        cr_assert(plan_spawn(&world, &plan, &run) >= 0);
        cr_assert(world_turn_until(&world, &run.executed));
        world_turn_for(&world, 200 * USEC_PER_MSEC);
        cr_assert(process_signal(run.process, SIGUSR1) >= 0);
        cr_assert(world_turn_until(&world, &run.ended));
        cr_assert_eq(run.exit.status, 9);
}

Test(process, a_helper_gets_its_three_streams)
{
        char *argv[] = {(char *) "/bin/sh", (char *) "-c", (char *) "cat; echo $0 >&2", NULL};
        int in[2], out[2];
        char text[64] = "";
        ProcessHandler handler;
        Process *process;
        Run run = {0};

        cr_assert(pipe2(in, O_CLOEXEC) >= 0 && pipe2(out, O_CLOEXEC) >= 0);
        handler = run_handler(&run);
        cr_assert(process_spawn_helper(world.table, argv, (int[3]){in[0], out[1], -EBADF}, &handler, &process) >= 0);
        fd_close(in[0]);
        fd_close(out[1]);
        cr_assert(write(in[1], "hello", 5) == 5);
        fd_close(in[1]);
        cr_assert(world_turn_until(&world, &run.ended));
        cr_assert(run_exited_with(&run, 0));
        cr_assert(read(out[0], text, sizeof(text) - 1) == 5);
        cr_assert_str_eq(text, "hello");
        fd_close(out[0]);

        argv[0] = (char *) "/nonexistent";
        run = (Run){0};
        cr_assert(process_spawn_helper(world.table, argv, (int[3]){-EBADF, -EBADF, -EBADF}, &handler, &process) >= 0);
        cr_assert(world_turn_until(&world, &run.ended));
        cr_assert(run_failed_at(&run, "exec", ENOENT, 203));
}

Test(process, a_runtime_folder_goes_at_once_and_what_it_links_to_stays)
{
        char *names[] = {(char *) "one", (char *) "two/three", (char *) "never-made", (char *) "bad/link", NULL};
        char *root = world_path(&world, "run"), *outside = world_path(&world, "outside");
        usec_t end = world_now() + PATIENCE_USEC;
        char command[512];

        snprintf(command, sizeof(command),
                 "set -e; mkdir -p %s/one/deep/er %s/two/three %s/link; touch %s/one/deep/file %s/link/kept; "
                 "ln -s %s %s/one/deep/er/away; ln -s %s %s/bad",
                 root, root, outside, root, outside, outside, root, outside, root);
        cr_assert(system(command) == 0);
        cr_assert_lt(runtime_folders_remove(world.table, world_program("helper/tended-helper"), root, names), 0,
                     "a link on the way is told");
        cr_assert(access(world_path(&world, "run/one"), F_OK) < 0, "at once");
        cr_assert(access(world_path(&world, "run/two/three"), F_OK) < 0);
        cr_assert(access(world_path(&world, "run/two"), F_OK) == 0, "what is above is not the service's");

        /* Nothing but the link and what is above is left, in the end. */
        while (world_now() < end &&
               (snprintf(command, sizeof(command), "test \"$(ls -A %s | tr '\\n' ' ')\" = 'bad two '", root),
                system(command) != 0))
                world_turn_for(&world, 10 * USEC_PER_MSEC);
        cr_assert(system(command) == 0);
        cr_assert(access(world_path(&world, "outside/link/kept"), F_OK) == 0);
}
