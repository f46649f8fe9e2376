/* SPDX-License-Identifier: MIT */
#pragma once

/* What every verb works with: the command line, the looks, and the daemon once it is needed. */

#include "ctl/client.h"
#include "ctl/failure.h"
#include "ctl/json.h"
#include "ctl/options.h"
#include "ctl/style.h"

struct Context {
        const Options *options; /* weak */
        Style out, err;
        char *socket_path;
        Client *client; /* NULL: not connected */
};

void context_done(Context *context);
/* Finds the socket and connects, once. Says what is wrong and returns the exit status; 0: connected. */
int context_connect(Context *context);
/* The same in silence. */
int context_try_connect(Context *context, sd_bus_error *ret_error);

/* Says what went wrong with a call that returned `r` < 0; returns the exit status. */
int context_fail(const Context *context, const sd_bus_error *error, int r);
/* A remark for people on stderr, not with --quiet or --json. */
void context_note(const Context *context, const char *format, ...) _printf_(2, 3);

/* The names of the command line, ended by NULL; empty where there are none. */
static inline char **context_names(const Context *context)
{
        return context->options->arguments;
}
