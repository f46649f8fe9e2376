/* SPDX-License-Identifier: MIT */

/* The connection to journald. A connected datagram socket is as good as a stream where journald lives: the kernel
 * keeps what it took, and tells by EPOLLOUT when it takes more (on an unconnected one EPOLLOUT would always be
 * there). Where systemd holds the socket, a journald that is restarted is never noticed here, and loses nothing; one
 * that is killed together with its socket takes along what was queued, which is why the send buffer is small.
 *
 * Entries too big for a datagram go as memfds, over a second socket whose send buffer has the least size there is:
 * in the first one's buffer hundreds of them would have room, each of any size. Both sockets end in the same queue,
 * in the order of sending.
 *
 * When nobody is there any more: the loss is told, and a new connection is tried at once, then when something new
 * stands at the socket's path, and now and then. Nothing is dropped here: what could not be sent stays the caller's.
 */

#include "host/journal-socket.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/fd.h"
#include "common/socket-path.h"
#include "host/datagram.h"
#include "host/journal-probe.h"
#include "host/path-watch.h"

#define BACKOFF_MIN_USEC (50 * USEC_PER_MSEC)
#define BACKOFF_MAX_USEC (5 * USEC_PER_SEC)
#define SETTLE_MIN_USEC  USEC_PER_SEC
#define SETTLE_MAX_USEC  (64 * USEC_PER_SEC)
#define RETRY_USEC       (20 * USEC_PER_MSEC)

struct JournalSocket {
        Loop *loop; /* weak */
        JournalSocketOptions options;
        char *path;

        int fd;        /* -EBADF: journald is gone */
        int memory_fd; /* for memfds; made when the first is sent */
        Watch writable, memory_writable;
        bool waiting; /* somebody was told -EAGAIN */
        Timer retry;  /* no memory; or, without a connection, the next try */
        usec_t backoff;
        bool was_there;    /* there has been a connection */
        usec_t gone_since; /* CLOCK_MONOTONIC; 0: it is there */

        Flight flight;
        Timer settle;       /* looks whether all was received, some time after sending */
        usec_t settle_usec; /* 0: it is off, nothing was sent since */
        uint64_t settle_n_sent;
        uint64_t several_in_flight; /* entries that were on their way in larger datagrams when journald was restarted
                                     */

        PathWatch *path_watch, *invocation_watch;
        JournalProbe *probe;
};

int journal_socket_connect(const char *path, int send_buffer, int *ret_fd)
{
        _cleanup_(socket_address_done) SocketAddress address = SOCKET_ADDRESS_NULL;
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        int r;

        if (fd < 0)
                return -errno;
        r = socket_address_init(&address, path);
        if (r < 0)
                return r;
        if (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof(send_buffer)) < 0)
                return -errno;
        if (connect(fd, (const struct sockaddr *) &address.address, address.length) < 0)
                return -errno;

        *ret_fd = TAKE_FD(fd);
        return 0;
}

static void journal_event(JournalSocket *journal, SinkEvent event, uint64_t in_flight, const char *text)
{
        journal->options.on_event(journal->options.userdata, event, text, in_flight);
}

/* Whoever waits may try again. */
static void journal_wake(JournalSocket *journal)
{
        if (!journal->waiting)
                return;
        journal->waiting = false;
        journal->options.on_writable(journal->options.userdata);
}

static void on_writable(void *userdata, int fd, uint32_t events)
{
        JournalSocket *journal = userdata;

        (void) watch_set_enabled(fd == journal->fd ? &journal->writable : &journal->memory_writable, false);
        journal_wake(journal);
}

/* A watch that is off until the socket is full. */
static int journal_watch(JournalSocket *journal, int fd, Watch *watch)
{
        int r = watch_init(watch, journal->loop, fd, EPOLLOUT, PRIORITY_STREAM, on_writable, journal);

        if (r < 0)
                return r;
        return watch_set_enabled(watch, false);
}

