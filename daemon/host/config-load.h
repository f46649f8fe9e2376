/* SPDX-License-Identifier: MIT */
#pragma once

/* Finds and reads the definition files. */

#include "core/config.h"

typedef struct ConfigLoadOptions {
        bool system;              /* system mode: the folders below /etc and /usr/lib; else the user's */
        char *const *paths;       /* -c: files and folders instead of the search; NULL: none given */
        const char *runtime_root; /* %t */
        bool keep_places;         /* ServiceConfig.places, for config_inspect() */
        const char *root;         /* put before the system's folders; NULL: nothing */
} ConfigLoadOptions;

/* Always makes a config, unless memory is out: what is wrong stands in its diagnostics, and services with errors are
 * `bad`. */
int config_load(const ConfigLoadOptions *options, Config **ret);
