/* SPDX-License-Identifier: MIT */

/* Clients that watch what happens. What is told within a turn of the loop goes to each of them in one packet. A
 * client that does not read has its socket's buffer and one packet of ours; what comes then is counted, and the count
 * is the first that it hears when it reads again. Nobody is held up by it, and it costs nobody's memory. */

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

typedef struct Watcher {
        Watchers *watchers; /* weak */
        List link;
        int fd;
        Watch watch;
        char **patterns; /* without suffixes; NULL: everything */
        Text out;        /* not sent yet */
        uint64_t missed; /* not told yet */
        bool blocked;    /* the client has to take something first */
} Watcher;

static Watcher *watcher_free(Watcher *watcher)
{
        if (!watcher)
                return NULL;
        if (!list_is_empty(&watcher->link))
                watcher->watchers->n--;
        list_remove(&watcher->link);
        watch_done(&watcher->watch);
        fd_close(watcher->fd);
        strv_free(watcher->patterns);
        text_done(&watcher->out);
        free(watcher);
        return NULL;
}
DEFINE_CLEANUP(Watcher *, watcher_free);

static void begin_entry(Text *out)
{
        if (out->n > 0)
                text_add_char(out, '\n');
}

static void add_missed(Watcher *watcher)
{
        char text[64];

        snprintf(text, sizeof(text), "%" PRIu64 " events were missed here", watcher->missed);
        begin_entry(&watcher->out);
        entry_add_string(&watcher->out, "TENDED_EVENT", "missed");
        entry_add_string(&watcher->out, "MESSAGE", text);
        entry_add_number(&watcher->out, "PRIORITY", 4);
        entry_add_number(&watcher->out, "TENDED_MISSED", watcher->missed);
        entry_add_number(&watcher->out, "__REALTIME_TIMESTAMP", loop_realtime(watcher->watchers->loop));
        watcher->missed = 0;
}

/* Sends what there is. Returns false where the watcher is no more. */
static bool watcher_send(Watcher *watcher)
{
        int r = 0;

        while (!watcher->blocked && (watcher->out.n > 0 || watcher->missed > 0)) {
                if (watcher->out.n == 0)
                        add_missed(watcher);
                r = watcher->out.failed ? -ENOMEM : packet_send(watcher->fd, watcher->out.bytes, watcher->out.n);
                if (r == -EAGAIN) {
                        watcher->blocked = true;
                        (void) watch_set_events(&watcher->watch, EPOLLOUT);
                } else if (r < 0) {
                        watcher_free(watcher);
                        return false;
                } else {
                        watcher->out.n = 0;
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

/* The first word: from here on nothing happens unseen. */
static void add_begin(Watcher *watcher)
{
        entry_add_string(&watcher->out, "TENDED_EVENT", "watching");
        entry_add_string(&watcher->out, "MESSAGE", "what happens from here on");
        entry_add_number(&watcher->out, "PRIORITY", 7);
        entry_add_number(&watcher->out, "__REALTIME_TIMESTAMP", loop_realtime(watcher->watchers->loop));
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

        r = copy_patterns(patterns, &watcher->patterns);
        if (r >= 0)
                r = packet_pair(&watcher->fd, &theirs);
        if (r >= 0)
                r = watch_init(&watcher->watch, watchers->loop, watcher->fd, 0, PRIORITY_CONTROL, on_socket, watcher);
        if (r < 0)
                return r;

        add_begin(watcher);
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
        usec_t now = loop_realtime(watchers->loop);
        Watcher *watcher;

        LIST_FOREACH (watcher, &watchers->list, Watcher, link) {
                if (!wants(watcher, service))
                        continue;
                /* In order: who has missed something hears of that first. */
                if (entry->failed || watcher->missed > 0 || watcher->out.n + entry->n > PACKET_MAX) {
                        watcher->missed++;
                        continue;
                }
                begin_entry(&watcher->out);
                text_add(&watcher->out, entry->bytes, entry->n);
                entry_add_number(&watcher->out, "__REALTIME_TIMESTAMP", now);
        }
        (void) deferred_schedule(&watchers->flush);
}
