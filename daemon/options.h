/* SPDX-License-Identifier: MIT */
#pragma once

/* The command line of tended. */

#include "core/config.h"

typedef enum DaemonMode {
        MODE_AUTO, /* root: system, else user */
        MODE_SYSTEM,
        MODE_USER,
} DaemonMode;

typedef enum Action {
        ACTION_RUN,
        ACTION_CHECK,
        ACTION_HELP,
        ACTION_VERSION,
        ACTION_TEST, /* tended run: the test environment */
} Action;

typedef struct Options {
        Action action;
        DaemonMode mode;
        char **config_paths; /* as they were given; NULL: none */
        char *socket;        /* NULL: not given */
        bool log_target_given;
        LogTarget log_target;
        char *log_directory;    /* of file:DIR */
        char **trial_arguments; /* weak: of ACTION_TEST, what stands behind `run` */
} Options;

#define OPTIONS_NULL ((Options){.action = ACTION_RUN})

/* -EINVAL: `*ret_error` is a sentence, the caller's to free. */
int options_parse(Options *options, int argc, char **argv, char **ret_error);
void options_done(Options *options);

/* What --help prints. */
const char *options_help(void);
