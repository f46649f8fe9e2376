/* SPDX-License-Identifier: MIT */
#pragma once

/* Environments: vectors of NAME=VALUE in which each name stands once. */

#include "common/macro.h"

/* More variables than that are refused (-E2BIG): the time that a merge takes is bounded. */
#define ENVIRONMENT_MAX 8192

/* Letters, digits and '_', not starting with a digit. */
bool environment_name_is_valid(const char *name);
/* NAME=VALUE with a valid name and a value of valid UTF-8. */
bool environment_assignment_is_valid(const char *assignment);
bool utf8_is_valid(const char *s);
/* Does `assignment` (NAME=VALUE) set `name` (up to its end, or up to its '=')? */
bool environment_has_name(const char *assignment, const char *name);

/* The value of `name`, or NULL. */
const char *environment_get(char *const *environment, const char *name);
const char *environment_get_n(char *const *environment, const char *name, size_t length);
/* Adds a copy of NAME=VALUE; where NAME is there already, the new value takes its place. */
int environment_set(char ***environment, const char *assignment);
/* Likewise all of `more`. */
int environment_merge(char ***environment, char *const *more);
/* Takes away what UnsetEnvironment= names: NAME whatever its value, NAME=VALUE only with that value. */
void environment_unset(char **environment, char *const *names);
