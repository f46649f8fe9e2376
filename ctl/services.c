/* SPDX-License-Identifier: MIT */

/* From names to services. One call of List serves them all; only when that is refused, each name is asked for on its
 * own to learn which one is the stranger. */

#include "ctl/services.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "common/name.h"
#include "common/protocol.h"
#include "common/strv.h"
#include "ctl/property.h"

bool services_is_glob(const char *name)
{
        return strpbrk(name, "*?[");
}

int services_new_query(Context *context, char *const *names, char *const *properties, sd_bus_message **ret)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r;

        r = client_new_call(context->client, "List", &call);
        if (r < 0)
                return r;
        r = sd_bus_message_append_strv(call, (char **) names);
        if (r < 0)
                return r;
        r = sd_bus_message_append_strv(call, (char **) properties);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(call);
        return 0;
}

int services_query(Context *context, char *const *names, char *const *properties, JsonValue **ret,
                   sd_bus_error *ret_error)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
        int r;

        r = services_new_query(context, names, properties, &call);
        if (r < 0)
                return r;
        r = client_call(context->client, call, &reply, ret_error);
        if (r < 0)
                return r;
        return property_read_rows(reply, ret);
}

/* The names that stand for something; says which don't. */
static int known_names(Context *context, char *const *names, char ***ret, int *ret_status)
{
        static const char *const id_only[] = {"Id", NULL};
        _cleanup_(strv_freep) char **known = NULL;
        int status = STATUS_DONE, r;

        STRV_FOREACH (name, names) {
                _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
                _cleanup_json_ JsonValue *rows = NULL;
                const char *const one[] = {*name, NULL};

                r = services_query(context, (char *const *) one, (char *const *) id_only, &rows, &error);
                if (r >= 0)
                        r = strv_extend(&known, *name);
                if (r < 0)
                        status = status_worse(status, context_fail(context, &error, r));
        }
        *ret = TAKE_PTR(known);
        *ret_status = status;
        return 0;
}

int services_call(Context *context, char *const *names, services_call_fn call, void *userdata)
{
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL, again = SD_BUS_ERROR_NULL;
        _cleanup_(strv_freep) char **known = NULL;
        int status, r;

        r = call(context, names, userdata, &error);
        if (r >= 0)
                return STATUS_DONE;
        if (strv_length(names) < 2 || !sd_bus_error_has_name(&error, TENDED_ERROR_NO_SUCH_SERVICE))
                return context_fail(context, &error, r);

        r = known_names(context, names, &known, &status);
        if (r < 0)
                return context_fail(context, NULL, r);
        /* No name at all would mean every service. */
        if (!known)
                return status;
        r = call(context, known, userdata, &again);
        return r < 0 ? status_worse(status, context_fail(context, &again, r)) : status;
}

bool services_stands_for(const char *name, const char *service)
{
        char stem[NAME_MAX_SIZE + 1];
        size_t n = name_stem_length(name);

        if (n >= sizeof(stem))
                return false;
        memcpy(stem, name, n);
        stem[n] = '\0';
        if (services_is_glob(stem))
                return fnmatch(stem, service, 0) == 0;
        if (strcmp(stem, service) == 0)
                return true;
        if (n > 0 && stem[n - 1] == '@')
                n--;
        return strncmp(stem, service, n) == 0 && service[n] == '@';
}

/* Patterns and templates are allowed to stand for nothing, but the person who typed one should know. */
void services_note_patterns(const Context *context, char *const *names, JsonValue *rows)
{
        /* Who asked for single properties may not have asked whose they are. */
        if (json_object_array_length(rows) > 0 && !*row_string(json_object_array_get_idx(rows, 0), "Id"))
                return;
        STRV_FOREACH (name, names) {
                bool found = false;

                if (name_is_target(*name))
                        continue;
                for (size_t i = 0; i < json_object_array_length(rows) && !found; i++)
                        found = services_stands_for(*name, row_string(json_object_array_get_idx(rows, i), "Id"));
                if (!found)
                        context_note(context,
                                     services_is_glob(*name) ? "tendctl: no service matches %s"
                                                             : "tendctl: %s has no instances",
                                     *name);
        }
}

typedef struct Listing {
        char *const *properties;
        JsonValue *rows;
} Listing;

static int list_once(Context *context, char *const *names, void *userdata, sd_bus_error *ret_error)
{
        Listing *listing = userdata;

        return services_query(context, names, listing->properties, &listing->rows, ret_error);
}

int services_list(Context *context, char *const *names, char *const *properties, JsonValue **ret)
{
        Listing listing = {.properties = properties};
        int status;

        status = services_call(context, names, list_once, &listing);
        if (listing.rows)
                services_note_patterns(context, names, listing.rows);
        *ret = listing.rows;
        return status;
}
