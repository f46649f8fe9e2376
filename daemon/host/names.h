/* SPDX-License-Identifier: MIT */
#pragma once

/* Users and groups, resolved by a helper process, as a name service may hang: nothing here waits. Numeric ids are
 * known at once. */

#include <sys/types.h>

#include "core/config.h"
#include "host/loop.h"

typedef struct ProcessTable ProcessTable;

typedef struct Identity {
        uid_t uid; /* (uid_t) -1: stays */
        gid_t gid;
        gid_t *groups; /* NULL: they stay; else all further groups, the gid among them */
        size_t n_groups;
        char *user, *home, *shell; /* NULL: unknown (numeric id without an entry) */
} Identity;

typedef enum NamesState {
        NAMES_KNOWN,   /* identity is valid, or NULL where the service runs as the daemon does */
        NAMES_PENDING, /* the name service has not answered */
        NAMES_FAILED,  /* there is no such user or group: `*ret_error` says which */
} NamesState;

typedef struct Names Names;

/* `on_change`: something that was pending isn't any more. */
int names_new(Loop *loop, ProcessTable *processes, const char *helper, void (*on_change)(void *userdata),
              void *userdata, Names **ret);
Names *names_free(Names *names);
DEFINE_CLEANUP(Names *, names_free);
/* Asks for everything that the services of `config` name, and the `n_others` others (may be NULL), which live by
 * another config; what is known already of these stays known until the answer, anybody else is forgotten. */
int names_request(Names *names, const Config *config, const ServiceConfig *const *others, size_t n_others);
bool names_is_pending(const Names *names);
/* `*ret` and `*ret_error` are the names' own, until the next turn. */
NamesState names_lookup(Names *names, const ServiceConfig *config, const Identity **ret, const char **ret_error);
