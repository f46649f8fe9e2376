/* SPDX-License-Identifier: MIT */

/* tendctl: reads the command line, hands it to the verb, exits with what that returns. */

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/protocol.h"
#include "ctl/context.h"
#include "ctl/help.h"
#include "ctl/time-text.h"

static int say_not_built(const Options *options)
{
        char text[128];

        (void) snprintf(text, sizeof(text), "%s is not yet built", options->verb->name);
        failure_print(options->json, TENDED_ERROR_NOT_SUPPORTED, text);
        return STATUS_FAILED;
}

static int run(const Options *options)
{
        Context context = {
                .options = options, .out = style_detect(STDOUT_FILENO), .err = style_detect(STDERR_FILENO)};
        int status;

        if (options->verb && !options->verb->run)
                return say_not_built(options);
        if (options_given(options, OPTION_HELP)) {
                if (options->verb)
                        help_print_verb(options->verb);
                else
                        help_print();
                return STATUS_DONE;
        }
        if (options_given(options, OPTION_VERSION)) {
                printf("tendctl %s\n", TENDED_VERSION);
                return STATUS_DONE;
        }

        status = options->verb->run(&context);
        context_done(&context);
        return status;
}

/* Output that got lost (a full disk) is a failure, whatever the verb says; a reader that has enough is none. */
static int finish(const Options *options, int status)
{
        if (fflush(stdout) == 0 && !ferror(stdout))
                return status;
        if (errno == EPIPE)
                return status;
        failure_print(options->json, TENDED_ERROR_FAILED, "can't write the output");
        return status_worse(status, STATUS_FAILED);
}

int main(int argc, char **argv)
{
        _cleanup_(options_done) Options options = OPTIONS_NULL;
        _cleanup_free_ char *error = NULL;
        int r;

        (void) setlocale(LC_ALL, "");
        /* The journal's library leaves files behind a `| head` alone: writing into nothing is an end, not an error.
         */
        (void) signal(SIGPIPE, SIG_IGN);

        r = options_parse(argc, argv, time_now(), &options, &error);
        if (r < 0) {
                failure_print(options.json, FAILURE_USAGE, error ? error : strerror(-r));
                return r == -EINVAL ? STATUS_USAGE : STATUS_FAILED;
        }
        return finish(&options, run(&options));
}
