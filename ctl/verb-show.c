/* SPDX-License-Identifier: MIT */

/* `tendctl show`: properties as `systemctl show` prints them, NAME=value; of services, or without names of the
 * daemon. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/strv.h"
#include "ctl/pager.h"
#include "ctl/property.h"
#include "ctl/services.h"

/* What -p names, with lists like `-p Id,MainPID` taken apart. NULL: everything. */
static int wanted_properties(const Options *options, char ***ret)
{
        _cleanup_(strv_freep) char **wanted = NULL;
        int r;

        STRV_FOREACH (item, options->properties) {
                for (const char *p = *item; *p;) {
                        size_t n = strcspn(p, ",");

                        if (n > 0) {
                                char *name = strndup(p, n);

                                if (!name)
                                        return -ENOMEM;
                                r = strv_consume(&wanted, name);
                                if (r < 0)
                                        return r;
                        }
                        p += n + (p[n] == ',');
                }
        }
        *ret = TAKE_PTR(wanted);
        return 0;
}

static int print_property(const Context *context, const char *name, JsonValue *value)
{
        _cleanup_free_ char *text = NULL;
        int r;

        r = property_format(name, value, &text);
        if (r < 0)
                return r;
        /* A value of several lines stands as it is: only its first line has the name before it. */
        printf("%s%s%s\n", context->options->value ? "" : name, context->options->value ? "" : "=", text);
        return 0;
}

/* In the order of -p, or in the daemon's. */
static int print_row(const Context *context, JsonValue *row, char *const *wanted)
{
        int r;

        if (!wanted) {
                json_object_object_foreach(row, name, value)
                {
                        r = print_property(context, name, value);
                        if (r < 0)
                                return r;
                }
                return 0;
        }
        STRV_FOREACH (name, wanted) {
                JsonValue *value = NULL;

                if (!json_object_object_get_ex(row, *name, &value))
                        continue;
                r = print_property(context, *name, value);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int print_rows(Context *context, JsonValue *rows, char *const *wanted)
{
        Pager pager;
        int r = 0;

        if (context->options->quiet)
                return 0;
        if (context->options->json)
                return json_print_rows(rows);

        pager_open(context, &pager);
        for (size_t i = 0; i < json_object_array_length(rows) && r >= 0; i++) {
                if (i > 0)
                        putchar('\n');
                r = print_row(context, json_object_array_get_idx(rows, i), wanted);
        }
        pager_close(&pager);
        return r;
}

/* The manager's properties as the only row; with -p only those. */
static int query_manager(Context *context, char *const *wanted, JsonValue **ret, sd_bus_error *ret_error)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_json_ JsonValue *rows = json_object_new_array(), *row = NULL, *chosen = json_object_new_object();
        int r;

        if (!rows || !chosen)
                return -ENOMEM;
        r = client_manager_properties(context->client, &reply, ret_error);
        if (r < 0)
                return r;
        r = property_read_row(reply, &row);
        if (r < 0)
                return r;

        STRV_FOREACH (name, wanted) {
                JsonValue *value = NULL;

                if (!json_object_object_get_ex(row, *name, &value))
                        continue;
                if (json_object_object_add(chosen, *name, json_object_get(value)) < 0)
                        return -ENOMEM;
        }
        if (json_object_array_add(rows, wanted ? chosen : row) < 0)
                return -ENOMEM;
        if (wanted)
                chosen = NULL;
        else
                row = NULL;
        *ret = TAKE_PTR(rows);
        return 0;
}

int verb_show(Context *context)
{
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(strv_freep) char **wanted = NULL;
        _cleanup_json_ JsonValue *rows = NULL;
        static const char *const everything[] = {"*", NULL};
        int status, r;

        r = wanted_properties(context->options, &wanted);
        if (r < 0)
                return context_fail(context, NULL, r);
        status = context_connect(context);
        if (status != STATUS_DONE)
                return status;

        if (strv_length(context_names(context)) == 0) {
                r = query_manager(context, wanted, &rows, &error);
                if (r < 0)
                        return context_fail(context, &error, r);
        } else {
                status = services_list(context, context_names(context), wanted ? wanted : (char *const *) everything,
                                       &rows);
                if (!rows)
                        return status;
        }

        r = print_rows(context, rows, wanted);
        return r < 0 ? status_worse(status, context_fail(context, NULL, r)) : status;
}
