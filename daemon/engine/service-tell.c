/* SPDX-License-Identifier: MIT */

/* What a service's life looks like to people: for each step the entry in the log and the sentence in `status`. The
 * only place of the engine that words a service's fate. */

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/exit-status.h"
#include "common/parse.h"
#include "common/quote.h"
#include "common/strv.h"
#include "common/timespan.h"
#include "engine/manager-private.h"

void service_set_reason(Service *service, const char *format, ...)
{
        char *reason = NULL;
        va_list args;
        bool changed;
        int r;

        va_start(args, format);
        r = vasprintf(&reason, format, args);
        va_end(args);
        if (r < 0)
                return;
        changed = strcmp(service->reason, reason) != 0;
        free(service->reason);
        service->reason = reason;
        /* What it waits for comes after the step into waiting. */
        if (changed && *reason && service->life.state == STATE_WAITING)
                service_tell_state(service);
}

void service_event(Service *service, EventId id, int priority, char *const *fields, const char *format, ...)
{
        char text[1024];
        va_list args;

        va_start(args, format);
        (void) vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        delivery_event(service->manager->delivery,
                       &(EventRecord){.id = id,
                                      .priority = priority,
                                      .service = service->name,
                                      .invocation_id = service->run.known ? &service->run.invocation_id : NULL,
                                      .text = text,
                                      .fields = fields});
}

void service_note_members(Service *service)
{
        GroupMember *members = NULL;
        size_t n = 0, used = 0;
        char text[512] = "";

        if (group_members(service->group, 8, &members, &n) < 0)
                return;
        for (size_t i = 0; i < n && used < sizeof(text); i++)
                used += (size_t) snprintf(text + used, sizeof(text) - used, "%s%d (%s)", i > 0 ? ", " : "",
                                          members[i].pid, members[i].command_line);
        group_members_free(members, n);

        free(service->members);
        service->members = strdup(text);
}

static const char *members(const Service *service)
{
        return service->members && *service->members ? service->members : "what is left";
}

const char *process_exit_text(const ProcessExit *exit, char *buffer, size_t size)
{
        char signal[SIGNAL_NAME_MAX];
        const char *name;

        switch (exit->end) {
        case PROCESS_EXITED:
                name = exit_status_to_string(exit->status);
                if (name && exit->status != 0)
                        snprintf(buffer, size, "exit code %d (%s)", exit->status, name);
                else
                        snprintf(buffer, size, "exit code %d", exit->status);
                return buffer;
        case PROCESS_KILLED:
        case PROCESS_DUMPED:
                snprintf(buffer, size, "signal %s%s", signal_format(signal, exit->status),
                         exit->end == PROCESS_DUMPED ? ", core dumped" : "");
                return buffer;
        }
        assert_not_reached();
}

const char *service_exit_text(const Service *service, char *buffer, size_t size)
{
        if (!service->life.main_exit_known && service->run.main_exit_realtime > 0)
                return "its exit status is not known, as another process was its parent";
        if (!service->life.main_exit_known)
                return "without a main process";
        return process_exit_text(&service->life.main_exit, buffer, size);
}

void service_note_command(Service *service, const LifecycleEvent *event)
{
        static const char *const kinds[_COMMAND_KIND_N] = {
                [COMMAND_CONDITION] = "ExecCondition", [COMMAND_START_PRE] = "ExecStartPre",
                [COMMAND_START] = "ExecStart",         [COMMAND_START_POST] = "ExecStartPost",
                [COMMAND_RELOAD] = "ExecReload",       [COMMAND_STOP] = "ExecStop",
                [COMMAND_STOP_POST] = "ExecStopPost",
        };
        const Lifecycle *life = &service->life;
        const CommandList *commands = &service->config->commands[life->control_kind];
        _cleanup_free_ char *line = NULL;
        char exit[96], *text = NULL;

        if (event->type != EVENT_CONTROL_EXITED)
                return;
        free(service->ended_command);
        service->ended_command = NULL;
        if (event->exit.end == PROCESS_EXITED && event->exit.status == 0)
                return;

        /* The definition may have fewer by now. */
        if (life->command < commands->n)
                line = strv_join(commands->items[life->command].argv, " ");
        if (asprintf(&text, "%s=%.200s: %s", kinds[life->control_kind], line ? line : "",
                     process_exit_text(&event->exit, exit, sizeof(exit))) >= 0)
                service->ended_command = text;
}

