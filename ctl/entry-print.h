/* SPDX-License-Identifier: MIT */
#pragma once

/* Entries as text, in the formats of journalctl's -o (without a host's name: there is only this one). */

#include <stdio.h>

#include "ctl/entry.h"
#include "ctl/style.h"

typedef enum EntryFormat {
        FORMAT_SHORT,
        FORMAT_SHORT_ISO,
        FORMAT_SHORT_ISO_PRECISE,
        FORMAT_SHORT_PRECISE,
        FORMAT_SHORT_FULL,
        FORMAT_SHORT_UNIX,
        FORMAT_WITH_SERVICE,
        FORMAT_CAT,
        FORMAT_JSON,
        FORMAT_JSON_PRETTY,
        FORMAT_VERBOSE,
        FORMAT_EXPORT,
        _ENTRY_FORMAT_N,
} EntryFormat;

/* Of all formats, ended by NULL. */
const char *const *entry_format_names(void);
/* -EINVAL */
int entry_format_from_string(const char *name);

typedef struct EntryPrinter {
        EntryFormat format;
        Style style;
        bool safe; /* what would do something to a terminal is made harmless, in the formats for people */
} EntryPrinter;

int entry_print(FILE *f, const EntryPrinter *printer, const Entry *entry);