static void journal_disconnect(JournalSocket *journal)
{
        journal_probe_stop(journal->probe);
        watch_done(&journal->writable);
        watch_done(&journal->memory_writable);
        journal->fd = fd_close(journal->fd);
        journal->memory_fd = fd_close(journal->memory_fd);
        (void) timer_set(&journal->settle, USEC_INFINITY);
        journal->settle_usec = 0;
}

/* Nobody is at the other end: says so, with what went along, and closes. */
static void journal_lost(JournalSocket *journal, int error)
{
        uint64_t in_flight = flight_entries(&journal->flight);
        char text[256];

        journal_disconnect(journal);
        flight_settle(&journal->flight);
        if (journal->gone_since == 0)
                journal->gone_since = MAX(loop_now(journal->loop), (usec_t) 1);

        if (!journal->was_there)
                (void) snprintf(text, sizeof(text), "journald is not there (%s); what comes is kept for it",
                                strerror(-error));
        else if (in_flight == 0)
                (void) snprintf(text, sizeof(text),
                                "journald went away (%s); nothing was on its way, and what follows is kept for it",
                                strerror(-error));
        else
                (void) snprintf(text, sizeof(text),
                                "journald went away (%s); at most %" PRIu64
                                " entries that it had not stored are lost, "
                                "what follows is kept for it",
                                strerror(-error), in_flight);
        journal_event(journal, SINK_LOST, in_flight, text);
}

/* The next try; the pause grows until something was sent. */
static void journal_retry_later(JournalSocket *journal)
{
        (void) timer_set(&journal->retry, usec_add(loop_now(journal->loop), journal->backoff));
        journal->backoff = MIN(2 * journal->backoff, BACKOFF_MAX_USEC);
}

/* Makes the connection; where that fails, the next try is arranged. */
static int journal_connect(JournalSocket *journal)
{
        char text[128];
        int r;

        r = journal_socket_connect(journal->path, DATAGRAM_SEND_BUFFER, &journal->fd);
        if (r >= 0)
                r = journal_watch(journal, journal->fd, &journal->writable);
        if (r < 0) {
                journal->fd = fd_close(journal->fd);
                journal_retry_later(journal);
                return r;
        }

        (void) timer_set(&journal->retry, USEC_INFINITY);
        journal->was_there = true;
        if (journal->gone_since != 0) {
                usec_t gone = usec_sub(loop_now(journal->loop), journal->gone_since);

                journal->gone_since = 0;
                (void) snprintf(text, sizeof(text), "journald is back after %" PRIu64 ".%03" PRIu64 " s",
                                gone / USEC_PER_SEC, gone % USEC_PER_SEC / USEC_PER_MSEC);
                journal_event(journal, SINK_BACK, 0, text);
        }
        journal_probe_start(journal->probe, journal->fd);
        return 0;
}

static void on_retry(void *userdata, usec_t now)
{
        JournalSocket *journal = userdata;

        if (journal->fd >= 0 || journal_connect(journal) >= 0)
                journal_wake(journal);
}