/* Why the start failed: the executor's step, or the process' own end. */
static const char *failure_text(const Service *service, char *buffer, size_t size)
{
        if (!service->failed_step)
                return service_exit_text(service, buffer, size);
        /* "chdir failed for /srv: No such file or directory"; a detail alone explains itself. */
        snprintf(buffer, size, "%s failed%s%s%s%s", service->failed_step,
                 service->failed_detail ? (service->failed_error ? " for " : ": ") : "",
                 service->failed_detail ? service->failed_detail : "", service->failed_error ? ": " : "",
                 service->failed_error ? strerror(service->failed_error) : "");
        return buffer;
}

static const char *span(usec_t usec, char *buffer, size_t size)
{
        return timespan_format(buffer, size, usec, usec < USEC_PER_SEC ? USEC_PER_MSEC : USEC_PER_SEC);
}

static const char *reason_text(const Service *service, LifecycleReason reason, char *buffer, size_t size);

/* Why the last run ended, for who is told that there will be another, or none any more. */
static const char *cause_text(const Service *service, char *buffer, size_t size)
{
        LifecycleReason reason = service->life.end_reason;

        if (reason == REASON_MAIN_EXITED)
                return service_exit_text(service, buffer, size);
        if (reason == REASON_NOT_EXECUTED || reason == REASON_NO_PROCESS || reason == REASON_NONE)
                return failure_text(service, buffer, size);
        return reason_text(service, reason, buffer, size);
}

/* What another service has to do with it. */
static const char *drag_text(const Service *service, char *buffer, size_t size)
{
        static const char *const clauses[] = {
                [DRAG_NONE] = "",
                [DRAG_DOWN] = "which it depends on, is down",
                [DRAG_RESTARTS] = "which it depends on, restarts",
                [DRAG_MISSING] = "which has to be up already (Requisite), is not",
                [DRAG_CONFLICT] = "with which it conflicts, was started",
                [DRAG_RIVAL] = "with which it conflicts, starts at the same time",
        };

        /* Who it was may be gone by now. */
        if (!service->caused_by || service->dragged == DRAG_NONE)
                return "another service has to do with it";
        snprintf(buffer, size, "%s, %s", service->caused_by->name, clauses[service->dragged]);
        return buffer;
}

static const char *watchdog_text(const Service *service, char *buffer, size_t size)
{
        char time[64];

        if (service->notify.triggered)
                return "it asked to be aborted (WATCHDOG=trigger)";
        snprintf(buffer, size, "it did not report to its watchdog for %s",
                 span(service->notify.watchdog_usec, time, sizeof(time)));
        return buffer;
}

