/* SPDX-License-Identifier: MIT */
#pragma once

/* --help, overall and of a verb, made of the two tables. */

#include "ctl/verbs.h"

void help_print(void);
void help_print_verb(const Verb *verb);
