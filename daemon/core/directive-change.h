/* SPDX-License-Identifier: MIT */
#pragma once

/* What two readings of one definition disagree about, directive by directive, as words for people: and, over several
 * readings, what a run that goes on was begun with and its definition has no more. */

#include "core/config-diff.h"

typedef struct DirectiveChange {
        const char *name;     /* the table's */
        char *before, *after; /* the values, as a definition would say them */
        ChangeTakes takes;
} DirectiveChange;

typedef struct DirectiveChanges {
        DirectiveChange *items; /* in the order of the table */
        size_t n;
} DirectiveChanges;

/* A service's section, and the settings of [daemon] that every service is made with. */
typedef struct DefinedBy {
        const ServiceConfig *service;
        const DaemonConfig *daemon;
} DefinedBy;

/* Every directive that differs. The caller frees it. -ENOMEM. */
int directive_changes_find(const DefinedBy *before, const DefinedBy *after, DirectiveChanges *ret);
/* Of [daemon]. */
int directive_changes_find_daemon(const DaemonConfig *before, const DaemonConfig *after, DirectiveChanges *ret);
void directive_changes_done(DirectiveChanges *changes);
/* Adds a copy. */
int directive_changes_add(DirectiveChanges *changes, const DirectiveChange *change);
int directive_changes_copy(const DirectiveChanges *changes, DirectiveChanges *ret);

/* `pending` is what a run is behind with: its items' `before` is what it was begun with. `more` came on top: what of
 * that takes a restart is pending from here on too, and what is as it was at the run's beginning isn't any more. */
int directive_changes_follow(DirectiveChanges *pending, const DirectiveChanges *more);
/* NULL where it isn't among them. */
const DirectiveChange *directive_changes_get(const DirectiveChanges *changes, const char *name);
