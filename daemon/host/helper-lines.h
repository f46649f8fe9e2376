/* SPDX-License-Identifier: MIT */
#pragma once

/* A helper process (daemon/helper) that answers in lines: what might hang is asked there. */

#include "host/loop.h"
#include "host/process.h"

typedef struct HelperLines HelperLines;

typedef struct HelperLinesHandler {
        void (*on_line)(void *userdata, const char *line);
        void (*on_end)(void *userdata); /* no more lines will come */
        void *userdata;
} HelperLinesHandler;

/* Longer lines are cut. */
#define HELPER_LINE_MAX 256

/* Starts argv[0]. The handler is called from the loop alone, and may free the object. */
int helper_lines_new(Loop *loop, ProcessTable *processes, char *const *argv, const HelperLinesHandler *handler,
                     HelperLines **ret);
/* Ends the helper, if it lives. Takes NULL. Returns NULL. */
HelperLines *helper_lines_free(HelperLines *lines);
DEFINE_CLEANUP(HelperLines *, helper_lines_free);
