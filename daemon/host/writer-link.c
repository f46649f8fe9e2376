/* SPDX-License-Identifier: MIT */

/* The daemon's end of a writer. The writer blocks in its own write(2), on a terminal that nobody reads or a disk that
 * hangs; here that is a full socket, and to the loop it looks like a slow journald. Entries too big for a datagram go
 * as memfds, in messages that are padded so that the send buffer bounds their number.
 *
 * A writer that dies (killed, out of memory) takes along what was in the socket: that is told, and a new one is
 * started, at once the first time, then with growing pauses. At the end of file it writes what it has and ends; the
 * link tells when that is done. */

#include "host/writer-link.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/strv.h"
#include "host/datagram.h"
#include "host/process.h"

#define BACKOFF_MIN_USEC (100 * USEC_PER_MSEC)
#define BACKOFF_MAX_USEC (5 * USEC_PER_SEC)
/* One that lived as long as this is replaced at once. */
#define LIFE_USEC        USEC_PER_SEC
#define RETRY_USEC       (20 * USEC_PER_MSEC)
/* With this much around each memfd some five of them fill the send buffer. */
#define MEMFD_PADDING    (32 * 1024)

struct WriterLink {
        Loop *loop; /* weak */
        WriterLinkOptions options;
        char **argv;
        int fd; /* -EBADF: no writer, or closed */
        Process *process;
        Watch writable;
        bool waiting; /* somebody was told -EAGAIN */
        bool closed;
        bool lost;      /* a writer died, and none was started since */
        usec_t started; /* CLOCK_MONOTONIC */
        Timer retry;
        usec_t backoff;
        Flight flight;
};

static void writer_link_wake(WriterLink *link)
{
        if (!link->waiting)
                return;
        link->waiting = false;
        link->options.on_writable(link->options.userdata);
}

static void on_writable(void *userdata, int fd, uint32_t events)
{
        WriterLink *link = userdata;

        (void) watch_set_enabled(&link->writable, false);
        writer_link_wake(link);
}

static void writer_link_disconnect(WriterLink *link)
{
        watch_done(&link->writable);
        link->fd = fd_close(link->fd);
}

static void writer_link_retry_later(WriterLink *link)
{
        (void) timer_set(&link->retry, usec_add(loop_now(link->loop), link->backoff));
        link->backoff = MIN(2 * link->backoff, BACKOFF_MAX_USEC);
}

static void on_process_end(void *userdata, Process *process, const ProcessOutcome *outcome);

static int writer_link_spawn(WriterLink *link)
{
        const ProcessHandler handler = {.on_end = on_process_end, .userdata = link};
        const int size = DATAGRAM_SEND_BUFFER;
        int pair[2], r;

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
                return -errno;
        link->fd = pair[0];
        _cleanup_close_ int writer_fd = pair[1];

        /* Each end has a description of its own, so that the writer's stays a blocking one; ours is never waited on.
         */
        if (setsockopt(link->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) < 0)
                return -errno;
        r = watch_init(&link->writable, link->loop, link->fd, EPOLLOUT, PRIORITY_STREAM, on_writable, link);
        if (r >= 0)
                r = watch_set_enabled(&link->writable, false);
        if (r < 0)
                return r;
        return process_spawn_helper(link->options.processes, link->argv,
                                    (int[3]){writer_fd, STDOUT_FILENO, STDERR_FILENO}, &handler, &link->process);
}

/* Starts a writer; where that fails, the next try is arranged. */
static int writer_link_start(WriterLink *link)
{
        int r = writer_link_spawn(link);

        if (r < 0) {
                writer_link_disconnect(link);
                writer_link_retry_later(link);
                return r;
        }
        if (link->lost)
                link->options.on_event(link->options.userdata, SINK_BACK, "The log's writer was started anew", 0);
        link->lost = false;
        link->started = loop_now(link->loop);
        return 0;
}

static void on_retry(void *userdata, usec_t now)
{
        WriterLink *link = userdata;

        if (!link->closed && !link->process && writer_link_start(link) < 0)
                return;
        writer_link_wake(link);
}

