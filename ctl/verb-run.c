/* SPDX-License-Identifier: MIT */

/* `tendctl run`: a command as a service of its own. Without --wait it is left to the daemon. With --wait we stay, and
 * exit as it does; where we end first (Ctrl-C, a kill), the daemon stops it, as it sees the connection go. With
 * --pipe our own descriptors go to the daemon, and from there to the process: no byte of them passes through either
 * of us. With --pipe --log and with --pty they do: then it is attached to before it is started. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/protocol.h"
#include "common/strv.h"
#include "common/timespan.h"
#include "ctl/services.h"

enum {
        STATUS_BEFORE = 125, /* something failed before the command was run */
        STATUS_SIGNAL = 128,
};

/* What the daemon says of it; the message's own. */
typedef struct RunAnswer {
        const char *name, *state, *result, *reason;
        uint32_t pid;
        int32_t status;
} RunAnswer;

static bool relays(const Options *options)
{
        return options->pty || options->log;
}

static bool waits(const Options *options)
{
        return options->wait || options->pipe || options->pty;
}

static int collect_directives(const Options *options, char ***ret)
{
        _cleanup_(strv_freep) char **directives = NULL;
        int r;

        r = strv_copy(options->directives, &directives);
        if (r >= 0 && options->pool)
                r = strv_extendf(&directives, "Pool=%s", options->pool);
        if (r >= 0 && options->pty)
                r = strv_extend(&directives, "StandardInput=pty");
        if (r >= 0 && options->log)
                r = strv_extend(&directives, "StandardInput=pipe");
        if (r < 0)
                return r;
        *ret = TAKE_PTR(directives);
        return 0;
}

/* Words are bytes: a name of a file need not be text. */
static int append_command(sd_bus_message *call, char *const *command)
{
        int r;

        r = sd_bus_message_open_container(call, 'a', "ay");
        STRV_FOREACH (word, command)
                if (r >= 0)
                        r = sd_bus_message_append_array(call, 'y', *word, strlen(*word));
        return r < 0 ? r : sd_bus_message_close_container(call);
}

static int append_streams(sd_bus_message *call, bool passes)
{
        int r;

        r = sd_bus_message_open_container(call, 'a', "h");
        for (int fd = STDIN_FILENO; r >= 0 && passes && fd <= STDERR_FILENO; fd++)
                r = sd_bus_message_append_basic(call, 'h', &fd);
        return r < 0 ? r : sd_bus_message_close_container(call);
}

static int new_call(Context *context, sd_bus_message **ret)
{
        const Options *options = context->options;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        _cleanup_(strv_freep) char **directives = NULL;
        _cleanup_free_ char *folder = get_current_dir_name();
        const char *option = relays(options) ? "hold" : "wait";
        int r;

        r = collect_directives(options, &directives);
        if (r >= 0)
                r = client_new_call(context->client, "Run", &call);
        if (r >= 0)
                r = sd_bus_message_append(call, "ss", options->run_name ? options->run_name : "",
                                          folder && folder[0] == '/' ? folder : "/");
        if (r >= 0)
                r = append_command(call, options->arguments);
        if (r >= 0)
                r = sd_bus_message_append_strv(call, directives);
        if (r >= 0)
                r = append_streams(call, options->pipe && !options->log);
        if (r >= 0)
                r = sd_bus_message_append(call, "a{sv}", 1, option, "b", waits(options));
        if (r < 0)
                return r;
        *ret = TAKE_PTR(call);
        return 0;
}

/* It goes on without us. */
static int detach(Context *context)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
        _cleanup_(strv_freep) char **names = NULL;
        char span[TIMESPAN_MAX], text[256];
        int r;

        r = client_new_call(context->client, "DetachRuns", &call);
        if (r >= 0)
                r = client_call(context->client, call, &reply, NULL);
        if (r >= 0)
                r = sd_bus_message_read_strv(reply, &names);
        (void) snprintf(text, sizeof(text), "timed out after %s: %s has not ended, and goes on",
                        timespan_format(span, sizeof(span), context->options->timeout, 1),
                        r >= 0 && names && names[0] ? names[0] : "it");
        failure_print(context->options->json, TENDED_ERROR_TIMED_OUT, text);
        return STATUS_TIMED_OUT;
}

