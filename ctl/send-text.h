/* SPDX-License-Identifier: MIT */
#pragma once

/* The words of a command line as one line for a service. */

#include "common/macro.h"

/* `A`, `B` become "A B" and a newline; NULL where there are no words. The caller's. */
int send_text(char *const *words, bool newline, char **ret, size_t *ret_size);