/* The writer is dead: says what went along. */
static void writer_link_lost(WriterLink *link, const ProcessOutcome *outcome)
{
        uint64_t in_flight = flight_entries(&link->flight);
        char text[256];

        writer_link_disconnect(link);
        flight_settle(&link->flight);
        link->lost = true;
        if (outcome->failed_step)
                (void) snprintf(text, sizeof(text), "The log's writer could not be started (%s: %s)",
                                outcome->failed_step, strerror(outcome->error));
        else
                (void) snprintf(text, sizeof(text),
                                "The log's writer %s %d; at most %" PRIu64
                                " entries that it had not written are lost",
                                outcome->exit.end == PROCESS_EXITED ? "ended with status" : "was killed by signal",
                                outcome->exit.status, in_flight);
        link->options.on_event(link->options.userdata, SINK_LOST, text, in_flight);
}

static void on_process_end(void *userdata, Process *process, const ProcessOutcome *outcome)
{
        WriterLink *link = userdata;

        link->process = NULL;
        if (!link->closed || outcome->exit.end != PROCESS_EXITED || outcome->exit.status != 0)
                writer_link_lost(link, outcome);
        if (link->closed) {
                link->options.on_finished(link->options.userdata);
                return;
        }

        if (usec_sub(loop_now(link->loop), link->started) < LIFE_USEC) {
                writer_link_retry_later(link);
                return;
        }
        link->backoff = BACKOFF_MIN_USEC;
        if (writer_link_start(link) >= 0)
                writer_link_wake(link);
}

int writer_link_send(WriterLink *link, const SinkDatagram *datagrams, size_t n)
{
        size_t sent = 0;
        int r = 0;

        while (link->fd >= 0 && !link->closed && sent < n) {
                size_t fitting = 0;

                while (fitting < n - sent && datagrams[sent + fitting].size <= SINK_DATAGRAM_MAX)
                        fitting++;
                r = fitting > 0 ? datagram_send(link->fd, datagrams + sent, fitting)
                                : datagram_send_memfd(link->fd, datagrams + sent, MEMFD_PADDING);
                if (r < 0)
                        break;
                for (int i = 0; i < r; i++)
                        flight_add(&link->flight, &datagrams[sent++]);
                flight_observe(&link->flight, socket_queued(link->fd));
        }
        if (sent == n)
                return (int) sent;

        link->waiting = true;
        if (link->fd >= 0 && datagram_trouble(r) == SEND_FULL)
                (void) watch_set_enabled(&link->writable, true);
        else if (link->fd >= 0 && datagram_trouble(r) != SEND_GONE)
                (void) timer_set(&link->retry, usec_add(loop_now(link->loop), RETRY_USEC));
        /* Where the writer is gone, its end will be told, and the next one wakes us. */
        return sent > 0 ? (int) sent : -EAGAIN;
}

const char *writer_link_state(const WriterLink *link)
{
        if (link->fd < 0)
                return "waiting for the log's writer, which is being started anew";
        return link->waiting ? "waiting for the log's writer, which takes nothing at the moment" : "delivering";
}

int writer_link_queued(const WriterLink *link)
{
        return socket_queued(link->fd);
}

void writer_link_close(WriterLink *link)
{
        link->closed = true;
        (void) timer_set(&link->retry, USEC_INFINITY);
        /* Not close(): the queue can be looked at as long as the socket is there. */
        if (link->process)
                (void) shutdown(link->fd, SHUT_WR);
}

bool writer_link_is_finished(const WriterLink *link)
{
        return link->closed && !link->process;
}

int writer_link_new(Loop *loop, const WriterLinkOptions *options, WriterLink **ret)
{
        _cleanup_(writer_link_freep) WriterLink *link = calloc(1, sizeof(WriterLink));
        int r;

        if (!link)
                return -ENOMEM;
        *link = (WriterLink){.loop = loop, .options = *options, .fd = -EBADF, .backoff = BACKOFF_MIN_USEC};

        r = strv_copy(options->argv, &link->argv);
        if (r < 0)
                return r;
        r = timer_init(&link->retry, loop, on_retry, link);
        if (r < 0)
                return r;
        (void) writer_link_start(link);

        *ret = TAKE_PTR(link);
        return 0;
}

WriterLink *writer_link_free(WriterLink *link)
{
        if (!link)
                return NULL;

        if (link->process)
                process_forget(link->process);
        writer_link_disconnect(link);
        timer_done(&link->retry);
        strv_free(link->argv);
        free(link);
        return NULL;
}