/* What the reason of a step means, as a clause; "" where there is nothing to say. */
static const char *reason_text(const Service *service, LifecycleReason reason, char *buffer, size_t size)
{
        const char *unmet = service->readiness.unmet ?: service->search.problem ?: "";
        bool aborted = service->life.result == RESULT_WATCHDOG;
        char part[256], time[64];

        switch (reason) {
        case REASON_NONE:
        case REASON_ASKED:
        case _LIFECYCLE_REASON_N:
                return "";
        case REASON_MAIN_EXITED:
                snprintf(buffer, size, "the main process ended: %s", service_exit_text(service, part, sizeof(part)));
                return buffer;
        case REASON_COMMAND_FAILED:
                snprintf(buffer, size, "a command failed%s%s", service->failed_command ? ": " : "",
                         service->failed_command ? service->failed_command : "");
                return buffer;
        case REASON_NOT_EXECUTED:
        case REASON_NO_PROCESS:
                return failure_text(service, buffer, size);
        case REASON_START_TIMEOUT:
                snprintf(buffer, size, "not ready within TimeoutStartSec=%s%s%s",
                         span(service->policy.timeout_start_usec, time, sizeof(time)), *unmet ? ": " : "", unmet);
                return buffer;
        case REASON_STOP_TIMEOUT:
                snprintf(buffer, size, "not gone within %s=%s, %s %s", aborted ? "TimeoutAbortSec" : "TimeoutStopSec",
                         span(aborted ? service->policy.timeout_abort_usec : service->policy.timeout_stop_usec, time,
                              sizeof(time)),
                         service->policy.send_sigkill ? "SIGKILL for" : "left running, as SendSIGKILL=no asks:",
                         members(service));
                return buffer;
        case REASON_RUNTIME_MAX:
                snprintf(buffer, size, "RuntimeMaxSec=%s is over",
                         span(service->policy.runtime_max_usec, time, sizeof(time)));
                return buffer;
        case REASON_RELOAD_FAILED:
                return "the reload failed; it runs on";
        case REASON_RESTART_POLICY:
                return cause_text(service, buffer, size);
        case REASON_START_LIMIT:
                snprintf(buffer, size, "started %u times within %s; the last run: %s",
                         service->policy.start_limit_burst,
                         span(service->policy.start_limit_interval_usec, time, sizeof(time)),
                         cause_text(service, part, sizeof(part)));
                return buffer;
        case REASON_DEPENDENCY:
                return drag_text(service, buffer, size);
        case REASON_LEFTOVER:
                return "processes of an earlier daemon's run are still there";
        case REASON_UNKILLABLE:
                snprintf(buffer, size, "SIGKILL did not end: %s", members(service));
                return buffer;
        case REASON_CONDITION:
                snprintf(buffer, size, "its condition does not hold%s%s", service->failed_command ? ": " : "",
                         service->failed_command ?: "");
                return buffer;
        case REASON_STOPPING:
                return "it goes down by itself, as it says (STOPPING=1)";
        case REASON_WATCHDOG:
                return watchdog_text(service, buffer, size);
        case REASON_UNHEALTHY:
                snprintf(buffer, size, "unhealthy: %s", service->health.error ?: "its health checks failed");
                return buffer;
        case REASON_NO_MAIN:
                return service->search.problem ?: "its start command left no process behind";
        case REASON_RESET:
                return "its failure was reset";
        }
        assert_not_reached();
}

const char *service_end_clause(const Service *service, char *buffer, size_t size)
{
        return reason_text(service, service->life.end_reason, buffer, size);
}

static void tell_started(Service *service)
{
        _cleanup_(strv_freep) char **fields = NULL;
        const CommandList *commands = &service->config->commands[COMMAND_START];
        _cleanup_free_ char *line = NULL;
        pid_t pid = service->run.main_pid > 0 ? service->run.main_pid : service->run.control_pid;

        line = commands->n > 0 ? quote_words(commands->items[MIN(service->life.main_command, commands->n - 1)].argv)
                               : NULL;
        (void) strv_extendf(&fields, "TENDED_PID=%d", pid);
        /* Lines of this run will be left out: a gap in the numbers is no loss. */
        if (service->config->log_level_max < 7)
                (void) strv_extendf(&fields, "TENDED_LOG_LEVEL_MAX=%d", service->config->log_level_max);
        service_event(service, EVENT_ID_STARTED, 6, fields, "%s started: process %d, %.400s", service->name, pid,
                      line ? line : "");
}

static void tell_main_process(Service *service)
{
        _cleanup_(strv_freep) char **fields = NULL;

        if (service->search.is_group) {
                service_event(service, EVENT_ID_MAIN_PROCESS, 6, NULL,
                              "%s: its start command left several processes; it runs as long as one of them does",
                              service->name);
                return;
        }
        (void) strv_extendf(&fields, "TENDED_PID=%d", service->run.main_pid);
        service_event(service, EVENT_ID_MAIN_PROCESS, 6, fields, "%s: the main process is %d", service->name,
                      service->run.main_pid);
}

