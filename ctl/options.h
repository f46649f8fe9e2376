/* SPDX-License-Identifier: MIT */
#pragma once

/* The command line as values. Pure, but for the time zone that --since and --until read. */

#include "common/macro.h"
#include "common/socket-path.h"
#include "ctl/entry-print.h"
#include "ctl/verbs.h"

#define LINES_ALL UINT64_MAX

typedef struct Options {
        const Verb *verb; /* NULL with --help and --version only */
        char **arguments; /* what follows the verb, ended by NULL; the strings are argv's */
        size_t n_arguments;
        uint64_t given; /* OPTION_BIT()s */

        const char *socket;
        SocketScope scope;
        bool json, quiet, no_pager;
        usec_t timeout; /* USEC_INFINITY: none */

        bool no_block;
        int signal;
        const char *whom;
        const char *wait_for;

        bool follow;
        uint64_t lines;      /* LINES_ALL: all of them */
        usec_t since, until; /* 0 and USEC_INFINITY: not given */
        const char *grep;
        const char *stream; /* NULL: all */
        int invocation;     /* 0, -1, …; only where given */
        bool no_events, verify;
        EntryFormat format;

        char **properties; /* -p, ended by NULL; NULL: all */
        bool value;

        bool no_newline, eof;
        const char *from;
        const char *until_word; /* as it was given: of ask a pattern */
        bool start, read_only, lossless;

        const char *run_name, *pool; /* NULL: not given */
        char **directives;           /* KEY=VALUE, ended by NULL; NULL: none */
        bool pipe, log, pty, wait;
} Options;

#define OPTIONS_NULL ((Options){.timeout = USEC_INFINITY, .until = USEC_INFINITY})

/* Everything that is wrong with a command line is -EINVAL and a sentence, the caller's to free; `ret` holds then what
 * was read until there (`json` in any case). `now` is what relative times count from. */
int options_parse(int argc, char **argv, usec_t now, Options *ret, char **ret_error);
void options_done(Options *options);

static inline bool options_given(const Options *options, OptionId id)
{
        return options->given & OPTION_BIT(id);
}
