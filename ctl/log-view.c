/* SPDX-License-Identifier: MIT */

/* A filter and a window: entries come in order, from wherever; what passes is printed at once, or kept until it is
 * known which are the last. With --verify nothing is printed: numbers are counted. */

#include "ctl/log-view.h"

#define PCRE2_CODE_UNIT_WIDTH 8

#include <ctype.h>
#include <errno.h>
#include <pcre2.h>
#include <stdio.h>
#include <string.h>

#include "common/strv.h"

struct LogView {
        const Options *options; /* weak */
        EntryPrinter printer;
        pcre2_code *pattern;
        pcre2_match_data *match;
        char *const *runs; /* weak; NULL: all */
        LogVerify *verify;

        /* The last entries, a ring of at most `window`. */
        Entry *kept;
        uint64_t window, n_kept, first, allocated;
        uint64_t n_shown;
};

LogView *log_view_free(LogView *view)
{
        if (!view)
                return NULL;
        for (uint64_t i = 0; i < view->allocated; i++)
                entry_done(&view->kept[i]);
        free(view->kept);
        log_verify_free(view->verify);
        pcre2_match_data_free(view->match);
        pcre2_code_free(view->pattern);
        free(view);
        return NULL;
}

/* As journalctl: letters of both cases match, unless the pattern has a capital. */
static bool has_capital(const char *pattern)
{
        for (; *pattern; pattern++) {
                if (*pattern == '\\' && pattern[1])
                        pattern++;
                else if (isupper((unsigned char) *pattern))
                        return true;
        }
        return false;
}

static int compile(LogView *view, const char *pattern, char **ret_error)
{
        uint32_t flags = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | (has_capital(pattern) ? 0 : PCRE2_CASELESS);
        PCRE2_UCHAR text[160];
        PCRE2_SIZE offset;
        int error;

        view->pattern = pcre2_compile((PCRE2_SPTR) pattern, PCRE2_ZERO_TERMINATED, flags, &error, &offset, NULL);
        if (!view->pattern) {
                (void) pcre2_get_error_message(error, text, sizeof(text));
                if (asprintf(ret_error, "--grep: %s at character %zu of \"%s\"", (char *) text, offset + 1, pattern) <
                    0)
                        *ret_error = NULL;
                return -EINVAL;
        }
        (void) pcre2_jit_compile(view->pattern, PCRE2_JIT_COMPLETE);
        view->match = pcre2_match_data_create_from_pattern(view->pattern, NULL);
        return view->match ? 0 : -ENOMEM;
}

int log_view_new(const Options *options, const Style *style, LogView **ret, char **ret_error)
{
        _cleanup_(log_view_freep) LogView *view = calloc(1, sizeof(*view));
        EntryFormat format = options->format;
        int r;

        if (!view)
                return -ENOMEM;
        if (options->json && !options_given(options, OPTION_OUTPUT))
                format = FORMAT_JSON;
        view->options = options;
        view->window = LINES_ALL;
        view->printer = (EntryPrinter){.format = format, .style = *style, .safe = style->terminal};
        if (options->grep) {
                r = compile(view, options->grep, ret_error);
                if (r < 0)
                        return r;
        }
        if (options->verify) {
                r = log_verify_new(&view->verify);
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(view);
        return 0;
}

void log_view_set_runs(LogView *view, char *const *runs)
{
        view->runs = runs;
}

void log_view_set_window(LogView *view, uint64_t lines)
{
        view->window = lines;
}

uint64_t log_view_n_shown(const LogView *view)
{
        return view->n_shown;
}

const LogVerify *log_view_verify(const LogView *view)
{
        return view->verify;
}

static bool matches(const LogView *view, const Entry *entry)
{
        const EntryField *message = entry_find(entry, "MESSAGE");

        return message &&
               pcre2_match(view->pattern, (PCRE2_SPTR) message->value, message->size, 0, 0, view->match, NULL) >= 0;
}

static bool is_of_stream(const Entry *entry, const char *stream)
{
        static const char *const names[_ENTRY_STREAM_N] = {
                [ENTRY_STDOUT] = "stdout", [ENTRY_STDERR] = "stderr", [ENTRY_STDIN] = "stdin", [ENTRY_EVENT] = ""};

        return strcmp(names[entry_stream(entry)], stream) == 0;
}

bool log_view_accepts(const LogView *view, const Entry *entry)
{
        const Options *o = view->options;
        char run[40];

        if (entry->realtime < o->since || entry->realtime > o->until)
                return false;
        if (view->runs && !strv_contains(view->runs, entry_string(entry, "TENDED_INVOCATION_ID", run, sizeof(run))))
                return false;
        /* The exit record is what the numbers are compared with. */
        if (view->verify)
                return true;
        /* That something was missed is said whatever was asked for. */
        if (entry_find(entry, "TENDED_MISSED"))
                return true;
        if (o->no_events && entry_is_event(entry))
                return false;
        if (o->stream && !is_of_stream(entry, o->stream))
                return false;
        return !view->pattern || matches(view, entry);
}

static int print(LogView *view, const Entry *entry)
{
        int r;

        view->n_shown++;
        if (view->options->quiet)
                return 0;
        r = entry_print(stdout, &view->printer, entry);
        if (r < 0)
                return r;
        return ferror(stdout) ? -EPIPE : 0;
}

static int keep(LogView *view, const Entry *entry)
{
        Entry copy;
        int r;

        if (view->window == 0)
                return 0;
        r = entry_copy(entry, &copy);
        if (r < 0)
                return r;

        if (view->n_kept == view->window) {
                entry_done(&view->kept[view->first]);
                view->kept[view->first] = copy;
                view->first = (view->first + 1) % view->window;
                return 0;
        }
        if (view->n_kept == view->allocated) {
                uint64_t n = MIN(MAX(view->allocated * 2, (uint64_t) 16), view->window);
                Entry *kept = reallocarray(view->kept, n, sizeof(*kept));

                if (!kept) {
                        entry_done(&copy);
                        return -ENOMEM;
                }
                for (uint64_t i = view->allocated; i < n; i++)
                        kept[i] = ENTRY_NULL;
                view->kept = kept;
                view->allocated = n;
        }
        view->kept[view->n_kept++] = copy;
        return 0;
}

int log_view_show(LogView *view, const Entry *entry, uint64_t number)
{
        if (!log_view_accepts(view, entry))
                return 0;
        if (view->verify) {
                view->n_shown++;
                return log_verify_add(view->verify, entry, number);
        }
        return view->window == LINES_ALL ? print(view, entry) : keep(view, entry);
}

int log_view_flush(LogView *view)
{
        int r = 0;

        for (uint64_t i = 0; i < view->n_kept && r >= 0; i++)
                r = print(view, &view->kept[(view->first + i) % view->n_kept]);
        view->window = LINES_ALL;
        view->n_kept = 0;
        return r;
}
