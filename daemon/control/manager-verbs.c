/* SPDX-License-Identifier: MIT */

/* The methods that do something with services. Those that take their time become requests, which are answered when
 * the engine has done; the rest is done at once. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/parse.h"
#include "common/protocol.h"
#include "common/strv.h"
#include "control/call-options.h"
#include "control/errors.h"
#include "control/manager-methods.h"
#include "control/requests.h"
#include "control/selection.h"
#include "engine/cause.h"
#include "engine/service.h"

static int begin_verb(Connection *connection, sd_bus_message *call, const RequestOptions *options,
                      sd_bus_error *error)
{
        _cleanup_(selection_done) Selection selection = SELECTION_NULL;
        RequestOptions with_options = *options;
        CallOptions given;
        int r;

        r = connection_check_privileged(connection, error);
        if (r < 0)
                return r;
        r = selection_read(&selection, connection->manager, call, false, error);
        if (r < 0)
                return r;
        r = call_options_read(call, OPTION_NO_BLOCK, &given, error);
        if (r < 0)
                return r;

        with_options.no_block = given.no_block;
        return request_operation(connection, call, &with_options, selection.items, selection.n, error);
}

int method_start(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        return begin_verb(userdata, call, &(RequestOptions){VERB_START, "start"}, error);
}

int method_stop(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        return begin_verb(userdata, call, &(RequestOptions){VERB_STOP, "stop"}, error);
}

int method_restart(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        return begin_verb(userdata, call, &(RequestOptions){VERB_RESTART, "restart"}, error);
}

int method_try_restart(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        return begin_verb(userdata, call, &(RequestOptions){VERB_TRY_RESTART, "try-restart"}, error);
}

int method_reload(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        return begin_verb(userdata, call, &(RequestOptions){VERB_RELOAD, "reload"}, error);
}

static int parse_wait(const char *what, OperationVerb *ret)
{
        static const struct {
                const char *name;
                OperationVerb verb;
        } verbs[] = {
                {"ready", VERB_WAIT_READY},
                {"active", VERB_WAIT_ACTIVE},
                {"inactive", VERB_WAIT_INACTIVE},
                {"failed", VERB_WAIT_FAILED},
        };

        for (size_t i = 0; i < ELEMENTSOF(verbs); i++)
                if (strcmp(verbs[i].name, what) == 0) {
                        *ret = verbs[i].verb;
                        return 0;
                }
        return -EINVAL;
}

/* Waiting changes nothing, and is for everybody. */
int method_wait(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        _cleanup_(selection_done) Selection selection = SELECTION_NULL;
        Connection *connection = userdata;
        RequestOptions options = {.verb_name = "wait"};
        CallOptions given;
        const char *what;
        int r;

        r = selection_read(&selection, connection->manager, call, false, error);
        if (r < 0)
                return r;
        r = sd_bus_message_read_basic(call, 's', &what);
        if (r < 0)
                return r;
        r = call_options_read(call, 0, &given, error);
        if (r < 0)
                return r;
        if (parse_wait(what, &options.verb) < 0)
                return control_error(error, SD_BUS_ERROR_INVALID_ARGS,
                                     "One waits for ready, active, inactive or failed, not for %s", what);

        return request_operation(connection, call, &options, selection.items, selection.n, error);
}

static int read_kill(sd_bus_message *call, bool *ret_all, int *ret_signal, sd_bus_error *error)
{
        const char *whom;
        int32_t signal;
        int r;

        r = sd_bus_message_read(call, "si", &whom, &signal);
        if (r < 0)
                return r;
        if (strcmp(whom, "main") != 0 && strcmp(whom, "all") != 0)
                return control_error(error, SD_BUS_ERROR_INVALID_ARGS,
                                     "A signal goes to the main process or to all, not to %s", whom);
        if (signal < 1 || signal > SIGRTMAX)
                return control_error(error, SD_BUS_ERROR_INVALID_ARGS, "%d is no signal", signal);

        *ret_all = strcmp(whom, "all") == 0;
        *ret_signal = signal;
        return 0;
}

/* A kill is a change by hand that no life of a service knows of: it is told, and remembered until the run ends. */
static int kill_one(Connection *connection, Service *service, bool all, int signal)
{
        char name[SIGNAL_NAME_MAX], verb[SIGNAL_NAME_MAX + 8];
        Caller caller = connection_caller(connection, verb);
        int r;

        snprintf(verb, sizeof(verb), "kill -s %s", signal_format(name, signal));
        r = service_kill(service, all, signal);
        if (r < 0)
                return r;
        manager_tell_caller(connection->manager, service, &caller);
        service_note_kill(service, &caller, signal);
        return 0;
}

/* Each gets its signal, once; then those are told that could not. A target stands for its members: it is told of
 * where it was the only hope that something runs. */
static int kill_all(Connection *connection, const Selection *selection, bool all, int signal, sd_bus_error *error)
{
        _cleanup_(strv_freep) char **idle = NULL;
        _cleanup_free_ Service **services = NULL;
        _cleanup_free_ char *names = NULL;
        size_t n = 0, n_hit = 0;
        int r, worst = 0;

        r = manager_expand_targets(connection->manager, selection->items, selection->n, &services, &n);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++) {
                r = kill_one(connection, services[i], all, signal);
                n_hit += r >= 0;
                if (r == -ESRCH)
                        r = i < selection->n && service_config(services[i])->kind != UNIT_TARGET
                                    ? strv_extend(&idle, service_name(services[i]))
                                    : 0;
                if (r < 0)
                        worst = r;
        }
        for (size_t i = 0; i < selection->n && n_hit == 0 && worst == 0; i++)
                if (service_config(selection->items[i])->kind == UNIT_TARGET)
                        worst = strv_extend(&idle, service_name(selection->items[i]));
        if (worst < 0)
                return control_error_errno(error, worst, "Can't send the signal");
        if (!idle)
                return 0;

        names = strv_join(idle, ", ");
        if (!names)
                return -ENOMEM;
        return control_error(error, TENDED_ERROR_NOT_ACTIVE, "Nothing runs of %s", names);
}

int method_kill(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        _cleanup_(selection_done) Selection selection = SELECTION_NULL;
        Connection *connection = userdata;
        int signal, r;
        bool all;

        r = connection_check_privileged(connection, error);
        if (r < 0)
                return r;
        r = selection_read(&selection, connection->manager, call, false, error);
        if (r < 0)
                return r;
        r = read_kill(call, &all, &signal, error);
        if (r < 0)
                return r;
        r = kill_all(connection, &selection, all, signal, error);
        if (r < 0)
                return r;
        return sd_bus_reply_method_return(call, NULL);
}

int method_reset_failed(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        _cleanup_(selection_done) Selection selection = SELECTION_NULL;
        Connection *connection = userdata;
        Caller caller;
        int r;

        r = connection_check_privileged(connection, error);
        if (r < 0)
                return r;
        r = selection_read(&selection, connection->manager, call, true, error);
        if (r < 0)
                return r;
        caller = connection_caller(connection, "reset-failed");
        for (size_t i = 0; i < selection.n; i++)
                manager_reset_failed(connection->manager, selection.items[i], &caller);
        return sd_bus_reply_method_return(call, NULL);
}
