/* SPDX-License-Identifier: MIT */
#pragma once

/* The lines of an INI file, whole and numbered: what inih makes of short stand-ins for them. */

#include "core/definition.h"

/* A longer line, continuation included, is a mistake. */
#define INI_LINE_MAX ((size_t) 1024 * 1024)

typedef struct IniHandler {
        /* A section's header, or anything else that is no comment. The text lives as long as the call. */
        int (*on_header)(void *userdata, const DefinitionLine *line);
        int (*on_line)(void *userdata, const DefinitionLine *line);
        /* A line that can't be given as text: why. `header`: it begins a section. */
        int (*on_bad_line)(void *userdata, unsigned number, bool header, const char *why);
        void *userdata;
} IniHandler;

/* Reads `size` bytes. 0, or what a function of the handler returned that was less (and ended the reading). */
int ini_read(const char *contents, size_t size, const IniHandler *handler);
