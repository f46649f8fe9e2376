/* SPDX-License-Identifier: MIT */

/* The control server. It accepts, counts, and sweeps up; what a client says is the connection's and the objects'.
 *
 * Everybody may connect to a system daemon's socket, so connections are bounded: for each user, for all who are not
 * privileged together (so that root always finds room), and in all. Who has not said who it is within some seconds is
 * closed, and earlier where another of its user comes and there is no room. Where descriptors are short, new ones
 * stay in the kernel's queue for a moment: the loop is not woken for what it can't take. */

#include "control/server.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/protocol.h"
#include "control/limits.h"
#include "control/objects.h"
#include "control/requests.h"
#include "control/server-private.h"

size_t server_n_stalled(const Server *server)
{
        Connection *connection;
        size_t n = 0;

        LIST_FOREACH (connection, (List *) &server->connections, Connection, link)
                n += connection->stalled && !connection->privileged;
        return n;
}

void server_update_deadline(Server *server)
{
        usec_t earliest = USEC_INFINITY;
        Connection *connection;

        LIST_FOREACH (connection, &server->connections, Connection, link)
                earliest = MIN(earliest, connection->deadline);
        (void) timer_set(&server->deadlines, earliest);
}

/* Takes back what places it can get. */
static void server_fill_spares(Server *server)
{
        for (size_t i = 0; i < SPARE_DESCRIPTORS; i++) {
                if (server->spares[i] < 0)
                        server->spares[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
                if (server->spares[i] < 0)
                        return;
        }
}

/* Gives one up. Returns false where there is none. */
static bool server_give_spare(Server *server)
{
        for (size_t i = 0; i < SPARE_DESCRIPTORS; i++) {
                if (server->spares[i] < 0)
                        continue;
                server->spares[i] = fd_close(server->spares[i]);
                return true;
        }
        return false;
}

static void server_drop(Server *server, Connection *connection)
{
        assert(server->n_connections > 0);
        server->n_connections--;
        connection_free(connection);
        server_fill_spares(server);
}

static void on_deadline(void *userdata, usec_t now)
{
        Server *server = userdata;
        Connection *connection;

        LIST_FOREACH (connection, &server->connections, Connection, link)
                if (connection->deadline <= now)
                        server_drop(server, connection);
        server_update_deadline(server);
}

static void on_tidy(void *userdata)
{
        Server *server = userdata;
        Connection *connection;
        bool dropped = false;

        LIST_FOREACH (connection, &server->connections, Connection, link) {
                if (connection->unfinished && !connection->doomed && !connection->stalled)
                        connection_serve(connection);
                if (connection->doomed) {
                        server_drop(server, connection);
                        dropped = true;
                }
        }
        if (dropped)
                server_update_deadline(server);
}

static void on_rested(void *userdata, const Account *account)
{
        Server *server = userdata;
        Connection *connection;

        LIST_FOREACH (connection, &server->connections, Connection, link) {
                if (connection->account != account || !connection->waiting)
                        continue;
                connection->waiting = false;
                if (!connection->doomed)
                        (void) watch_set_enabled(&connection->watch, true);
                if (connection->unfinished)
                        (void) deferred_schedule(&server->tidy);
        }
}

/* Closes the oldest connection that has not said who it is: of user `uid`, or of anybody where that is -1. */
static bool server_evict(Server *server, uid_t uid)
{
        Connection *connection;

        LIST_FOREACH (connection, &server->connections, Connection, link) {
                if (connection->ready || (uid != (uid_t) -1 && connection->peer.uid != uid))
                        continue;
                server_drop(server, connection);
                return true;
        }
        return false;
}

static bool server_has_room(Server *server, const Peer *peer)
{
        bool privileged = access_is_privileged(&server->policy, peer);
        size_t unprivileged = 0;
        Connection *connection;

        LIST_FOREACH (connection, &server->connections, Connection, link)
                unprivileged += !connection->privileged;

        if (peer->uid != 0 && peer->uid != server->policy.own_uid &&
            accounts_count(&server->accounts, peer->uid) >= CONNECTIONS_PER_UID_MAX &&
            !server_evict(server, peer->uid))
                return false;
        /* A part of the room is kept for those who may change things. */
        if (!privileged && unprivileged >= server->max_connections * CONNECTIONS_UNPRIVILEGED_MAX / CONNECTIONS_MAX &&
            !server_evict(server, peer->uid))
                return false;
        return server->n_connections < server->max_connections || server_evict(server, (uid_t) -1);
}

static void server_admit(Server *server, int fd)
{
        _cleanup_(peer_done) Peer peer = PEER_NULL;
        _cleanup_close_ int owned = fd;
        Connection *connection = NULL;

        if (peer_init(&peer, fd) < 0 || !server_has_room(server, &peer))
                return;
        if (connection_new(server, TAKE_FD(owned), &peer, &connection) < 0)
                return;

        list_append(&server->connections, &connection->link);
        server->n_connections++;
        connection->deadline = usec_add(loop_now(server->loop), AUTHENTICATION_USEC);
        server_update_deadline(server);
}

static void on_resume(void *userdata, usec_t now)
{
        Server *server = userdata;

        (void) watch_set_enabled(&server->accept, true);
}

static void on_accept(void *userdata, int listen_fd, uint32_t events)
{
        Server *server = userdata;

        for (unsigned i = 0; i < ACCEPTS_PER_TURN; i++) {
                int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

                if (fd >= 0) {
                        server_admit(server, fd);
                        continue;
                }
                if (errno == EMFILE && server_give_spare(server))
                        continue;
                if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                        (void) watch_set_enabled(&server->accept, false);
                        (void) timer_set(&server->resume, usec_add(loop_now(server->loop), ACCEPT_PAUSE_USEC));
                        return;
                }
                if (errno != EINTR && errno != ECONNABORTED)
                        return;
        }
}

