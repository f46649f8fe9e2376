/* SPDX-License-Identifier: MIT */

/* Watches of descriptors. sd-event dispatches one source a turn, and asks the kernel about all of them in each: with
 * n descriptors ready at once (1000 processes that are executed, 1000 clients) that is n times n. So all watches of
 * one priority share an epoll of their own, which is one source to sd-event; a turn takes up to BATCH_MAX of them.
 *
 * What a callback ends or switches off is not called any more, though the kernel has named it already. */

#include "host/watch.h"

#include <errno.h>
#include <systemd/sd-event.h>

#include "common/fd.h"

#define BATCH_MAX 32

typedef struct WatchEntry {
        WatchSet *set; /* weak */
        watch_fn fn;
        void *userdata;
        int fd; /* the caller's */
        uint32_t events;
        bool enabled;
} WatchEntry;

struct WatchSet {
        int epoll_fd;
        sd_event_source *source;
        struct epoll_event batch[BATCH_MAX];
        int n_batch; /* 0: not in a turn */
};

static int on_ready(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        WatchSet *set = userdata;
        int n;

        n = epoll_wait(set->epoll_fd, set->batch, BATCH_MAX, 0);
        if (n < 0)
                return errno == EINTR ? 0 : -errno;

        set->n_batch = n;
        for (int i = 0; i < n; i++) {
                const WatchEntry *entry = set->batch[i].data.ptr;

                if (entry)
                        entry->fn(entry->userdata, entry->fd, set->batch[i].events);
        }
        set->n_batch = 0;
        return 0;
}

int watch_set_new(struct sd_event *event, LoopPriority priority, WatchSet **ret)
{
        WatchSet *set = calloc(1, sizeof(WatchSet));
        int r;

        if (!set)
                return -ENOMEM;

        set->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        r = set->epoll_fd < 0 ? -errno : 0;
        if (r >= 0)
                r = sd_event_add_io(event, &set->source, set->epoll_fd, EPOLLIN, on_ready, set);
        if (r >= 0)
                r = sd_event_source_set_priority(set->source, priority);
        if (r < 0) {
                watch_set_free(set);
                return r;
        }
        *ret = set;
        return 0;
}

WatchSet *watch_set_free(WatchSet *set)
{
        if (!set)
                return NULL;

        sd_event_source_disable_unref(set->source);
        fd_close(set->epoll_fd);
        free(set);
        return NULL;
}

static int entry_control(WatchEntry *entry, int operation)
{
        struct epoll_event event = {.events = entry->events, .data.ptr = entry};

        return epoll_ctl(entry->set->epoll_fd, operation, entry->fd, &event) < 0 ? -errno : 0;
}

/* Nothing of it is called any more, in the turn that is being done neither. Of a descriptor that was closed (sd-bus
 * does that by itself) the kernel knows nothing any more: that is no error, and its number may soon be another's. */
static void entry_switch_off(const WatchEntry *entry)
{
        WatchSet *set = entry->set;

        for (int i = 0; i < set->n_batch; i++)
                if (set->batch[i].data.ptr == entry)
                        set->batch[i].data.ptr = NULL;
        (void) epoll_ctl(set->epoll_fd, EPOLL_CTL_DEL, entry->fd, NULL);
}

int watch_set_add(WatchSet *set, Watch *watch, int fd, uint32_t events, watch_fn fn, void *userdata)
{
        WatchEntry *entry = malloc(sizeof(WatchEntry));
        int r;

        if (!entry)
                return -ENOMEM;

        *entry =
                (WatchEntry){.set = set, .fn = fn, .userdata = userdata, .fd = fd, .events = events, .enabled = true};
        r = entry_control(entry, EPOLL_CTL_ADD);
        if (r < 0) {
                free(entry);
                return r;
        }
        watch->entry = entry;
        return 0;
}

int watch_set_events(Watch *watch, uint32_t events)
{
        WatchEntry *entry = watch->entry;

        if (entry->events == events)
                return 0;
        entry->events = events;
        return entry->enabled ? entry_control(entry, EPOLL_CTL_MOD) : 0;
}

int watch_set_enabled(Watch *watch, bool enabled)
{
        WatchEntry *entry = watch->entry;
        int r = 0;

        if (entry->enabled == enabled)
                return 0;
        if (enabled)
                r = entry_control(entry, EPOLL_CTL_ADD);
        else
                entry_switch_off(entry);
        if (r < 0)
                return r;
        entry->enabled = enabled;
        return 0;
}

void watch_done(Watch *watch)
{
        WatchEntry *entry = TAKE_PTR(watch->entry);

        if (!entry)
                return;
        if (entry->enabled)
                entry_switch_off(entry);
        free(entry);
}
