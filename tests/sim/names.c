/* SPDX-License-Identifier: MIT */

/* The names of the services. Neither alphabetical nor reverse, as the engine keeps its services by name. */

#include "names.h"

#include <string.h>

const char *const sim_names[NAMES_MAX] = {
        "net",  "disk",     "mail",     "db",       "auth",         "cache",          "queue",
        "api",  "worker@1", "worker@2", "worker@3", "jobs",         "backend.target", "web",
        "feed", "proxy",    "front",    "watch",    "front.target", "default.target", "worker@",
};

uint32_t sim_name_index(const char *name)
{
        for (uint32_t i = 0; i < NAMES_MAX && sim_names[i]; i++)
                if (strcmp(sim_names[i], name) == 0)
                        return i;
        return NAME_NONE;
}

bool sim_name_is_target(uint32_t index)
{
        const char *suffix = strchr(sim_names[index], '.');

        return suffix && strcmp(suffix, ".target") == 0;
}

bool sim_name_is_instance(uint32_t index)
{
        const char *at = strchr(sim_names[index], '@');

        return at && at[1];
}

bool sim_name_is_template(uint32_t index)
{
        const char *at = strchr(sim_names[index], '@');

        return at && !at[1];
}
