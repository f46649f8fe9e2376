/* SPDX-License-Identifier: MIT */
#pragma once

/* Asks the helper program which users and groups there are, and waits for it, but not long: for --check, which has no
 * loop. The daemon's own look-ups are host/names. */

#include "common/strv.h"

typedef enum NameCheckKind {
        NAME_USER,
        NAME_GROUP,
} NameCheckKind;

typedef struct NameCheck {
        char **questions; /* `user<TAB>NAME`, `group<TAB>NAME`, each once */
        char **missing;   /* those that were answered by "none" */
} NameCheck;

void name_check_done(NameCheck *names);
int name_check_add(NameCheck *names, NameCheckKind kind, const char *name);
/* -ETIMEDOUT: some of them have no answer after two seconds; the others have. */
int name_check_run(NameCheck *names, const char *helper);
/* False also for those without an answer. */
bool name_check_is_missing(const NameCheck *names, NameCheckKind kind, const char *name);
