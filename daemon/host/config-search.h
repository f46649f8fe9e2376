/* SPDX-License-Identifier: MIT */
#pragma once

/* Which files define the services, in the order in which they are read. */

#include "host/config-load.h"

typedef struct ConfigSource {
        char *path;   /* as messages name it */
        char *folder; /* absolute */
        char *name;   /* within its folder; of a drop-in: of the file that it adds to */
        char *own_name;
        bool drop_in;
        bool hides; /* a namesake in a folder of less weight is not read for its sake */
        int error;  /* positive errno: `path` is a folder that could not be looked into */
} ConfigSource;

typedef struct ConfigSources {
        ConfigSource *items;
        size_t n;
} ConfigSources;

/* What can't be looked into stands among the sources with its `error`. -ENOMEM. */
int config_search(const ConfigLoadOptions *options, ConfigSources *ret);
void config_sources_done(ConfigSources *sources);
