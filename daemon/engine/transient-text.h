/* SPDX-License-Identifier: MIT */
#pragma once

/* A transient service in the words of a definition. */

#include "engine/transient.h"

/* `gpg-17` for /usr/bin/gpg. */
int transient_make_name(const char *command, unsigned number, char **ret);
/* -EINVAL: `*ret_error` says why it is no name for a service; else the name without its `.service`. */
int transient_check_name(const char *name, char **ret, char **ret_error);
/* Is there a directive among its own that takes names of services? */
bool transient_may_name_others(const TransientRequest *request);
/* The lines of its definition, with that of its pool, as the reading checks it; the caller frees them. */
int transient_lines(const Config *config, const TransientRequest *request, const char *name, char ***ret,
                    char **ret_error);
