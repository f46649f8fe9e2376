/* SPDX-License-Identifier: MIT */

/* With a daemon, names are its to resolve, and it knows where the log goes. Without one the journal has to say which
 * services there were, and the owner of the socket tells whose entries to believe. */

#include "ctl/log-select.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/protocol.h"
#include "common/strv.h"
#include "ctl/property.h"
#include "ctl/services.h"

/* Events stand under the daemon's own name. */
#define EVENT_IDENTIFIER "tended"

void log_selection_done(LogSelection *selection)
{
        strv_free(selection->services);
        strv_free(selection->identifiers);
        sd_bus_error_free(&selection->failure);
        *selection = (LogSelection){0};
}

static int add(char ***strv, const char *s)
{
        return !*s || strv_contains(*strv, s) ? 0 : strv_extend(strv, s);
}

static int add_rows(LogSelection *selection, JsonValue *rows)
{
        int r;

        for (size_t i = 0; i < json_object_array_length(rows); i++) {
                JsonValue *row = json_object_array_get_idx(rows, i);

                r = add(&selection->services, row_string(row, "Id"));
                if (r < 0)
                        return r;
                r = add(&selection->identifiers, row_string(row, "Id"));
                if (r < 0)
                        return r;
                r = add(&selection->identifiers, row_string(row, "SyslogIdentifier"));
                if (r < 0)
                        return r;
        }
        return 0;
}

static int ask_daemon(LogSelection *selection, Context *context)
{
        static const char *const wanted[] = {"Id", "SyslogIdentifier", NULL};
        _cleanup_json_ JsonValue *rows = NULL;
        int status, r;

        selection->uid = client_daemon_uid(context->client);
        status = services_list(context, context_names(context), (char *const *) wanted, &rows);
        if (!rows || (!selection->all && json_object_array_length(rows) == 0)) {
                selection->failed = true;
                return status;
        }
        r = add_rows(selection, rows);
        if (r < 0) {
                selection->failed = true;
                return context_fail(context, NULL, r);
        }
        return status;
}

/* Who would be the daemon: the owner of what it left, else the one that this socket is for. */
static uid_t guess_uid(const Context *context)
{
        struct stat st;

        if (context->socket_path && stat(context->socket_path, &st) >= 0)
                return st.st_uid;
        return context->socket_path && strcmp(context->socket_path, SYSTEM_SOCKET) == 0 ? 0 : geteuid();
}

static bool is_meant(const Context *context, const char *service)
{
        STRV_FOREACH (name, context_names(context))
                if (services_stands_for(*name, service))
                        return true;
        return strv_length(context_names(context)) == 0;
}

static int ask_journal(LogSelection *selection, Context *context)
{
        _cleanup_(journal_ask_freep) JournalAsk *ask = NULL;
        _cleanup_(strv_freep) char **known = NULL;
        int r;

        r = journal_ask_open(selection->uid, &ask);
        if (r < 0)
                return r;
        r = journal_ask_services(ask, &known);
        if (r < 0)
                return r;
        STRV_FOREACH (service, known) {
                if (!is_meant(context, *service))
                        continue;
                r = add(&selection->services, *service);
                if (r < 0)
                        return r;
                r = add(&selection->identifiers, *service);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int go_offline(LogSelection *selection, Context *context, int r)
{
        bool hopeless = context->options->follow;

        selection->uid = guess_uid(context);
        selection->use_journal = true;
        if (!hopeless)
                hopeless = ask_journal(selection, context) < 0 || strv_length(selection->services) == 0;
        if (hopeless) {
                selection->failed = true;
                return context_fail(context, &selection->failure, r);
        }
        context_note(context, "tendctl: from the journal alone: %s",
                     selection->failure.message ? selection->failure.message : strerror(-r));
        return STATUS_DONE;
}

/* Who listens is only known when they have answered something: where the log goes. */
static int find_daemon(LogSelection *selection, Context *context)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_json_ JsonValue *manager = NULL;
        int r;

        r = context_try_connect(context, &selection->failure);
        if (r < 0)
                return r;
        r = client_manager_properties(context->client, &reply, &selection->failure);
        if (r < 0)
                return r;
        r = property_read_row(reply, &manager);
        if (r < 0)
                return r;
        selection->use_journal = strcmp(row_string(manager, "LogTarget"), "journal") == 0;
        return 0;
}

int log_selection_init(LogSelection *selection, Context *context)
{
        int status, r;

        *selection = (LogSelection){.all = strv_length(context_names(context)) == 0};
        r = find_daemon(selection, context);
        if (r < 0)
                return go_offline(selection, context, r);

        selection->online = true;
        status = ask_daemon(selection, context);
        if (!selection->failed && selection->all && selection->use_journal)
                (void) ask_journal(selection, context);
        if (!selection->failed && add(&selection->identifiers, EVENT_IDENTIFIER) < 0) {
                selection->failed = true;
                return context_fail(context, NULL, -ENOMEM);
        }
        return status;
}

JournalQuery log_selection_query(const LogSelection *selection, const Options *options)
{
        bool for_programs = options->json || options->format == FORMAT_JSON ||
                            options->format == FORMAT_JSON_PRETTY || options->format == FORMAT_VERBOSE ||
                            options->format == FORMAT_EXPORT;

        return (JournalQuery){.all = selection->all,
                              .services = selection->services,
                              .identifiers = selection->identifiers,
                              .uid = selection->uid,
                              .this_boot = options->since == 0 && options->until == USEC_INFINITY,
                              .all_fields = for_programs};
}