/* Whether anybody is still at the other end, asked with an empty message, which journald ignores. */
static int journal_is_gone(const JournalSocket *journal)
{
        int r = send(journal->fd, NULL, 0, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;

        return r < 0 && datagram_trouble(r) == SEND_GONE ? r : 0;
}

/* Nobody was: says so, and connects again where somebody is there by now. */
static void journal_look(JournalSocket *journal)
{
        int r = journal->fd >= 0 ? journal_is_gone(journal) : 0;

        if (r < 0)
                journal_lost(journal, r);
        if (journal->fd < 0 && journal_connect(journal) >= 0)
                journal_wake(journal);
}

/* Something else stands at the socket's path. */
static void on_path_change(void *userdata)
{
        journal_look(userdata);
}

/* systemd started a journald anew behind the same socket: perhaps another version. */
static void on_invocation_change(void *userdata)
{
        JournalSocket *journal = userdata;

        if (journal->fd < 0)
                return;
        if (journal_probe_answer(journal->probe) == PROBE_SEVERAL) {
                flight_observe(&journal->flight, socket_queued(journal->fd) + socket_queued(journal->memory_fd));
                journal->several_in_flight = flight_entries(&journal->flight);
        }
        journal_probe_start(journal->probe, journal->fd);
}

static void on_probe_answer(void *userdata, ProbeAnswer answer)
{
        JournalSocket *journal = userdata;
        uint64_t in_flight = journal->several_in_flight;
        char text[256];

        journal->several_in_flight = 0;
        if (answer != PROBE_ONE || in_flight == 0)
                return;

        (void) snprintf(text, sizeof(text),
                        "journald was replaced by one that keeps a single entry of a message; at most %" PRIu64
                        " entries that were on their way are lost",
                        in_flight);
        journal_event(journal, SINK_LOST, in_flight, text);
}

static void on_settle(void *userdata, usec_t now)
{
        JournalSocket *journal = userdata;
        int queued = socket_queued(journal->fd) + socket_queued(journal->memory_fd);

        /* Who died leaves an empty queue, too. */
        if (journal_is_gone(journal) < 0) {
                journal_look(journal);
                return;
        }
        if (queued == 0 && journal->flight.n_sent == journal->settle_n_sent) {
                flight_settle(&journal->flight);
                journal->settle_usec = 0;
                return;
        }

        flight_observe(&journal->flight, queued);
        journal->settle_usec = journal->flight.n_sent == journal->settle_n_sent
                                       ? MIN(2 * journal->settle_usec, SETTLE_MAX_USEC)
                                       : SETTLE_MIN_USEC;
        journal->settle_n_sent = journal->flight.n_sent;
        (void) timer_set(&journal->settle, usec_add(now, journal->settle_usec));
}

/* Notes what went, and what of it nobody has received. */
static void journal_sent(JournalSocket *journal, const SinkDatagram *datagrams, size_t n)
{
        for (size_t i = 0; i < n; i++)
                flight_add(&journal->flight, &datagrams[i]);
        journal->backoff = BACKOFF_MIN_USEC;
        flight_observe(&journal->flight, socket_queued(journal->fd) + socket_queued(journal->memory_fd));

        if (journal->settle_usec == 0) {
                journal->settle_usec = SETTLE_MIN_USEC;
                journal->settle_n_sent = journal->flight.n_sent;
                (void) timer_set(&journal->settle, usec_add(loop_now(journal->loop), SETTLE_MIN_USEC));
        }
}

static int journal_send_memfd(JournalSocket *journal, const SinkDatagram *datagram)
{
        int r;

        if (journal->memory_fd < 0) {
                /* The kernel makes of 1 the least size that it allows: a handful of messages. */
                r = journal_socket_connect(journal->path, 1, &journal->memory_fd);
                if (r < 0)
                        return r;
                r = journal_watch(journal, journal->memory_fd, &journal->memory_writable);
                if (r < 0) {
                        journal->memory_fd = fd_close(journal->memory_fd);
                        return r;
                }
        }

        r = datagram_send_memfd(journal->memory_fd, datagram, 0);
        if (r == -EAGAIN)
                (void) watch_set_enabled(&journal->memory_writable, true);
        return r;
}

/* As many as fit into datagrams in one go, or else the first as a memfd. */
static int journal_send_some(JournalSocket *journal, const SinkDatagram *datagrams, size_t n)
{
        size_t fitting = 0;
        int r;

        while (fitting < n && datagrams[fitting].size <= SINK_DATAGRAM_MAX)
                fitting++;
        if (fitting == 0)
                return journal_send_memfd(journal, datagrams);

        r = datagram_send(journal->fd, datagrams, fitting);
        if (r == -EAGAIN)
                (void) watch_set_enabled(&journal->writable, true);
        if (r < 0 && datagram_trouble(r) == SEND_TOO_BIG)
                return journal_send_memfd(journal, datagrams);
        return r;
}

/* What to do about an error of sending. True where it shall be tried again at once, over a new connection; else what
 * wakes us is arranged. */
static bool journal_handle_trouble(JournalSocket *journal, int error, bool reconnect)
{
        switch (datagram_trouble(error)) {
        case SEND_FULL:
                return false; /* the watch is on */
        case SEND_LATER:
        case SEND_TOO_BIG:
                (void) timer_set(&journal->retry, usec_add(loop_now(journal->loop), RETRY_USEC));
                return false;
        case SEND_GONE:
                journal_lost(journal, error);
                if (reconnect)
                        return journal_connect(journal) >= 0;
                journal_retry_later(journal);
                return false;
        }
        assert_not_reached();
}

int journal_socket_send(JournalSocket *journal, const SinkDatagram *datagrams, size_t n)
{
        size_t sent = 0;
        int r = 0;

        /* A connection that was made anew gets a second try; one that is lost again waits. */
        for (unsigned attempt = 0; attempt < 2 && journal->fd >= 0 && sent < n; attempt++) {
                while (sent < n && (r = journal_send_some(journal, datagrams + sent, n - sent)) > 0) {
                        journal_sent(journal, datagrams + sent, (size_t) r);
                        sent += (size_t) r;
                }
                if (r >= 0 || !journal_handle_trouble(journal, r, attempt == 0))
                        break;
        }

        if (sent < n)
                journal->waiting = true;
        return sent > 0 ? (int) sent : -EAGAIN;
}

unsigned journal_socket_max_entries(const JournalSocket *journal)
{
        return journal_probe_answer(journal->probe) == PROBE_SEVERAL ? SINK_ENTRIES_MAX : 1;
}

const char *journal_socket_state(const JournalSocket *journal)
{
        if (journal->fd < 0)
                return "waiting for journald, which is not there";
        return journal->waiting ? "waiting for journald, which takes nothing at the moment" : "delivering";
}

static int journal_socket_watch_paths(JournalSocket *journal, const JournalSocketOptions *options)
{
        int r;

        r = path_watch_new(journal->loop, journal->path, on_path_change, journal, &journal->path_watch);
        if (r < 0)
                return r;
        return path_watch_new(journal->loop, options->invocation_path, on_invocation_change, journal,
                              &journal->invocation_watch);
}

int journal_socket_new(Loop *loop, const JournalSocketOptions *options, JournalSocket **ret)
{
        _cleanup_(journal_socket_freep) JournalSocket *journal = calloc(1, sizeof(JournalSocket));
        int r;

        if (!journal)
                return -ENOMEM;
        *journal = (JournalSocket){
                .loop = loop,
                .options = *options,
                .fd = -EBADF,
                .memory_fd = -EBADF,
                .backoff = BACKOFF_MIN_USEC,
        };
        journal->path = strdup(options->path);
        if (!journal->path)
                return -ENOMEM;

        r = timer_init(&journal->retry, loop, on_retry, journal);
        if (r < 0)
                return r;
        r = timer_init(&journal->settle, loop, on_settle, journal);
        if (r < 0)
                return r;
        r = journal_probe_new(loop, options->processes, options->helper, on_probe_answer, journal, &journal->probe);
        if (r < 0)
                return r;
        r = journal_socket_watch_paths(journal, options);
        if (r < 0)
                return r;

        r = journal_connect(journal);
        if (r < 0)
                journal_lost(journal, r);
        *ret = TAKE_PTR(journal);
        return 0;
}

JournalSocket *journal_socket_free(JournalSocket *journal)
{
        if (!journal)
                return NULL;

        if (journal->probe)
                journal_disconnect(journal);
        journal_probe_free(journal->probe);
        path_watch_free(journal->path_watch);
        path_watch_free(journal->invocation_watch);
        timer_done(&journal->retry);
        timer_done(&journal->settle);
        free(journal->path);
        free(journal);
        return NULL;
}
