/* SPDX-License-Identifier: MIT */
#pragma once

/* The environment of a service's commands, as far as the daemon knows it: the values of an EnvironmentFile are the
 * executor's to read, and go between the two. */

#include "engine/service-private.h"

/* What the definition's EnvironmentFile and the definition itself may override. `*ret` is the caller's. */
int run_environment(const Service *service, char ***ret);
/* What nobody may override: MAINPID, SERVICE_RESULT, …, by the kind of command. */
int run_environment_late(const Service *service, CommandKind kind, bool is_main, char ***ret);
/* Whether a command of this kind is to report to the service's watchdog, and so to learn $WATCHDOG_PID. */
bool run_has_watchdog(const Service *service, CommandKind kind);
/* What a service learns of `trigger`, by whose OnFailure or OnSuccess it is started: MONITOR_…. */
int run_environment_monitor(const Service *trigger, char ***ret);
