/* SPDX-License-Identifier: MIT */
#include "common/quote.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/strv.h"

/* All words with '|' between them, or the error's number. */
static char *split(const char *s, const char *separators, unsigned flags)
{
        _cleanup_(strv_freep) char **words = NULL;
        char *joined = NULL;
        int r = word_split(s, separators, flags, &words);

        if (r < 0)
                cr_assert_gt(asprintf(&joined, "%i", r), 0);
        else
                joined = strv_join(words, "|");
        return joined;
}

typedef struct SplitCase {
        const char *s, *expected;
} SplitCase;

static void check(const SplitCase *cases, size_t n, const char *separators, unsigned flags)
{
        for (size_t i = 0; i < n; i++) {
                char *words = split(cases[i].s, separators, flags);

                cr_assert_str_eq(words, cases[i].expected, "'%s': %s", cases[i].s, words);
                free(words);
        }
}

Test(quote, lists_have_quotes_and_escapes)
{
        static const SplitCase cases[] = {
                {"", ""},
                {"  \t ", ""},
                {"a", "a"},
                {" a  b\tc ", "a|b|c"},
                {"\"a b\" 'c d'", "a b|c d"},
                {"a\"b c\"d", "ab cd"},
                {"'' a \"\"", "|a|"},
                {"\"it's\" 'say \"x\"'", "it's|say \"x\""},
                {"VAR1=\"word1 word2\" VAR2=word3 \"VAR3=$word 5 6\"", "VAR1=word1 word2|VAR2=word3|VAR3=$word 5 6"},
                {"a\\x20b \\101\\u00e9\\U0001f600", "a b|Aé😀"},
                {"'\\n' \\s", "\n| "},
                {"\\a\\b\\f\\n\\r\\t\\v\\\\\\\"\\'", "\a\b\f\n\r\t\v\\\"'"},
                {"a;b #c", "a;b|#c"},
                {"a\\q", "-22"},
                {"a\\ b", "-22"},
                {"\\x00", "-22"},
                {"\\000", "-22"},
                {"\\u0000", "-22"},
                {"\\U00000000", "-22"},
                {"\\400", "-22"},
                {"\\x4", "-22"},
                {"\\u123", "-22"},
                {"\\U00110000", "-22"},
                {"\\U0000d800", "-22"},
                {"'a", "-74"},
                {"a \"b'", "-74"},
                {"a\\", "-74"},
                {"'a\\", "-74"},
        };

        cr_assert_eq(EINVAL, 22);
        cr_assert_eq(EBADMSG, 74);
        check(cases, ELEMENTSOF(cases), NULL, WORD_LIST);
}

Test(quote, flags_decide_what_a_mistake_becomes)
{
        static const SplitCase relaxed[] = {
                {"'a b", "a b"}, {"a\\", "a"}, {"a\\ b", "a b"}, {"\\n\\q\\\\", "nq\\"}, {"'a\\", "a"},
        };
        static const SplitCase kept[] = {
                {"a\\qb", "a\\qb"}, {"\\q\\n", "\\q\n"}, {"a\\", "a\\"},   {"a\\ b", "a\\ b"},
                {"'a", "-74"},      {"'a\\", "-74"},     {"\\x4", "\\x4"},
        };
        static const SplitCase both[] = {{"'a\\", "a\\"}, {"'a\\q", "a\\q"}};
        static const SplitCase plain[] = {{"'a b'", "'a|b'"}, {"a\\'b", "a'b"}, {"a\\\\b", "a\\b"}};
        static const SplitCase literal[] = {{"a\\nb 'c d'", "a\\nb|c d"}, {"\\ x", "\\|x"}};

        check(relaxed, ELEMENTSOF(relaxed), NULL, WORD_UNQUOTE | WORD_RELAX);
        check(kept, ELEMENTSOF(kept), NULL, WORD_LIST | WORD_KEEP_ESCAPES);
        check(both, ELEMENTSOF(both), NULL, WORD_LIST | WORD_KEEP_ESCAPES | WORD_RELAX);
        check(plain, ELEMENTSOF(plain), NULL, 0);
        check(literal, ELEMENTSOF(literal), NULL, WORD_UNQUOTE | WORD_RETAIN_ESCAPE);
}

