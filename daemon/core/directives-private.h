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

#define TARGET_ROW(name_, kind_, member, ...)                                                      \
        {                                                                                          \
                .name = (name_), .property = (name_), .kind = &(kind_), .section = SECTION_TARGET, \
                .takes = TAKES_LIVE, .offset = offsetof(ServiceConfig, member), __VA_ARGS__        \
        }

/* directives-service.c */
extern const Directive service_directives[];
extern const size_t n_service_directives;
/* directives-daemon.c */
extern const Directive daemon_directives[];
extern const size_t n_daemon_directives;
/* directives-target.c */
extern const Directive target_directives[];
extern const size_t n_target_directives;
/* directives-template.c */
extern const Directive template_directives[];
extern const size_t n_template_directives;
extern const Directive pool_directives[];
extern const size_t n_pool_directives;
