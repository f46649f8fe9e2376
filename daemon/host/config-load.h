/* SPDX-License-Identifier: MIT */
#pragma once

/* Finds and reads the definition files. */

#include "core/config.h"

typedef struct Ports Ports;

/* A text instead of files: a definition that somebody gives by hand. */
typedef struct ConfigText {
        const char *name; /* as messages name it */
        const char *folder;
        const char *text;
        size_t size;
} ConfigText;

typedef struct ConfigLoadOptions {
        bool system;              /* system mode: the folders below /etc and /usr/lib; else the user's */
        char *const *paths;       /* -c: files and folders instead of the search; NULL: none given */
        const char *runtime_root; /* %t */
        bool keep_places;         /* ServiceConfig.places, for config_inspect() */
        const ConfigText *text;   /* NULL: files are read */
        Ports *ports;             /* reserves Ports=; NULL: none are known */
        const char *root;         /* put before the system's folders; NULL: nothing */
} ConfigLoadOptions;

/* Always makes a config, unless memory is out: what is wrong stands in its diagnostics, and services with errors are
 * `bad`. */
int config_load(const ConfigLoadOptions *options, Config **ret);
