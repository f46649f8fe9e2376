/* SPDX-License-Identifier: MIT */

/* sd-bus speaks, we wait: sd_bus_call() would sit in its own loop through the whole of a stalled authentication, so
 * every wait here is ours, with a deadline. During a long one a Ping goes out every few seconds; a daemon that
 * doesn't answer it in time is as good as gone, and is reported so. */

#include "ctl/client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "common/fd.h"
#include "common/protocol.h"
#include "common/socket-path.h"
#include "ctl/failure.h"
#include "ctl/time-text.h"

#define PING_INTERVAL (2 * USEC_PER_SEC)

struct Client {
        sd_bus *bus;
        char *socket_path;
        uid_t uid;
        bool was_ready;      /* authentication was done: somebody speaks D-Bus there */
        usec_t ready_before; /* deadline of that */
        usec_t pinged;       /* since when a Ping is not answered; 0: none is out */
        usec_t heard;        /* last sign of life */
};

Client *client_free(Client *client)
{
        if (!client)
                return NULL;
        /* Without flushing: that could block on a daemon that has stopped reading. */
        if (client->bus) {
                sd_bus_close(client->bus);
                sd_bus_unref(client->bus);
        }
        free(client->socket_path);
        free(client);
        return NULL;
}

uid_t client_daemon_uid(const Client *client)
{
        return client->uid;
}

static int set_no_daemon(sd_bus_error *error, int r, const char *path)
{
        switch (-r) {
        case ENOENT:
                return failure_set(error, r, FAILURE_NO_DAEMON, "no daemon: there is no socket %s", path);
        case ECONNREFUSED:
                return failure_set(error, r, FAILURE_NO_DAEMON, "no daemon: nobody listens on %s", path);
        case EAGAIN:
                return failure_set(error, r, FAILURE_NO_DAEMON,
                                   "the daemon on %s does not answer: it takes no connection", path);
        case EACCES:
                return failure_set(error, r, TENDED_ERROR_NOT_PERMITTED, "not permitted to connect to %s", path);
        case EPROTOTYPE:
                return failure_set(error, r, FAILURE_NO_DAEMON, "%s is a socket of another kind than tended's", path);
        case EPERM:
        case ELOOP:
                return failure_set(error, r, FAILURE_NO_DAEMON,
                                   "%s is not believed: its folder belongs to somebody else", path);
        default:
                return failure_set(error, r, FAILURE_NO_DAEMON, "can't connect to %s: %s", path, strerror(-r));
        }
}

static int set_gone(const Client *client, sd_bus_error *error)
{
        if (client->was_ready)
                return failure_set(error, -ECONNREFUSED, FAILURE_NO_DAEMON,
                                   "the daemon on %s has closed the connection, or ended", client->socket_path);
        return failure_set(
                error, -ECONNREFUSED, FAILURE_NO_DAEMON,
                "what listens on %s closed the connection before a word: it has too many of them, or is no "
                "tended",
                client->socket_path);
}

static int set_silent(const Client *client, sd_bus_error *error)
{
        return failure_set(error, -ECONNREFUSED, FAILURE_NO_DAEMON, "the daemon on %s does not answer%s",
                           client->socket_path, client->was_ready ? "" : " (or it is no tended)");
}

static int set_foreign(const Client *client, sd_bus_error *error, const char *why)
{
        return failure_set(error, -ECONNREFUSED, FAILURE_NO_DAEMON, "what listens on %s is no tended: %s",
                           client->socket_path, why);
}

int client_new(const char *socket_path, Client **ret, sd_bus_error *ret_error)
{
        usec_t deadline = time_now_monotonic() + TENDED_ANSWER_USEC;
        _cleanup_(client_freep) Client *client = NULL;
        _cleanup_close_ int fd = -EBADF;
        struct ucred cred = {.uid = (uid_t) -1};
        socklen_t size = sizeof(cred);
        int r;

        client = calloc(1, sizeof(*client));
        if (!client)
                return -ENOMEM;
        client->socket_path = strdup(socket_path);
        if (!client->socket_path)
                return -ENOMEM;
        client->ready_before = deadline;

        r = socket_path_connect(socket_path, TENDED_ANSWER_USEC, &fd);
        if (r < 0)
                return set_no_daemon(ret_error, r, socket_path);
        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) >= 0)
                client->uid = cred.uid;

        r = sd_bus_new(&client->bus);
        if (r < 0)
                return r;
        r = sd_bus_set_fd(client->bus, fd, fd);
        if (r < 0)
                return r;
        TAKE_FD(fd);
        r = sd_bus_negotiate_fds(client->bus, true);
        if (r < 0)
                return r;
        r = sd_bus_start(client->bus);
        if (r < 0)
                return set_foreign(client, ret_error, strerror(-r));

        *ret = TAKE_PTR(client);
        return 0;
}

