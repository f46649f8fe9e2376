/* SPDX-License-Identifier: MIT */

/* tended --check: the definitions are read as the daemon would read them, and every mistake is told; then
 * it looks whether what they name is there. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon.h"
#include "host/config-inspect.h"
#include "host/config-load.h"
#include "host/ports.h"
#include "places.h"

static int check(const Options *options, const Places *places)
{
        _cleanup_(config_unrefp) Config *config = NULL;
        _cleanup_(ports_freep) Ports *ports = NULL;
        const Diagnostics *diagnostics;
        int r;

        r = ports_new(&ports);
        if (r >= 0)
                r = config_load(&(ConfigLoadOptions){.system = places->system,
                                                     .ports = ports,
                                                     .paths = options->config_paths,
                                                     .runtime_root = places->runtime_root,
                                                     .keep_places = true},
                                &config);
        if (r >= 0)
                r = config_inspect(config,
                                   &(ConfigInspectOptions){.system = places->system, .helper = places->helper});
        if (r < 0) {
                fprintf(stderr, "tended: can't read the definitions: %s\n", strerror(-r));
                return EXIT_FAILURE;
        }

        diagnostics = &config->diagnostics;
        for (size_t i = 0; i < diagnostics->n; i++) {
                _cleanup_free_ char *text = diagnostic_format(&diagnostics->items[i]);

                fprintf(stderr, "%s\n", text ? text : diagnostics->items[i].text);
        }
        return diagnostics->n_errors > 0 || diagnostics->out_of_memory ? EXIT_FAILURE : EXIT_SUCCESS;
}

int daemon_check(const Options *options)
{
        _cleanup_(places_done) Places places = PLACES_NULL;
        _cleanup_free_ char *error = NULL;
        int r;

        r = places_init(&places, options, &error);
        if (r < 0) {
                fprintf(stderr, "tended: %s\n", error ? error : strerror(-r));
                return EXIT_FAILURE;
        }
        return check(options, &places);
}
