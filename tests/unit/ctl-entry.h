/* SPDX-License-Identifier: MIT */
#pragma once

/* Entries for the tests of tendctl, made of `NAME=value` strings that outlive them. */

#include <assert.h>
#include <string.h>

#include "ctl/entry.h"

static inline void make_entry(Entry *entry, usec_t realtime, const char *const *assignments)
{
        entry_clear(entry);
        entry->realtime = realtime;
        for (; *assignments; assignments++) {
                const char *equals = strchr(*assignments, '=');

                assert(equals);
                assert(entry_add(entry, (EntryField){.name = *assignments,
                                                     .name_size = (size_t) (equals - *assignments),
                                                     .value = equals + 1,
                                                     .size = strlen(equals + 1)}) >= 0);
        }
}

#define ENTRY(entry, realtime, ...) make_entry(entry, realtime, (const char *const[]){__VA_ARGS__, NULL})
