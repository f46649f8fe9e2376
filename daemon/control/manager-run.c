/* SPDX-License-Identifier: MIT */

/* Run: a transient service out of a command, directives and, where the caller gives them, its own descriptors. */

#include <errno.h>
#include <string.h>

#include "common/protocol.h"
#include "common/strv.h"
#include "control/call-options.h"
#include "control/errors.h"
#include "control/manager-methods.h"
#include "control/requests.h"
#include "control/wire.h"

#define N_STREAMS 3

/* The strings are the message's own; the vectors and the copies of its words are ours. */
typedef struct RunCall {
        const char *name, *folder;
        char **command, **directives;
        int fds[N_STREAMS]; /* the message's own */
} RunCall;

static void run_call_done(RunCall *run)
{
        strv_free(run->command);
        strv_free(run->directives);
}

static int read_streams(sd_bus_message *call, RunCall *run, sd_bus_error *error)
{
        size_t n = 0;
        int fd, r;

        r = sd_bus_message_enter_container(call, 'a', "h");
        while (r >= 0 && (r = sd_bus_message_read_basic(call, 'h', &fd)) > 0) {
                if (n < N_STREAMS)
                        run->fds[n] = fd;
                n++;
        }
        if (r < 0)
                return r;
        if (n != 0 && n != N_STREAMS)
                return control_error(error, SD_BUS_ERROR_INVALID_ARGS,
                                     "Streams are none, or stdin, stdout and stderr: not %zu", n);
        return sd_bus_message_exit_container(call);
}

/* Words of a command are bytes. */
static int read_command(sd_bus_message *call, RunCall *run)
{
        const void *bytes;
        size_t size;
        int r;

        r = sd_bus_message_enter_container(call, 'a', "ay");
        while (r >= 0 && (r = sd_bus_message_read_array(call, 'y', &bytes, &size)) > 0) {
                char *word = strndup(size > 0 ? bytes : "", size);

                r = word ? strv_consume(&run->command, word) : -ENOMEM;
        }
        return r < 0 ? r : sd_bus_message_exit_container(call);
}

static int read_call(sd_bus_message *call, RunCall *run, sd_bus_error *error)
{
        int r;

        r = sd_bus_message_read(call, "ss", &run->name, &run->folder);
        if (r >= 0)
                r = read_command(call, run);
        if (r >= 0)
                r = sd_bus_message_read_strv(call, &run->directives);
        if (r >= 0)
                r = read_streams(call, run, error);
        if (r < 0)
                return r;
        if (!run->command || !run->command[0] || !run->command[0][0])
                return control_error(error, SD_BUS_ERROR_INVALID_ARGS, "There is no command");
        if (run->folder[0] != '/')
                return control_error(error, SD_BUS_ERROR_INVALID_ARGS, "The folder %s is not absolute", run->folder);
        return 0;
}

int method_run(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        _cleanup_(run_call_done) RunCall run = {.fds = {-EBADF, -EBADF, -EBADF}};
        Connection *connection = userdata;
        CallOptions options;
        Caller caller;
        int r;

        r = connection_check_privileged(connection, error);
        if (r < 0)
                return r;
        r = read_call(call, &run, error);
        if (r < 0)
                return r;
        r = call_options_read(call, OPTION_WAIT | OPTION_HOLD, &options, error);
        if (r < 0)
                return r;

        caller = connection_caller(connection, "run");
        return request_run(connection, call,
                           &(TransientRequest){
                                   .name = run.name,
                                   .folder = run.folder,
                                   .command = run.command,
                                   .directives = run.directives,
                                   .fds = {run.fds[0], run.fds[1], run.fds[2]},
                                   .caller = &caller,
                                   .waited = options.wait || options.hold,
                                   .held = options.hold,
                           },
                           error);
}

int method_detach_runs(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(strv_freep) char **names = NULL;
        Connection *connection = userdata;
        int r;

        r = connection_check_privileged(connection, error);
        if (r >= 0)
                r = requests_detach_runs(connection, &names);
        if (r >= 0)
                r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = wire_append_strv(reply, names);
        return r < 0 ? r : sd_bus_message_send(reply);
}
