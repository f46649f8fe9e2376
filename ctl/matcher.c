/* SPDX-License-Identifier: MIT */

/* Partial matching tells where a match might have begun that only needs more text; from there the next search goes
 * on. A letter of UTF-8 of which only a part has come is left for the next time. Bytes that are no UTF-8 are matched
 * by nothing, and end nothing. Steps and memory have limits: a pattern that explodes is an error, not a wait. */

#include "ctl/matcher.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <errno.h>
#include <pcre2.h>
#include <stdio.h>
#include <string.h>

#define STEPS_MAX    10000000u
#define HEAP_MAX_KIB (64u * 1024)

struct Matcher {
        pcre2_code *code;
        pcre2_match_data *match;
        pcre2_match_context *limits;
        size_t lookbehind;
};

Matcher *matcher_free(Matcher *matcher)
{
        if (!matcher)
                return NULL;
        pcre2_match_context_free(matcher->limits);
        pcre2_match_data_free(matcher->match);
        pcre2_code_free(matcher->code);
        free(matcher);
        return NULL;
}

static int compile(Matcher *matcher, const char *pattern, bool crlf, char **ret_error)
{
        pcre2_compile_context *context = pcre2_compile_context_create(NULL);
        char text[256] = "";
        PCRE2_SIZE offset;
        int error;

        if (!context)
                return -ENOMEM;
        (void) pcre2_set_newline(context, crlf ? PCRE2_NEWLINE_ANYCRLF : PCRE2_NEWLINE_LF);
        matcher->code = pcre2_compile((PCRE2_SPTR) pattern, PCRE2_ZERO_TERMINATED,
                                      PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C,
                                      &error, &offset, context);
        pcre2_compile_context_free(context);
        if (matcher->code)
                return 0;
        (void) pcre2_get_error_message(error, (PCRE2_UCHAR *) text, sizeof(text));
        if (asprintf(ret_error, "\"%s\" is no pattern: %s (at %zu)", pattern, text, (size_t) offset) < 0)
                return -ENOMEM;
        return -EINVAL;
}

int matcher_new(const char *pattern, bool crlf, Matcher **ret, char **ret_error)
{
        _cleanup_(matcher_freep) Matcher *matcher = calloc(1, sizeof(Matcher));
        uint32_t lookbehind = 0;
        int r;

        if (!matcher)
                return -ENOMEM;
        r = compile(matcher, pattern, crlf, ret_error);
        if (r < 0)
                return r;
        matcher->match = pcre2_match_data_create(1, NULL);
        matcher->limits = pcre2_match_context_create(NULL);
        if (!matcher->match || !matcher->limits)
                return -ENOMEM;
        (void) pcre2_set_match_limit(matcher->limits, STEPS_MAX);
        (void) pcre2_set_heap_limit(matcher->limits, HEAP_MAX_KIB);
        (void) pcre2_pattern_info(matcher->code, PCRE2_INFO_MAXLOOKBEHIND, &lookbehind);
        /* In letters, of four bytes at most; one more for \b and ^. */
        matcher->lookbehind = ((size_t) lookbehind + 1) * 4;
        *ret = TAKE_PTR(matcher);
        return 0;
}

size_t matcher_lookbehind(const Matcher *matcher)
{
        return matcher->lookbehind;
}

/* How many bytes at the end are the beginning of a letter that may still become whole. */
static size_t unfinished(const char *text, size_t size)
{
        for (size_t n = 1; n <= 3 && n <= size; n++) {
                unsigned char c = (unsigned char) text[size - n];

                if (c >= 0xf0)
                        return n < 4 ? n : 0;
                if (c >= 0xe0)
                        return n < 3 ? n : 0;
                if (c >= 0xc0)
                        return n < 2 ? n : 0;
                if (c < 0x80)
                        return 0;
        }
        return 0;
}

int matcher_find(Matcher *matcher, const char *text, size_t size, size_t *scan, size_t *ret_end)
{
        size_t whole = size - unfinished(text, size);
        int r;

        if (*scan > whole)
                return 0;
        r = pcre2_match(matcher->code, (PCRE2_SPTR) text, whole, *scan, PCRE2_PARTIAL_SOFT, matcher->match,
                        matcher->limits);
        if (r >= 0) {
                *ret_end = pcre2_get_ovector_pointer(matcher->match)[1];
                return 1;
        }
        switch (r) {
        case PCRE2_ERROR_PARTIAL:
                *scan = pcre2_get_ovector_pointer(matcher->match)[0];
                return 0;
        case PCRE2_ERROR_NOMATCH:
                *scan = whole;
                return 0;
        case PCRE2_ERROR_NOMEMORY:
                return -ENOMEM;
        default:
                return -E2BIG;
        }
}