int server_new(Loop *loop, Manager *manager, const ServerOptions *options, Server **ret)
{
        _cleanup_(server_freep) Server *server = calloc(1, sizeof(Server));
        int r;

        if (!server)
                return -ENOMEM;
        server->loop = loop;
        server->manager = manager;
        server->listen_fd = options->listen_fd;
        server->policy = (AccessPolicy){.own_uid = options->own_uid, .group = options->group};
        server->max_connections =
                (size_t) MAX(MIN(options->n_descriptors / DESCRIPTORS_SHARE, (uint64_t) CONNECTIONS_MAX), 8u);
        list_init(&server->connections);
        accounts_init(&server->accounts, loop, on_rested, server);
        for (size_t i = 0; i < SPARE_DESCRIPTORS; i++)
                server->spares[i] = -EBADF;
        server_fill_spares(server);

        r = sd_id128_randomize(&server->id);
        if (r >= 0)
                r = service_object_vtable(&server->service_vtable);
        if (r >= 0)
                r = deferred_init(&server->tidy, loop, PRIORITY_STREAM, on_tidy, server, "clients' leftovers");
        if (r >= 0)
                r = timer_init(&server->deadlines, loop, on_deadline, server);
        if (r >= 0)
                r = timer_init(&server->resume, loop, on_resume, server);
        if (r >= 0)
                r = watch_init(&server->accept, loop, options->listen_fd, EPOLLIN, PRIORITY_CONTROL, on_accept,
                               server);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(server);
        return 0;
}

Server *server_free(Server *server)
{
        Connection *connection;

        if (!server)
                return NULL;

        if (server->connections.next)
                while ((connection = LIST_FIRST(&server->connections, Connection, link)))
                        server_drop(server, connection);
        assert(server->n_connections == 0);
        for (size_t i = 0; i < SPARE_DESCRIPTORS; i++)
                server->spares[i] = fd_close(server->spares[i]);
        watch_done(&server->accept);
        timer_done(&server->resume);
        accounts_done(&server->accounts);
        timer_done(&server->deadlines);
        deferred_done(&server->tidy);
        free(server->service_vtable);
        free(server);
        return NULL;
}

/* What could not be said to a subscriber would be missing in what it knows: it begins anew. */
static void after_signal(Connection *connection, int r)
{
        if (r < 0)
                connection_doom(connection);
        else
                connection_sent(connection);
}

void server_service_changed(Server *server, Service *service)
{
        Connection *connection;

        LIST_FOREACH (connection, &server->connections, Connection, link)
                if (connection->subscribed && !connection->doomed)
                        after_signal(connection, service_object_emit(connection, service));
}

void server_tell_service(Server *server, Service *service, bool is_new)
{
        Connection *connection;

        LIST_FOREACH (connection, &server->connections, Connection, link)
                if (connection->subscribed && !connection->doomed)
                        after_signal(connection, service_object_announce(connection, service, is_new));
}

void server_shutdown_done(Server *server)
{
        Connection *connection;

        LIST_FOREACH (connection, &server->connections, Connection, link)
                requests_answer_shutdown(connection);
}
