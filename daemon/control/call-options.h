/* SPDX-License-Identifier: MIT */
#pragma once

/* The dictionary of options that ends most calls. */

#include <errno.h>
#include <systemd/sd-bus.h>

#include "common/macro.h"

typedef enum CallOption {
        OPTION_NO_BLOCK = 1 << 0,
        OPTION_LINES = 1 << 1,
        OPTION_FOLLOW = 1 << 2,
        OPTION_EVENTS = 1 << 3,
        OPTION_NOW = 1 << 4,
        OPTIONS_TALK = 1 << 5, /* those of Attach */
        OPTION_DRY_RUN = 1 << 6,
        OPTION_WAIT = 1 << 7,
        OPTION_HOLD = 1 << 8,
} CallOption;

/* What a client that talks with a service wants; see io.tended.Manager.xml. The strings are the message's, and so are
 * the descriptors. */
typedef struct TalkCallOptions {
        bool input, alone, turn, whole, lossless, wait;
        const char *from, *stream;
        int fds[3];
} TalkCallOptions;

typedef struct CallOptions {
        bool no_block, follow, events, now, dry_run, wait, hold;
        uint64_t lines;
        TalkCallOptions talk;
} CallOptions;

#define CALL_OPTIONS_DEFAULT \
        ((CallOptions){.events = true, .lines = UINT64_MAX, .talk.fds = {-EBADF, -EBADF, -EBADF}})

/* Reads an `a{sv}` from `call`. `known`: of CallOption, those that this call has; others, and values of a wrong type,
 * are errors that name the option. */
int call_options_read(sd_bus_message *call, unsigned known, CallOptions *ret, sd_bus_error *error);
