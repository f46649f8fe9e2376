/* SPDX-License-Identifier: MIT */

/* The life of a snapshot of the definitions: made by a reading (core/definition), shared by reference, freed with its
 * last user. Which fields own memory is known by the table of directives alone. */

#include "core/config.h"

#include <string.h>

#include "common/strv.h"
#include "core/directives.h"

Config *config_ref(Config *config)
{
        assert(config->n_ref > 0);
        config->n_ref++;
        return config;
}

static void pool_config_free(PoolConfig *pool)
{
        free(pool->name);
        free(pool->source);
        free(pool);
}

static void template_config_free(TemplateConfig *template)
{
        free(template->name);
        strv_free(template->instances);
        free(template->source);
        free(template);
}

static Config *config_free(Config *config)
{
        for (size_t i = 0; i < config->n_services; i++) {
                service_config_done(config->services[i]);
                free(config->services[i]);
        }
        free(config->services);
        for (size_t i = 0; i < config->n_pools; i++)
                pool_config_free(config->pools[i]);
        free(config->pools);
        for (size_t i = 0; i < config->n_templates; i++)
                template_config_free(config->templates[i]);
        free(config->templates);
        daemon_config_done(&config->daemon);
        diagnostics_done(&config->diagnostics);
        strv_free(config->files);
        free(config);
        return NULL;
}

Config *config_unref(Config *config)
{
        if (!config)
                return NULL;

        assert(config->n_ref > 0);
        return --config->n_ref > 0 ? NULL : config_free(config);
}

void config_renounce_nothing(Config *config)
{
        assert(config->n_ref == 1);
        for (size_t i = 0; i < config->n_services; i++) {
                ServiceConfig *service = config->services[i];

                if (service->kill_mode == KILL_PROCESS)
                        service->kill_mode = KILL_CONTROL_GROUP;
                service->send_sigkill = true;
        }
}

const ServiceConfig *config_find(const Config *config, const char *name)
{
        size_t low = 0, high = config->n_services;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int r = strcmp(name, config->services[middle]->name);

                if (r == 0)
                        return config->services[middle];
                if (r < 0)
                        high = middle;
                else
                        low = middle + 1;
        }
        return NULL;
}

const PoolConfig *config_find_pool(const Config *config, const char *name)
{
        size_t low = 0, high = config->n_pools;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int r = strcmp(name, config->pools[middle]->name);

                if (r == 0)
                        return config->pools[middle];
                if (r < 0)
                        high = middle;
                else
                        low = middle + 1;
        }
        return NULL;
}

const TemplateConfig *config_find_template(const Config *config, const char *name)
{
        size_t low = 0, high = config->n_templates;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int r = strcmp(name, config->templates[middle]->name);

                if (r == 0)
                        return config->templates[middle];
                if (r < 0)
                        high = middle;
                else
                        low = middle + 1;
        }
        return NULL;
}

bool service_config_is_named(const ServiceConfig *config, const char *name)
{
        size_t n = strlen(name);

        if (strcmp(config->name, name) == 0)
                return true;
        return config->template && n > 0 && name[n - 1] == '@' && strlen(config->template) == n - 1 &&
               strncmp(config->template, name, n - 1) == 0;
}
