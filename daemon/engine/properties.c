/* SPDX-License-Identifier: MIT */

/* What there is to know of a service, by name. How it is, is a table of getters here; how it is defined is the table
 * of directives, which knows how to show each of its rows. Nothing is kept: a property is looked at when somebody
 * asks. */

#include "engine/properties.h"

#include <errno.h>
#include <string.h>

#include "common/id128.h"
#include "common/strv.h"
#include "core/directives.h"
#include "engine/properties-why.h"

typedef struct RunProperty {
        const char *name;
        ValueType type;
        const char *signature; /* NULL: the type's own */
        unsigned flags;
        int (*get)(Service *service, Value *value); /* value->type is set */
} RunProperty;

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

static int get_id(Service *service, Value *value)
{
        return set_string(value, service_name(service));
}

static int get_load_state(Service *service, Value *value)
{
        switch (service_load_state(service)) {
        case LOAD_LOADED:
                return set_string(value, "loaded");
        case LOAD_BAD_SETTING:
                return set_string(value, "bad-setting");
        case LOAD_NOT_FOUND:
                return set_string(value, "not-found");
        case _LOAD_STATE_N:
                break;
        }
        assert_not_reached();
}

static int get_active_state(Service *service, Value *value)
{
        return set_string(value, active_state_to_string(lifecycle_active_state(service_lifecycle(service))));
}

static int get_sub_state(Service *service, Value *value)
{
        return set_string(value, service_sub_state(service));
}

static int get_result(Service *service, Value *value)
{
        return set_string(value, service_result_to_string(service_lifecycle(service)->result));
}

static int get_ready(Service *service, Value *value)
{
        value->boolean = service_is_ready(service);
        return 0;
}

static int get_health(Service *service, Value *value)
{
        return set_string(value, health_state_to_string(service_health(service)));
}

static int get_health_error(Service *service, Value *value)
{
        return set_string(value, service_health_error(service));
}

static int get_reason(Service *service, Value *value)
{
        return set_string(value, service_reason(service));
}

static int get_main_pid(Service *service, Value *value)
{
        value->number = (uint64_t) service_run(service)->main_pid;
        return 0;
}

static int get_control_pid(Service *service, Value *value)
{
        value->number = (uint64_t) service_run(service)->control_pid;
        return 0;
}

static int get_status_text(Service *service, Value *value)
{
        return set_string(value, service_status_text(service));
}

static int get_status_errno(Service *service, Value *value)
{
        value->integer = service_status_errno(service);
        return 0;
}

static int get_watchdog(Service *service, Value *value)
{
        return set_time(value, service_watchdog_realtime(service));
}

static int get_n_restarts(Service *service, Value *value)
{
        value->number = service_lifecycle(service)->history.n_restarts;
        return 0;
}

static int get_next_restart(Service *service, Value *value)
{
        return set_time(value, service_next_restart_realtime(service));
}

static int get_state_change(Service *service, Value *value)
{
        return set_time(value, service_state_change_realtime(service));
}

static int get_active_enter(Service *service, Value *value)
{
        return set_time(value, service_active_enter_realtime(service));
}

static int get_inactive_enter(Service *service, Value *value)
{
        return set_time(value, service_inactive_enter_realtime(service));
}

static int get_invocation_id(Service *service, Value *value)
{
        const RunRecord *run = service_run(service);
        char buffer[ID128_STRING_MAX];

        return set_string(value, run->known ? id128_format(run->invocation_id, buffer) : "");
}

static int get_exec_main_pid(Service *service, Value *value)
{
        value->number = (uint64_t) service_run(service)->last_main_pid;
        return 0;
}

static int get_exec_main_start(Service *service, Value *value)
{
        return set_time(value, service_run(service)->main_start_realtime);
}

static int get_exec_main_exit(Service *service, Value *value)
{
        return set_time(value, service_run(service)->main_exit_realtime);
}

static int get_exec_main_code(Service *service, Value *value)
{
        const Lifecycle *life = service_lifecycle(service);

        if (!life->main_exit_known)
                return set_string(value, "");

        switch (life->main_exit.end) {
        case PROCESS_EXITED:
                return set_string(value, "exited");
        case PROCESS_KILLED:
                return set_string(value, "killed");
        case PROCESS_DUMPED:
                return set_string(value, "dumped");
        }
        assert_not_reached();
}

static int get_exec_main_status(Service *service, Value *value)
{
        const Lifecycle *life = service_lifecycle(service);

        value->integer = life->main_exit_known ? life->main_exit.status : 0;
        return 0;
}

static int get_attached(Service *service, Value *value)
{
        char text[128];

        service_describe_talks(service, text, sizeof(text));
        return set_string(value, text);
}