static void tell_end(const Context *context, const RunAnswer *answer)
{
        char text[1024];

        /* That it failed by itself, it has said itself. */
        if (answer->status == 0 || (strcmp(answer->result, "exit-code") == 0 && answer->pid > 0))
                return;
        (void) snprintf(text, sizeof(text), "%s: %s%s", answer->name,
                        *answer->reason ? answer->reason : answer->result,
                        strcmp(answer->state, "over") == 0 ? "" : " (it goes on)");
        failure_print(context->options->json, TENDED_ERROR_FAILED, text);
}

static int print_started(const Context *context, const RunAnswer *answer)
{
        const Options *options = context->options;

        /* One that has run already has begun all the same. */
        if (strcmp(answer->state, "over") == 0 && answer->status != 0 && answer->pid == 0) {
                tell_end(context, answer);
                return STATUS_FAILED;
        }
        if (options->json) {
                printf("{\"Id\":\"%s\",\"State\":\"%s\",\"MainPID\":%u}\n", answer->name, answer->state, answer->pid);
                return STATUS_DONE;
        }
        if (options->quiet)
                return STATUS_DONE;
        if (answer->pid > 0)
                printf("%s %u\n", answer->name, answer->pid);
        else
                printf("%s %s\n", answer->name, answer->state);
        return STATUS_DONE;
}

/* Its end, where the relaying has told only the signal: a time that was over is 124. */
static int relayed_status(Context *context, char *const *names, int status)
{
        static const char *const wanted[] = {"Id", "Result", NULL};
        _cleanup_json_ JsonValue *rows = NULL;

        if (services_query(context, names, (char *const *) wanted, &rows, NULL) >= 0 &&
            json_object_array_length(rows) > 0 &&
            strcmp(row_string(json_object_array_get_idx(rows, 0), "Result"), "timeout") == 0)
                return STATUS_TIMED_OUT;
        return status;
}

/* It is made, and not started: attaches to it, starts it, and stays until its end. */
static int relay(Context *context, const char *name)
{
        char *names[] = {(char *) name, NULL};
        Options options = *context->options;
        Context attached = *context;
        bool timed_out = false;
        int status;

        options.arguments = names;
        options.n_arguments = 1;
        options.start = true;
        options.lossless = true;
        options.quiet = true;
        attached.options = &options;
        status = attach_until_end(&attached, &timed_out);
        if (timed_out)
                return detach(context);
        return status > STATUS_SIGNAL ? relayed_status(context, names, status) : status;
}

static int run(Context *context, sd_bus_message **ret_reply, sd_bus_error *error)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r;

        r = new_call(context, &call);
        if (r < 0)
                return r;
        return client_call_long(context->client, call, &(ClientWait){.timeout = context->options->timeout}, ret_reply,
                                error);
}

static int finish(Context *context, const RunAnswer *answer)
{
        if (relays(context->options))
                return relay(context, answer->name);
        if (!waits(context->options))
                return print_started(context, answer);
        tell_end(context, answer);
        return answer->status;
}

int verb_run(Context *context)
{
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        bool waiting = waits(context->options);
        RunAnswer answer;
        int status = context_connect(context), r;

        /* An exit status that is the command's own has no room for ours. */
        if (status != STATUS_DONE)
                return waiting ? STATUS_BEFORE : status;
        r = run(context, &reply, &error);
        if (r == -ETIMEDOUT && !sd_bus_error_is_set(&error))
                return detach(context);
        if (r >= 0)
                r = sd_bus_message_read(reply, "ssuiss", &answer.name, &answer.state, &answer.pid, &answer.status,
                                        &answer.result, &answer.reason);
        if (r < 0) {
                status = context_fail(context, &error, r);
                return waiting ? STATUS_BEFORE : status;
        }
        return finish(context, &answer);
}
