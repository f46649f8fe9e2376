/* SPDX-License-Identifier: MIT */

/* One client. sd-bus speaks the protocol; this file decides when it may, and how much it may cost. sd-bus's own way
 * into the loop is not used: it looks at each connection in every turn, whether something happened there or not,
 * which a thousand idle clients would make everybody pay. Instead: one watch for each, for reading as long as nothing
 * waits for the client to read, else for writing alone, so that who doesn't read isn't listened to either.
 *
 * sd-bus knows bounds for what it takes in, but generous ones (128 MiB a message), so the length of each message is
 * looked at here before it is read. Descriptors are only negotiated with those who may call what needs them: nobody
 * else can fill our table of descriptors.
 *
 * Nothing frees a connection while it is served: it is doomed, and the server frees it at the end of the turn. */

#include "control/connection.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include "common/fd.h"
#include "common/protocol.h"
#include "control/errors.h"
#include "control/limits.h"
#include "control/objects.h"
#include "control/requests.h"
#include "control/server-private.h"

/* What each D-Bus message begins with, and what sd-bus reads first. */
#define HEADER_SIZE 16

static void connection_set_deadline(Connection *connection, usec_t deadline)
{
        if (connection->deadline == deadline)
                return;
        connection->deadline = deadline;
        server_update_deadline(connection->server);
}

void connection_doom(Connection *connection)
{
        if (connection->doomed)
                return;
        connection->doomed = true;
        if (connection->watch.entry)
                (void) watch_set_enabled(&connection->watch, false);
        (void) deferred_schedule(&connection->server->tidy);
}

static bool speaks_of_services(sd_bus_message *m)
{
        const char *path = sd_bus_message_get_path(m), *interface = sd_bus_message_get_interface(m);
        size_t length = strlen(TENDED_SERVICE_PREFIX);

        return (path && strncmp(path, TENDED_SERVICE_PREFIX, length) == 0) ||
               (interface && strcmp(interface, "org.freedesktop.DBus.Introspectable") == 0);
}

/* Sees each message before it is handled. */
static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        Connection *connection = userdata;
        int r;

        connection->partial_size = 0;
        connection->n_partial_reads = 0;
        connection->found = NULL;

        /* Most clients never ask for these objects, whose tables take more memory than all the rest. */
        if (speaks_of_services(m)) {
                r = service_object_add(connection);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* How long the message will be that begins so; 0 where this is no beginning. */
static uint64_t message_size(const uint8_t header[HEADER_SIZE])
{
        uint32_t body, fields;

        if ((header[0] != 'l' && header[0] != 'B') || header[3] != 1)
                return 0;
        memcpy(&body, header + 4, sizeof(body));
        memcpy(&fields, header + 12, sizeof(fields));
        if (header[0] == 'l')
                return HEADER_SIZE + (uint64_t) le32toh(fields) + le32toh(body);
        return HEADER_SIZE + (uint64_t) be32toh(fields) + be32toh(body);
}

/* Looks at what will be read next, as long as no message is complete. sd-bus reads on while more comes, so that the
 * length of a message has to be known before it reads the first of it. Where that first came together with the
 * greeting, and is read already, what is seen here is counted. */
static void connection_check_input(Connection *connection)
{
        int fd = sd_bus_get_fd(connection->bus), size = 0;
        uint8_t header[HEADER_SIZE];

        if (!connection->ready)
                return;
        if (connection->partial_size == 0)
                size = (int) recv(fd, header, sizeof(header), MSG_PEEK | MSG_DONTWAIT);
        else if (ioctl(fd, FIONREAD, &size) < 0)
                return;
        if (size <= 0)
                return;
        if (connection->partial_size == 0 && size == (int) sizeof(header) && message_size(header) > REQUEST_SIZE_MAX)
                connection_doom(connection);

        connection->partial_size += (size_t) size;
        connection->n_partial_reads++;
        if (connection->partial_size > REQUEST_SIZE_MAX || connection->n_partial_reads > REQUEST_READS_MAX)
                connection_doom(connection);
}

static bool has_queue(Connection *connection)
{
        uint64_t n = 0;

        return sd_bus_get_n_queued_write(connection->bus, &n) >= 0 && n > 0;
}

/* The time that we have spent computing. */
static usec_t cpu_time(void)
{
        struct timespec now = {0};

        (void) clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return (usec_t) now.tv_sec * USEC_PER_SEC + (usec_t) now.tv_nsec / 1000;
}

/* From here on it has said who it is. */
static void connection_note_ready(Connection *connection)
{
        if (connection->ready || sd_bus_is_ready(connection->bus) <= 0)
                return;
        connection->ready = true;
        connection_set_deadline(connection, USEC_INFINITY);
}

/* A few messages. Returns what sd_bus_process() does: 1, there may be more. */
static int connection_process(Connection *connection)
{
        usec_t begin = cpu_time();
        int r = 1;

        for (unsigned i = 0; i < REQUESTS_PER_TURN && r > 0 && !connection->doomed; i++) {
                if (i > 0 && (has_queue(connection) || connection->account->resting))
                        break;
                connection_check_input(connection);
                if (!connection->doomed)
                        r = sd_bus_process(connection->bus, NULL);
                connection_note_ready(connection);
        }
        account_charge(connection->account, usec_sub(cpu_time(), begin));
        return r;
}

void connection_serve(Connection *connection)
{
        int r;

        if (connection->doomed)
                return;
        if (connection->account->resting) {
                connection->waiting = true;
                (void) watch_set_enabled(&connection->watch, false);
                return;
        }

        connection->unfinished = false;
        r = connection_process(connection);
        if (r < 0 || sd_bus_is_open(connection->bus) <= 0) {
                connection_doom(connection);
                return;
        }

        connection->unfinished = r > 0;
        connection_sent(connection);
}

void connection_sent(Connection *connection)
{
        uint64_t n = 0;
        uint32_t events;
        int r;

        if (connection->doomed)
                return;

        r = sd_bus_get_n_queued_write(connection->bus, &n);
        if (r < 0 || n > QUEUED_MESSAGES_MAX) {
                connection_doom(connection);
                return;
        }

        if (connection->stalled != (n > 0)) {
                connection->stalled = n > 0;
                connection_set_deadline(connection, connection->stalled
                                                            ? usec_add(loop_now(connection->server->loop), STALL_USEC)
                                                            : USEC_INFINITY);
        }
        if (connection->unfinished && !connection->stalled)
                (void) deferred_schedule(&connection->server->tidy);

        if (connection->ready) {
                events = connection->stalled ? EPOLLOUT : EPOLLIN;
        } else {
                r = sd_bus_get_events(connection->bus);
                events = r < 0 ? EPOLLIN : (uint32_t) r;
        }
        if (events != connection->watched && watch_set_events(&connection->watch, events) < 0)
                connection_doom(connection);
        connection->watched = events;
}

static void on_event(void *userdata, int fd, uint32_t events)
{
        Connection *connection = userdata;

        if (connection->doomed)
                return;
        /* There is room: it has read something. */
        if ((events & EPOLLOUT) && connection->stalled)
                connection_set_deadline(connection, usec_add(loop_now(connection->server->loop), STALL_USEC));
        connection_serve(connection);
}

static int connection_start(Connection *connection, int fd)
{
        static const int send_buffer = SEND_BUFFER;
        Server *server = connection->server;
        int r;

        r = sd_bus_new(&connection->bus);
        if (r < 0) {
                fd_close(fd);
                return r;
        }
        r = sd_bus_set_fd(connection->bus, fd, fd);
        if (r < 0) {
                fd_close(fd);
                return r;
        }

        r = sd_bus_set_server(connection->bus, 1, server->id);
        if (r >= 0)
                r = sd_bus_negotiate_fds(connection->bus, connection->privileged);
        if (r >= 0)
                r = sd_bus_set_sender(connection->bus, "org.freedesktop.DBus");
        if (r >= 0)
                r = sd_bus_add_filter(connection->bus, NULL, on_message, connection);
        if (r >= 0)
                r = bus_object_add(connection);
        if (r >= 0)
                r = manager_object_add(connection);
        if (r >= 0)
                r = sd_bus_start(connection->bus);
        /* sd-bus asks for 8 MiB, which a client that doesn't read would fill. */
        if (r >= 0 && setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof(send_buffer)) < 0)
                r = -errno;
        return r;
}

