/* SPDX-License-Identifier: MIT */

/* Causes: noted where a decision is made, in words that stay true afterwards. A service stopped because of another
 * remembers what had caused that of the other, as the other's own cause may be a different one by the time when
 * somebody asks; a chain of services is cut to a bounded length.
 *
 * An order of a caller is carried out within one call, in which the arrangement notes who is behind everything that
 * it wishes; outside of such a call what is ordered comes from the daemon's own start or end. */

#include "engine/cause.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/strv.h"
#include "core/show.h"
#include "engine/manager-private.h"

#define CAUSE_TEXT_MAX 512

void cause_done(Cause *cause)
{
        free(cause->service);
        free(cause->text);
        *cause = CAUSE_NULL;
}

const char *cause_type_to_string(CauseType type)
{
        static const char *const names[_CAUSE_TYPE_N] = {
                [CAUSE_NONE] = "",           [CAUSE_DAEMON] = "daemon",   [CAUSE_CALLER] = "caller",
                [CAUSE_SERVICE] = "service", [CAUSE_RESTART] = "restart", [CAUSE_ITSELF] = "itself",
        };

        assert(type < _CAUSE_TYPE_N);
        return names[type];
}

const char *caller_format(const Caller *caller, char buffer[CALLER_TEXT_MAX])
{
        /* The kernel gives no number to a process that can't be seen from our pid namespace. */
        if (caller->pid <= 0)
                snprintf(buffer, CALLER_TEXT_MAX, "a process of another pid namespace, of user %" PRIu32,
                         (uint32_t) caller->uid);
        else
                snprintf(buffer, CALLER_TEXT_MAX, "process %d%s%s%s of user %" PRIu32, caller->pid,
                         *caller->command ? " (" : "", caller->command, *caller->command ? ")" : "",
                         (uint32_t) caller->uid);
        return buffer;
}

static void set_cause(Service *service, Cause cause, const char *format, ...) _printf_(3, 4);
static void set_cause(Service *service, Cause cause, const char *format, ...)
{
        char text[CAUSE_TEXT_MAX];
        va_list args;

        va_start(args, format);
        (void) vsnprintf(text, sizeof(text), format, args);
        va_end(args);

        cause.realtime = loop_realtime(service->manager->loop);
        cause.text = strdup(text);
        cause_done(&service->cause);
        service->cause = cause;
}

void service_caused_by_order(Service *service)
{
        const Caller *caller = service->manager->acting;
        Cause cause = CAUSE_NULL;
        char who[CALLER_TEXT_MAX];

        if (!caller) {
                cause.type = CAUSE_DAEMON;
                if (service->manager->shutdown != SHUTDOWN_NONE)
                        set_cause(service, cause, "the daemon is shutting down");
                else if (service->transient)
                        set_cause(service, cause, "the client for whom it runs is gone");
                else
                        set_cause(service, cause, "it starts with the daemon");
                return;
        }

        cause.type = CAUSE_CALLER;
        cause.uid = caller->uid;
        cause.pid = caller->pid;
        cause.verb = caller->verb;
        snprintf(cause.command, sizeof(cause.command), "%s", caller->command);
        set_cause(service, cause, "%s asked for by %s", caller->verb, caller_format(caller, who));
}

void service_caused_by_service(Service *service, const Service *other, const char *how)
{
        Cause cause = CAUSE_NULL;
        const char *before = other->cause.text;

        if (service == other)
                return;
        cause.type = CAUSE_SERVICE;
        cause.service = strdup(other->name);
        set_cause(service, cause, "%s because of %s%s%s%s", how, other->name, before ? " (" : "",
                  before ? before : "", before ? ")" : "");
}

void service_caused_by_itself(Service *service, CauseType type, const char *why)
{
        _cleanup_(value_done) Value policy = VALUE_NULL;
        Cause cause = CAUSE_NULL;

        cause.type = type;
        if (type == CAUSE_RESTART && show_service(service->config, "Restart", &policy) >= 0)
                set_cause(service, cause, "Restart=%s%s%s", policy.string, *why ? ": " : "", why);
        else
                set_cause(service, cause, "its own end%s%s", *why ? ": " : "", why);
}

void manager_begin_order(Manager *manager, const Caller *caller)
{
        manager->acting = caller;
}

void manager_end_order(Manager *manager)
{
        manager->acting = NULL;
}

void manager_tell_caller(Manager *manager, const Service *service, const Caller *caller)
{
        _cleanup_(strv_freep) char **fields = NULL;
        char text[256], who[CALLER_TEXT_MAX];

        if (!caller)
                return;

        (void) strv_extendf(&fields, "TENDED_VERB=%s", caller->verb);
        (void) strv_extendf(&fields, "TENDED_BY_UID=%" PRIu32, (uint32_t) caller->uid);
        (void) strv_extendf(&fields, "TENDED_BY_PID=%d", caller->pid);
        if (*caller->command)
                (void) strv_extendf(&fields, "TENDED_BY_COMMAND=%s", caller->command);
        snprintf(text, sizeof(text), "%s%s%s asked for by %s", service ? service->name : "", service ? ": " : "",
                 caller->verb, caller_format(caller, who));
        delivery_event(
                manager->delivery,
                &(EventRecord){.id = EVENT_ID_CHANGED_BY,
                               .priority = service ? 6 : 5,
                               .service = service ? service->name : NULL,
                               .invocation_id = service && service->run.known ? &service->run.invocation_id : NULL,
                               .text = text,
                               .fields = fields});
}

void manager_reset_failed(Manager *manager, Service *service, const Caller *caller)
{
        bool is_known = service->life.state == STATE_FAILED || service->life.result != RESULT_SUCCESS ||
                        service->life.history.n_restarts > 0;

        if (is_known) {
                manager_tell_caller(manager, service, caller);
                if (service->life.state == STATE_FAILED) {
                        manager_begin_order(manager, caller);
                        service_caused_by_order(service);
                        manager_end_order(manager);
                }
        }
        service_reset_failed(service);
}