static int get_control_group(Service *service, Value *value)
{
        return set_string(value, group_cgroup_path(service_group(service)));
}

/* What rests has no group to be measured. */
static bool is_resting(const Service *service)
{
        return service_state_info(service_lifecycle(service)->state)->resting;
}

static int get_memory_current(Service *service, Value *value)
{
        uint64_t bytes;

        value->number = UINT64_MAX;
        if (!is_resting(service) && group_memory_current(service_group(service), &bytes) >= 0 && bytes > 0)
                value->number = bytes;
        return 0;
}

static int get_tasks_current(Service *service, Value *value)
{
        uint64_t tasks;

        value->number = UINT64_MAX;
        if (!is_resting(service) && group_tasks_current(service_group(service), &tasks) >= 0 && tasks > 0)
                value->number = tasks;
        return 0;
}

static int get_fragment_path(Service *service, Value *value)
{
        return set_string(value, service_config(service)->where.file);
}

static int get_drop_in_paths(Service *service, Value *value)
{
        const ServiceConfig *config = service_config(service);
        _cleanup_(strv_freep) char **paths = NULL;
        int r;

        STRV_FOREACH (path, config->sources) {
                if (config->where.file && strcmp(*path, config->where.file) == 0)
                        continue;
                r = strv_extend(&paths, *path);
                if (r < 0)
                        return r;
        }
        value->strings = TAKE_PTR(paths);
        return 0;
}

static int get_transient(Service *service, Value *value)
{
        value->boolean = service_is_transient(service);
        return 0;
}

#define STATE (PROPERTY_COMMON | PROPERTY_CHANGES)

static const RunProperty run_properties[] = {
        {"Id", VALUE_STRING, NULL, PROPERTY_COMMON, get_id},
        {"LoadState", VALUE_STRING, NULL, STATE, get_load_state},
        {"ActiveState", VALUE_STRING, NULL, STATE, get_active_state},
        {"SubState", VALUE_STRING, NULL, STATE, get_sub_state},
        {"Result", VALUE_STRING, NULL, STATE, get_result},
        {"Ready", VALUE_BOOL, NULL, STATE, get_ready},
        {"Health", VALUE_STRING, NULL, STATE, get_health},
        {"HealthError", VALUE_STRING, NULL, PROPERTY_CHANGES, get_health_error},
        {"Reason", VALUE_STRING, NULL, STATE, get_reason},
        {"MainPID", VALUE_UINT, "u", STATE, get_main_pid},
        {"ControlPID", VALUE_UINT, "u", PROPERTY_CHANGES, get_control_pid},
        {"StatusText", VALUE_STRING, NULL, PROPERTY_CHANGES, get_status_text},
        {"StatusErrno", VALUE_INT, "i", PROPERTY_CHANGES, get_status_errno},
        {"WatchdogTimestamp", VALUE_TIMESTAMP, NULL, 0, get_watchdog},
        {"NRestarts", VALUE_UINT, "u", STATE, get_n_restarts},
        {"NextRestartTimestamp", VALUE_TIMESTAMP, NULL, STATE, get_next_restart},
        {"StateChangeTimestamp", VALUE_TIMESTAMP, NULL, PROPERTY_CHANGES, get_state_change},
        {"ActiveEnterTimestamp", VALUE_TIMESTAMP, NULL, STATE, get_active_enter},
        {"InactiveEnterTimestamp", VALUE_TIMESTAMP, NULL, PROPERTY_CHANGES, get_inactive_enter},
        {"InvocationID", VALUE_STRING, NULL, STATE, get_invocation_id},
        {"ExecMainPID", VALUE_UINT, "u", PROPERTY_CHANGES, get_exec_main_pid},
        {"ExecMainStartTimestamp", VALUE_TIMESTAMP, NULL, PROPERTY_CHANGES, get_exec_main_start},
        {"ExecMainExitTimestamp", VALUE_TIMESTAMP, NULL, PROPERTY_CHANGES, get_exec_main_exit},
        {"ExecMainCode", VALUE_STRING, NULL, STATE, get_exec_main_code},
        {"ExecMainStatus", VALUE_INT, "i", STATE, get_exec_main_status},
        {"CauseType", VALUE_STRING, NULL, PROPERTY_CHANGES, get_cause_type},
        {"CauseText", VALUE_STRING, NULL, PROPERTY_CHANGES, get_cause_text},
        {"CauseTimestamp", VALUE_TIMESTAMP, NULL, PROPERTY_CHANGES, get_cause_timestamp},
        {"CausedByUID", VALUE_UINT, NULL, PROPERTY_CHANGES, get_caused_by_uid},
        {"CausedByPID", VALUE_UINT, "u", PROPERTY_CHANGES, get_caused_by_pid},
        {"CausedByCommand", VALUE_STRING, NULL, PROPERTY_CHANGES, get_caused_by_command},
        {"CausedByVerb", VALUE_STRING, NULL, PROPERTY_CHANGES, get_caused_by_verb},
        {"CausedByService", VALUE_STRING, NULL, PROPERTY_CHANGES, get_caused_by_service},
        {"WaitsFor", VALUE_STRING, NULL, PROPERTY_CHANGES, get_waits_for},
        {"NeedRestart", VALUE_BOOL, NULL, PROPERTY_CHANGES, get_need_restart},
        {"PendingDirectives", VALUE_STRV, NULL, PROPERTY_CHANGES, get_pending_directives},
        {"NextAction", VALUE_STRING, NULL, 0, get_next_action},
        {"NextActionTimestamp", VALUE_TIMESTAMP, NULL, 0, get_next_action_timestamp},
        {"LastRunInvocationID", VALUE_STRING, NULL, 0, get_last_run_invocation_id},
        {"LastRunStartTimestamp", VALUE_TIMESTAMP, NULL, 0, get_last_run_start},
        {"LastRunEndTimestamp", VALUE_TIMESTAMP, NULL, 0, get_last_run_end},
        {"LastRunResult", VALUE_STRING, NULL, 0, get_last_run_result},
        {"LastRunText", VALUE_STRING, NULL, 0, get_last_run_text},
        {"Attached", VALUE_STRING, NULL, 0, get_attached},
        {"ControlGroup", VALUE_STRING, NULL, 0, get_control_group},
        {"MemoryCurrent", VALUE_UINT, NULL, PROPERTY_COMMON, get_memory_current},
        {"TasksCurrent", VALUE_UINT, NULL, PROPERTY_COMMON, get_tasks_current},
        {"FragmentPath", VALUE_STRING, NULL, 0, get_fragment_path},
        {"DropInPaths", VALUE_STRV, NULL, 0, get_drop_in_paths},
        {"Transient", VALUE_BOOL, NULL, 0, get_transient},
};

