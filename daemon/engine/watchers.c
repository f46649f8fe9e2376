/* SPDX-License-Identifier: MIT */

/* Clients that watch what happens. What is told within a turn of the loop goes to each of them in few packets. For a
 * client that does not read some are kept, within bounds for each and for all; what comes then is counted, and the
 * count is told where the gap is. Nobody is held up by it. */

#include "engine/watchers.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/fd.h"
#include "common/name.h"
#include "common/strv.h"
#include "core/entry.h"
#include "core/glob.h"
#include "host/packet-pair.h"

#define WATCHERS_MAX 256u
#define PACKET_MAX   ((size_t) 64 * 1024)
/* A thousand services that are stopped at once are told of without a gap. */
#define KEPT_MAX     ((size_t) 4 * 1024 * 1024)  /* for one */
#define KEPT_ALL_MAX ((size_t) 16 * 1024 * 1024) /* for all */

/* Some entries on their way. */
typedef struct Packet {
        List link;
        Text text;
} Packet;

typedef struct Watcher {
        Watchers *watchers; /* weak */
        List link;
        int fd;
        Watch watch;
        char **patterns; /* without suffixes; NULL: everything */
        List packets;    /* not sent yet */
        size_t kept;     /* their size */
        uint64_t missed; /* not told yet */
        bool blocked;    /* the client has to take something first */
} Watcher;

static void packet_free(Watcher *watcher, Packet *packet)
{
        watcher->kept -= packet->text.n;
        watcher->watchers->kept -= packet->text.n;
        list_remove(&packet->link);
        text_done(&packet->text);
        free(packet);
}

static Watcher *watcher_free(Watcher *watcher)
{
        Packet *packet;

        if (!watcher)
                return NULL;
        while ((packet = LIST_FIRST(&watcher->packets, Packet, link)))
                packet_free(watcher, packet);
        if (!list_is_empty(&watcher->link))
                watcher->watchers->n--;
        list_remove(&watcher->link);
        watch_done(&watcher->watch);
        fd_close(watcher->fd);
        strv_free(watcher->patterns);
        free(watcher);
        return NULL;
}
DEFINE_CLEANUP(Watcher *, watcher_free);

/* The packet that the next `size` bytes go into; NULL: there is no memory. */
static Packet *open_packet(Watcher *watcher, size_t size)
{
        Packet *packet = NULL;

        if (!list_is_empty(&watcher->packets))
                packet = CONTAINER_OF(watcher->packets.prev, Packet, link);
        if (packet && packet->text.n + size <= PACKET_MAX)
                return packet;
        packet = calloc(1, sizeof(Packet));
        if (packet)
                list_append(&watcher->packets, &packet->link);
        return packet;
}

/* Adds an entry, which lacks nothing but its time. False: there was no room. */
static bool add_entry(Watcher *watcher, const Text *entry)
{
        Watchers *watchers = watcher->watchers;
        size_t before;
        Packet *packet;

        if (entry->failed || watcher->kept + entry->n > KEPT_MAX || watchers->kept + entry->n > KEPT_ALL_MAX)
                return false;
        packet = open_packet(watcher, entry->n);
        if (!packet)
                return false;

        before = packet->text.n;
        if (before > 0)
                text_add_char(&packet->text, '\n');
        text_add(&packet->text, entry->bytes, entry->n);
        entry_add_number(&packet->text, "__REALTIME_TIMESTAMP", loop_realtime(watchers->loop));
        if (packet->text.failed) {
                packet->text.n = before;
                packet->text.failed = false;
                return false;
        }
        watcher->kept += packet->text.n - before;
        watchers->kept += packet->text.n - before;
        return true;
}

/* An event of the watching itself. */
static bool add_own(Watcher *watcher, const char *event, const char *message, unsigned priority)
{
        Text entry = TEXT_NULL;
        bool done;

        entry_add_string(&entry, "TENDED_EVENT", event);
        entry_add_string(&entry, "MESSAGE", message);
        entry_add_number(&entry, "PRIORITY", priority);
        if (watcher->missed > 0)
                entry_add_number(&entry, "TENDED_MISSED", watcher->missed);
        done = add_entry(watcher, &entry);
        text_done(&entry);
        return done;
}

/* Where there is room again, the gap comes first. */
static bool add_missed(Watcher *watcher)
{
        char text[64];

        if (watcher->missed == 0)
                return true;
        snprintf(text, sizeof(text), "%" PRIu64 " events were missed here", watcher->missed);
        if (watcher->kept > KEPT_MAX / 2 || !add_own(watcher, "missed", text, 4))
                return false;
        watcher->missed = 0;
        return true;
}