Test(quote, other_separators_may_part_empty_words)
{
        static const SplitCase coalesced[] = {{"a:b", "a|b"}, {"::a::b::", "a|b"}, {"a b:c", "a b|c"}};
        static const SplitCase each[] = {
                {"a:b", "a|b"}, {":a::b:", "|a||b|"}, {"':':b", ":|b"}, {":", "|"}, {"a", "a"},
        };

        check(coalesced, ELEMENTSOF(coalesced), ":", WORD_UNQUOTE);
        check(each, ELEMENTSOF(each), ":", WORD_UNQUOTE | WORD_DONT_COALESCE);
}

Test(quote, extraction_stands_behind_each_word_and_stays_at_a_mistake)
{
        const char *s = "  a  'b c'  d\\q e", *p = s;
        char *word;

        cr_assert_eq(word_extract(&p, NULL, WORD_LIST, &word), 1);
        cr_assert_str_eq(word, "a");
        free(word);
        cr_assert_str_eq(p, "'b c'  d\\q e");
        cr_assert_eq(word_extract(&p, NULL, WORD_LIST, &word), 1);
        free(word);
        cr_assert_eq(word_extract(&p, NULL, WORD_LIST, &word), -EINVAL);
        cr_assert_str_eq(p, "d\\q e");
        p = " last";
        cr_assert_eq(word_extract(&p, NULL, WORD_LIST, &word), 1);
        free(word);
        cr_assert_null(p);
        cr_assert_eq(word_extract(&p, NULL, WORD_LIST, &word), 0);
}

Test(quote, a_long_value_takes_linear_time, .timeout = 10)
{
        enum { N = 1 << 21 };
        _cleanup_(strv_freep) char **words = NULL;
        char *s = malloc(N + 1);

        for (size_t i = 0; i < N; i++)
                s[i] = i % 2 ? ' ' : 'x';
        s[N] = '\0';
        cr_assert_eq(word_split(s, NULL, WORD_LIST, &words), 0);
        cr_assert_eq(strv_length(words), N / 2);
        free(s);
}

Test(quote, escapes_of_a_whole_text_leave_quotes_alone)
{
        char *text;

        cr_assert_eq(c_unescape("say \\\"x\\\" 'y'\\n\\x41", &text), 0);
        cr_assert_str_eq(text, "say \"x\" 'y'\nA");
        free(text);
        cr_assert_eq(c_unescape("", &text), 0);
        cr_assert_str_eq(text, "");
        free(text);
        cr_assert_eq(c_unescape("\\q", &text), -EINVAL);
        cr_assert_eq(c_unescape("\\000", &text), -EINVAL);
        cr_assert_eq(c_unescape("x\\", &text), -EINVAL);
}

/* Asks a real shell what it makes of our quotes. */
Test(quote, what_is_quoted_is_the_same_word_to_a_shell)
{
        static const char *const words[] = {
                "plain",
                "",
                "a b",
                "it's",
                "say \"x\"",
                "$HOME",
                "`id`",
                "a\\b",
                "*",
                "~",
                "a;b",
                "#x",
                "é",
                "'",
                "''",
                "!x",
                "-n",
                "a=b",
                "/usr/bin:/bin",
                "\\n",
                "(x)",
                "x&",
                "[a]",
                "{a,b}",
                "<",
                "%s",
                "a\tb\nc'd",
                "\x01\x7f\x1b[0m",
                "\\\n",
        };

        for (size_t i = 0; i < ELEMENTSOF(words); i++) {
                char *quoted = quote_word(words[i]), *command, got[64] = "";
                FILE *shell;

                cr_assert_gt(
                        asprintf(&command, "exec bash -c 'eval \"printf %%s $(cat)\"' <<'END'\n%s\nEND\n", quoted),
                        0);
                shell = popen(command, "re");
                got[fread(got, 1, sizeof(got) - 1, shell)] = '\0';
                cr_assert_eq(pclose(shell), 0);
                cr_assert_str_eq(got, words[i], "%s", quoted);
                free(command);
                free(quoted);
        }
}

Test(quote, what_needs_no_quotes_gets_none)
{
        char *argv[] = {(char *) "/bin/a", (char *) "--x=1", (char *) "a b", (char *) "", (char *) "c'd", NULL};
        char *quoted = quote_words(argv);

        cr_assert_str_eq(quoted, "/bin/a --x=1 'a b' '' 'c'\\''d'");
        free(quoted);
        quoted = quote_words(NULL);
        cr_assert_str_eq(quoted, "");
        free(quoted);
}