int client_new_call(Client *client, const char *member, sd_bus_message **ret)
{
        return sd_bus_message_new_method_call(client->bus, ret, NULL, TENDED_OBJECT_PATH, TENDED_MANAGER_INTERFACE,
                                              member);
}

int client_send(Client *client, sd_bus_message *call, sd_bus_message_handler_t callback, void *userdata,
                sd_bus_slot **ret_slot)
{
        /* Deadlines are this file's: the bus shall have none of its own. */
        return sd_bus_call_async(client->bus, ret_slot, call, callback, userdata, USEC_INFINITY);
}

/* Sleeps until the bus has something to do, or `until`. */
static int wait_for_bus(Client *client, usec_t until)
{
        usec_t now = time_now_monotonic(), bus_until, span;
        struct timespec timeout;
        struct pollfd p = {.fd = sd_bus_get_fd(client->bus)};
        int events = sd_bus_get_events(client->bus), r;

        if (p.fd < 0 || events < 0)
                return p.fd < 0 ? p.fd : events;
        p.events = (short) events;

        r = sd_bus_get_timeout(client->bus, &bus_until);
        if (r > 0)
                until = MIN(until, bus_until);
        span = usec_sub(until, now);
        timeout = (struct timespec){.tv_sec = (time_t) (span / USEC_PER_SEC),
                                    .tv_nsec = (long) (span % USEC_PER_SEC) * 1000};

        r = ppoll(&p, 1, until == USEC_INFINITY ? NULL : &timeout, NULL);
        return r < 0 && errno != EINTR ? -errno : 0;
}

/* One step: something was handled (1), or the time until `until` was slept away, or part of it (0). */
static int turn(Client *client, usec_t until, sd_bus_error *ret_error)
{
        int r;

        r = sd_bus_process(client->bus, NULL);
        if (!client->was_ready && sd_bus_is_ready(client->bus) > 0)
                client->was_ready = true;
        if (r > 0) {
                client->heard = time_now_monotonic();
                return 1;
        }
        if (r == 0)
                r = wait_for_bus(client, until);
        if (r >= 0)
                return 0;

        if (r == -ENOTCONN || r == -ECONNRESET || r == -EPIPE)
                return set_gone(client, ret_error);
        return set_foreign(client, ret_error, r == -EPERM ? "it does not let us in" : strerror(-r));
}

/* The answer to one call, as the callback leaves it. */
typedef struct Answer {
        sd_bus_message *message;
} Answer;

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
        Answer *answer = userdata;

        answer->message = sd_bus_message_ref(m);
        return 1;
}

static int on_pong(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
        Client *client = userdata;

        client->pinged = 0;
        return 1;
}

static int new_ping(Client *client, sd_bus_message **ret)
{
        return sd_bus_message_new_method_call(client->bus, ret, NULL, TENDED_OBJECT_PATH, "org.freedesktop.DBus.Peer",
                                              "Ping");
}

static int send_ping(Client *client)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = new_ping(client, &m);
        if (r < 0)
                return r;
        r = client_send(client, m, on_pong, client, NULL);
        if (r < 0)
                return r;
        client->pinged = time_now_monotonic();
        return 0;
}

/* Is a call's error reply the daemon's own word, or the sign of something else? */
static int judge_answer(Client *client, sd_bus_message *message, sd_bus_message **ret_reply, sd_bus_error *ret_error)
{
        const sd_bus_error *e = sd_bus_message_get_error(message);

        if (!e) {
                if (ret_reply)
                        *ret_reply = sd_bus_message_ref(message);
                return 0;
        }
        /* What sd-bus tells itself when the connection ends. */
        if (!sd_bus_is_open(client->bus) || sd_bus_error_has_name(e, SD_BUS_ERROR_NO_REPLY) ||
            sd_bus_error_has_name(e, SD_BUS_ERROR_DISCONNECTED))
                return set_gone(client, ret_error);
        if (sd_bus_error_has_name(e, SD_BUS_ERROR_UNKNOWN_METHOD) ||
            sd_bus_error_has_name(e, SD_BUS_ERROR_UNKNOWN_OBJECT) ||
            sd_bus_error_has_name(e, SD_BUS_ERROR_UNKNOWN_INTERFACE) ||
            sd_bus_error_has_name(e, SD_BUS_ERROR_SERVICE_UNKNOWN))
                return set_foreign(client, ret_error, e->message ? e->message : e->name);

        if (ret_error)
                (void) sd_bus_error_copy(ret_error, e);
        return -EREMOTEIO;
}

