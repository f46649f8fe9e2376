/* SPDX-License-Identifier: MIT */

/* A pattern in a stream: however the bytes come, the match is the same, and found as soon as it is there. */

#include "ctl/matcher.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

typedef struct Case {
        const char *pattern, *text;
        ssize_t end; /* -1: no match */
        bool crlf;
} Case;

static const Case cases[] = {
        {"b", "abc", 2},
        {"^>>> $", "x\n>>> ", 6},
        {"^>>> $", "x>>> ", -1},
        {"b+!", "abbb!c", 5},
        {"(?<=foo)bar", "xfoobar", 7},
        {"(?<!foo)bar", "foobar", -1},
        {"\\bend\\b", "the end.", 7},
        {"\\x{e9}", "caf\xc3\xa9!", 5},
        {"^..$", "\xc3\xa9\xc3\xa9\n", 4},
        {"\xe2\x82\xac", "100 \xe2\x82\xac\n", 7},
        {"ok", "\xff\xfeok", 4},
        {"a.c", "a\nc", -1},
        {"(?s)a.c", "a\nc", 3},
        {"", "x", 0},
        {"done$", "done\r\n", 4, true},
        {"done$", "done\r\n", -1, false},
        {"never", "", -1},
};

static Matcher *make(const Case *c)
{
        char *error = NULL;
        Matcher *matcher;

        cr_assert_eq(matcher_new(c->pattern, c->crlf, &matcher, &error), 0, "%s: %s", c->pattern, error);
        return matcher;
}

/* Gives the text in pieces that end at `cut`, or one by one behind it. */
static ssize_t find(Matcher *matcher, const char *text, size_t size, size_t cut)
{
        size_t scan = 0, end;

        for (size_t n = cut; n <= size; n++) {
                int r = matcher_find(matcher, text, n, &scan, &end);

                cr_assert_geq(r, 0);
                cr_assert_leq(scan, n);
                if (r > 0)
                        return (ssize_t) end;
        }
        return -1;
}

Test(matcher, finds_what_is_there_whole_or_letter_by_letter)
{
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Matcher *matcher = make(&cases[i]);
                size_t size = strlen(cases[i].text);

                /* All at once, and letter by letter from each place on: what needs no more text matches at once, so
                 * a match that more text would forbid is left out. */
                cr_assert_eq(find(matcher, cases[i].text, size, size), cases[i].end, "%s in %s", cases[i].pattern,
                             cases[i].text);
                for (size_t cut = 0; cut < size && strcmp(cases[i].pattern, "\\bend\\b") != 0; cut++) {
                        ssize_t got = find(matcher, cases[i].text, size, cut);

                        if (cases[i].end < 0 && got >= 0)
                                cr_assert(strchr(cases[i].pattern, '$'), "%s", cases[i].pattern);
                        else
                                cr_assert_eq(got, cases[i].end, "%s in %s, cut at %zu", cases[i].pattern,
                                             cases[i].text, cut);
                }
                matcher_free(matcher);
        }
}

Test(matcher, looks_at_nothing_twice_that_can_begin_no_match)
{
        Matcher *matcher = make(&(Case){.pattern = "x[0-9]+y"});
        size_t scan = 0, end;

        cr_assert_eq(matcher_find(matcher, "aaaaaaaa", 8, &scan, &end), 0);
        cr_assert_eq(scan, 8);
        cr_assert_eq(matcher_find(matcher, "aaaaaaaax12", 11, &scan, &end), 0);
        cr_assert_eq(scan, 8);
        cr_assert_eq(matcher_find(matcher, "aaaaaaaax12y", 12, &scan, &end), 1);
        cr_assert_eq(end, 12);
        matcher_free(matcher);
}

Test(matcher, refuses_what_is_no_pattern_and_what_explodes)
{
        static char text[3000];
        char *error = NULL;
        size_t scan = 0, end;
        Matcher *matcher;

        cr_assert_eq(matcher_new("(", false, &matcher, &error), -EINVAL);
        cr_assert(strstr(error, "is no pattern"), "%s", error);
        free(error);
        /* \C would see parts of letters. */
        error = NULL;
        cr_assert_eq(matcher_new("\\C", false, &matcher, &error), -EINVAL);
        free(error);

        memset(text, 'a', sizeof(text));
        matcher = make(&(Case){.pattern = "(a+)+(a+)+(a+)+b"});
        cr_assert_eq(matcher_find(matcher, text, sizeof(text), &scan, &end), -E2BIG);
        matcher_free(matcher);
}
