/* SPDX-License-Identifier: MIT */

/* What is taken, what is printed, and where the mark stands then. */

#include "ctl/taker.h"

#include <criterion/criterion.h>
#include <string.h>

typedef struct Taking {
        Taker taker;
        Matcher *matcher;
        char *text;
        size_t size;
} Taking;

static void begin(Taking *taking, const char *pattern, uint64_t lines, bool crlf)
{
        char *error = NULL;

        memset(taking, 0, sizeof(*taking));
        if (pattern)
                cr_assert_eq(matcher_new(pattern, crlf, &taking->matcher, &error), 0);
        taking->taker = (Taker){.matcher = taking->matcher, .lines = lines, .crlf = crlf};
        taking->taker.out = open_memstream(&taking->text, &taking->size);
}

static int feed(Taking *taking, unsigned stream, uint64_t position, const char *text)
{
        return taker_feed(&taking->taker, stream, position, text, strlen(text));
}

/* What was printed, and up to where it was taken. */
static void ends(Taking *taking, const char *printed, int64_t out, int64_t err)
{
        const int64_t ends_at[TALK_STREAMS] = {out, err};

        taker_flush(&taking->taker);
        cr_assert_str_eq(taking->text, printed);
        for (unsigned i = 0; i < TALK_STREAMS; i++) {
                uint64_t end = 0;
                bool any = taker_end(&taking->taker, i, &end);

                cr_assert_eq(any, ends_at[i] >= 0, "stream %u", i);
                if (any)
                        cr_assert_eq((int64_t) end, ends_at[i], "stream %u ends at %lld", i, (long long) end);
        }
        fclose(taking->taker.out);
        free(taking->text);
        taker_done(&taking->taker);
        matcher_free(taking->matcher);
}

Test(taker, lines_are_counted_and_the_rest_is_left)
{
        Taking taking;

        begin(&taking, NULL, 2, false);
        cr_assert_eq(feed(&taking, 0, 100, "one\ntw"), 0);
        cr_assert_eq(feed(&taking, 0, 106, "o\nthree\n"), 1);
        ends(&taking, "one\ntwo\n", 108, -1);
}

Test(taker, a_match_ends_what_is_taken_and_of_the_other_stream_all_is)
{
        Taking taking;

        begin(&taking, "> $", 0, false);
        cr_assert_eq(feed(&taking, 0, 0, "text\n>"), 0);
        cr_assert_eq(feed(&taking, 1, 50, "aside>"), 0);
        cr_assert_eq(feed(&taking, 0, 6, " "), 1);
        cr_assert(taking.taker.took);
        /* Each stream is printed as soon as it can't be part of a match: here their last letters wait. */
        ends(&taking, "text\naside> >", 7, 56);
}

Test(taker, what_is_beyond_a_match_is_not_taken)
{
        Taking taking;

        begin(&taking, "b", 0, false);
        cr_assert_eq(feed(&taking, 0, 10, "aabcc"), 1);
        ends(&taking, "aab", 13, -1);
}

Test(taker, nothing_matches_over_a_gap)
{
        Taking taking;

        begin(&taking, "ab", 0, false);
        cr_assert_eq(feed(&taking, 0, 0, "a"), 0);
        cr_assert_eq(feed(&taking, 0, 1000, "b"), 0);
        cr_assert_eq(feed(&taking, 0, 1001, "ab"), 1);
        ends(&taking, "abab", 1003, -1);
}

Test(taker, the_lines_of_a_terminal_end_as_lines_do)
{
        Taking taking;

        begin(&taking, NULL, 0, true);
        cr_assert_eq(feed(&taking, 0, 0, "one\r\ntwo\r"), 0);
        cr_assert_eq(feed(&taking, 0, 9, "\nthr\ree\r"), 0);
        ends(&taking, "one\ntwo\nthr\ree\r", 17, -1);
}

Test(taker, a_long_wait_keeps_little)
{
        Taking taking;
        char line[1025] = "";

        memset(line, 'x', 1023);
        line[1023] = '\n';
        begin(&taking, "^never$", 0, false);
        for (uint64_t i = 0; i < 1000; i++)
                cr_assert_eq(feed(&taking, 0, i * 1024, line), 0);
        cr_assert_lt(taking.taker.streams[0].text.n, 200 * 1024);
        taker_flush(&taking.taker);
        cr_assert_eq(taking.size, 1000 * 1024);
        fclose(taking.taker.out);
        free(taking.text);
        taker_done(&taking.taker);
        matcher_free(taking.matcher);
}
