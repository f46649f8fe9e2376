/* SPDX-License-Identifier: MIT */

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/id128.h"
#include "host/proc.h"
#include "host/process-names.h"

Test(proc, a_stat_line_is_read_whatever_the_name_in_it)
{
        static const char *const names[] = {"sleep", "", ")", "a) R 1 1 1 (b", "x\ny z", "(((("};

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                ProcStat stat = {0};
                char line[512];

                snprintf(line, sizeof(line),
                         "77 (%s) S 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 987654321 24 25\n", names[i]);
                cr_assert_eq(proc_stat_parse(line, &stat), 0, "case %zu", i);
                cr_assert(stat.pid == 77 && stat.state == 'S' && stat.parent == 5 && stat.session == 7);
                cr_assert_eq(stat.start, 987654321U);
        }
}

Test(proc, what_is_no_stat_line_is_refused)
{
        static const char *const cases[] = {
                "", "77", "77 (x", "77 (x)", "77 (x) S 1 2 3", "x (y) S 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9"};
        ProcStat stat;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                cr_assert_eq(proc_stat_parse(cases[i], &stat), -EBADMSG, "case %zu", i);
}

Test(proc, lists_of_pids_are_read_with_any_white_space_and_without_zeros)
{
        PidList list = {0};

        cr_assert_eq(pid_list_parse("12 0 34\n\n56\t99999999999999 7", &list), 0);
        cr_assert_eq(list.n, 5U);
        cr_assert(list.items[0] == 12 && list.items[1] == 34 && list.items[2] == 56 && list.items[4] == 7);
        cr_assert(list.items[3] == INT32_MAX, "too big for a pid stays positive");
        pid_list_remove(&list, 34);
        cr_assert(!pid_list_contains(&list, 34) && pid_list_contains(&list, 7) && list.n == 4);
        pid_list_done(&list);
}

Test(proc, a_long_list_is_read_across_every_border_of_a_chunk)
{
        char path[] = "/tmp/tended-test-XXXXXX";
        int fd = mkstemp(path);
        PidList list = {0};

        for (int i = 1; i <= 5000; i++)
                cr_assert(dprintf(fd, "%d\n", 1000000 + i) > 0);
        cr_assert_eq(proc_read_pids(AT_FDCWD, path, &list), 0);
        cr_assert_eq(list.n, 5000U);
        for (int i = 1; i <= 5000; i++)
                cr_assert_eq(list.items[i - 1], 1000000 + i);
        pid_list_done(&list);
        close(fd);
        unlink(path);
}

static pid_t spawn_with_environment(char *const *environment)
{
        char *argv[] = {(char *) "sleep", (char *) "30", NULL};
        int fds[2];
        pid_t pid;
        char c;

        cr_assert(pipe2(fds, O_CLOEXEC) >= 0);
        pid = fork();
        cr_assert(pid >= 0);
        if (pid == 0) {
                execve("/bin/sleep", argv, environment);
                _exit(1);
        }
        close(fds[1]);
        cr_assert(read(fds[0], &c, 1) == 0, "it is executed");
        close(fds[0]);
        return pid;
}

Test(proc, an_invocation_id_is_found_at_every_place_in_an_environment)
{
        static char variable[] = "INVOCATION_ID=00112233445566778899aabbccddeeff";
        Id128 wanted, id;

        cr_assert(id128_parse(variable + 14, &wanted) >= 0);
        /* Before it stands one that grows, so that the id comes to lie on every side of a chunk's border. */
        for (size_t size = 4020; size < 4110; size += 3) {
                char filler[4200] = "FILLER=";
                char *environment[] = {(char *) "NOT_INVOCATION_ID=x", filler, variable, (char *) "A=b", NULL};
                pid_t pid;

                memset(filler + 7, 'x', size - 7);
                filler[size] = '\0';
                pid = spawn_with_environment(environment);
                cr_assert_eq(proc_invocation_id(pid, &id), 1, "after %zu", size);
                cr_assert(id128_equal(&id, &wanted));
                kill(pid, SIGKILL);
                waitpid(pid, NULL, 0);
        }
}

Test(proc, what_is_no_invocation_id_is_none)
{
        static const char *const cases[] = {"INVOCATION_ID=", "INVOCATION_ID=xyz",
                                            "XINVOCATION_ID=00112233445566778899aabbccddeeff",
                                            "INVOCATION_ID=00112233445566778899aabbccddeef"};
        Id128 id;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                pid_t pid = spawn_with_environment((char *[]){(char *) cases[i], NULL});

                cr_assert_eq(proc_invocation_id(pid, &id), 0, "%s", cases[i]);
                kill(pid, SIGKILL);
                waitpid(pid, NULL, 0);
        }
        cr_assert_lt(proc_invocation_id(0x7fffffff, &id), 0);
}

Test(proc, a_signal_goes_to_the_one_who_began_then_or_to_nobody)
{
        pid_t pid = spawn_with_environment((char *[]){NULL});
        int status;
        ProcStat stat;
        char *line;

        cr_assert(proc_stat(pid, &stat) >= 0);
        line = proc_command_line(pid);
        cr_assert_str_eq(line, "sleep 30");
        free(line);
        cr_assert_eq(proc_signal(pid, stat.start + 1, SIGKILL), -ESRCH);
        cr_assert_eq(waitpid(pid, &status, WNOHANG), 0);
        cr_assert_eq(proc_signal(pid, stat.start, SIGKILL), 0);
        cr_assert_eq(waitpid(pid, &status, 0), pid);
        cr_assert_eq(proc_stat(pid, &stat), -ESRCH);
}

Test(proc, names_are_found_by_pid_and_start)
{
        ProcessNames names = {0};

        for (int i = 100; i > 0; i--)
                cr_assert_eq(process_names_add(&names, (ProcessName){.pid = i % 10, .start = (uint64_t) i}), 0);
        process_names_sort(&names);
        for (int i = 100; i > 0; i--) {
                cr_assert(process_names_contain(&names, i % 10, (uint64_t) i));
                cr_assert(!process_names_contain(&names, i % 10 + 1, (uint64_t) i));
        }
        process_names_done(&names);
        cr_assert(!process_names_contain(&names, 1, 1));
}