int connection_new(Server *server, int fd, Peer *peer, Connection **ret)
{
        _cleanup_(connection_freep) Connection *connection = calloc(1, sizeof(Connection));
        int r;

        if (!connection) {
                fd_close(fd);
                return -ENOMEM;
        }
        *connection = (Connection){.server = server,
                                   .manager = server->manager,
                                   .peer = *peer,
                                   .privileged = access_is_privileged(&server->policy, peer),
                                   .deadline = USEC_INFINITY,
                                   .unique = ++server->n_accepted};
        *peer = PEER_NULL;
        list_init(&connection->link);
        list_init(&connection->requests);

        r = accounts_join(&server->accounts, connection->peer.uid, &connection->account);
        if (r < 0) {
                fd_close(fd);
                return r;
        }
        r = connection_start(connection, fd);
        if (r < 0)
                return r;

        /* Everybody waits in one row with the output of services, but those who may change things come first. */
        connection->watched = EPOLLIN;
        r = watch_init(&connection->watch, server->loop, sd_bus_get_fd(connection->bus), connection->watched,
                       connection->privileged ? PRIORITY_CONTROL : PRIORITY_STREAM, on_event, connection);
        if (r < 0)
                return r;
        /* The start may have read its greeting, so that the next thing is ours to write. */
        connection_sent(connection);

        *ret = TAKE_PTR(connection);
        return 0;
}

Connection *connection_free(Connection *connection)
{
        if (!connection)
                return NULL;

        requests_cancel(connection);
        watch_done(&connection->watch);
        if (connection->bus) {
                sd_bus_close(connection->bus);
                sd_bus_unref(connection->bus);
        }
        list_remove(&connection->link);
        if (connection->account)
                account_leave(connection->account);
        peer_done(&connection->peer);
        free(connection);
        return NULL;
}

int connection_check_room(Connection *connection, sd_bus_error *error)
{
        uint64_t n = 0;

        if (sd_bus_get_n_queued_write(connection->bus, &n) >= 0 && n >= QUEUED_LISTS_MAX)
                return control_error(error, TENDED_ERROR_BUSY, "Earlier answers wait to be read");
        if (!connection->privileged && n == 0 && server_n_stalled(connection->server) >= STALLED_UNPRIVILEGED_MAX)
                return control_error(error, TENDED_ERROR_BUSY,
                                     "Too many clients don't read their answers, try again");
        return 0;
}

Caller connection_caller(const Connection *connection, const char *verb)
{
        Caller caller = {.uid = connection->peer.uid, .pid = connection->peer.pid, .verb = verb};

        peer_command(&connection->peer, caller.command, sizeof(caller.command));
        return caller;
}

int connection_check_privileged(Connection *connection, sd_bus_error *error)
{
        if (connection->privileged)
                return 0;
        return control_error(error, TENDED_ERROR_NOT_PERMITTED,
                             "Not permitted for user %u: this is for root, the daemon's own user and members of the "
                             "group " ACCESS_GROUP,
                             connection->peer.uid);
}
