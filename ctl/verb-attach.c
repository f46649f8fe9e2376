/* SPDX-License-Identifier: MIT */

/* `tendctl attach`: a service's three streams in the place of our own. Where ours are pipes or sockets, as between
 * programs, the daemon deals with them itself, and we only wait for the end; a terminal, a file or anything else we
 * read and write here. It ends with the service, and as the service did. */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/protocol.h"
#include "ctl/conversation.h"
#include "ctl/own-terminal.h"
#include "ctl/services.h"
#include "ctl/take.h"

#define PIPEFS 0x50495045 /* PIPEFS_MAGIC */

enum {
        STATUS_BEFORE = 125, /* something failed before the command */
        STATUS_NOT_EXECUTABLE = 126,
        STATUS_NOT_FOUND = 127,
        STATUS_SIGNAL = 128,
};

typedef struct Attachment {
        Context *context;
        Conversation conversation;
        OwnTerminal terminal;
        int fds[3]; /* ours, where the daemon can deal with them */
} Attachment;

static void attachment_done(Attachment *attachment)
{
        own_terminal_done(&attachment->terminal);
        conversation_done(&attachment->conversation);
}

/* Can the daemon use it without ever waiting? */
static bool is_direct(int fd)
{
        struct stat stat;
        struct statfs fs;
        int type;
        socklen_t size = sizeof(type);

        if (fstat(fd, &stat) < 0)
                return false;
        if (S_ISFIFO(stat.st_mode))
                return fstatfs(fd, &fs) >= 0 && fs.f_type == PIPEFS;
        return S_ISSOCK(stat.st_mode) && getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) >= 0 &&
               type == SOCK_STREAM;
}

static int write_all(int fd, const char *data, size_t size)
{
        while (size > 0) {
                ssize_t n = write(fd, data, size);

                if (n < 0 && errno == EAGAIN) {
                        struct pollfd p = {.fd = fd, .events = POLLOUT};

                        (void) poll(&p, 1, -1);
                        continue;
                }
                if (n < 0 && errno != EINTR)
                        return -errno;
                data += n > 0 ? n : 0;
                size -= n > 0 ? (size_t) n : 0;
        }
        return 0;
}

static int start_service(Context *context, sd_bus_error *ret_error)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r;

        r = client_new_call(context->client, "Start", &call);
        if (r >= 0)
                r = sd_bus_message_append(call, "asa{sv}", 1, context_names(context)[0], 1, "no-block", "b", 1);
        return r < 0 ? r : client_call(context->client, call, NULL, ret_error);
}

static int on_signal(void *userdata)
{
        Attachment *attachment = userdata;
        unsigned rows, columns;
        int r;

        r = own_terminal_read_signal(&attachment->terminal);
        if (r > 0 && own_terminal_size(&attachment->terminal, &rows, &columns) >= 0)
                r = conversation_tell(&attachment->conversation, TALK_WINDOW, rows, columns);
        /* Its next size will do as well. */
        return r == -EAGAIN ? 0 : r;
}

static int take_terminal(Attachment *attachment)
{
        Conversation *conversation = &attachment->conversation;
        bool raw = conversation->flags & TALK_FLAG_PTY;
        unsigned rows, columns;
        int r;

        if (!isatty(STDIN_FILENO))
                return 0;
        r = own_terminal_open(&attachment->terminal, STDIN_FILENO, raw);
        if (r < 0)
                return r;
        /* What is typed from here on is the service's. A raw terminal doesn't go back to its left side by itself. */
        context_note(attachment->context, "tendctl: attached to %s; Ctrl-] detaches\r", conversation->name);
        conversation->signal_fd = attachment->terminal.signal_fd;
        conversation->on_signal = on_signal;
        conversation->userdata = attachment;
        conversation->input.detach = DETACH_LETTER;
        if (raw && own_terminal_size(&attachment->terminal, &rows, &columns) >= 0)
                r = conversation_tell(conversation, TALK_WINDOW, rows, columns);
        return r;
}

