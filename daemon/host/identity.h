/* SPDX-License-Identifier: MIT */
#pragma once

/* User=, Group= and SupplementaryGroups= of one service, put together from what is known of the names. */

#include "host/name-answer.h"
#include "host/names.h"

/* What is known of a name; NULL: it was never asked for. */
typedef const NameAnswer *(*name_find_fn)(void *userdata, NameKind kind, const char *name);

void identity_done(Identity *identity);
/* NAMES_KNOWN: *ret is the caller's to end by identity_done(). NAMES_FAILED: *ret_error is the caller's to free, NULL
 * where there was no memory. */
NamesState identity_compose(const ServiceConfig *config, name_find_fn find, void *userdata, Identity *ret,
                            char **ret_error);