static void tell_end_of_run(Service *service)
{
        _cleanup_(strv_freep) char **fields = NULL;
        char exit[96], text[256];
        bool failed = service->life.result != RESULT_SUCCESS;

        snprintf(text, sizeof(text), "%s ended: %s", service->name, service_exit_text(service, exit, sizeof(exit)));
        (void) strv_extendf(&fields, "TENDED_PID=%d", service->run.last_main_pid);
        (void) strv_extendf(&fields, "TENDED_RESULT=%s", service_result_to_string(service->life.result));
        if (service->life.main_exit_known) {
                (void) strv_extendf(&fields, "EXIT_CODE=%s",
                                    service->life.main_exit.end == PROCESS_EXITED   ? "exited"
                                    : service->life.main_exit.end == PROCESS_KILLED ? "killed"
                                                                                    : "dumped");
                (void) strv_extendf(&fields, "EXIT_STATUS=%d", service->life.main_exit.status);
        }
        (void) capture_end_run(service->capture, &(EventRecord){.id = EVENT_ID_EXITED,
                                                                .priority = failed ? 4 : 6,
                                                                .service = service->name,
                                                                .invocation_id = &service->run.invocation_id,
                                                                .text = text,
                                                                .fields = fields});
}

/* What KillMode=process and SendSIGKILL=no leave running is named: nobody else will look after it. */
static void tell_renounced(Service *service)
{
        if (!service_left_running(service))
                return;

        service_note_members(service);
        service_set_reason(service, "left running, as %s asks: %s",
                           service->life.renounced ? "SendSIGKILL=no" : "KillMode=process", members(service));
        service_event(service, EVENT_ID_LEFT_RUNNING, 5, NULL, "%s: %s", service->name, service->reason);
}

static void tell_resting(Service *service, LifecycleReason reason)
{
        char buffer[768], time[64];
        const char *clause = reason_text(service, reason, buffer, sizeof(buffer));

        switch (service->life.state) {
        case STATE_FAILED:
                if (reason == REASON_START_LIMIT)
                        service_event(service, EVENT_ID_LIMIT_HIT, 3, NULL, "%s is not tried again: %s",
                                      service->name, clause);
                else
                        service_event(service,
                                      service->life.history.up_since == 0 ? EVENT_ID_START_FAILED : EVENT_ID_FAILED,
                                      3, NULL, "%s failed (%s)%s%s", service->name,
                                      service_result_to_string(service->life.result), *clause ? ": " : "", clause);
                break;
        case STATE_AUTO_RESTART:
                span(usec_sub(service->life.deadline, loop_now(service->manager->loop)), time, sizeof(time));
                service_event(service, EVENT_ID_RESTART_SCHEDULED, 5, NULL, "%s will be started again in %s (%s)",
                              service->name, time, cause_text(service, buffer, sizeof(buffer)));
                break;
        case STATE_DEAD:
                if (reason == REASON_RESET)
                        service_event(service, EVENT_ID_RESET, 6, NULL, "%s: %s", service->name, clause);
                else if (service->life.result == RESULT_EXEC_CONDITION)
                        service_event(service, EVENT_ID_SKIPPED, 6, NULL, "%s is not to run: %s", service->name,
                                      clause);
                else
                        service_event(service, EVENT_ID_STOPPED, 6, NULL, "%s is stopped%s%s", service->name,
                                      *clause ? ": " : "", clause);
                break;
        case STATE_WAITING:
        case STATE_CONDITION:
        case STATE_START_PRE:
        case STATE_START:
        case STATE_START_POST:
        case STATE_RUNNING:
        case STATE_EXITED:
        case STATE_RELOAD:
        case STATE_STOP:
        case STATE_STOP_WATCHDOG:
        case STATE_STOP_SIGTERM:
        case STATE_STOP_SIGKILL:
        case STATE_STOP_POST:
        case STATE_FINAL_WATCHDOG:
        case STATE_FINAL_SIGTERM:
        case STATE_FINAL_SIGKILL:
        case _SERVICE_STATE_N:
                break;
        }
}

