/* SPDX-License-Identifier: MIT */
#pragma once

/* A string that grows. Running out of memory is remembered and told once, at the end. */

#include <errno.h>

#include "common/macro.h"

typedef struct Text {
        char *bytes;
        size_t n, allocated;
        bool failed;
} Text;

#define TEXT_NULL ((Text){0})

void text_done(Text *text);
void text_add(Text *text, const char *bytes, size_t n);
void text_add_string(Text *text, const char *s);
void text_add_char(Text *text, char c);
/* Gives the string away, terminated, and leaves TEXT_NULL. -ENOMEM where anything failed on the way. */
int text_take(Text *text, char **ret);
