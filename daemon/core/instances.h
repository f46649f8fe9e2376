/* SPDX-License-Identifier: MIT */
#pragma once

/* Whose a mistake is: one that all instances of a template make is the template's, and is told once. */

#include "core/config.h"

/* Looks at the diagnostics from `first` on. What is said of every instance of a template becomes one, of the template
 * (service: `worker@`); what is said of some gets the instance's name before it. The config knows its templates. 0 or
 * -ENOMEM. */
int instances_merge(Config *config, size_t first);
/* Gives all diagnostics from `first` on to `owner`. */
int instances_claim(Config *config, size_t first, const char *owner);
