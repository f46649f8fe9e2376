/* SPDX-License-Identifier: MIT */
#pragma once

/* Which services a caller means. A name is a service's or a target's, or a template's, which stands for all its
 * instances. */

#include <systemd/sd-bus.h>

#include "engine/manager.h"

typedef struct Selection {
        Service **items; /* weak; by name, each once */
        size_t n;
} Selection;

#define SELECTION_NULL ((Selection){.n = 0})

/* Resolves names and patterns; with `all_if_none` no names mean every service. Sets the error NoSuchService with the
 * nearest name where a name has no service; a pattern without a match selects nothing. */
int selection_init(Selection *selection, Manager *manager, char *const *names, bool all_if_none, sd_bus_error *error);
void selection_done(Selection *selection);
/* Reads an `as` from `call`, and resolves it. */
int selection_read(Selection *selection, Manager *manager, sd_bus_message *call, bool all_if_none,
                   sd_bus_error *error);
/* Reads an `as` within the limits on names. */
int selection_read_names(sd_bus_message *call, char ***ret, sd_bus_error *error);
/* What defines the service or target of this name, or the template (`worker`, `worker@`), or the pool
 * (`build.pool`). */
int selection_source(Manager *manager, const char *name, const char **ret, sd_bus_error *error);
/* The service of this name, which no template's is; sets the error where there is none. */
int selection_one(Manager *manager, const char *name, Service **ret, sd_bus_error *error);
