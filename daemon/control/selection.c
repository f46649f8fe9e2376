/* SPDX-License-Identifier: MIT */

/* From what a caller wrote to the services that are meant. The names come from anybody: how many, how long, and how
 * many of them are patterns is bounded before a single one is looked at. */

#include "control/selection.h"

#include <errno.h>
#include <string.h>

#include "common/name.h"
#include "common/protocol.h"
#include "common/strv.h"
#include "common/suggest.h"
#include "control/errors.h"
#include "control/limits.h"
#include "core/glob.h"
#include "engine/service.h"

void selection_done(Selection *selection)
{
        free(selection->items);
        *selection = SELECTION_NULL;
}

static int no_such_service(Manager *manager, const char *name, sd_bus_error *error)
{
        _cleanup_free_ char *stem = strndup(name, name_stem_length(name));
        Suggestion suggestion = SUGGESTION(stem);
        size_t length = strlen(name);

        if (!stem)
                return -ENOMEM;
        if (length > 7 && strcmp(name + length - 7, ".target") == 0)
                return control_error(error, TENDED_ERROR_NOT_SUPPORTED, "%s: targets are not yet built", name);

        for (size_t i = 0; i < manager_n_services(manager); i++)
                suggestion_consider(&suggestion, service_name(manager_service(manager, i)));
        if (suggestion.best)
                return control_error(error, TENDED_ERROR_NO_SUCH_SERVICE, "No service %s; did you mean %s?", stem,
                                     suggestion.best);
        return control_error(error, TENDED_ERROR_NO_SUCH_SERVICE, "No service %s", stem);
}

int selection_one(Manager *manager, const char *name, Service **ret, sd_bus_error *error)
{
        Service *service;

        if (strlen(name) > REQUEST_NAME_SIZE_MAX)
                return control_error(error, SD_BUS_ERROR_LIMITS_EXCEEDED, "A name has at most %d bytes",
                                     REQUEST_NAME_SIZE_MAX);
        service = manager_find(manager, name);
        if (!service)
                return no_such_service(manager, name, error);
        *ret = service;
        return 0;
}

static int check_limits(char *const *names, sd_bus_error *error)
{
        size_t n = 0, n_patterns = 0;

        STRV_FOREACH (name, names) {
                n++;
                n_patterns += glob_is_pattern(*name);
                if (strlen(*name) > REQUEST_NAME_SIZE_MAX)
                        return control_error(error, SD_BUS_ERROR_LIMITS_EXCEEDED, "A name has at most %d bytes",
                                             REQUEST_NAME_SIZE_MAX);
        }
        if (n > REQUEST_NAMES_MAX || n_patterns > REQUEST_PATTERNS_MAX)
                return control_error(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
                                     "At most %d names and %d patterns in one request", REQUEST_NAMES_MAX,
                                     REQUEST_PATTERNS_MAX);
        return 0;
}

static int compare_by_name(const void *a, const void *b)
{
        return strcmp(service_name(*(Service *const *) a), service_name(*(Service *const *) b));
}

/* Exact names first, into an array that has room for all; then they are sorted, and each is kept once. */
static int add_named(Selection *selection, Manager *manager, char *const *names, sd_bus_error *error)
{
        size_t n = 0;
        int r;

        STRV_FOREACH (name, names) {
                if (glob_is_pattern(*name))
                        continue;
                r = selection_one(manager, *name, &selection->items[selection->n], error);
                if (r < 0)
                        return r;
                selection->n++;
        }
        if (selection->n > 0)
                qsort(selection->items, selection->n, sizeof(Service *), compare_by_name);
        for (size_t i = 0; i < selection->n; i++)
                if (n == 0 || selection->items[n - 1] != selection->items[i])
                        selection->items[n++] = selection->items[i];
        selection->n = n;
        return 0;
}

static bool matches_any(char *const *names, const char *service)
{
        STRV_FOREACH (name, names) {
                char pattern[REQUEST_NAME_SIZE_MAX + 1];
                size_t length = name_stem_length(*name);

                if (!glob_is_pattern(*name))
                        continue;
                memcpy(pattern, *name, length);
                pattern[length] = '\0';
                if (glob_match(pattern, service))
                        return true;
        }
        return false;
}

/* All services in their order, of which those are kept that are named or match. */
static void add_matching(Selection *selection, Manager *manager, char *const *names, Service **room)
{
        size_t n = 0, named = 0;

        for (size_t i = 0; i < manager_n_services(manager); i++) {
                Service *service = manager_service(manager, i);

                if (named < selection->n && selection->items[named] == service) {
                        room[n++] = service;
                        named++;
                } else if (matches_any(names, service_name(service))) {
                        room[n++] = service;
                }
        }
        free(selection->items);
        selection->items = room;
        selection->n = n;
}

static void add_all(Selection *selection, Manager *manager)
{
        selection->n = manager_n_services(manager);
        for (size_t i = 0; i < selection->n; i++)
                selection->items[i] = manager_service(manager, i);
}

int selection_init(Selection *selection, Manager *manager, char *const *names, bool all_if_none, sd_bus_error *error)
{
        _cleanup_(selection_done) Selection new = SELECTION_NULL;
        size_t n_names = strv_length(names), n_services = manager_n_services(manager);
        bool patterns = false;
        Service **room;
        int r;

        r = check_limits(names, error);
        if (r < 0)
                return r;

        new.items = calloc(MAX(MAX(n_names, n_services), 1u), sizeof(Service *));
        if (!new.items)
                return -ENOMEM;

        if (n_names == 0 && all_if_none)
                add_all(&new, manager);
        r = n_names > 0 ? add_named(&new, manager, names, error) : 0;
        if (r < 0)
                return r;

        STRV_FOREACH (name, names)
                patterns = patterns || glob_is_pattern(*name);
        if (patterns) {
                room = calloc(MAX(n_services, 1u), sizeof(Service *));
                if (!room)
                        return -ENOMEM;
                add_matching(&new, manager, names, room);
        }

        *selection = new;
        new = SELECTION_NULL;
        return 0;
}

int selection_read_names(sd_bus_message *call, char ***ret, sd_bus_error *error)
{
        _cleanup_(strv_freep) char **names = NULL;
        int r;

        r = sd_bus_message_read_strv(call, &names);
        if (r < 0)
                return r;
        r = check_limits(names, error);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(names);
        return 0;
}

int selection_read(Selection *selection, Manager *manager, sd_bus_message *call, bool all_if_none,
                   sd_bus_error *error)
{
        _cleanup_(strv_freep) char **names = NULL;
        int r;

        r = selection_read_names(call, &names, error);
        if (r < 0)
                return r;
        return selection_init(selection, manager, names, all_if_none, error);
}
