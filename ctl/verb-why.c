/* SPDX-License-Identifier: MIT */

/* `tendctl why`: why a service is as it is. Behind it there may be another one, for which it waits or because of
 * which it went down, and behind that the next: they are asked for one after the other, to a bounded depth. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/strv.h"
#include "ctl/entry-print.h"
#include "ctl/pager.h"
#include "ctl/ring.h"
#include "ctl/services.h"
#include "ctl/why-print.h"

#define DEPTH_MAX 8u

/* The one behind it; "" where there is none. */
static const char *behind(JsonValue *row)
{
        const char *waits_for = row_string(row, "WaitsFor");

        return *waits_for ? waits_for : row_string(row, "CausedByService");
}

static bool has_row(JsonValue *rows, const char *name)
{
        for (size_t i = 0; i < json_object_array_length(rows); i++)
                if (strcmp(row_string(json_object_array_get_idx(rows, i), "Id"), name) == 0)
                        return true;
        return false;
}

/* Those behind `row`, the nearest first. One that is gone by now ends the chain. */
static int find_chain(Context *context, JsonValue *row, JsonValue *chain)
{
        for (unsigned depth = 0; depth < DEPTH_MAX && *behind(row); depth++) {
                _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
                const char *const names[] = {behind(row), NULL};
                _cleanup_json_ JsonValue *rows = NULL;
                int r;

                if (has_row(chain, names[0]))
                        return 0;
                r = services_query(context, (char *const *) names, (char *const *) why_properties, &rows, &error);
                if (r < 0 || json_object_array_length(rows) == 0)
                        return r == -ENOMEM ? r : 0;
                row = json_object_get(json_object_array_get_idx(rows, 0));
                if (json_object_array_add(chain, row) < 0) {
                        json_object_put(row);
                        return -ENOMEM;
                }
        }
        return 0;
}

static bool is_target(JsonValue *row)
{
        const char *name = row_string(row, "Id");
        size_t length = strlen(name);

        return length > 7 && strcmp(name + length - 7, ".target") == 0;
}

static int find_members(JsonValue *target, char ***ret)
{
        static const char *const relations[] = {"Requires", "BindsTo", "Wants"};
        _cleanup_(strv_freep) char **names = NULL;

        for (size_t i = 0; i < ELEMENTSOF(relations); i++) {
                JsonValue *array = NULL;

                if (!json_object_object_get_ex(target, relations[i], &array) ||
                    !json_object_is_type(array, json_type_array))
                        continue;
                for (size_t j = 0; j < json_object_array_length(array); j++) {
                        const char *name = json_object_get_string(json_object_array_get_idx(array, j));
                        int r = name && !strv_contains(names, name) ? strv_extend(&names, name) : 0;

                        if (r < 0)
                                return r;
                }
        }
        *ret = TAKE_PTR(names);
        return 0;
}

/* Of a target those members that are not active: they are why it is as it is, or isn't what one may think. */
static int find_missing(Context *context, JsonValue *target, JsonValue *missing)
{
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(strv_freep) char **names = NULL;
        _cleanup_json_ JsonValue *rows = NULL;
        int r;

        r = find_members(target, &names);
        if (r < 0 || !names)
                return r;
        r = services_query(context, names, (char *const *) why_properties, &rows, &error);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        for (size_t i = 0; i < json_object_array_length(rows); i++) {
                JsonValue *row = json_object_array_get_idx(rows, i);

                if (strcmp(row_string(row, "ActiveState"), "active") == 0)
                        continue;
                if (json_object_array_add(missing, json_object_get(row)) < 0) {
                        json_object_put(row);
                        return -ENOMEM;
                }
        }
        return 0;
}

/* What it printed last, as strings; null where that may not be read. */
static int add_lines(Context *context, JsonValue *row)
{
        const Style plain = {.utf8 = true};
        uint64_t lines = options_given(context->options, OPTION_LINES) ? context->options->lines : 10;
        _cleanup_free_ char *text = NULL;
        JsonValue *array;
        size_t size;
        FILE *f = open_memstream(&text, &size);
        int r;

        if (!f)
                return -errno;
        r = lines > 0 ? ring_print_last(context, f, &plain, row_string(row, "Id"), lines, NULL) : 0;
        if (fclose(f) != 0)
                return -ENOMEM;
        if (r < 0)
                return json_add_null(row, "LastLines");

        array = json_object_new_array();
        if (json_add(row, "LastLines", array) < 0)
                return -ENOMEM;
        for (char *line = text, *end; line && (end = strchr(line, '\n')); line = end + 1)
                if (json_object_array_add(array, json_bytes(line, (size_t) (end - line))) < 0)
                        return -ENOMEM;
        return 0;
}

static int tell(Context *context, JsonValue *row)
{
        _cleanup_json_ JsonValue *chain = json_object_new_array(), *missing = json_object_new_array();
        int r;

        if (!chain || !missing)
                return -ENOMEM;
        r = find_chain(context, row, chain);
        if (r >= 0 && is_target(row))
                r = find_missing(context, row, missing);
        if (r < 0 || context->options->quiet)
                return r;
        if (!context->options->json)
                return why_print(context, row, &(WhyContext){.chain = chain, .missing = missing});
        r = json_add(row, "BehindIt", TAKE_PTR(chain));
        if (r >= 0 && is_target(row))
                r = json_add(row, "NotActive", TAKE_PTR(missing));
        return r < 0 ? r : add_lines(context, row);
}

int verb_why(Context *context)
{
        _cleanup_json_ JsonValue *rows = NULL;
        Pager pager;
        int status, r = 0;

        status = context_connect(context);
        if (status != STATUS_DONE)
                return status;
        status = services_list(context, context_names(context), (char *const *) why_properties, &rows);
        if (!rows)
                return status;

        pager_open(context, &pager);
        for (size_t i = 0; r >= 0 && i < json_object_array_length(rows); i++) {
                if (i > 0 && !context->options->json && !context->options->quiet)
                        putchar('\n');
                r = tell(context, json_object_array_get_idx(rows, i));
        }
        if (r >= 0 && context->options->json && !context->options->quiet)
                r = json_print_rows(rows);
        pager_close(&pager);
        return r < 0 ? status_worse(status, context_fail(context, NULL, r)) : status;
}
