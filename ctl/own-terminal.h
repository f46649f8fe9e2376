/* SPDX-License-Identifier: MIT */
#pragma once

/* The terminal that tendctl runs on, while it stands for a service's. */

#include <signal.h>
#include <termios.h>

#include "common/macro.h"

#define DETACH_LETTER '\x1d' /* Ctrl-] */

typedef struct OwnTerminal {
        int fd; /* weak; -EBADF: none */
        struct termios saved;
        sigset_t saved_mask;
        bool changed;
        int signal_fd; /* its size changes, or somebody ends us */
} OwnTerminal;

#define OWN_TERMINAL_NULL ((OwnTerminal){.fd = -EBADF, .signal_fd = -EBADF})

/* `raw`: every key goes through as it is. Else lines are edited here, and Ctrl-] ends one, too. */
int own_terminal_open(OwnTerminal *terminal, int fd, bool raw);
/* As it was. */
void own_terminal_done(OwnTerminal *terminal);
/* 1: it has so many rows and columns now; -EINTR: somebody ends us. */
int own_terminal_read_signal(OwnTerminal *terminal);
int own_terminal_size(const OwnTerminal *terminal, unsigned *ret_rows, unsigned *ret_columns);
