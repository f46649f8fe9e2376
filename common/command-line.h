/* SPDX-License-Identifier: MIT */
#pragma once

/* The values of Exec*=: systemd.service(5), "Command lines". */

#include "common/macro.h"
#include "common/specifier.h"

/* One command of an Exec*= directive: specifiers are resolved, quotes are gone, variables are still there (their
 * values may stand in an EnvironmentFile, which only the child's side reads). */
typedef struct Command {
        char *path;          /* absolute, or a name to be looked up in the child's $PATH */
        char **argv;         /* argv[0] included ('@': the given one) */
        bool ignore_failure; /* '-' */
        bool no_variables;   /* ':' */
        const char *file;    /* where it stands: the caller's, who notes it; NULL: nowhere */
        unsigned line;
} Command;

typedef struct CommandList {
        Command *items;
        size_t n;
} CommandList;

void command_done(Command *command);
/* Empties it. */
void command_list_done(CommandList *list);

/* Appends the commands of one value. 0: fine. 1: fine, but *ret_message has a warning (an unknown escape was kept as
 * it stands). -EINVAL and others: *ret_message says why (NULL when out of memory), the list is as it was. The message
 * stands behind `KEY: ` and is the caller's to free; it is NULL on 0. An empty value appends nothing (that it resets
 * the list is the caller's to do). */
int command_line_parse(const char *value, const Specifiers *specifiers, CommandList *list, char **ret_message);

/* What all words of one command may be together: more than the kernel takes. */
#define COMMAND_LINE_MAX ((size_t) 8 * 1024 * 1024)

/* Variables: `$NAME` as a word of its own becomes the words of its value, `${NAME}` within a word its value as it
 * stands, `$$` becomes `$`. What is not set is empty; such names are told once each in *ret_unset (may be NULL where
 * nobody asks). -E2BIG: the result would be more than COMMAND_LINE_MAX. */
int command_expand_variables(char *const *argv, char *const *environment, char ***ret, char ***ret_unset);
