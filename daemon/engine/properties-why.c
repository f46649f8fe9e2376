/* SPDX-License-Identifier: MIT */

/* The properties behind `tendctl why`: what brought a service where it is, what it is behind with, what happens next
 * by itself, and how its last run ended. */

#include "engine/properties-why.h"

#include <errno.h>
#include <string.h>

#include "common/id128.h"
#include "common/strv.h"
#include "engine/cause.h"

static int set_string(Value *value, const char *s)
{
        value->string = strdup(s ? s : "");
        return value->string ? 0 : -ENOMEM;
}

static int set_time(Value *value, usec_t realtime)
{
        value->number = realtime == 0 ? USEC_INFINITY : realtime;
        return 0;
}

int get_cause_type(Service *service, Value *value)
{
        return set_string(value, cause_type_to_string(service_cause(service)->type));
}

int get_cause_text(Service *service, Value *value)
{
        return set_string(value, service_cause(service)->text);
}

int get_cause_timestamp(Service *service, Value *value)
{
        return set_time(value, service_cause(service)->realtime);
}

int get_caused_by_uid(Service *service, Value *value)
{
        const Cause *cause = service_cause(service);

        value->number = cause->type == CAUSE_CALLER ? cause->uid : UINT64_MAX;
        return 0;
}

int get_caused_by_pid(Service *service, Value *value)
{
        value->number = (uint64_t) service_cause(service)->pid;
        return 0;
}

int get_caused_by_command(Service *service, Value *value)
{
        return set_string(value, service_cause(service)->command);
}

int get_caused_by_verb(Service *service, Value *value)
{
        return set_string(value, service_cause(service)->verb);
}

int get_caused_by_service(Service *service, Value *value)
{
        return set_string(value, service_cause(service)->service);
}

int get_waits_for(Service *service, Value *value)
{
        return set_string(value, service_waits_for(service));
}

int get_need_restart(Service *service, Value *value)
{
        value->boolean = service_needs_restart(service);
        return 0;
}

int get_pending_directives(Service *service, Value *value)
{
        const DirectiveChanges *pending = service_pending(service);
        _cleanup_(strv_freep) char **names = NULL;
        int r;

        for (size_t i = 0; i < pending->n; i++) {
                r = strv_extend(&names, pending->items[i].name);
                if (r < 0)
                        return r;
        }
        value->strings = TAKE_PTR(names);
        return 0;
}

int get_next_action(Service *service, Value *value)
{
        char text[128];

        (void) service_next_action(service, text, sizeof(text));
        return set_string(value, text);
}

int get_next_action_timestamp(Service *service, Value *value)
{
        char text[128];

        return set_time(value, service_next_action(service, text, sizeof(text)));
}

int get_last_run_invocation_id(Service *service, Value *value)
{
        const LastRun *last = service_last_run(service);
        char buffer[ID128_STRING_MAX];

        return set_string(value, last->known ? id128_format(last->invocation_id, buffer) : "");
}

int get_last_run_start(Service *service, Value *value)
{
        return set_time(value, service_last_run(service)->begin_realtime);
}

int get_last_run_end(Service *service, Value *value)
{
        return set_time(value, service_last_run(service)->end_realtime);
}

int get_last_run_result(Service *service, Value *value)
{
        const LastRun *last = service_last_run(service);

        return set_string(value, last->known ? service_result_to_string(last->result) : "");
}

int get_last_run_text(Service *service, Value *value)
{
        return set_string(value, service_last_run(service)->text);
}
