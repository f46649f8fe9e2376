/* SPDX-License-Identifier: MIT */
#pragma once

/* `tended --check` looks at what the definitions name: is there such a program, folder, user? The daemon itself never
 * does: what is there now says nothing about a start later, and looking may hang. */

#include "core/config.h"

typedef struct ConfigInspectOptions {
        bool system;        /* system mode: services don't get our own PATH */
        const char *helper; /* the helper program, which looks names up; NULL: they are not looked up */
} ConfigInspectOptions;

/* Adds what it finds to the diagnostics of `config`, and marks services as bad by it. Waits for the name service for
 * at most two seconds. -ENOMEM. */
int config_inspect(Config *config, const ConfigInspectOptions *options);
