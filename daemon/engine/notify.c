/* SPDX-License-Identifier: MIT */

/* The service's own words. Who may speak is told by the kernel's credentials and NotifyAccess; a sender that has
 * ended since can't be looked up any more, and is believed where all may speak and the user is the service's own (or
 * root): the socket let in nobody else.
 *
 * The order is kept that a service counts on: what it said before it ended, or before its time was over, is heard
 * first. The watchdog runs while the service is up, and begins anew with each word. */

#include "engine/notify.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/notify.h"
#include "engine/main-process.h"
#include "engine/manager-private.h"

/* Of what a service can say again and again, so much goes into the log: the log's events are for all services. */
#define TOLD_MAX           10u
#define TOLD_INTERVAL_USEC (10 * USEC_PER_SEC)

static bool is_watched(const Service *service)
{
        ServiceState state = service->life.state;

        return service->notify.watchdog_usec > 0 &&
               (state == STATE_START_POST || state == STATE_RUNNING || state == STATE_RELOAD);
}

static void begin_watch(Service *service)
{
        usec_t now = loop_now(service->manager->loop);

        (void) timer_set(&service->notify.watchdog,
                         is_watched(service) ? usec_add(now, service->notify.watchdog_usec) : USEC_INFINITY);
}

static void on_watchdog(void *userdata, usec_t now)
{
        Service *service = userdata;

        notify_drain(service);
        if (service->notify.watchdog.at <= now)
                service_feed_type(service, EVENT_WATCHDOG);
}

int notify_init(Service *service)
{
        return timer_init(&service->notify.watchdog, service->manager->loop, on_watchdog, service);
}

void notify_done(Notify *notify)
{
        timer_done(&notify->watchdog);
        notify->socket = notify_socket_free(notify->socket);
        free(notify->status);
        notify->status = NULL;
}

void notify_note_state(Service *service)
{
        bool runs = service->notify.watchdog.at != USEC_INFINITY;

        if (runs != is_watched(service))
                begin_watch(service);
}

bool notify_may_tell(Service *service)
{
        usec_t now = loop_now(service->manager->loop);
        Notify *notify = &service->notify;

        if (notify->told_since == 0 || usec_sub(now, notify->told_since) > TOLD_INTERVAL_USEC) {
                notify->told_since = now;
                notify->n_told = 0;
        }
        return notify->n_told++ < TOLD_MAX;
}

static void set_status(Service *service, const char *status)
{
        Notify *notify = &service->notify;
        char *copy = *status ? strdup(status) : NULL;

        if (*status && !copy)
                return;
        free(notify->status);
        notify->status = copy;
        manager_mark_dirty(service->manager, service);
}

/* Whether it may; one that may not is told of once a run, as it may be the only hint to a wrong NotifyAccess. */
static bool may_speak(Service *service, const NotifyDatagram *datagram)
{
        static const char *const words[_NOTIFY_ACCESS_N] = {"none", "main", "exec", "all"};
        Notify *notify = &service->notify;
        pid_t pid = datagram->pid;
        bool may = false;
        int r;

        if (pid > 0 && notify->access != NOTIFY_NONE)
                may = pid == service->run.main_pid;
        if (pid > 0 && !may && notify->access >= NOTIFY_EXEC)
                may = pid == service->run.control_pid;
        if (pid > 0 && !may && notify->access == NOTIFY_ALL) {
                r = group_contains(service->group, pid);
                may = r > 0 || (r == -ESRCH && (datagram->uid == notify->owner || datagram->uid == 0));
        }
        if (!may && !notify->refused) {
                notify->refused = true;
                service_event(service, EVENT_ID_NOTIFY_IGNORED, 4, NULL,
                              "%s: what process %d said on its notify socket was passed over: NotifyAccess=%s",
                              service->name, pid, words[notify->access]);
        }
        return may;
}

static void hear_watchdog(Service *service, const NotifyMessage *message)
{
        Notify *notify = &service->notify;

        if (notify_says(message, NOTIFY_WATCHDOG_USEC))
                notify->watchdog_usec = message->watchdog_usec;
        if (notify_says(message, NOTIFY_WATCHDOG))
                notify->alive_realtime = loop_realtime(service->manager->loop);
        if (notify_says(message, NOTIFY_WATCHDOG) || notify_says(message, NOTIFY_WATCHDOG_USEC))
                begin_watch(service);
        if (notify_says(message, NOTIFY_WATCHDOG_TRIGGER)) {
                notify->triggered = true;
                service_feed_type(service, EVENT_WATCHDOG);
        }
}

