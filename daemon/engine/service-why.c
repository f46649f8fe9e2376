/* SPDX-License-Identifier: MIT */

/* What a service remembers so that somebody can be told why: by what a change of its state was caused where nobody
 * ordered it, how its last run ended, what its definition has that the run has not, and what will happen next if
 * nobody does anything; and how those hear of it who watch all that. */

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/id128.h"
#include "common/parse.h"
#include "common/timespan.h"
#include "core/entry.h"
#include "engine/manager-private.h"
#include "engine/watchers.h"

static bool is_up(ServiceState state)
{
        switch (service_state_info(state)->active) {
        case ACTIVE_ACTIVE:
        case ACTIVE_RELOADING:
                return true;
        case ACTIVE_ACTIVATING:
                return !service_state_info(state)->resting;
        case ACTIVE_INACTIVE:
        case ACTIVE_DEACTIVATING:
        case ACTIVE_FAILED:
        case _ACTIVE_STATE_N:
                return false;
        }
        assert_not_reached();
}

void service_note_own_end(Service *service, const LifecycleEvent *event, ServiceState before)
{
        ServiceState now = service->life.state;

        if (before == now || event->type == EVENT_STOP || event->type == EVENT_RESTART)
                return;
        if (now == STATE_AUTO_RESTART)
                service_caused_by_itself(service, CAUSE_RESTART, service->reason);
        else if (is_up(before) && !is_up(now))
                service_caused_by_itself(service, CAUSE_ITSELF, service->reason);
}

void service_note_kill(Service *service, const Caller *caller, int signal)
{
        char who[CALLER_TEXT_MAX], name[SIGNAL_NAME_MAX], *text = NULL;

        if (asprintf(&text, "%s sent by %s", signal_format(name, signal), caller_format(caller, who)) < 0)
                return;
        free(service->killed_by);
        service->killed_by = text;
        service->killed_signal = signal;
}

/* Who sent the signal that ended it, where that went through us. */
static const char *killer(const Service *service)
{
        const Lifecycle *life = &service->life;

        if (!service->killed_by || !life->main_exit_known || life->main_exit.end == PROCESS_EXITED ||
            life->main_exit.status != service->killed_signal)
                return NULL;
        return service->killed_by;
}

void service_note_last_run(Service *service)
{
        LastRun *last = &service->last_run;
        char clause[768], exit[96], *text = NULL;
        const char *how = service_end_clause(service, clause, sizeof(clause)), *who = killer(service);

        if (!service->in_run)
                return;
        if (!*how)
                how = service->life.main_exit_known ? service_exit_text(service, exit, sizeof(exit)) : "";
        if (asprintf(&text, "%s%s%s%s", how, who ? " (" : "", who ? who : "", who ? ")" : "") < 0)
                text = NULL;

        free(last->text);
        *last = (LastRun){
                .known = true,
                .invocation_id = service->run.invocation_id,
                .result = service->life.result,
                .begin_realtime = service->run.begin_realtime,
                .end_realtime = loop_realtime(service->manager->loop),
                .text = text,
        };
        free(service->killed_by);
        service->killed_by = NULL;
}

int service_note_definition(Service *service, const Config *snapshot, const ServiceConfig *config)
{
        _cleanup_(directive_changes_done) DirectiveChanges changes = {NULL, 0};
        int r;

        if (!service->in_run)
                return 0;
        r = directive_changes_find(&(DefinedBy){service->config, &service->snapshot->daemon},
                                   &(DefinedBy){config, &snapshot->daemon}, &changes);
        return r < 0 ? r : directive_changes_follow(&service->pending, &changes);
}

bool service_needs_restart(const Service *service)
{
        return service->pending_unknown || service->pending.n > 0;
}

const DirectiveChanges *service_pending(const Service *service)
{
        return &service->pending;
}

const Cause *service_cause(const Service *service)
{
        return &service->cause;
}

const char *service_waits_for(const Service *service)
{
        const Manager *manager = service->manager;
        Blocker blocker;

        if (service->life.state != STATE_WAITING || service->index == ORDER_NONE)
                return NULL;
        blocker = order_start_blocker(manager->graph, manager->nodes, service->index);
        return blocker.index == ORDER_NONE ? NULL : manager->by_index[blocker.index]->name;
}

