/* SPDX-License-Identifier: MIT */

/* The table of directives as a whole: its rows by place and by name, and what follows from all of them together: an
 * object with every field at its default, and an object whose fields are freed. */

#include "core/directives.h"

#include <errno.h>
#include <string.h>

#include "common/strv.h"
#include "core/directives-private.h"

const Directive *directives(DirectiveSection section, size_t *ret_n)
{
        switch (section) {
        case SECTION_SERVICE:
                *ret_n = n_service_directives;
                return service_directives;
        case SECTION_DAEMON:
                *ret_n = n_daemon_directives;
                return daemon_directives;
        case SECTION_TARGET:
                *ret_n = n_target_directives;
                return target_directives;
        case SECTION_TEMPLATE:
                *ret_n = n_template_directives;
                return template_directives;
        case SECTION_POOL:
                *ret_n = n_pool_directives;
                return pool_directives;
        case _DIRECTIVE_SECTION_N:
                break;
        }
        *ret_n = 0;
        return NULL;
}

const Directive *directive_find(DirectiveSection section, const char *name)
{
        size_t n;
        const Directive *rows = directives(section, &n);

        for (size_t i = 0; i < n; i++)
                if (rows[i].name && strcmp(rows[i].name, name) == 0)
                        return &rows[i];
        return NULL;
}

const Directive *directive_find_property(DirectiveSection section, const char *property)
{
        size_t n;
        const Directive *rows = directives(section, &n);

        for (size_t i = 0; i < n; i++)
                if (rows[i].property && strcmp(rows[i].property, property) == 0)
                        return &rows[i];
        return NULL;
}

const char *directive_section_name(DirectiveSection section)
{
        static const char *const names[_DIRECTIVE_SECTION_N] = {
                [SECTION_SERVICE] = "service",  [SECTION_DAEMON] = "daemon", [SECTION_TARGET] = "target",
                [SECTION_TEMPLATE] = "service", [SECTION_POOL] = "pool",
        };

        assert(section < _DIRECTIVE_SECTION_N);
        return names[section];
}

const char *directive_section_header(DirectiveSection section)
{
        static const char *const headers[_DIRECTIVE_SECTION_N] = {
                [SECTION_SERVICE] = "[service NAME]", [SECTION_DAEMON] = "[daemon]",
                [SECTION_TARGET] = "[target NAME]",   [SECTION_TEMPLATE] = "[service NAME@]",
                [SECTION_POOL] = "[pool NAME]",
        };

        assert(section < _DIRECTIVE_SECTION_N);
        return headers[section];
}

const char *directive_group_title(DirectiveGroup group)
{
        static const char *const titles[_DIRECTIVE_GROUP_N] = {
                [GROUP_WHAT] = "What runs",          [GROUP_ORDER] = "Order and dependencies",
                [GROUP_RESTART] = "Restarts",        [GROUP_STOP] = "Stop, timeouts and reload",
                [GROUP_READY] = "Readiness",         [GROUP_HEALTH] = "Health",
                [GROUP_RUN_AS] = "What it runs as",  [GROUP_ENVIRONMENT] = "Environment",
                [GROUP_STREAMS] = "Streams and log", [GROUP_PORTS] = "Ports",
                [GROUP_DAEMON] = "The daemon",
        };

        assert(group < _DIRECTIVE_GROUP_N);
        return titles[group];
}

/* The defaults go through the same parsers as everything else, so that the manual can't say another one. */
static int set_initial(const Directive *directive, void *base)
{
        Diagnostics diagnostics = {};
        int r;

        if (!directive->initial)
                return 0;
        r = directive->kind->parse(&(Assignment){
                .directive = directive,
                .value = directive->initial,
                .base = base,
                .diagnostics = &diagnostics,
        });
        assert(r >= 0 || r == -ENOMEM);
        diagnostics_done(&diagnostics);
        return r;
}

static int init_all(DirectiveSection section, void *base)
{
        size_t n;
        const Directive *rows = directives(section, &n);

        for (size_t i = 0; i < n; i++) {
                int r = set_initial(&rows[i], base);

                if (r < 0)
                        return r;
        }
        return 0;
}

static void done_all(DirectiveSection section, void *base)
{
        size_t n;
        const Directive *rows = directives(section, &n);

        for (size_t i = 0; i < n; i++)
                if (rows[i].name && rows[i].kind->done)
                        rows[i].kind->done(&rows[i], base);
}

int service_config_init(ServiceConfig *config)
{
        return init_all(SECTION_SERVICE, config);
}

int target_config_init(ServiceConfig *config)
{
        int r = init_all(SECTION_SERVICE, config);

        if (r < 0)
                return r;
        config->kind = UNIT_TARGET;
        /* To order, a target is a command that has nothing to do, and stays done. */
        config->type = SERVICE_ONESHOT;
        config->remain_after_exit = true;
        return init_all(SECTION_TARGET, config);
}

int daemon_config_init(DaemonConfig *config)
{
        return init_all(SECTION_DAEMON, config);
}

Where service_config_place(const ServiceConfig *config, const char *directive)
{
        size_t n, i = directive_find(SECTION_SERVICE, directive) - directives(SECTION_SERVICE, &n);

        return config->places && config->places[i].line > 0 ? config->places[i] : config->where;
}

void service_config_done(ServiceConfig *config)
{
        done_all(SECTION_SERVICE, config);
        free(config->name);
        free(config->template);
        free(config->source);
        free(config->folder);
        strv_free(config->sources);
        free(config->places);
        *config = (ServiceConfig){};
}

void daemon_config_done(DaemonConfig *config)
{
        done_all(SECTION_DAEMON, config);
        *config = (DaemonConfig){};
}