static void hear_extension(Service *service, usec_t extension)
{
        Timer *watchdog = &service->notify.watchdog;
        usec_t at = usec_add(loop_now(service->manager->loop), extension);

        service_feed(service, (LifecycleEvent){.type = EVENT_EXTEND_TIMEOUT, .extension = extension});
        if (watchdog->at != USEC_INFINITY && watchdog->at < at)
                (void) timer_set(watchdog, at);
}

static void hear_turn(Service *service, const NotifyMessage *message)
{
        if (notify_says(message, NOTIFY_RELOADING))
                service_feed_type(service, EVENT_RELOADING);
        else if (notify_says(message, NOTIFY_STOPPING))
                service_feed_type(service, EVENT_STOPPING);
        else if (notify_says(message, NOTIFY_READY) && service->life.state == STATE_RELOAD)
                service_feed_type(service, EVENT_RELOADED);
        else if (notify_says(message, NOTIFY_READY))
                readiness_note_notified(service);
}

/* Descriptors are for nobody here: the socket closes them, which is all that a BARRIER asks for. */
static void hear_fds(Service *service, const NotifyMessage *message)
{
        if (!notify_says(message, NOTIFY_FDSTORE) || service->notify.fdstore_told)
                return;
        service->notify.fdstore_told = true;
        service_event(service, EVENT_ID_NOTIFY_IGNORED, 6, NULL,
                      "%s wants descriptors to be kept for it (FDSTORE=1), which tended does not do", service->name);
}

static void on_datagram(void *userdata, const NotifyDatagram *datagram)
{
        Service *service = userdata;
        NotifyMessage message;

        if (!service->in_run || notify_parse(datagram->data, datagram->size, &message) < 0)
                return;
        if (message.words == 0 || message.words == 1u << NOTIFY_BARRIER || !may_speak(service, datagram))
                return;

        if (notify_says(&message, NOTIFY_STATUS))
                set_status(service, message.status);
        if (notify_says(&message, NOTIFY_ERRNO))
                service->notify.error = message.error;
        if (notify_says(&message, NOTIFY_MAIN_PID))
                main_process_set(service, message.main_pid);
        hear_turn(service, &message);
        /* It is for what goes on now: a stop, say, that is told in the same breath. */
        if (notify_says(&message, NOTIFY_EXTEND_TIMEOUT))
                hear_extension(service, message.extend_usec);
        hear_watchdog(service, &message);
        hear_fds(service, &message);
}

int notify_prepare(Service *service, const Identity *identity)
{
        Notify *notify = &service->notify;
        char folder[4096];
        int r;

        if (notify->socket || service->config->notify_access == NOTIFY_NONE)
                return 0;
        (void) snprintf(folder, sizeof(folder), "%s/notify", service->manager->options.run_folder);
        notify->owner = identity && identity->uid != (uid_t) -1 ? identity->uid : geteuid();
        r = notify_socket_new(service->manager->loop, folder, service->name, notify->owner, &notify->socket);
        if (r < 0)
                return r;
        notify_socket_set_handler(notify->socket, on_datagram, service);

        notify->access = service->config->notify_access;
        notify->refused = notify->fdstore_told = notify->triggered = false;
        notify->error = 0;
        notify->alive_realtime = 0;
        notify->watchdog_usec = service->config->watchdog_usec == USEC_INFINITY ? 0 : service->config->watchdog_usec;
        free(notify->status);
        notify->status = NULL;
        return 0;
}

void notify_end_run(Service *service)
{
        Notify *notify = &service->notify;

        notify->socket = notify_socket_free(notify->socket);
        begin_watch(service);
}

const char *notify_path_for(const Service *service, CommandKind kind)
{
        const Notify *notify = &service->notify;

        if (!notify->socket || (kind != COMMAND_START && notify->access == NOTIFY_MAIN))
                return NULL;
        return notify_socket_path(notify->socket);
}

void notify_drain(Service *service)
{
        if (service->notify.socket)
                notify_socket_drain(service->notify.socket);
}

const char *service_status_text(const Service *service)
{
        return service->notify.status ? service->notify.status : "";
}

int service_status_errno(const Service *service)
{
        return service->notify.error;
}

usec_t service_watchdog_realtime(const Service *service)
{
        return service->notify.alive_realtime;
}
