/* SPDX-License-Identifier: MIT */
#pragma once

/* Names on the command line, and the services that they stand for. The daemon resolves globs and refuses a call in
 * which one name stands for nothing; here that is told apart, so that the other names get what was asked for. */

#include "ctl/context.h"

/* Something that is done with names. Returns as client_call(). */
typedef int (*services_call_fn)(Context *context, char *const *names, void *userdata, sd_bus_error *ret_error);

/* Calls once with all names; where one of several is unknown, says so and calls again with the rest. Returns the exit
 * status, having said what went wrong. */
int services_call(Context *context, char *const *names, services_call_fn call, void *userdata);

/* The properties of the services that the names stand for (none: all of them), in rows. Says which names are unknown,
 * and notes patterns without a match. Returns the exit status; *ret is set (NULL: nothing could be learned) even
 * where it isn't 0. `properties` NULL: the common ones. */
int services_list(Context *context, char *const *names, char *const *properties, JsonValue **ret);
/* The same, without a word. Returns as client_call(). */
int services_query(Context *context, char *const *names, char *const *properties, JsonValue **ret,
                   sd_bus_error *ret_error);
/* The call of List, for who sends it himself. */
int services_new_query(Context *context, char *const *names, char *const *properties, sd_bus_message **ret);

/* Does the name stand for this service: its own, with or without a suffix, its template's, or a pattern? */
bool services_stands_for(const char *name, const char *service);
/* Notes each pattern among the names that none of the rows (by their Id) matches, and each template without any. */
void services_note_patterns(const Context *context, char *const *names, JsonValue *rows);
/* Is it a pattern? */
bool services_is_glob(const char *name);
