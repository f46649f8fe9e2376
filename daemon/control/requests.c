/* SPDX-License-Identifier: MIT */

/* Calls that are answered later. A request keeps the call and the operation that stands for it; whichever ends first,
 * the operation or the connection, ends the other. Names are kept, as a service may be gone by the time of the
 * answer. */

#include "control/requests.h"

#include <errno.h>

#include "common/protocol.h"
#include "common/strv.h"
#include "control/errors.h"
#include "control/limits.h"
#include "control/wire.h"
#include "engine/manager.h"
#include "engine/service.h"

typedef struct Request {
        List link;              /* in the connection's list */
        Connection *connection; /* weak */
        sd_bus_message *call;
        Operation *operation; /* frees itself when it is done */
        Reload *reload;       /* likewise */
        Transient *transient; /* the service's own; none of the three: waits for the shutdown */
        bool until_over;      /* of a transient service */
        reload_answer_fn answer;
} Request;

static Request *request_free(Request *request)
{
        if (!request)
                return NULL;

        if (!list_is_empty(&request->link)) {
                list_remove(&request->link);
                request->connection->n_requests--;
        }
        operation_cancel(request->operation);
        reload_cancel(request->reload);
        transient_leave(request->transient, request->until_over);
        sd_bus_message_unref(request->call);
        free(request);
        return NULL;
}
DEFINE_CLEANUP(Request *, request_free);

static int request_new(Connection *connection, sd_bus_message *call, Request **ret, sd_bus_error *error)
{
        size_t limit = connection->privileged ? PENDING_PRIVILEGED_MAX : PENDING_UNPRIVILEGED_MAX;
        Request *request;

        if (connection->n_requests >= limit)
                return control_error(error, TENDED_ERROR_BUSY, "%zu calls of this connection wait for their answers",
                                     limit);

        request = calloc(1, sizeof(Request));
        if (!request)
                return -ENOMEM;
        request->connection = connection;
        request->call = sd_bus_message_ref(call);
        list_append(&connection->requests, &request->link);
        connection->n_requests++;
        *ret = request;
        return 0;
}

static int append_row(sd_bus_message *m, const OperationResult *result)
{
        const char *state = active_state_to_string(
                result->service ? lifecycle_active_state(service_lifecycle(result->service)) : ACTIVE_INACTIVE);
        int r;

        r = sd_bus_message_open_container(m, 'r', "ssss");
        if (r >= 0)
                r = sd_bus_message_append(m, "sss", result->name, result->result, state);
        if (r >= 0)
                r = wire_append_string(m, result->reason);
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        return r;
}

static int answer_rows(const Request *request, const OperationResult *results, size_t n)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        r = sd_bus_message_new_method_return(request->call, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "(ssss)");
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = append_row(reply, &results[i]);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        if (r >= 0)
                r = sd_bus_message_send(reply);
        return r;
}

/* Sends what there is to say about a failure to answer; a client that is gone is no failure. */
static void request_end(Request *request, int r)
{
        Connection *connection = request->connection;

        if (r < 0)
                (void) sd_bus_reply_method_errno(request->call, r, NULL);
        request_free(request);
        connection_sent(connection);
}

static void on_done(void *userdata, const OperationResult *results, size_t n)
{
        Request *request = userdata;

        /* It frees itself behind this call. */
        request->operation = NULL;
        request_end(request, answer_rows(request, results, n));
}

int request_operation(Connection *connection, sd_bus_message *call, const RequestOptions *options,
                      Service *const *services, size_t n, sd_bus_error *error)
{
        _cleanup_(request_freep) Request *request = NULL;
        Caller caller = connection_caller(connection, options->verb_name);
        int r;

        r = request_new(connection, call, &request, error);
        if (r < 0)
                return r;
        r = operation_new(connection->manager, options->verb, &caller, services, n, options->no_block, on_done,
                          request, &request->operation);
        if (r < 0)
                return control_error_errno(error, r, "Can't begin");

        (void) TAKE_PTR(request);
        return 1;
}

