/* SPDX-License-Identifier: MIT */

/* Attach: a descriptor over which a client talks with a service. What one reads and writes there may hold secrets, so
 * all of it is for those who may change things. */

#include <errno.h>
#include <string.h>

#include "common/fd.h"
#include "common/protocol.h"
#include "control/call-options.h"
#include "control/errors.h"
#include "control/manager-methods.h"
#include "control/objects.h"
#include "control/selection.h"
#include "engine/dialogue.h"
#include "engine/service.h"

static const struct {
        const char *name;
        TalkFrom from;
} places[] = {
        {"mark", TALK_FROM_MARK},
        {"now", TALK_FROM_NOW},
        {"start", TALK_FROM_START},
        {"written", TALK_FROM_WRITTEN},
};

static int read_from(const char *word, TalkFrom *ret, sd_bus_error *error)
{
        for (size_t i = 0; i < ELEMENTSOF(places); i++)
                if (strcmp(places[i].name, word) == 0) {
                        *ret = places[i].from;
                        return 0;
                }
        return control_error(error, SD_BUS_ERROR_INVALID_ARGS,
                             "One reads from the mark, now, the start, or what was written on, not from %s", word);
}

static int read_streams(const char *word, unsigned *ret, sd_bus_error *error)
{
        if (!word || strcmp(word, "stdout") == 0)
                *ret = word ? 1u << TALK_STDOUT : 1u << TALK_STDOUT | 1u << TALK_STDERR;
        else if (strcmp(word, "stderr") == 0)
                *ret = 1u << TALK_STDERR;
        else
                return control_error(error, SD_BUS_ERROR_INVALID_ARGS, "Output is stdout or stderr, not %s", word);
        return 0;
}

static int read_options(sd_bus_message *call, TalkOptions *ret, sd_bus_error *error)
{
        CallOptions given;
        int r;

        r = call_options_read(call, OPTIONS_TALK, &given, error);
        if (r < 0)
                return r;
        *ret = (TalkOptions){
                .input = given.talk.input,
                .alone = given.talk.alone,
                .turn = given.talk.turn,
                .whole = given.talk.whole,
                .holds = given.talk.lossless,
                .coming = given.talk.wait,
        };
        memcpy(ret->fds, given.talk.fds, sizeof(ret->fds));
        r = read_streams(given.talk.stream, &ret->streams, error);
        if (r >= 0 && given.talk.from)
                r = read_from(given.talk.from, &ret->from, error);
        if (r < 0)
                return r;
        if ((ret->alone || ret->turn || ret->from == TALK_FROM_WRITTEN) && !ret->input)
                return control_error(error, SD_BUS_ERROR_INVALID_ARGS,
                                     "\"alone\", \"turn\" and \"written\" are for those with \"input\"");
        return 0;
}

static int explain(const Service *service, const TalkOptions *options, int r, sd_bus_error *error)
{
        const char *name = service_name(service);

        switch (-r) {
        case ESRCH:
                return control_error(error, TENDED_ERROR_NOT_ACTIVE, "%s does not run", name);
        case ENOTCONN:
                return control_error(error, TENDED_ERROR_NOT_SUPPORTED,
                                     "%s has no stdin to write to: StandardInput=pipe or pty gives it one", name);
        case EPIPE:
                return control_error(error, TENDED_ERROR_FAILED, "the stdin of %s is closed", name);
        case EBUSY:
                return control_error(error, TENDED_ERROR_BUSY, "somebody is attached to the stdin of %s", name);
        case EUSERS:
                return control_error(error, TENDED_ERROR_BUSY, "too many talk with %s", name);
        case ENOTSUP:
                return control_error(error, TENDED_ERROR_NOT_SUPPORTED,
                                     "only pipes and stream sockets can be dealt with by the daemon");
        case ENODATA:
                return control_error(error, TENDED_ERROR_NOT_SUPPORTED,
                                     "%s does not give its output to the daemon (%s)", name,
                                     options->streams == 1u << TALK_STDERR ? "StandardError" : "StandardOutput");
        default:
                return control_error_errno(error, r, "Can't talk with it");
        }
}

int method_attach(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        _cleanup_close_ int fd = -EBADF;
        Connection *connection = userdata;
        TalkOptions options;
        Service *service;
        const char *name;
        int r;

        r = connection_check_privileged(connection, error);
        if (r < 0)
                return r;
        r = sd_bus_message_read_basic(call, 's', &name);
        if (r < 0)
                return r;
        r = selection_one(connection->manager, name, &service, error);
        if (r < 0)
                return r;
        r = read_options(call, &options, error);
        if (r < 0)
                return r;

        r = service_talk(service, &options, &fd);
        if (r < 0)
                return explain(service, &options, r, error);
        /* The message has a copy of the descriptor. */
        return sd_bus_reply_method_return(call, "h", fd);
}
