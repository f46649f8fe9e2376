/* SPDX-License-Identifier: MIT */

/* Clients that watch. Each has a socket that keeps packets apart, at most one packet in hand, and a reader for each
 * service that it wants; several services are merged by time. A client that does not read costs nothing and slows
 * nobody: its readers are overrun, and say so when it reads again. */

#include "engine/follow.h"

#include <errno.h>
#include <string.h>

#include "common/fd.h"
#include "common/native-entry.h"
#include "common/strv.h"
#include "engine/dialogue.h"
#include "host/packet-pair.h"

#define PACKET_SIZE     ((size_t) 32 * 1024)
#define PACKET_SIZE_MAX ((size_t) 128 * 1024) /* where what came at once is more: a long line */
#define TURN_STEPS      64u

static FollowReader *follow_reader_free(FollowReader *reader)
{
        if (!reader)
                return NULL;
        list_remove(&reader->link);
        list_remove(&reader->of_source);
        list_remove(&reader->work);
        line_reader_done(&reader->reader);
        free(reader);
        return NULL;
}

static Follower *follower_free(Follower *follower)
{
        FollowReader *reader;

        if (!follower)
                return NULL;

        LIST_FOREACH (reader, &follower->readers, FollowReader, link)
                follow_reader_free(reader);
        if (!list_is_empty(&follower->link))
                follower->delivery->n_followers--;
        list_remove(&follower->link);
        list_remove(&follower->scheduled);
        watch_done(&follower->watch);
        fd_close(follower->fd);
        strv_free(follower->services);
        text_done(&follower->out);
        free(follower);
        return NULL;
}
DEFINE_CLEANUP(Follower *, follower_free);

static void schedule(Follower *follower)
{
        if (follower->blocked)
                return;
        if (list_is_empty(&follower->scheduled))
                list_append(&follower->delivery->follow_work, &follower->scheduled);
        (void) deferred_schedule(&follower->delivery->follow_turn);
}

static void reader_mark(FollowReader *reader)
{
        if (list_is_empty(&reader->work))
                list_append(&reader->follower->work, &reader->work);
        schedule(reader->follower);
}

static bool wants(const Follower *follower, const Capture *capture)
{
        return follower->all || strv_contains(follower->services, capture->service);
}

/* `capture` NULL: of the daemon's own events. */
static int add_reader(Follower *follower, Capture *capture)
{
        FollowReader *reader = calloc(1, sizeof(FollowReader));

        if (!reader)
                return -ENOMEM;
        reader->follower = follower;
        reader->capture = capture;
        list_append(&follower->readers, &reader->link);
        list_append(capture ? &capture->followers : &follower->delivery->event_followers, &reader->of_source);
        follow_reader_place(reader);
        reader_mark(reader);
        return 0;
}

void follow_capture_added(Capture *capture)
{
        Follower *follower;

        LIST_FOREACH (follower, &capture->delivery->followers, Follower, link)
                if (follower->follow && wants(follower, capture) && add_reader(follower, capture) < 0)
                        follower_free(follower);
}

void follow_capture_removed(Capture *capture)
{
        FollowReader *reader;

        LIST_FOREACH (reader, &capture->followers, FollowReader, of_source)
                follow_reader_free(reader);
}

static void mark_all(List *followers)
{
        FollowReader *reader;

        LIST_FOREACH (reader, followers, FollowReader, of_source)
                reader_mark(reader);
}

void follow_mark(Capture *capture)
{
        mark_all(&capture->followers);
        if (capture->dialogue)
                dialogue_on_output(capture->dialogue);
}

void follow_mark_events(Delivery *delivery)
{
        mark_all(&delivery->event_followers);
}

/* The reader whose next entry is the oldest; those that have none are out of the list of work. */
static FollowReader *choose(Follower *follower)
{
        FollowReader *reader, *found = NULL;
        usec_t oldest = USEC_INFINITY;

        LIST_FOREACH (reader, &follower->work, FollowReader, work) {
                usec_t next = follow_reader_next(reader);

                if (next == USEC_INFINITY) {
                        list_remove(&reader->work);
                } else if (next < oldest) {
                        oldest = next;
                        found = reader;
                }
        }
        return found;
}

typedef enum Outcome {
        OUTCOME_DONE, /* nothing more to be done now */
        OUTCOME_MORE,
        OUTCOME_ENDED, /* the follower is no more wanted */
} Outcome;

