/* SPDX-License-Identifier: MIT */
#pragma once

/* The parts that the table of directives is put together from. */

#include "core/kinds.h"

#define SERVICE_ROW(name_, property_, kind_, member, takes_, ...)                                       \
        {                                                                                               \
                .name = (name_), .property = (property_), .kind = &(kind_), .section = SECTION_SERVICE, \
                .takes = (takes_), .offset = offsetof(ServiceConfig, member), __VA_ARGS__               \
        }
#define DAEMON_ROW(name_, property_, kind_, member, ...)                                               \
        {                                                                                              \
                .name = (name_), .property = (property_), .kind = &(kind_), .section = SECTION_DAEMON, \
                .group = GROUP_DAEMON, .offset = offsetof(DaemonConfig, member), __VA_ARGS__           \
        }

/* directives-service.c */
extern const Directive service_directives[];
extern const size_t n_service_directives;
/* directives-daemon.c */
extern const Directive daemon_directives[];
extern const size_t n_daemon_directives;