/* Directives' properties that are more than definition. */
static const struct {
        const char *name;
        unsigned flags;
} directive_flags[] = {
        {"Description", PROPERTY_COMMON},
        {"Environment", PROPERTY_SECRET},
        {"StandardInputText", PROPERTY_SECRET},
        {"StopInput", PROPERTY_SECRET},
};

static bool next_directive(Property *property)
{
        size_t n;
        const Directive *rows = directives(SECTION_SERVICE, &n);
        const Directive *row = property->directive ? property->directive + 1 : rows;

        while (row < rows + n && !row->property)
                row++;
        if (row == rows + n)
                return false;
        *property = (Property){.directive = row};
        return true;
}

bool property_next(Property *property)
{
        if (property->directive)
                return next_directive(property);
        if (!property->run) {
                property->run = run_properties;
                return true;
        }
        if (property->run + 1 < run_properties + ELEMENTSOF(run_properties)) {
                property->run++;
                return true;
        }
        return next_directive(property);
}

int property_find(const char *name, Property *ret)
{
        const Directive *directive;

        for (size_t i = 0; i < ELEMENTSOF(run_properties); i++)
                if (strcmp(run_properties[i].name, name) == 0) {
                        *ret = (Property){.run = &run_properties[i]};
                        return 0;
                }

        directive = directive_find_property(SECTION_SERVICE, name);
        if (!directive)
                return -ENOENT;
        *ret = (Property){.directive = directive};
        return 0;
}

const char *property_name(Property property)
{
        return property.run ? property.run->name : property.directive->property;
}

const char *property_signature(Property property)
{
        if (property.run && property.run->signature)
                return property.run->signature;
        return value_type_signature(property.run ? property.run->type : property.directive->kind->type);
}

unsigned property_flags(Property property)
{
        if (property.run)
                return property.run->flags;

        for (size_t i = 0; i < ELEMENTSOF(directive_flags); i++)
                if (strcmp(directive_flags[i].name, property.directive->property) == 0)
                        return directive_flags[i].flags;
        return 0;
}

bool property_applies(Property property, const Service *service)
{
        if (!property.directive || service_config(service)->kind == UNIT_SERVICE)
                return true;
        return directive_find_property(SECTION_TARGET, property.directive->property);
}

int property_get(Property property, Service *service, Value *ret)
{
        Value value = VALUE_NULL;
        int r;

        if (property.directive)
                return property.directive->kind->show(property.directive, service_config(service), ret);

        value.type = property.run->type;
        r = property.run->get(service, &value);
        if (r < 0)
                return r;
        *ret = value;
        return 0;
}