/* How much of what is left goes into one packet: all, or as many whole entries as no socket refuses, one at least. */
static size_t next_packet(const Follower *follower)
{
        NativeReader reader = NATIVE_READER(follower->out.bytes + follower->sent, follower->out.n - follower->sent);
        NativeField field;
        size_t size = 0;
        int r;

        if (reader.size <= PACKET_SIZE_MAX)
                return reader.size;
        while (native_reader_has_more(&reader)) {
                while ((r = native_reader_next(&reader, &field)) > 0)
                        ;
                assert(r == 0);
                if (size > 0 && reader.position > PACKET_SIZE_MAX)
                        break;
                size = reader.position;
        }
        return size;
}

static Outcome send_packet(Follower *follower)
{
        while (follower->sent < follower->out.n) {
                size_t size = next_packet(follower);
                int r = packet_send(follower->fd, follower->out.bytes + follower->sent, size);

                if (r == -EAGAIN) {
                        follower->blocked = true;
                        (void) watch_set_events(&follower->watch, EPOLLOUT);
                        return OUTCOME_DONE;
                }
                if (r < 0)
                        return OUTCOME_ENDED;
                follower->sent += size;
        }
        follower->out.n = follower->sent = 0;
        return OUTCOME_MORE;
}

/* Fills one packet and sends it. */
static Outcome follower_step(Follower *follower)
{
        FollowReader *reader = NULL;
        Outcome outcome;

        /* A full packet that had to wait goes first, and says nothing about what is left. */
        if (follower->out.n >= PACKET_SIZE)
                return send_packet(follower);

        while (follower->out.n < PACKET_SIZE) {
                uint64_t segment;
                size_t before = follower->out.n;

                reader = choose(follower);
                if (!reader)
                        break;
                segment = reader->reader.state.segment;
                if (follow_reader_compose(reader, &follower->out, PACKET_SIZE) < 0)
                        return OUTCOME_ENDED;
                /* The beginning of a line, which has to wait for its end. */
                if (follower->out.n == before && reader->reader.state.segment == segment)
                        list_remove(&reader->work);
        }

        outcome = send_packet(follower);
        if (outcome != OUTCOME_MORE || reader)
                return outcome;
        return follower->follow ? OUTCOME_DONE : OUTCOME_ENDED;
}

void follow_turn(void *userdata)
{
        Delivery *delivery = userdata;

        for (unsigned n = 0; n < TURN_STEPS && !list_is_empty(&delivery->follow_work); n++) {
                Follower *follower = LIST_FIRST(&delivery->follow_work, Follower, scheduled);

                list_remove(&follower->scheduled);
                switch (follower_step(follower)) {
                case OUTCOME_DONE:
                        break;
                case OUTCOME_MORE:
                        schedule(follower);
                        break;
                case OUTCOME_ENDED:
                        follower_free(follower);
                        break;
                }
        }
        if (!list_is_empty(&delivery->follow_work))
                (void) deferred_schedule(&delivery->follow_turn);
}

static void on_socket(void *userdata, int fd, uint32_t events)
{
        Follower *follower = userdata;

        if (events & (EPOLLHUP | EPOLLERR)) {
                follower_free(follower);
                return;
        }
        follower->blocked = false;
        (void) watch_set_events(&follower->watch, 0);
        schedule(follower);
}

int delivery_follow(Delivery *delivery, char *const *services, uint64_t lines, bool follow, bool events, int *ret_fd)
{
        _cleanup_(follower_freep) Follower *follower = NULL;
        _cleanup_close_ int theirs = -EBADF;
        int r;

        if (delivery->n_followers >= FOLLOWERS_MAX)
                return -EUSERS;

        follower = calloc(1, sizeof(Follower));
        if (!follower)
                return -ENOMEM;
        *follower = (Follower){
                .delivery = delivery,
                .fd = -EBADF,
                .all = !services,
                .lines = lines,
                .follow = follow,
                .events = events,
        };
        list_init(&follower->readers);
        list_init(&follower->work);

        r = strv_copy(services, &follower->services);
        if (r >= 0)
                r = packet_pair(&follower->fd, &theirs);
        if (r >= 0)
                r = watch_init(&follower->watch, delivery->loop, follower->fd, 0, PRIORITY_CONTROL, on_socket,
                               follower);
        if (r >= 0 && follower->all && events)
                r = add_reader(follower, NULL);
        for (size_t i = 0; r >= 0 && i < delivery->n_captures; i++)
                if (wants(follower, delivery->captures[i]))
                        r = add_reader(follower, delivery->captures[i]);
        if (r < 0)
                return r;

        list_append(&delivery->followers, &follower->link);
        delivery->n_followers++;
        schedule(follower);
        *ret_fd = TAKE_FD(theirs);
        (void) TAKE_PTR(follower);
        return 0;
}

void follow_done(Delivery *delivery)
{
        Follower *follower;

        LIST_FOREACH (follower, &delivery->followers, Follower, link)
                follower_free(follower);
}
