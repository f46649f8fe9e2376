/* SPDX-License-Identifier: MIT */
#pragma once

/* The properties that the definition gives, by name: for `show`, the bus and JSON. Which there are, and of which
 * type, says the table of directives, by `property` and `kind->type`. */

#include "core/directives.h"

/* The property's value (of a target: those that its section has): 0, -ENOENT where there is no such property,
 * -ENOMEM. */
int show_service(const ServiceConfig *config, const char *property, Value *ret);
int show_daemon(const DaemonConfig *config, const char *property, Value *ret);

/* All of them in the table's order, as `PROPERTY=VALUE`: what `tendctl show` prints. */
int show_service_lines(const ServiceConfig *config, char ***ret);
