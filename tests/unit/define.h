/* SPDX-License-Identifier: MIT */
#pragma once

/* Reads definitions out of a string, through the core alone: one file, or several behind lines `--- NAME` (a name
 * like `web.ini.d/x.ini` is a drop-in's). */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/strv.h"
#include "common/text.h"
#include "core/definition.h"

static inline void define_begin(Definition *definition, const char *path)
{
        const char *d = strstr(path, ".ini.d/");
        char *name = d ? strndup(path, d - path + 4) : strdup(path);

        assert(definition_begin_file(
                       definition,
                       &(DefinitionFile){.path = path, .folder = "/conf", .name = name, .drop_in = d != NULL}) >= 0);
        free(name);
}

static inline void define_line(Definition *definition, char *line, unsigned number)
{
        DefinitionLine given = {.text = line, .number = number, .source = line, .source_size = strlen(line)};
        int r;

        if (line[0] == '\0' || line[0] == '#')
                return;
        r = line[0] == '[' ? definition_section(definition, &given) : definition_assign(definition, &given);
        assert(r >= 0);
}

static inline Config *define(const char *text)
{
        static const SpecifierValues values = {
                .user_name = "me", .user_id = "1000", .home = "/home/me", .runtime_root = "/run", .tmp = "/tmp"};
        Definition *definition = NULL;
        Config *config = NULL;
        unsigned number = 0;

        assert(definition_new(&values, &definition) >= 0);
        if (strncmp(text, "--- ", 4) != 0)
                define_begin(definition, "x.ini");
        for (const char *p = text; *p;) {
                size_t n = strcspn(p, "\n");
                char *line = strndup(p, n);

                number++;
                if (strncmp(line, "--- ", 4) == 0) {
                        define_begin(definition, line + 4);
                        number = 0;
                } else {
                        define_line(definition, line, number);
                }
                free(line);
                p += n + (p[n] == '\n');
        }
        assert(definition_finish(definition, &config) >= 0);
        definition_free(definition);
        return config;
}

/* All diagnostics, a line each; for the caller to free. */
static inline char *told(const Config *config)
{
        Text text = TEXT_NULL;
        char *all;

        for (size_t i = 0; i < config->diagnostics.n; i++) {
                char *line = diagnostic_format(&config->diagnostics.items[i]);

                text_add_string(&text, i > 0 ? "\n" : "");
                text_add_string(&text, line);
                free(line);
        }
        assert(text_take(&text, &all) >= 0);
        return all;
}

/* The service of this name, which has to be there. */
static inline const ServiceConfig *defined(const Config *config, const char *name)
{
        const ServiceConfig *service = config_find(config, name);

        assert(service);
        return service;
}
