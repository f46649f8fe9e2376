/* SPDX-License-Identifier: MIT */

/* The ordered end: every service is wished down, the arrangement brings them down in order; what belongs to no
 * service is killed; then the log gets its patience, and what it doesn't take is told on stderr; then the loop is
 * left. */

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

#include "engine/dialogue.h"
#include "engine/manager-private.h"

static bool all_down(Manager *manager)
{
        for (size_t i = 0; i < manager->n_services; i++) {
                const Lifecycle *life = &manager->services[i]->life;

                /* What no SIGKILL ends (state D) is named by its own event, and not waited for. */
                if (life->stuck)
                        continue;
                if (!service_state_info(life->state)->resting || manager->services[i]->wish != WISH_NONE)
                        return false;
        }
        return true;
}

static void kill_unattributed(Manager *manager)
{
        _cleanup_free_ pid_t *pids = NULL;
        size_t n = 0;

        if (tracker_unattributed(manager->tracker, &pids, &n) < 0)
                return;
        for (size_t i = 0; i < n; i++) {
                char text[128];

                snprintf(text, sizeof(text), "process %d belongs to no service any more: SIGKILL", pids[i]);
                delivery_event(manager->delivery,
                               &(EventRecord){.id = EVENT_ID_UNATTRIBUTED, .priority = 4, .text = text});
                (void) kill(pids[i], SIGKILL);
        }
}

static void leave(Manager *manager)
{
        (void) timer_set(&manager->patience, USEC_INFINITY);
        if (manager->observer.on_shutdown_done)
                manager->observer.on_shutdown_done(manager->observer.userdata);
        loop_exit(manager->loop, 0);
}

static void tell_lost(Manager *manager)
{
        for (size_t i = 0; i < manager->n_services; i++) {
                uint64_t lines = 0, bytes = 0;

                capture_undelivered(manager->services[i]->capture, &lines, &bytes);
                if (bytes > 0)
                        fprintf(stderr,
                                "tended: the log takes nothing (%s): %" PRIu64 " lines (%" PRIu64
                                " bytes) of %s are lost\n",
                                delivery_state(manager->delivery), lines, bytes, manager->services[i]->name);
        }
}

/* The daemon's own last word comes after everything that its services said. */
static void close_log(Manager *manager)
{
        manager->shutdown = SHUTDOWN_CLOSING;
        delivery_event(manager->delivery, &(EventRecord){.id = EVENT_ID_DAEMON_STOPPED,
                                                         .priority = 5,
                                                         .text = "tended is stopped: all services are down"});
        delivery_close(manager->delivery);
}

/* What no SIGKILL ended has ended after all, and its ExecStopPost runs: that is waited for. */
static bool goes_on(Manager *manager)
{
        if (manager->shutdown != SHUTDOWN_DRAINING || all_down(manager))
                return false;
        manager->shutdown = SHUTDOWN_STOPPING;
        (void) timer_set(&manager->patience, USEC_INFINITY);
        return true;
}

void shutdown_on_log_idle(Manager *manager)
{
        if (goes_on(manager))
                return;
        if (manager->shutdown == SHUTDOWN_CLOSING)
                leave(manager);
        else if (manager->shutdown == SHUTDOWN_DRAINING)
                close_log(manager);
}

/* LogPatienceSec after the last progress, not after the beginning: a slow log that goes on is waited for. */
void shutdown_on_patience(void *userdata, usec_t now)
{
        Manager *manager = userdata;
        usec_t due = usec_add(delivery_last_progress(manager->delivery), manager->config->daemon.log_patience_usec);

        if (goes_on(manager))
                return;
        if (now < due) {
                (void) timer_set(&manager->patience, due);
                return;
        }
        tell_lost(manager);
        leave(manager);
}

void shutdown_look(Manager *manager)
{
        usec_t from;

        if (manager->shutdown != SHUTDOWN_STOPPING || !all_down(manager))
                return;

        manager->shutdown = SHUTDOWN_DRAINING;
        kill_unattributed(manager);
        from = MAX(delivery_last_progress(manager->delivery), loop_now(manager->loop));
        (void) timer_set(&manager->patience, usec_add(from, manager->config->daemon.log_patience_usec));
        if (delivery_is_idle(manager->delivery))
                close_log(manager);
}

void manager_shutdown(Manager *manager, bool now)
{
        if (manager->shutdown == SHUTDOWN_NONE) {
                manager->shutdown = SHUTDOWN_STOPPING;
                /* No client is waited for: not those of runs that are over, nor the others, when theirs are. */
                for (size_t i = 0; i < manager->n_services; i++)
                        if (manager->services[i]->dialogue && !manager->services[i]->main)
                                dialogue_let_go(manager->services[i]->dialogue);
                arrange_stop_all(manager);
        }
        for (size_t i = 0; now && i < manager->n_services; i++)
                if (!service_is_empty(manager->services[i]))
                        (void) group_kill(manager->services[i]->group, SIGKILL);
        (void) deferred_schedule(&manager->arrange);
}

bool manager_is_shutting_down(const Manager *manager)
{
        return manager->shutdown != SHUTDOWN_NONE;
}
