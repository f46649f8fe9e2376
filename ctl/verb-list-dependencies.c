/* SPDX-License-Identifier: MIT */

/* `tendctl list-dependencies`: the relations between services as a tree, downward or upward. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/strv.h"
#include "ctl/dependency-tree.h"
#include "ctl/pager.h"
#include "ctl/services.h"

/* The Ids of the services that are named. */
static int find_roots(Context *context, char ***ret, int *ret_status)
{
        static const char *const id_only[] = {"Id", NULL};
        _cleanup_json_ JsonValue *rows = NULL;
        _cleanup_(strv_freep) char **roots = NULL;
        int r;

        *ret_status = services_list(context, context_names(context), (char *const *) id_only, &rows);
        for (size_t i = 0; rows && i < json_object_array_length(rows); i++) {
                r = strv_extend(&roots, row_string(json_object_array_get_idx(rows, i), "Id"));
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(roots);
        return 0;
}

static int print(Context *context, DependencyTree *tree, char *const *roots)
{
        _cleanup_json_ JsonValue *array = NULL;
        _cleanup_free_ char *text = NULL;
        Pager pager;
        int r;

        if (context->options->quiet)
                return 0;
        if (context->options->json) {
                r = dependency_tree_to_json(tree, roots, &array);
                return r < 0 ? r : json_print_rows(array);
        }
        r = dependency_tree_format(tree, roots, &context->out, &text);
        if (r < 0)
                return r;
        pager_open(context, &pager);
        fputs(text, stdout);
        pager_close(&pager);
        return 0;
}

int verb_list_dependencies(Context *context)
{
        static char *const everything[] = {NULL};
        _cleanup_(dependency_tree_freep) DependencyTree *tree = NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(strv_freep) char **roots = NULL;
        bool named = strv_length(context_names(context)) > 0;
        _cleanup_json_ JsonValue *rows = NULL;
        int status, r = 0;

        status = context_connect(context);
        if (status != STATUS_DONE)
                return status;
        if (named) {
                r = find_roots(context, &roots, &status);
                if (r >= 0 && !roots)
                        return status;
        }
        if (r >= 0)
                r = services_query(context, everything, (char *const *) dependency_properties, &rows, &error);
        if (r >= 0)
                r = dependency_tree_new(rows, options_given(context->options, OPTION_REVERSE), &tree);
        if (r >= 0)
                r = print(context, tree, roots);
        return r < 0 ? status_worse(status, context_fail(context, &error, r)) : status;
}