static int open_attachment(Attachment *attachment, sd_bus_error *ret_error)
{
        Context *context = attachment->context;
        const Options *options = context->options;
        ConversationQuery query = {
                .input = !options->read_only,
                .alone = !options->read_only,
                .whole = !options->lossless,
                .lossless = options->lossless,
                .wait = options->start,
                .from = "now",
                .fds = attachment->fds,
        };
        int r;

        for (int i = options->read_only ? STDOUT_FILENO : STDIN_FILENO; i <= STDERR_FILENO; i++)
                if (is_direct(i))
                        attachment->fds[i] = i;
        r = conversation_open(context, context_names(context)[0], &query, &attachment->conversation, ret_error);
        if (r < 0 && sd_bus_error_has_name(ret_error, TENDED_ERROR_NOT_SUPPORTED)) {
                /* It can't use our descriptors, as those of a pipe of another user; we do without. */
                sd_bus_error_free(ret_error);
                query.fds = NULL;
                memset(attachment->fds, 0xff, sizeof(attachment->fds));
                r = conversation_open(context, context_names(context)[0], &query, &attachment->conversation,
                                      ret_error);
        }
        if (r >= 0 && options->start)
                r = start_service(context, ret_error);
        if (r < 0 || options->read_only || attachment->fds[0] >= 0)
                return r;

        attachment->conversation.input.fd = STDIN_FILENO;
        attachment->conversation.input.end = true;
        attachment->conversation.input.active = true;
        return take_terminal(attachment);
}

/* Why it was not executed, as the daemon has it. */
static int end_before(Attachment *attachment, int error)
{
        static const char *const wanted[] = {"Id", "Reason", NULL};
        Context *context = attachment->context;
        _cleanup_json_ JsonValue *rows = NULL;
        char text[512];
        const char *reason = "";

        if (services_query(context, context_names(context), (char *const *) wanted, &rows, NULL) >= 0 &&
            json_object_array_length(rows) > 0)
                reason = row_string(json_object_array_get_idx(rows, 0), "Reason");
        (void) snprintf(text, sizeof(text), "%s was not executed%s%s", context_names(context)[0], *reason ? ": " : "",
                        reason);
        failure_print(context->options->json, TENDED_ERROR_FAILED, text);
        return error == ENOENT                       ? STATUS_NOT_FOUND
               : error == EACCES || error == ENOEXEC ? STATUS_NOT_EXECUTABLE
                                                     : STATUS_BEFORE;
}

static int end_status(Attachment *attachment, const TalkHead *head)
{
        switch (head->stream) {
        case TALK_END_EXITED:
                return (int) head->number;
        case TALK_END_KILLED:
        case TALK_END_DUMPED:
                return STATUS_SIGNAL + (int) head->number;
        default:
                return end_before(attachment, (int) head->number);
        }
}

static int fail(const Attachment *attachment, const char *text)
{
        failure_print(attachment->context->options->json, TENDED_ERROR_FAILED, text);
        return STATUS_FAILED;
}

/* The exit status; a negative errno where the conversation broke. */
static int relay(Attachment *attachment, sd_bus_error *ret_error)
{
        usec_t deadline = take_deadline(attachment->context->options, USEC_INFINITY);
        TalkPacket packet;
        int r;

        for (;;) {
                r = conversation_next(&attachment->conversation, deadline, &packet, ret_error);
                if (r < 0)
                        return r;
                switch (packet.head.kind) {
                case TALK_OUTPUT:
                        r = write_all(packet.head.stream == TALK_STDERR ? STDERR_FILENO : STDOUT_FILENO, packet.data,
                                      packet.size);
                        if (r < 0)
                                return fail(attachment, "nobody reads what we print any more");
                        break;
                case TALK_ENDED:
                        own_terminal_done(&attachment->terminal);
                        return end_status(attachment, &packet.head);
                case TALK_SLOW:
                        own_terminal_done(&attachment->terminal);
                        return fail(attachment, "cut off: its output came faster than it was read here (with "
                                                "--lossless it would wait)");
                case TALK_GONE:
                        return fail(attachment, "nobody reads what it prints any more");
                default:
                        /* That the service reads no more is its own affair; its output goes on. */
                        break;
                }
        }
}

int attach_until_end(Context *context, bool *ret_timed_out)
{
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(attachment_done) Attachment attachment = {
                .context = context,
                .conversation = CONVERSATION_NULL,
                .terminal = OWN_TERMINAL_NULL,
                .fds = {-EBADF, -EBADF, -EBADF},
        };
        int status = context_connect(context), r;

        if (status != STATUS_DONE)
                return status;
        r = open_attachment(&attachment, &error);
        if (r >= 0)
                r = relay(&attachment, &error);
        if (r >= 0)
                return r;
        own_terminal_done(&attachment.terminal);
        if (r == -ETIMEDOUT && options_given(context->options, OPTION_TIMEOUT)) {
                *ret_timed_out = true;
                return STATUS_TIMED_OUT;
        }
        if (r != -EINTR)
                return context_fail(context, &error, r);
        context_note(context, "\ntendctl: detached from %s, which goes on", context_names(context)[0]);
        return STATUS_DONE;
}

int verb_attach(Context *context)
{
        bool timed_out = false;
        int status = attach_until_end(context, &timed_out);

        return timed_out ? take_fail(context, NULL, -ETIMEDOUT, "detached from it; it goes on") : status;
}