/* Where it ends by itself, its commands speak for themselves, and only what is left of it is stopped by us. */
static void tell_stopping(Service *service, LifecycleReason reason, const char *clause)
{
        ServiceState state = service->life.state;

        if (reason == REASON_STOPPING)
                service_event(service, EVENT_ID_STOPPING, 6, NULL, "%s: %s", service->name, clause);
        else if (reason != REASON_MAIN_EXITED)
                service_event(service, EVENT_ID_STOPPING, *clause ? 5 : 6, NULL, "%s is being stopped%s%s",
                              service->name, *clause ? ": " : "", clause);
        else if (state != STATE_STOP && state != STATE_STOP_POST)
                service_event(service, EVENT_ID_STOPPING, 5, NULL, "What is left of %s is being stopped: %s",
                              service->name, clause);
}

/* The words for a step that has changed the state. */
static void tell_transition(Service *service, LifecycleReason reason, ServiceState before)
{
        const ServiceStateInfo *now = service_state_info(service->life.state);
        const ServiceStateInfo *then = service_state_info(before);
        char buffer[768];
        const char *clause = reason_text(service, reason, buffer, sizeof(buffer));

        if (now->active == ACTIVE_ACTIVE && then->active == ACTIVE_ACTIVATING)
                service_event(service, EVENT_ID_READY, 6, NULL, "%s is ready", service->name);
        if (now->active == ACTIVE_DEACTIVATING && then->active != ACTIVE_DEACTIVATING)
                tell_stopping(service, reason, clause);
        if (service->life.state == STATE_STOP_SIGKILL || service->life.state == STATE_FINAL_SIGKILL)
                service_event(service, EVENT_ID_TIMED_OUT, 4, NULL, "%s: SIGKILL for %s", service->name,
                              members(service));
        if (now->resting && before != STATE_WAITING)
                tell_resting(service, reason);
}

void service_tell(Service *service, const LifecycleEffects *effects, const LifecycleEvent *event, ServiceState before)
{
        LifecycleReason reason = effects->reason;
        char clause[768];

        if (event->type == EVENT_EXECUTED || (effects->spawn_main && service->config->type == SERVICE_SIMPLE) ||
            (effects->spawn_control && effects->kind == COMMAND_START))
                tell_started(service);
        if (event->type == EVENT_MAIN_PID && service->life.main_alive && notify_may_tell(service))
                tell_main_process(service);
        if (event->type == EVENT_LEFTOVER)
                service_event(service, EVENT_ID_LEFTOVERS_FOUND, 4, NULL,
                              "%s: processes of an earlier daemon's run are still there; they are stopped first",
                              service->name);
        if (event->type == EVENT_CONTROL_EXITED && service->ended_command && reason != REASON_CONDITION)
                service_event(service, EVENT_ID_COMMAND_FAILED, 4, NULL, "%s: a command failed: %s", service->name,
                              service->ended_command);
        if (effects->end_run && service->in_run)
                tell_end_of_run(service);
        if (effects->reload_done && (event->type != EVENT_RELOADED || notify_may_tell(service)))
                service_event(service, EVENT_ID_RELOADED_SERVICE,
                              service->life.reload_result == RESULT_SUCCESS ? 6 : 4, NULL, "%s: reload %s",
                              service->name,
                              service->life.reload_result == RESULT_SUCCESS    ? "done"
                              : service->life.reload_result == RESULT_PROTOCOL ? "broken off"
                                                                               : "failed");
        if (effects->stop_stuck)
                service_event(service, EVENT_ID_UNKILLABLE, 2, NULL, "%s: SIGKILL did not end %s", service->name,
                              members(service));

        if (before == service->life.state && reason == REASON_NONE)
                return;
        if (before != service->life.state)
                tell_transition(service, reason, before);
        /* What it waits for is the arrangement's to say. */
        if (service->life.state == STATE_WAITING)
                service_set_reason(service, "%s", "");
        else
                service_set_reason(service, "%s", reason_text(service, reason, clause, sizeof(clause)));
        if (effects->end_run)
                tell_renounced(service);
}
