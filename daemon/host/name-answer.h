/* SPDX-License-Identifier: MIT */
#pragma once

/* One line of what the helper answers about a user or a group (daemon/helper/names.c tells the format). */

#include <sys/types.h>

#include "common/macro.h"

typedef enum NameKind {
        NAME_USER,
        NAME_GROUP,
} NameKind;

typedef enum NameState {
        NAME_PENDING,
        NAME_KNOWN,
        NAME_NONE,  /* there is no such entry */
        NAME_ERROR, /* the name service failed: see error */
} NameState;

typedef struct NameAnswer {
        NameState state;
        int error; /* positive errno */
        uid_t uid;
        gid_t gid;
        char *login, *home, *shell; /* NULL: none, or one that is of no use */
        gid_t *groups;
        size_t n_groups;
} NameAnswer;

void name_answer_done(NameAnswer *answer);
/* Takes the line (without its newline) apart; `*ret_name` points into it. -EBADMSG: it is none. */
int name_answer_parse(char *line, NameKind *ret_kind, const char **ret_name, NameAnswer *ret);
/* A number that can be an id (all ones means "no change" to the kernel, and is none). */
bool id_parse(const char *s, uint32_t *ret);
