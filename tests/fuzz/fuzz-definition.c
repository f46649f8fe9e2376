/* SPDX-License-Identifier: MIT */
/* A definition file, from its bytes to what `show` says. Beyond not crashing: a service is bad exactly when an error
 * names it, messages are text, a config doesn't differ from itself, and what `tendctl cat` shows of services without
 * mistakes defines the same services. */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/environment.h"
#include "common/name.h"
#include "common/strv.h"
#include "common/text.h"
#include "core/config-diff.h"
#include "core/definition.h"
#include "core/show.h"
#include "fuzz.h"
#include "host/ini-lines.h"

static int on_header(void *userdata, const DefinitionLine *line)
{
        return definition_has_enough(userdata) ? -ECANCELED : definition_section(userdata, line);
}

static int on_line(void *userdata, const DefinitionLine *line)
{
        return definition_has_enough(userdata) ? -ECANCELED : definition_assign(userdata, line);
}

static int on_bad_line(void *userdata, unsigned number, bool header, const char *why)
{
        if (header)
                definition_skip_section(userdata);
        definition_complain(userdata, number, "%s", why);
        return 0;
}

static Config *read_config(const char *bytes, size_t size)
{
        static const SpecifierValues values = {
                .user_name = "me", .user_id = "1", .home = "/", .runtime_root = "/run"};
        _cleanup_(definition_freep) Definition *definition = NULL;
        Config *config = NULL;

        assert(definition_new(&values, &definition) >= 0);
        assert(definition_begin_file(definition,
                                     &(DefinitionFile){.path = "x.ini", .folder = "/conf", .name = "x.ini"}) >= 0);
        (void) ini_read(bytes, size,
                        &(IniHandler){.on_header = on_header,
                                      .on_line = on_line,
                                      .on_bad_line = on_bad_line,
                                      .userdata = definition});
        assert(definition_finish(definition, &config) >= 0);
        return config;
}

static void check_diagnostics(const Config *config)
{
        for (size_t i = 0; i < config->diagnostics.n; i++) {
                _cleanup_free_ char *text = diagnostic_format(&config->diagnostics.items[i]);

                assert(text && utf8_is_valid(text) && !strchr(text, '\n'));
        }
        for (size_t i = 0; i < config->n_services; i++) {
                bool named = false;

                for (size_t j = 0; j < config->diagnostics.n; j++) {
                        const Diagnostic *diagnostic = &config->diagnostics.items[j];

                        named = named || (diagnostic->severity == SEVERITY_ERROR && diagnostic->service &&
                                          service_config_is_named(config->services[i], diagnostic->service));
                }
                assert(config->services[i]->bad == named);
        }
}

static void add_source(Text *text, const char *source)
{
        text_add_string(text, source);
        text_add_char(text, '\n');
}

/* The services of `config` as `tendctl cat` shows them, read again. */
static Config *read_again(const Config *config)
{
        _cleanup_(text_done) Text text = TEXT_NULL;
        _cleanup_free_ char *all = NULL;

        /* An instance repeats its template, which makes it. */
        for (size_t i = 0; i < config->n_services; i++)
                add_source(&text, config->services[i]->template ? "" : config->services[i]->source);
        for (size_t i = 0; i < config->n_templates; i++)
                add_source(&text, config->templates[i]->source);
        for (size_t i = 0; i < config->n_pools; i++)
                add_source(&text, config->pools[i]->source);
        assert(text_take(&text, &all) >= 0);
        return read_config(all, strlen(all));
}

static void check_same(const Config *a, const Config *b)
{
        _cleanup_(config_diff_done) ConfigDiff diff = {0};

        assert(config_diff(a, b, &diff) >= 0);
        assert(diff.n == 0 && diff.n_others == 0);
}

/* What is found by a name is found by it. */
static void check_names(const Config *config)
{
        for (size_t i = 0; i < config->n_services; i++) {
                const ServiceConfig *service = config->services[i];

                assert(config_find(config, service->name) == service);
                assert(!name_problem(service->name) && strlen(service->name) < NAME_MAX_SIZE);
                assert((service->kind == UNIT_TARGET) <= name_is_target(service->name));
                assert(!service->template ||
                       (name_instance(service->name) == service->instance &&
                        strncmp(service->name, service->template, strlen(service->template)) == 0));
        }
        for (size_t i = 0; i < config->n_pools; i++)
                assert(config_find_pool(config, config->pools[i]->name) == config->pools[i] &&
                       config->pools[i]->slots > 0);
        for (size_t i = 0; i < config->n_templates; i++)
                assert(config_find_template(config, config->templates[i]->name) == config->templates[i]);
}

static bool has_own_sections(const Config *config)
{
        for (size_t i = 0; i < config->n_services; i++) {
                const ServiceConfig *service = config->services[i];
                const TemplateConfig *template =
                        service->template ? config_find_template(config, service->template) : NULL;

                if (service->template && (!template || strcmp(service->source, template->source) != 0))
                        return true;
        }
        return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(config_unrefp) Config *config = read_config((const char *) data, size), *again = NULL;

        check_diagnostics(config);
        check_names(config);
        check_same(config, config);
        for (size_t i = 0; i < config->n_services; i++) {
                _cleanup_(strv_freep) char **lines = NULL;

                assert(show_service_lines(config->services[i], &lines) >= 0);
        }
        /* [daemon] and mistakes are not part of what is shown, and an instance's own section only with its
         * template's.
         */
        if (config->diagnostics.n == 0 && !memmem(data, size, "daemon", 6) && !has_own_sections(config)) {
                again = read_again(config);
                check_same(config, again);
        }
        return 0;
}
