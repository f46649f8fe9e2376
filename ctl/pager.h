/* SPDX-License-Identifier: MIT */
#pragma once

/* Long output, on a terminal, goes through a pager: $TENDED_PAGER, $PAGER, else less. */

#include <sys/types.h>

#include "ctl/context.h"

typedef struct Pager {
        pid_t pid; /* 0: there is none */
        int saved; /* stdout as it was */
} Pager;

#define PAGER_NULL ((Pager){.saved = -EBADF})

/* From here on stdout is the pager's, where one is wanted and can be had; all goes on as it was else. */
void pager_open(const Context *context, Pager *ret);
/* Flushes, and waits until the reader has seen enough. */
void pager_close(Pager *pager);
