/* SPDX-License-Identifier: MIT */
#include "ctl/log-verify.h"

#include <criterion/criterion.h>

#include "ctl-entry.h"

static void add_line(LogVerify *verify, const char *stream, uint64_t number)
{
        Entry entry = ENTRY_NULL;

        ENTRY(&entry, 0, "TENDED_INVOCATION_ID=r1", "TENDED_SERVICE=web", "TENDED_BATCH=1", stream);
        cr_assert_geq(log_verify_add(verify, &entry, number), 0);
        entry_done(&entry);
}

static void add_record(LogVerify *verify, const char *lines, const char *error_lines, const char *dropped)
{
        Entry entry = ENTRY_NULL;

        ENTRY(&entry, 0, "TENDED_INVOCATION_ID=r1", "TENDED_SERVICE=web", "MESSAGE_ID=x", lines, error_lines,
              dropped);
        cr_assert_geq(log_verify_add(verify, &entry, 0), 0);
        entry_done(&entry);
}

static void expect(const LogVerify *verify, unsigned incomplete, const char *text)
{
        _cleanup_json_ JsonValue *rows = NULL;
        char *printed = NULL;
        unsigned n_json;
        size_t size;
        FILE *f = open_memstream(&printed, &size);

        cr_assert_eq(log_verify_print(verify, f), incomplete);
        fclose(f);
        cr_assert_str_eq(printed, text);
        free(printed);
        cr_assert_geq(log_verify_to_json(verify, &rows, &n_json), 0);
        cr_assert_eq(n_json, incomplete);
}

Test(log_verify, a_run_with_all_of_its_lines_is_complete)
{
        LogVerify *verify;

        cr_assert_geq(log_verify_new(&verify), 0);
        for (uint64_t i = 1; i <= 3; i++)
                add_line(verify, "TENDED_STREAM=stdout", i);
        add_line(verify, "TENDED_STREAM=stderr", 1);
        expect(verify, 0, "web run r1: 3 lines of stdout, 1 of stderr until now: none is missing\n");
        add_record(verify, "TENDED_STDOUT_LINES=3", "TENDED_STDERR_LINES=1", "TENDED_DROPPED_LINES=0");
        expect(verify, 0, "web run r1: 3 lines of stdout, 1 of stderr: none is missing\n");
        log_verify_free(verify);
}

Test(log_verify, what_was_given_is_counted_where_it_is_logged)
{
        LogVerify *verify;

        cr_assert_geq(log_verify_new(&verify), 0);
        add_line(verify, "TENDED_STREAM=stdout", 1);
        add_line(verify, "TENDED_STREAM=stdin", 1);
        add_line(verify, "TENDED_STREAM=stdin", 3);
        expect(verify, 1,
               "web run r1: 1 lines of stdout, 0 of stderr, 2 of stdin until now: LINES ARE MISSING\n"
               "    stdin lines 2 to 2 are not there\n");
        log_verify_free(verify);
}

Test(log_verify, gaps_are_told_at_the_beginning_in_the_middle_and_at_the_end)
{
        static const uint64_t numbers[] = {3, 4, 7};
        LogVerify *verify;

        cr_assert_geq(log_verify_new(&verify), 0);
        for (size_t i = 0; i < ELEMENTSOF(numbers); i++)
                add_line(verify, "TENDED_STREAM=stdout", numbers[i]);
        add_record(verify, "TENDED_STDOUT_LINES=9", "TENDED_STDERR_LINES=2", "TENDED_DROPPED_LINES=0");
        expect(verify, 1,
               "web run r1: 3 lines of stdout, 0 of stderr: LINES ARE MISSING\n"
               "    stdout lines 1 to 2 are not there\n"
               "    stdout lines 5 to 6 are not there\n"
               "    stdout lines 8 to 9 are not there: the end\n"
               "    stderr lines 1 to 2 are not there: the end\n");
        log_verify_free(verify);
}

