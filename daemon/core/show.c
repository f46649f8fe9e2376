/* SPDX-License-Identifier: MIT */

/* From a definition to its properties. The table names them and their kinds show them: nothing here knows any single
 * one. */

#include "core/show.h"

#include <errno.h>

#include "common/strv.h"

static int show(DirectiveSection section, const void *base, const char *property, Value *ret)
{
        const Directive *directive = directive_find_property(section, property);

        return directive ? directive->kind->show(directive, base, ret) : -ENOENT;
}

static DirectiveSection section_of(const ServiceConfig *config)
{
        return config->kind == UNIT_TARGET ? SECTION_TARGET : SECTION_SERVICE;
}

int show_service(const ServiceConfig *config, const char *property, Value *ret)
{
        return show(section_of(config), config, property, ret);
}

int show_daemon(const DaemonConfig *config, const char *property, Value *ret)
{
        return show(SECTION_DAEMON, config, property, ret);
}

static int show_line(const Directive *directive, const void *base, char ***lines)
{
        _cleanup_(value_done) Value value = VALUE_NULL;
        _cleanup_free_ char *text = NULL;
        int r = directive->kind->show(directive, base, &value);

        if (r < 0)
                return r;
        r = value_format(&value, &text);
        if (r < 0)
                return r;
        return strv_extendf(lines, "%s=%s", directive->property, text);
}

int show_service_lines(const ServiceConfig *config, char ***ret)
{
        _cleanup_(strv_freep) char **lines = NULL;

        size_t n;
        const Directive *rows = directives(section_of(config), &n);

        for (size_t i = 0; i < n; i++) {
                int r = rows[i].property ? show_line(&rows[i], config, &lines) : 0;

                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(lines);
        return 0;
}
