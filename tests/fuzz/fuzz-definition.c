/* SPDX-License-Identifier: MIT */
/* A definition file, from its bytes to what `show` says. Beyond not crashing: a service is bad exactly when an error
 * names it, messages are text, a config doesn't differ from itself, and what `tendctl cat` shows of services without
 * mistakes defines the same services. */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/environment.h"
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
                                          strcmp(diagnostic->service, config->services[i]->name) == 0);
                }
                assert(config->services[i]->bad == named);
        }
}

/* The services of `config` as `tendctl cat` shows them, read again. */
static Config *read_again(const Config *config)
{
        _cleanup_(text_done) Text text = TEXT_NULL;
        _cleanup_free_ char *all = NULL;

        for (size_t i = 0; i < config->n_services; i++) {
                text_add_string(&text, config->services[i]->source);
                text_add_char(&text, '\n');
        }
        assert(text_take(&text, &all) >= 0);
        return read_config(all, strlen(all));
}

static void check_same(const Config *a, const Config *b)
{
        _cleanup_(config_diff_done) ConfigDiff diff = {0};

        assert(config_diff(a, b, &diff) >= 0);
        for (size_t i = 0; i < diff.n; i++)
                assert(diff.items[i].change == CONFIG_CHANGED && diff.items[i].takes == TAKES_NOTHING);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(config_unrefp) Config *config = read_config((const char *) data, size), *again = NULL;

        check_diagnostics(config);
        check_same(config, config);
        for (size_t i = 0; i < config->n_services; i++) {
                _cleanup_(strv_freep) char **lines = NULL;

                assert(show_service_lines(config->services[i], &lines) >= 0);
        }
        /* [daemon] and mistakes are not part of what is shown. */
        if (config->diagnostics.n == 0 && !memmem(data, size, "daemon", 6)) {
                again = read_again(config);
                check_same(config, again);
        }
        return 0;
}