Test(log_verify, what_was_dropped_never_had_a_number_and_excuses_no_gap)
{
        LogVerify *verify;

        cr_assert_geq(log_verify_new(&verify), 0);
        for (uint64_t i = 1; i <= 2; i++)
                add_line(verify, "TENDED_STREAM=stdout", i);
        add_record(verify, "TENDED_STDOUT_LINES=2", "TENDED_STDERR_LINES=0", "TENDED_DROPPED_LINES=7");
        expect(verify, 0,
               "web run r1: 2 lines of stdout, 0 of stderr: none is missing (7 more were dropped, as configured)\n");
        add_record(verify, "TENDED_STDOUT_LINES=3", "TENDED_STDERR_LINES=0", "TENDED_DROPPED_LINES=7");
        expect(verify, 1,
               "web run r1: 2 lines of stdout, 0 of stderr: LINES ARE MISSING (7 more were dropped, as configured)\n"
               "    stdout lines 3 to 3 are not there: the end\n");
        log_verify_free(verify);
}

static void add_filter_record(LogVerify *verify, const char *filtered)
{
        Entry entry = ENTRY_NULL;

        ENTRY(&entry, 0, "TENDED_INVOCATION_ID=r1", "TENDED_SERVICE=web", "MESSAGE_ID=x", "TENDED_STDOUT_LINES=5",
              "TENDED_STDERR_LINES=1", "TENDED_DROPPED_LINES=0", filtered);
        cr_assert_geq(log_verify_add(verify, &entry, 0), 0);
        entry_done(&entry);
}

Test(log_verify, what_log_level_max_kept_out_is_not_missing)
{
        Entry started = ENTRY_NULL;
        LogVerify *verify;

        cr_assert_geq(log_verify_new(&verify), 0);
        ENTRY(&started, 0, "TENDED_INVOCATION_ID=r1", "TENDED_SERVICE=web", "MESSAGE_ID=y", "TENDED_LOG_LEVEL_MAX=3");
        cr_assert_geq(log_verify_add(verify, &started, 0), 0);
        entry_done(&started);
        add_line(verify, "TENDED_STREAM=stdout", 2);
        add_line(verify, "TENDED_STREAM=stdout", 4);
        expect(verify, 0,
               "web run r1: 2 lines of stdout, 0 of stderr until now: none is missing, as far as can be told before "
               "the run's end (LogLevelMax keeps some out)\n");
        add_filter_record(verify, "TENDED_FILTERED_LINES=4");
        expect(verify, 0,
               "web run r1: 2 lines of stdout, 0 of stderr: none is missing (4 were kept out by LogLevelMax)\n");
        add_filter_record(verify, "TENDED_FILTERED_LINES=3");
        expect(verify, 1,
               "web run r1: 2 lines of stdout, 0 of stderr: LINES ARE MISSING (3 were kept out by LogLevelMax)\n"
               "    stdout lines 1 to 1 are not there\n"
               "    stdout lines 3 to 3 are not there\n"
               "    stdout lines 5 to 5 are not there: the end\n"
               "    stderr lines 1 to 1 are not there: the end\n");
        log_verify_free(verify);
}

Test(log_verify, a_second_record_corrects_the_first)
{
        LogVerify *verify;

        cr_assert_geq(log_verify_new(&verify), 0);
        add_line(verify, "TENDED_STREAM=stdout", 1);
        add_record(verify, "TENDED_STDOUT_LINES=1", "TENDED_STDERR_LINES=0", "TENDED_DROPPED_LINES=0");
        add_line(verify, "TENDED_STREAM=stdout", 2);
        add_record(verify, "TENDED_STDOUT_LINES=2", "TENDED_STDERR_LINES=0", "TENDED_DROPPED_LINES=0");
        expect(verify, 0, "web run r1: 2 lines of stdout, 0 of stderr: none is missing\n");
        log_verify_free(verify);
}

Test(log_verify, a_line_that_comes_twice_counts_once)
{
        LogVerify *verify;

        cr_assert_geq(log_verify_new(&verify), 0);
        add_line(verify, "TENDED_STREAM=stdout", 1);
        add_line(verify, "TENDED_STREAM=stdout", 1);
        expect(verify, 0, "web run r1: 1 lines of stdout, 0 of stderr until now: none is missing\n");
        log_verify_free(verify);
}
