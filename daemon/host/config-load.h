/* SPDX-License-Identifier: MIT */
#pragma once

/* Finds and reads the definition files. */

#include "core/config.h"

typedef struct Ports Ports;

typedef struct ConfigLoadOptions {
        bool system;              /* system mode: the folders below /etc and /usr/lib; else the user's */
        char *const *paths;       /* -c: files and folders instead of the search; NULL: none given */
        const char *runtime_root; /* %t */
        bool keep_places;         /* ServiceConfig.places, for config_inspect() */
        char *const *lines;       /* a definition that somebody gives by hand, instead of files; NULL: none */
        const char *lines_folder; /* its %Y */
        const Config *others;     /* see definition_refer_to() */
        Ports *ports;             /* reserves Ports=; NULL: none are known */
        const char *root;         /* put before the system's folders; NULL: nothing */
} ConfigLoadOptions;

/* Always makes a config, unless memory is out: what is wrong stands in its diagnostics, and services with errors are
 * `bad`. */
int config_load(const ConfigLoadOptions *options, Config **ret);
