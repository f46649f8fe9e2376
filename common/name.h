/* SPDX-License-Identifier: MIT */
#pragma once

/* Names of services, templates, instances and targets: `web`, `worker@`, `worker@2`, `web.target`. */

#include "common/macro.h"

/* Of the part before '@' and of the part behind it, each. */
#define NAME_PART_MAX 100
/* A whole name with its '@' and terminator. */
#define NAME_MAX_SIZE (2 * NAME_PART_MAX + 2)

typedef enum NameKind {
        NAME_PLAIN,    /* web */
        NAME_TEMPLATE, /* web@ */
        NAME_INSTANCE, /* web@2 */
} NameKind;

/* A NameKind, or -EINVAL where `s` (which has no suffix any more) is no name. */
int name_classify(const char *s);
/* Is it a plain name? (Of targets, pools, instances without their '@', too.) */
bool name_is_plain(const char *s);
/* What is wrong with it, as the end of a sentence ("is longer than 100 bytes"); NULL where nothing is. */
const char *name_problem(const char *s);

/* The length of `s` without one suffix `.service`. */
size_t name_stem_length(const char *s);
/* A copy without that suffix; -EINVAL where what is left is no name. The caller frees it. */
int name_normalize(const char *s, char **ret);
/* Does it end in `.target`, and so can't be a service's? */
bool name_is_target(const char *s);
/* A name that is none, made into one: plain, or a target's. The caller frees it; NULL when out of memory. */
char *name_tame(const char *s, bool target);
/* What follows the '@', or NULL: of `web@2` it is `2`, of `web@` it is "". */
const char *name_instance(const char *s);
