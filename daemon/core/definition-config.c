/* SPDX-License-Identifier: MIT */

/* What becomes of the drafts: services, targets and pools of the config, under their names, and bad where a mistake
 * is theirs. */

#include <errno.h>
#include <string.h>

#include "core/definition-private.h"

static int keep_places(Draft *draft)
{
        draft->service->places = malloc(sizeof(draft->given));
        if (!draft->service->places)
                return -ENOMEM;
        memcpy(draft->service->places, draft->given, sizeof(draft->given));
        return 0;
}

static bool has_errors(const Config *config, const char *owner)
{
        for (size_t i = 0; i < config->diagnostics.n; i++) {
                const Diagnostic *diagnostic = &config->diagnostics.items[i];

                if (diagnostic->severity == SEVERITY_ERROR && diagnostic->service &&
                    strcmp(diagnostic->service, owner) == 0)
                        return true;
        }
        return false;
}

/* Gives the drafts' services and targets to the config. */
int definition_hand_over_units(Definition *definition)
{
        Config *config = definition->config;
        size_t n = definition->units.n;

        config->services = calloc(n ?: 1, sizeof(*config->services));
        if (!config->services)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                Draft *draft = definition->units.items[i];
                int r = 0;

                if (draft->stands_in && !has_errors(config, draft->name))
                        continue;
                r = text_take(&draft->source, &draft->service->source);
                if (r >= 0 && definition->keep_places && draft->section == SECTION_SERVICE)
                        r = keep_places(draft);
                if (r < 0)
                        return r;
                config->services[config->n_services++] = TAKE_PTR(draft->service);
        }
        return 0;
}

int definition_hand_over_pools(Definition *definition)
{
        Config *config = definition->config;
        size_t n = definition->pools.n;

        config->pools = calloc(n ?: 1, sizeof(*config->pools));
        if (!config->pools)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                Draft *draft = definition->pools.items[i];
                int r;

                if (draft->pool->slots == 0)
                        continue;
                r = text_take(&draft->source, &draft->pool->source);
                if (r < 0)
                        return r;
                config->pools[config->n_pools++] = TAKE_PTR(draft->pool);
        }
        return 0;
}

/* Gives a misnamed section's mistakes to `owner`, or to nobody. */
static int give_mistakes(Config *config, const char *misnamed, const char *owner)
{
        for (size_t i = 0; i < config->diagnostics.n; i++) {
                Diagnostic *diagnostic = &config->diagnostics.items[i];

                if (!diagnostic->service || strcmp(diagnostic->service, misnamed) != 0)
                        continue;
                free(diagnostic->service);
                diagnostic->service = owner ? strdup(owner) : NULL;
                if (owner && !diagnostic->service)
                        return -ENOMEM;
        }
        return 0;
}

/* A section whose name is none is seen under the name that was made of it, where nobody else has that. */
int definition_place_misnamed(Definition *definition)
{
        for (size_t i = 0; i < definition->misnamed.n; i++) {
                Draft *draft = definition->misnamed.items[i];
                ssize_t index = draft_list_find(&definition->units, draft->service->name);
                int r = give_mistakes(definition->config, draft->name, index < 0 ? draft->service->name : NULL);

                if (r < 0)
                        return r;
                if (index >= 0)
                        continue;
                free(draft->name);
                draft->name = strdup(draft->service->name);
                if (!draft->name)
                        return -ENOMEM;
                definition->misnamed.items[i] = NULL;
                r = draft_list_insert(&definition->units, draft, -(index + 1));
                if (r < 0)
                        return r;
        }
        return 0;
}

/* The first service whose name isn't less. */
static size_t find_from(const Config *config, const char *name)
{
        size_t low = 0, high = config->n_services;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (strcmp(config->services[middle]->name, name) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

/* An error hurts whom it is of: a service, or all instances of a template, whose names begin as its own does. */
void definition_mark_bad(Config *config)
{
        for (size_t i = 0; i < config->diagnostics.n; i++) {
                const Diagnostic *diagnostic = &config->diagnostics.items[i];

                if (diagnostic->severity != SEVERITY_ERROR || !diagnostic->service)
                        continue;
                for (size_t j = find_from(config, diagnostic->service);
                     j < config->n_services && service_config_is_named(config->services[j], diagnostic->service); j++)
                        config->services[j]->bad = true;
        }
}
