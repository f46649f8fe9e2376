/* SPDX-License-Identifier: MIT */
#include "core/ready-line.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <time.h>

static ReadyLine *compile(const char *pattern)
{
        ReadyLine *ready_line = NULL;
        char *error = NULL;

        cr_assert_eq(ready_line_new(pattern, &ready_line, &error), 0, "%s: %s", pattern, error);
        return ready_line;
}

static bool feed(ReadyLine *ready_line, const char *text)
{
        return ready_line_feed(ready_line, 0, text, strlen(text));
}

Test(ready_line, a_pattern_that_is_none_is_refused_with_its_reason)
{
        static const char *const patterns[] = {"(", "[a", "*a", "(?<n>a)(?<n>b)", "a{2,1}", "\\C", "\xff"};

        for (size_t i = 0; i < ELEMENTSOF(patterns); i++) {
                ReadyLine *ready_line = NULL;
                char *error = NULL;

                cr_expect_eq(ready_line_new(patterns[i], &ready_line, &error), -EINVAL, "%s", patterns[i]);
                cr_expect_not_null(error);
                cr_expect_null(ready_line);
                free(error);
        }
}

Test(ready_line, a_pattern_of_any_length_is_not_compiled)
{
        char pattern[10000], *error = NULL;
        ReadyLine *ready_line = NULL;

        memset(pattern, 'a', sizeof(pattern) - 1);
        pattern[sizeof(pattern) - 1] = '\0';
        cr_assert_eq(ready_line_new(pattern, &ready_line, &error), -EINVAL);
        cr_assert_str_eq(error, "it is longer than 8192 bytes");
        free(error);
}

Test(ready_line, lines_are_matched_one_by_one)
{
        static const struct {
                const char *pattern, *output;
                bool ready;
        } cases[] = {
                {"ready", "starting\nready\n", true},
                {"ready", "starting\nnot yet\n", false},
                {"^ready$", "not ready\nready now\n", false},
                {"^ready$", "x\nready\nx\n", true},
                {"^ready$", "ready\r\n", true},
                {"a.*b", "a\nb\n", false},
                {"^$", "x\n\nx", true},
                {"^$", "x\nx\n", false},
                {"port (\\d+)", "listening on port 80\n", true},
                {"(?i)READY", "we are ready", true},
                {"ö.ö", "ööö\n", true},
                {"x", "\xff\xfe x\n", true},
                {"a\\0b", "", false},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                ReadyLine *ready_line = compile(cases[i].pattern);

                cr_expect_eq(feed(ready_line, cases[i].output), cases[i].ready, "%s on %s", cases[i].pattern,
                             cases[i].output);
                ready_line_free(ready_line);
        }
}

Test(ready_line, a_prompt_without_a_newline_is_seen)
{
        ReadyLine *ready_line = compile("^login: $");

        cr_assert(!feed(ready_line, "welcome\nlog"));
        cr_assert(feed(ready_line, "in: "));
        ready_line_free(ready_line);
}

Test(ready_line, every_cut_gives_the_same)
{
        static const char output[] = "one\ntwo\r\nthe server is ready\nfour\n";
        size_t n = strlen(output);

        for (size_t a = 0; a <= n; a++)
                for (size_t b = a; b <= n; b++) {
                        ReadyLine *yes = compile("^the server is ready$"),
                                  *no = compile("two.*ready|onetwo|readyfour");
                        bool ready = false;

                        ready |= ready_line_feed(yes, 0, output, a);
                        ready |= ready_line_feed(yes, 0, output + a, b - a);
                        ready |= ready_line_feed(yes, 0, output + b, n - b);
                        cr_assert(ready, "cut at %zu and %zu", a, b);
                        cr_assert(!ready_line_feed(no, 0, output, a) && !ready_line_feed(no, 0, output + a, b - a) &&
                                          !ready_line_feed(no, 0, output + b, n - b),
                                  "cut at %zu and %zu", a, b);
                        ready_line_free(yes);
                        ready_line_free(no);
                }
}

Test(ready_line, the_streams_do_not_mix)
{
        ReadyLine *ready_line = compile("ready");

        cr_assert(!ready_line_feed(ready_line, 0, "rea", 3));
        cr_assert(!ready_line_feed(ready_line, 1, "dy", 2));
        cr_assert(ready_line_feed(ready_line, 0, "dy", 2));
        ready_line_free(ready_line);
}

Test(ready_line, a_new_run_begins_with_nothing)
{
        ReadyLine *ready_line = compile("ready");

        cr_assert(!feed(ready_line, "rea"));
        ready_line_reset(ready_line);
        cr_assert(!feed(ready_line, "dy\n"));
        cr_assert(feed(ready_line, "ready"));
        cr_assert_null(ready_line_free(ready_line));
        cr_assert_null(ready_line_free(NULL));
}

Test(ready_line, bytes_of_nul_are_letters)
{
        ReadyLine *ready_line = compile("b");

        cr_assert(ready_line_feed(ready_line, 0, "a\0b", 3));
        ready_line_free(ready_line);
}

Test(ready_line, of_a_long_line_the_beginning_counts)
{
        ReadyLine *ready_line = compile("needle");
        char blank[1000], whole[20000];

        memset(blank, 'x', sizeof(blank));
        for (unsigned i = 0; i < 100; i++)
                cr_assert(!ready_line_feed(ready_line, 0, blank, sizeof(blank)));
        cr_assert(!feed(ready_line, "needle\n"), "behind the window");
        cr_assert(!feed(ready_line, "x\n"));
        cr_assert(feed(ready_line, "a needle"), "the next line is looked at anew");
        ready_line_reset(ready_line);

        memset(whole, 'x', sizeof(whole));
        memcpy(whole + sizeof(whole) - 8, "needle\n", 7);
        cr_assert(!ready_line_feed(ready_line, 0, whole, sizeof(whole)), "however it comes");
        ready_line_free(ready_line);
}

static double seconds(void)
{
        struct timespec ts;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
        return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Patterns that take exponential time without limits. */
Test(ready_line, a_hostile_pattern_takes_bounded_time)
{
        static const char *const patterns[] = {"(a+)+[bc]$", "(a|aa)+[bc]", "(a*)*[bc]", "(.*.*.*.*.*.*)[xy]",
                                               "(?:a?){30}a{30}[bc]"};
        char line[4096];

        memset(line, 'a', sizeof(line));
        for (size_t i = 0; i < ELEMENTSOF(patterns); i++) {
                ReadyLine *ready_line = compile(patterns[i]);
                double begin = seconds();

                for (unsigned n = 0; n < 100; n++)
                        cr_expect(!ready_line_feed(ready_line, 0, line, 40));
                cr_expect(!ready_line_feed(ready_line, 0, line, sizeof(line)));
                cr_expect_lt(seconds() - begin, 5, "%s", patterns[i]);
                ready_line_free(ready_line);
        }
}