const LastRun *service_last_run(const Service *service)
{
        return &service->last_run;
}

static void describe_kill(const Service *service, char *buffer, size_t size)
{
        char name[SIGNAL_NAME_MAX];

        if (service->policy.send_sigkill)
                snprintf(buffer, size, "%s for what is left (TimeoutStopSec=)",
                         signal_format(name, service->policy.final_kill_signal));
        else
                snprintf(buffer, size, "what is left is left running (SendSIGKILL=no)");
}

usec_t service_next_action(const Service *service, char *buffer, size_t size)
{
        Loop *loop = service->manager->loop;
        usec_t deadline = service->life.deadline;

        *buffer = '\0';
        if (deadline == USEC_INFINITY)
                return 0;

        switch (service->life.state) {
        case STATE_AUTO_RESTART:
                snprintf(buffer, size, "it is started again (Restart=)");
                break;
        case STATE_CONDITION:
        case STATE_START_PRE:
        case STATE_START:
        case STATE_START_POST:
                snprintf(buffer, size, "the start fails (TimeoutStartSec=)");
                break;
        case STATE_RUNNING:
                snprintf(buffer, size, "it is stopped (RuntimeMaxSec=)");
                break;
        case STATE_RELOAD:
                snprintf(buffer, size, "the reload fails (TimeoutStartSec=)");
                break;
        case STATE_STOP:
        case STATE_STOP_WATCHDOG:
        case STATE_STOP_SIGTERM:
        case STATE_STOP_POST:
        case STATE_FINAL_WATCHDOG:
        case STATE_FINAL_SIGTERM:
                describe_kill(service, buffer, size);
                break;
        case STATE_STOP_SIGKILL:
        case STATE_FINAL_SIGKILL:
                snprintf(buffer, size, "what SIGKILL has not ended is told, and not waited for any longer");
                break;
        case STATE_DEAD:
        case STATE_WAITING:
        case STATE_EXITED:
        case STATE_FAILED:
        case _SERVICE_STATE_N:
                return 0;
        }
        return usec_add(loop_realtime(loop), usec_sub(deadline, loop_now(loop)));
}

void service_tell_state(Service *service)
{
        Watchers *watchers = delivery_watchers(service->manager->delivery);
        const ServiceStateInfo *info = service_state_info(service->life.state);
        char message[1024], id[ID128_STRING_MAX];
        Text text = TEXT_NULL;

        if (!watchers_any(watchers))
                return;
        snprintf(message, sizeof(message), "%s is %s (%s)%s%s", service->name, active_state_to_string(info->active),
                 service_sub_state(service), *service->reason ? ": " : "", service->reason);
        entry_add_string(&text, "TENDED_EVENT", "state");
        entry_add_string(&text, "TENDED_SERVICE", service->name);
        entry_add_string(&text, "MESSAGE", message);
        entry_add_number(&text, "PRIORITY", info->active == ACTIVE_FAILED ? 3 : 6);
        entry_add_string(&text, "TENDED_ACTIVE_STATE", active_state_to_string(info->active));
        entry_add_string(&text, "TENDED_SUB_STATE", service_sub_state(service));
        entry_add_string(&text, "TENDED_RESULT", service_result_to_string(service->life.result));
        entry_add_string(&text, "TENDED_READY", service_is_ready(service) ? "yes" : "no");
        entry_add_string(&text, "TENDED_REASON", service->reason);
        entry_add_string(&text, "TENDED_CAUSE", service->cause.text ? service->cause.text : "");
        entry_add_number(&text, "TENDED_PID", (uint64_t) service->run.main_pid);
        entry_add_number(&text, "TENDED_RESTARTS", service->life.history.n_restarts);
        if (service->next_restart_realtime > 0)
                entry_add_number(&text, "TENDED_NEXT_RESTART", service->next_restart_realtime);
        if (service->run.known)
                entry_add_string(&text, "TENDED_INVOCATION_ID", id128_format(service->run.invocation_id, id));
        watchers_tell(watchers, service->name, &text);
        text_done(&text);
}