static void on_reloaded(void *userdata, const ReloadOutcome *outcome)
{
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        Request *request = userdata;
        int r;

        request->reload = NULL;
        r = request->answer(request->call, outcome, &error);
        if (r < 0 && sd_bus_error_is_set(&error))
                r = sd_bus_reply_method_error(request->call, &error);
        request_end(request, r);
}

int request_reload(Connection *connection, sd_bus_message *call, const ReloadRequest *wanted, sd_bus_error *error)
{
        _cleanup_(request_freep) Request *request = NULL;
        Caller caller = connection_caller(connection, wanted->verb);
        int r;

        r = request_new(connection, call, &request, error);
        if (r < 0)
                return r;
        request->answer = wanted->answer;
        r = reload_new(connection->manager, &caller, on_reloaded, request, &request->reload);
        if (r < 0)
                return control_error_errno(error, r, "Can't reload");
        reload_set_options(request->reload, &wanted->options);

        (void) TAKE_PTR(request);
        return 1;
}

static int answer_run(const Request *request, const TransientReport *report)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        r = sd_bus_message_new_method_return(request->call, &reply);
        if (r >= 0)
                r = sd_bus_message_append(reply, "ssuis", report->name,
                                          report->over    ? "over"
                                          : report->waits ? "waiting"
                                                          : "running",
                                          (uint32_t) report->pid, report->status, report->result);
        if (r >= 0)
                r = wire_append_string(reply, report->reason);
        return r < 0 ? r : sd_bus_message_send(reply);
}

static void on_run_changed(void *userdata, const TransientReport *report)
{
        Request *request = userdata;

        if (!report->over && (request->until_over || !(report->waits || report->running)))
                return;
        if (!report->over)
                (void) transient_leave(request->transient, false);
        request->transient = NULL;
        request_end(request, answer_run(request, report));
}

int request_run(Connection *connection, sd_bus_message *call, const TransientRequest *wanted, sd_bus_error *error)
{
        _cleanup_(request_freep) Request *request = NULL;
        _cleanup_free_ char *why = NULL, *clean = NULL;
        TransientRequest mine = *wanted;
        int r;

        r = request_new(connection, call, &request, error);
        if (r < 0)
                return r;
        request->until_over = wanted->waited;
        mine.on_change = wanted->held ? NULL : on_run_changed;
        mine.userdata = request;
        r = transient_new(connection->manager, &mine, &request->transient, &why);
        if (r == -EINVAL && why)
                return wire_clean(why, &clean) < 0 ? -ENOMEM
                                                   : control_error(error, TENDED_ERROR_BAD_SETTING, "%s", clean);
        if (r == -EEXIST)
                return control_error(error, TENDED_ERROR_BUSY, "There is a service %s already", wanted->name);
        if (r < 0)
                return control_error_errno(error, r, "Can't run it");
        /* Answered now; the request stays for the end of the connection. */
        if (wanted->held)
                r = sd_bus_reply_method_return(call, "ssuiss", transient_name(request->transient), "held", 0, 0, "",
                                               "");

        (void) TAKE_PTR(request);
        return 1;
}

int requests_detach_runs(Connection *connection, char ***names)
{
        Request *request;

        LIST_FOREACH (request, &connection->requests, Request, link) {
                int r;

                if (!request->transient)
                        continue;
                r = strv_extend(names, transient_name(request->transient));
                if (r < 0)
                        return r;
                request->transient = transient_leave(request->transient, false);
                request_free(request);
        }
        return 0;
}

int request_shutdown(Connection *connection, sd_bus_message *call, sd_bus_error *error)
{
        Request *request;
        int r;

        r = request_new(connection, call, &request, error);
        return r < 0 ? r : 1;
}

void requests_answer_shutdown(Connection *connection)
{
        Request *request;

        LIST_FOREACH (request, &connection->requests, Request, link)
                if (!request->operation && !request->reload && !request->transient)
                        request_end(request, sd_bus_reply_method_return(request->call, NULL));
}

void requests_cancel(Connection *connection)
{
        Request *request;

        while ((request = LIST_FIRST(&connection->requests, Request, link)))
                request_free(request);
}
