/* SPDX-License-Identifier: MIT */

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "host/state-file.h"

static const char good[] = "version=1\npid=4711\nstart=123456789\nboot=0f1e2d3c-0000-4000-8000-000000000001\n"
                           "run=00112233445566778899aabbccddeeff\ngroup=/a/tended-1/web\n";

Test(state_file, says_what_the_executor_wrote)
{
        StateFile state = {0};

        cr_assert_eq(state_file_parse(good, sizeof(good) - 1, &state), 0);
        cr_assert_eq(state.pid, 4711);
        cr_assert_eq(state.start, 123456789U);
        cr_assert_str_eq(state.boot_id, "0f1e2d3c-0000-4000-8000-000000000001");
        cr_assert_eq(state.invocation_id.bytes[1], 0x11);
        cr_assert_str_eq(state.cgroup, "/a/tended-1/web");
        state_file_done(&state);
}

Test(state_file, a_file_cut_anywhere_is_none_or_lacks_only_whole_lines)
{
        for (size_t size = 0; size < sizeof(good) - 1; size++) {
                StateFile state = {.pid = 1};
                int r = state_file_parse(good, size, &state);

                cr_assert(r == -EBADMSG || (r == 0 && good[size - 1] == '\n' && state.pid == 4711), "cut at %zu",
                          size);
                if (r == 0)
                        state_file_done(&state);
                else
                        cr_assert_eq(state.pid, 1, "left alone");
        }
}

Test(state_file, what_is_empty_is_unknown)
{
        static const char text[] = "version=1\npid=1\nstart=0\nboot=\nrun=\ngroup=\nlater=x\n";
        StateFile state = {0};

        cr_assert_eq(state_file_parse(text, sizeof(text) - 1, &state), 0);
        cr_assert(!state.cgroup && state.start == 0);
        state_file_done(&state);
}

Test(state_file, what_the_executor_never_writes_is_none)
{
        static const char *const cases[] = {
                "",
                "\n",
                "version=2\npid=1\n",
                "pid=1\nversion=1\n",
                "version=1\n",
                "version=1\npid=0\n",
                "version=1\npid=-1\n",
                "version=1\npid=1x\n",
                "version=1\npid=2147483648\n",
                "version=1\npid=99999999999999999999999999\n",
                "version=1\npid=1\nstart=18446744073709551616\n",
                "version=1\npid=1\nno equals sign\n",
                "version=1\npid=1\nrun=xyz\n",
                "version=1\npid=1\nboot=longer-than-any-boot-id-may-be-0000000000000\n",
                "version=1\npid=1\ngroup=relative\n",
                "version=1\npid=1\ngroup=/a/../b\n",
                "version=1\npid=1\ngroup=/a/..\n",
                "version=1\npid=1\ngroup=/..\n",
        };
        static const char with_nul[] = "version=1\npid=1\n\0\n";
        StateFile state;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                cr_assert_eq(state_file_parse(cases[i], strlen(cases[i]), &state), -EBADMSG, "case %zu", i);
        cr_assert_eq(state_file_parse(with_nul, sizeof(with_nul) - 1, &state), -EBADMSG);
}

Test(state_file, the_last_word_holds_and_nothing_leaks)
{
        static const char text[] = "version=1\npid=1\ngroup=/one\ngroup=/two\npid=2\n";
        StateFile state = {0};

        cr_assert_eq(state_file_parse(text, sizeof(text) - 1, &state), 0);
        cr_assert_str_eq(state.cgroup, "/two");
        cr_assert_eq(state.pid, 2);
        state_file_done(&state);
}

Test(state_file, a_file_that_is_not_there_or_too_long_is_told)
{
        StateFile state;

        cr_assert_eq(state_file_load("/nonexistent/state", &state), -ENOENT);
        cr_assert_lt(state_file_load("/dev/zero", &state), 0);
}
