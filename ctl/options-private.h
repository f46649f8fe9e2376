/* SPDX-License-Identifier: MIT */
#pragma once

/* What reads the command line word by word (options.c) and what knows the options' values (options-value.c) share. */

#include "ctl/options.h"

typedef struct Parser {
        int argc, i; /* the next word */
        char **argv;
        usec_t now;
        Options *options;
        char *error; /* the sentence, once something is wrong */
} Parser;

/* Keeps the sentence; -EINVAL, or -ENOMEM. */
int parser_complain(Parser *p, const char *format, ...) _printf_(2, 3);
/* A point in time, as the value of an option. */
int parser_read_time(Parser *p, OptionId id, const char *value, usec_t *ret);
/* Notes that the option was given; reads its value, where it has one. */
int parser_apply(Parser *p, OptionId id, char *value);