/* A sign of life is due: asks for it, or says that there was none. 0: all is well until *until. */
static int check_life(Client *client, usec_t *until, sd_bus_error *ret_error)
{
        usec_t now = time_now_monotonic();
        int r;

        if (client->pinged > 0) {
                /* Anything that comes is as good as the answer. */
                usec_t since = MAX(client->pinged, client->heard);

                if (now >= since + TENDED_ANSWER_USEC)
                        return set_silent(client, ret_error);
                *until = MIN(*until, since + TENDED_ANSWER_USEC);
                return 0;
        }
        if (now >= client->heard + PING_INTERVAL) {
                r = send_ping(client);
                if (r < 0)
                        return set_gone(client, ret_error);
                *until = MIN(*until, now + TENDED_ANSWER_USEC);
                return 0;
        }
        *until = MIN(*until, client->heard + PING_INTERVAL);
        return 0;
}

static int wait_for_answer(Client *client, const Answer *answer, const ClientWait *wait, sd_bus_error *ret_error)
{
        usec_t now = time_now_monotonic();
        usec_t deadline = usec_add(now, wait->timeout), next_tick = wait->tick > 0 ? now + wait->tick : USEC_INFINITY;
        int r;

        client->heard = now;
        while (!answer->message) {
                usec_t until;

                now = time_now_monotonic();
                if (now >= deadline)
                        return -ETIMEDOUT;
                if (!client->was_ready && now >= client->ready_before)
                        return set_silent(client, ret_error);
                if (now >= next_tick) {
                        wait->on_tick(wait->userdata);
                        next_tick = now + wait->tick;
                }

                until = MIN(deadline, next_tick);
                if (!client->was_ready)
                        until = MIN(until, client->ready_before);
                r = check_life(client, &until, ret_error);
                if (r < 0)
                        return r;
                r = turn(client, until, ret_error);
                if (r < 0)
                        return r;
        }
        return 0;
}

int client_call_long(Client *client, sd_bus_message *call, const ClientWait *wait, sd_bus_message **ret_reply,
                     sd_bus_error *ret_error)
{
        _cleanup_(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
        Answer answer = {0};
        int r;

        r = client_send(client, call, on_answer, &answer, &slot);
        if (r < 0)
                return r == -ENOTCONN ? set_gone(client, ret_error) : r;

        r = wait_for_answer(client, &answer, wait, ret_error);
        if (r >= 0)
                r = judge_answer(client, answer.message, ret_reply, ret_error);
        sd_bus_message_unref(answer.message);
        return r;
}

int client_call(Client *client, sd_bus_message *call, sd_bus_message **ret_reply, sd_bus_error *ret_error)
{
        usec_t now = time_now_monotonic();
        ClientWait wait = {.timeout = TENDED_ANSWER_USEC};
        int r;

        /* The time that connecting took counts: five seconds are five seconds for who waits. */
        if (!client->was_ready)
                wait.timeout = usec_sub(client->ready_before, now);

        r = client_call_long(client, call, &wait, ret_reply, ret_error);
        return r == -ETIMEDOUT ? set_silent(client, ret_error) : r;
}

int client_ping(Client *client, sd_bus_error *ret_error)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = new_ping(client, &m);
        return r < 0 ? r : client_call(client, m, NULL, ret_error);
}

int client_manager_properties(Client *client, sd_bus_message **ret_reply, sd_bus_error *ret_error)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = sd_bus_message_new_method_call(client->bus, &m, NULL, TENDED_OBJECT_PATH,
                                           "org.freedesktop.DBus.Properties", "GetAll");
        if (r < 0)
                return r;
        r = sd_bus_message_append(m, "s", TENDED_MANAGER_INTERFACE);
        if (r < 0)
                return r;
        return client_call(client, m, ret_reply, ret_error);
}

int client_manager_property(Client *client, const char *name, sd_bus_message **ret_reply, sd_bus_error *ret_error)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = sd_bus_message_new_method_call(client->bus, &m, NULL, TENDED_OBJECT_PATH,
                                           "org.freedesktop.DBus.Properties", "Get");
        if (r < 0)
                return r;
        r = sd_bus_message_append(m, "ss", TENDED_MANAGER_INTERFACE, name);
        if (r < 0)
                return r;
        return client_call(client, m, ret_reply, ret_error);
}