/* Sends what there is. Returns false where the watcher is no more. */
static bool watcher_send(Watcher *watcher)
{
        Packet *packet;

        while (!watcher->blocked) {
                int r;

                (void) add_missed(watcher);
                packet = LIST_FIRST(&watcher->packets, Packet, link);
                if (!packet)
                        return true;
                r = packet_send(watcher->fd, packet->text.bytes, packet->text.n);
                if (r == -EAGAIN) {
                        watcher->blocked = true;
                        (void) watch_set_events(&watcher->watch, EPOLLOUT);
                } else if (r < 0) {
                        watcher_free(watcher);
                        return false;
                } else {
                        packet_free(watcher, packet);
                }
        }
        return true;
}

static void on_flush(void *userdata)
{
        Watchers *watchers = userdata;
        Watcher *watcher;

        LIST_FOREACH (watcher, &watchers->list, Watcher, link)
                (void) watcher_send(watcher);
}

static void on_socket(void *userdata, int fd, uint32_t events)
{
        Watcher *watcher = userdata;

        if (events & (EPOLLHUP | EPOLLERR)) {
                watcher_free(watcher);
                return;
        }
        watcher->blocked = false;
        (void) watch_set_events(&watcher->watch, 0);
        (void) watcher_send(watcher);
}

int watchers_init(Watchers *watchers, Loop *loop)
{
        *watchers = (Watchers){.loop = loop};
        list_init(&watchers->list);
        return deferred_init(&watchers->flush, loop, PRIORITY_CONTROL, on_flush, watchers, "watchers");
}

void watchers_done(Watchers *watchers)
{
        Watcher *watcher;

        if (watchers->list.next)
                LIST_FOREACH (watcher, &watchers->list, Watcher, link) {
                        /* The last word comes before the end of the file. */
                        if (watcher_send(watcher))
                                watcher_free(watcher);
                }
        deferred_done(&watchers->flush);
}

static int copy_patterns(char *const *patterns, char ***ret)
{
        _cleanup_(strv_freep) char **copy = NULL;

        STRV_FOREACH (pattern, patterns) {
                char *stem = strndup(*pattern, name_stem_length(*pattern));
                int r = stem ? strv_consume(&copy, stem) : -ENOMEM;

                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(copy);
        return 0;
}

int watchers_add(Watchers *watchers, char *const *patterns, int *ret_fd)
{
        _cleanup_(watcher_freep) Watcher *watcher = NULL;
        _cleanup_close_ int theirs = -EBADF;
        int r;

        if (watchers->n >= WATCHERS_MAX)
                return -EUSERS;
        watcher = calloc(1, sizeof(Watcher));
        if (!watcher)
                return -ENOMEM;
        watcher->watchers = watchers;
        watcher->fd = -EBADF;
        list_init(&watcher->packets);

        r = copy_patterns(patterns, &watcher->patterns);
        if (r >= 0)
                r = packet_pair(&watcher->fd, &theirs);
        if (r >= 0)
                r = watch_init(&watcher->watch, watchers->loop, watcher->fd, 0, PRIORITY_CONTROL, on_socket, watcher);
        if (r < 0)
                return r;

        /* The first word: from here on nothing happens unseen. */
        if (!add_own(watcher, "watching", "what happens from here on", 7))
                return -ENOMEM;
        r = deferred_schedule(&watchers->flush);
        if (r < 0)
                return r;

        list_append(&watchers->list, &watcher->link);
        watchers->n++;
        *ret_fd = TAKE_FD(theirs);
        (void) TAKE_PTR(watcher);
        return 0;
}

static bool is_instance_of(const char *service, const char *template)
{
        size_t length = strlen(template);

        return strncmp(service, template, length) == 0 && service[length] == '@';
}

static bool wants(const Watcher *watcher, const char *service)
{
        if (!watcher->patterns)
                return true;
        STRV_FOREACH (pattern, watcher->patterns)
                if (service && (strcmp(*pattern, service) == 0 || is_instance_of(service, *pattern) ||
                                (glob_is_pattern(*pattern) && glob_match(*pattern, service))))
                        return true;
        return false;
}

void watchers_tell(Watchers *watchers, const char *service, const Text *entry)
{
        Watcher *watcher;

        LIST_FOREACH (watcher, &watchers->list, Watcher, link)
                /* In order: who has missed something hears of that first. */
                if (wants(watcher, service) && (!add_missed(watcher) || !add_entry(watcher, entry)))
                        watcher->missed++;
        (void) deferred_schedule(&watchers->flush);
}
