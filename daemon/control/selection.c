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

/* The first service whose name isn't less than the `n` bytes at `name`, with `next` behind them. */
static size_t find_place(Manager *manager, const char *name, size_t n, char next)
{
        size_t low = 0, high = manager_n_services(manager);

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                const char *other = service_name(manager_service(manager, middle));

                if ((strncmp(other, name, n) ?: (unsigned char) other[n] - (unsigned char) next) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

/* Does its name begin with the `n` bytes at `name`, and go on with `next` (0: end there)? */
static bool begins_so(Manager *manager, size_t index, const char *name, size_t n, char next)
{
        const char *other;

        if (index >= manager_n_services(manager))
                return false;
        other = service_name(manager_service(manager, index));
        return strncmp(other, name, n) == 0 && other[n] == next;
}

/* The length of the stem of what stands for all instances of a template, `worker` or `worker@`. 0: it is neither. */
static size_t template_length(const char *name)
{
        size_t n = name_stem_length(name), at = strcspn(name, "@");

        return at >= n ? n : at + 1 == n ? at : 0;
}

/* NULL where it has none. */
static const TemplateConfig *find_template(Manager *manager, const char *name)
{
        size_t n = template_length(name);
        char stem[REQUEST_NAME_SIZE_MAX + 1];

        if (n == 0)
                return NULL;
        memcpy(stem, name, n);
        stem[n] = '\0';
        return config_find_template(manager_config(manager), stem);
}

static const PoolConfig *find_pool(Manager *manager, const char *name)
{
        static const char suffix[] = ".pool";
        size_t n = strlen(name), n_suffix = strlen(suffix);
        char stem[REQUEST_NAME_SIZE_MAX + 1];

        if (n <= n_suffix || strcmp(name + n - n_suffix, suffix) != 0)
                return NULL;
        memcpy(stem, name, n - n_suffix);
        stem[n - n_suffix] = '\0';
        return config_find_pool(manager_config(manager), stem);
}

static int no_such_service(Manager *manager, const char *name, sd_bus_error *error)
{
        _cleanup_free_ char *stem = strndup(name, name_stem_length(name));
        const char *kind = name_is_target(name) ? "target" : "service";
        size_t n = template_length(name), first = find_place(manager, name, n, '@');
        const Config *config = manager_config(manager);
        Suggestion suggestion = SUGGESTION(stem);

        if (!stem)
                return -ENOMEM;
        if (n > 0 && begins_so(manager, first, name, n, '@'))
                return control_error(error, TENDED_ERROR_NO_SUCH_SERVICE,
                                     "%s stands for several services; name one of them, such as %s", stem,
                                     service_name(manager_service(manager, first)));

        for (size_t i = 0; i < manager_n_services(manager); i++)
                suggestion_consider(&suggestion, service_name(manager_service(manager, i)));
        for (size_t i = 0; i < config->n_templates; i++)
                suggestion_consider(&suggestion, config->templates[i]->name);
        if (suggestion.best)
                return control_error(error, TENDED_ERROR_NO_SUCH_SERVICE, "No %s %s; did you mean %s?", kind, stem,
                                     suggestion.best);
        return control_error(error, TENDED_ERROR_NO_SUCH_SERVICE, "No %s %s", kind, stem);
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

int selection_source(Manager *manager, const char *name, const char **ret, sd_bus_error *error)
{
        const TemplateConfig *template;
        const PoolConfig *pool;
        Service *service;
        int r;

        if (strlen(name) > REQUEST_NAME_SIZE_MAX)
                return selection_one(manager, name, &service, error);
        template = manager_find(manager, name) ? NULL : find_template(manager, name);
        pool = template ? NULL : find_pool(manager, name);
        if (template || pool) {
                *ret = template ? template->source : pool->source;
                return 0;
        }
        r = selection_one(manager, name, &service, error);
        if (r < 0)
                return r;
        *ret = service_config(service)->source;
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

/* The service of this name, or all instances of a template. `chosen`: by the services' places. */
static int choose_named(Manager *manager, const char *name, bool *chosen, sd_bus_error *error)
{
        size_t length = name_stem_length(name), at = find_place(manager, name, length, '\0');
        size_t n = template_length(name);
        bool any = false;

        if (begins_so(manager, at, name, length, '\0')) {
                chosen[at] = true;
                return 0;
        }
        if (n > 0)
                for (size_t i = find_place(manager, name, n, '@'); begins_so(manager, i, name, n, '@'); i++)
                        chosen[i] = any = true;
        /* One without instances is right, as a pattern without a match is. */
        if (any || find_template(manager, name))
                return 0;
        return no_such_service(manager, name, error);
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

static int choose(Manager *manager, char *const *names, bool *chosen, sd_bus_error *error)
{
        bool patterns = false;
        int r;

        STRV_FOREACH (name, names) {
                if (glob_is_pattern(*name)) {
                        patterns = true;
                        continue;
                }
                r = choose_named(manager, *name, chosen, error);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; patterns && i < manager_n_services(manager); i++)
                chosen[i] = chosen[i] || matches_any(names, service_name(manager_service(manager, i)));
        return 0;
}

int selection_init(Selection *selection, Manager *manager, char *const *names, bool all_if_none, sd_bus_error *error)
{
        _cleanup_(selection_done) Selection new = SELECTION_NULL;
        size_t n_services = manager_n_services(manager);
        _cleanup_free_ bool *chosen = NULL;
        int r;

        r = check_limits(names, error);
        if (r < 0)
                return r;

        new.items = calloc(MAX(n_services, 1u), sizeof(Service *));
        chosen = calloc(MAX(n_services, 1u), sizeof(bool));
        if (!new.items || !chosen)
                return -ENOMEM;
        if (strv_length(names) == 0)
                memset(chosen, all_if_none, n_services * sizeof(bool));
        r = choose(manager, names, chosen, error);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n_services; i++)
                if (chosen[i])
                        new.items[new.n++] = manager_service(manager, i);

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
