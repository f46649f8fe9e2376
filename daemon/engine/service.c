/* SPDX-License-Identifier: MIT */

/* One service: its lifetime, and the loop of its life. What happens arrives as events (service_feed), the pure
 * lifecycle decides, and the effects are carried out here in the order: what is to die, the new run, the process, the
 * end of the run, the deadline. A spawn that fails at once is the next event of the same loop, so that no step ever
 * runs inside another.
 *
 * The service owns its group, its capture and its timers; its processes belong to the process table, which forgets
 * them when the service goes. */

#include "engine/service-private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/strv.h"
#include "engine/manager-private.h"
#include "host/random.h"

static void on_timer(void *userdata, usec_t now)
{
        notify_drain(userdata);
        service_feed(userdata, (LifecycleEvent){.type = EVENT_DEADLINE, .now = now});
}

/* The name service had its time: the start fails at the step that needs the names. */
static void on_names_timer(void *userdata, usec_t now)
{
        Service *service = userdata;

        if (service->life.state != STATE_WAITING)
                return;
        service->names_given_up = true;
        manager_mark_dirty(service->manager, service);
}

void service_note_empty(Service *service)
{
        if (main_process_is_gone(service))
                service_feed(service, (LifecycleEvent){.type = EVENT_MAIN_EXITED, .is_unknown = true, .empty = true});
        else
                service_feed_type(service, EVENT_EMPTY);
}

static void on_group_empty(void *userdata)
{
        service_note_empty(userdata);
}

static void on_output(void *userdata, CaptureRole role, unsigned stream, const char *data, size_t size)
{
        if (role == CAPTURE_MAIN)
                readiness_note_output(userdata, stream, data, size);
}

static void on_drained(void *userdata)
{
        Service *service = userdata;

        manager_mark_dirty(service->manager, service);
}

static LifecyclePolicy make_policy(Service *service, const ServiceConfig *config)
{
        return lifecycle_policy(config, service->snapshot->daemon.kill_patience_usec);
}

int service_new(Manager *manager, Config *snapshot, const ServiceConfig *config, Service **ret)
{
        _cleanup_(service_freep) Service *service = calloc(1, sizeof(Service));
        int r;

        if (!service)
                return -ENOMEM;

        service->manager = manager;
        service->index = ORDER_NONE;
        service->cause = CAUSE_NULL;
        service->life = LIFECYCLE_NULL;
        service->snapshot = config_ref(snapshot);
        service->config = config;
        service->load = config->bad ? LOAD_BAD_SETTING : LOAD_LOADED;
        service->policy = make_policy(service, config);
        service->name = strdup(config->name);
        service->reason = strdup("");
        if (!service->name || !service->reason)
                return -ENOMEM;

        r = group_new(manager->tracker, service->name, on_group_empty, service, &service->group);
        if (r < 0)
                return r;

        r = capture_new(manager->delivery, service->name,
                        &(CaptureHandler){.on_output = on_output, .on_drained = on_drained, .userdata = service},
                        &service->capture);
        if (r < 0)
                return r;

        r = readiness_init(service);
        if (r >= 0)
                r = notify_init(service);
        if (r < 0)
                return r;

        r = timer_init(&service->timer, manager->loop, on_timer, service);
        if (r >= 0)
                r = timer_init(&service->names_timer, manager->loop, on_names_timer, service);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(service);
        return 0;
}

Service *service_free(Service *service)
{
        if (!service)
                return NULL;

        if (service->group)
                process_table_forget_group(service->manager->processes, service->group);
        transient_free(service->transient);
        list_remove(&service->dirty_link);
        admission_leave(&service->manager->admission, &service->ticket);
        strv_free(service->monitor);
        strv_free(service->folders);
        timer_done(&service->timer);
        timer_done(&service->names_timer);
        readiness_done(&service->readiness);
        health_watch_done(&service->health);
        notify_done(&service->notify);
        main_search_done(&service->search);
        dialogue_free(service->dialogue);
        capture_free(service->capture);
        group_free(service->group);
        config_unref(service->snapshot);
        cause_done(&service->cause);
        directive_changes_done(&service->pending);
        free(service->last_run.text);
        free(service->killed_by);
        free(service->ended_command);
        free(service->failed_command);
        free(service->failed_detail);
        free(service->members);
        free(service->reason);
        free(service->name);
        free(service);
        return NULL;
}

/* By the definition as it is now, but for what the run, or its START, began with and cannot change any more. */
static void renew_policy(Service *service)
{
        bool in_start = service->life.state == STATE_START;
        bool in_run = !service_state_info(service->life.state)->resting;
        LifecyclePolicy old = service->policy;

        service->policy = make_policy(service, service->config);
        if (in_run) {
                service->policy.type = old.type;
                service->policy.has_pid_file = old.has_pid_file;
        }
        if (in_start)
                service->policy.has_ready_conditions = old.has_ready_conditions;
        service->policy_is_old = in_run;
}

void service_set_config(Service *service, Config *snapshot, const ServiceConfig *config)
{
        if (service_note_definition(service, snapshot, config) < 0)
                service->pending_unknown = true;
        config_ref(snapshot);
        config_unref(service->snapshot);
        service->snapshot = snapshot;
        service->config = config;
        service->load = config->bad ? LOAD_BAD_SETTING : LOAD_LOADED;
        renew_policy(service);
        readiness_set_config(service);
        health_watch_set_config(service);
}

void service_set_gone(Service *service)
{
        service->load = LOAD_NOT_FOUND;
        service->index = ORDER_NONE;
}

bool service_is_past(const Service *service)
{
        return service->load == LOAD_NOT_FOUND && service->wish == WISH_NONE &&
               service_state_info(service->life.state)->resting;
}

/* What a START began with is the rule until its end. */
static void end_start(Service *service)
{
        readiness_end(service);
        if (service->policy_is_old)
                renew_policy(service);
}

static void note_state(Service *service, ServiceState before)
{
        Loop *loop = service->manager->loop;
        ActiveState active = lifecycle_active_state(&service->life);
        ActiveState active_before = service_state_info(before)->active;

        if (before == service->life.state)
                return;

        service->state_change_realtime = loop_realtime(loop);
        if (active == ACTIVE_ACTIVE && active_before != ACTIVE_ACTIVE && active_before != ACTIVE_RELOADING)
                service->active_enter_realtime = service->state_change_realtime;
        if (service_state_info(service->life.state)->resting && !service_state_info(before)->resting)
                service->inactive_enter_realtime = service->state_change_realtime;
        if (service->life.state == STATE_DEAD || service->life.state == STATE_FAILED)
                service_streams_rest(service);
        service->next_restart_realtime = 0;
        if (service->life.state == STATE_AUTO_RESTART && service->life.deadline != USEC_INFINITY)
                service->next_restart_realtime =
                        usec_add(loop_realtime(loop), usec_sub(service->life.deadline, loop_now(loop)));
        if (service_state_info(service->life.state)->resting && service->policy_is_old)
                renew_policy(service);
        if (before == STATE_START) {
                end_start(service);
                main_process_stop_search(service);
        }
        notify_note_state(service);
        health_watch_look(service);
}

/* Carries out what a step asks for. Returns true where something comes of it at once, a failure mostly:
 * `*ret_failure` is fed next. */
static bool carry_out(Service *service, const LifecycleEffects *effects, LifecycleEvent *ret_failure)
{
        int r = 0;

        if (effects->begin_run)
                r = service_begin_run(service);
        if (r >= 0 && service->life.state == STATE_START && (effects->spawn_main || effects->spawn_control))
                r = readiness_begin(service);
        if (r < 0) {
                service->failed_step = "preparing the run";
                service->failed_error = -r;
                *ret_failure = (LifecycleEvent){.type = EVENT_SPAWN_FAILED,
                                                .of_main = effects->spawn_main,
                                                .result = RESULT_RESOURCES,
                                                .empty = service_is_empty(service)};
                return true;
        }
        if (effects->spawn_main || effects->spawn_control)
                return !service_spawn(service, effects->kind, effects->index, effects->spawn_main, ret_failure);
        if (effects->stop_input)
                service_give_stop_input(service);
        return effects->find_main && main_process_find(service, ret_failure);
}

static bool feed_once(Service *service, const LifecycleEvent *event, LifecycleEvent *ret_failure)
{
        ServiceState before = service->life.state;
        LifecycleReason reason_before = service->life.end_reason;
        LifecycleEffects effects;
        bool failed;

        service_note_command(service, event);
        service->policy.has_stop_input = service_hears_stop_input(service);
        effects = lifecycle_step(&service->life, &service->policy, event);
        if (service->life.end_reason != reason_before &&
            (service->life.end_reason == REASON_COMMAND_FAILED || service->life.end_reason == REASON_CONDITION)) {
                free(service->failed_command);
                service->failed_command = service->ended_command ? strdup(service->ended_command) : NULL;
        }

        if (effects.kill != TARGET_NONE) {
                if (effects.signal == SIGKILL)
                        service_note_members(service);
                service_carry_out_kill(service, &effects);
        }
        failed = carry_out(service, &effects, ret_failure);
        note_state(service, before);
        service_tell(service, &effects, event, before);
        if (service->life.state == STATE_START && service->life.main_alive && service->life.executed)
                readiness_note_executed(service);
        service_note_own_end(service, event, before);
        if (before != service->life.state)
                service_tell_state(service);
        if (effects.end_run)
                service_end_run(service);
        if (effects.reload_done)
                service->n_reloads++;
        if (effects.stop_stuck)
                service->n_stuck++;
        return failed;
}

void service_feed(Service *service, LifecycleEvent event)
{
        LifecycleEvent failure;
        bool again;

        do {
                /* Whichever of them it is that ends a run. Of a START the caller says it. */
                if (event.type != EVENT_START)
                        event.uncounted = !arrange_order_is_ready(service->manager, service);
                if (event.now == 0)
                        event.now = loop_now(service->manager->loop);
                event.random = random_u32();
                event.probe_lives = service->probe_process != NULL;
                again = feed_once(service, &event, &failure);
                event = failure;
        } while (again);

        (void) timer_set(&service->timer, service->life.deadline);

        /* Where nothing of it that we wait for by pid is left, but something is: the kernel tells when it is gone. */
        if (!service->life.empty && !service->main && !service->control &&
            !service_state_info(service->life.state)->resting)
                (void) group_watch_empty(service->group);

        arrange_refresh(service->manager, service);
        manager_mark_dirty(service->manager, service);
}

void service_feed_type(Service *service, LifecycleEventType type)
{
        service_feed(service, (LifecycleEvent){.type = type});
}

OrderNode service_order_node(const Service *service)
{
        const Lifecycle *life = &service->life;
        const ServiceStateInfo *info = service_state_info(life->state);
        bool oneshot = service->config->type == SERVICE_ONESHOT;
        /* One that was stopped, before its work was done or after it, is no success that others may build on. */
        bool done =
                life->state == STATE_EXITED || (life->state == STATE_DEAD && life->end_reason == REASON_MAIN_EXITED);
        /* A service that is not to run is none that others have to miss. */
        bool skipped = life->state == STATE_DEAD && life->result == RESULT_EXEC_CONDITION;
        bool succeeded = skipped || (oneshot && done && life->result == RESULT_SUCCESS && service->n_runs > 0);

        return (OrderNode){
                .wanted = life->wanted && service->wish != WISH_STOP,
                .ready = service_is_ready(service) || (succeeded && !service->stopped_by_dependency),
                .attempted = service->attempted,
                .down = life->state == STATE_DEAD || life->state == STATE_FAILED,
                .resting = info->resting,
                .succeeded = succeeded,
                .gave_up = life->state == STATE_FAILED || service->load != LOAD_LOADED ||
                           (life->state == STATE_DEAD && life->result != RESULT_SUCCESS && !skipped),
                .stopping = service->wish != WISH_NONE || info->active == ACTIVE_DEACTIVATING,
                .stuck = life->stuck,
                .oneshot = oneshot,
                .was_up = service->was_up,
        };
}

const char *service_name(const Service *service)
{
        return service->name;
}

const ServiceConfig *service_config(const Service *service)
{
        return service->config;
}

LoadState service_load_state(const Service *service)
{
        return service->load;
}

const Lifecycle *service_lifecycle(const Service *service)
{
        return &service->life;
}

const char *service_sub_state(const Service *service)
{
        if (service->config->kind == UNIT_TARGET && service->life.state == STATE_EXITED)
                return "active";
        return service_state_info(service->life.state)->name;
}

const RunRecord *service_run(const Service *service)
{
        return &service->run;
}

Group *service_group(const Service *service)
{
        return service->group;
}

Capture *service_capture(const Service *service)
{
        return service->capture;
}

bool service_is_ready(const Service *service)
{
        switch (lifecycle_active_state(&service->life)) {
        case ACTIVE_ACTIVE:
        case ACTIVE_RELOADING:
                return service->health.record.state != HEALTH_UNHEALTHY;
        case ACTIVE_ACTIVATING:
                /* ExecStartPost runs when the service itself is ready; what is ordered after it waits for that too.
                 */
        case ACTIVE_INACTIVE:
        case ACTIVE_DEACTIVATING:
        case ACTIVE_FAILED:
        case _ACTIVE_STATE_N:
                return false;
        }
        assert_not_reached();
}

const char *service_reason(const Service *service)
{
        admission_explain(service);
        return service->reason;
}

usec_t service_state_change_realtime(const Service *service)
{
        return service->state_change_realtime;
}

usec_t service_active_enter_realtime(const Service *service)
{
        return service->active_enter_realtime;
}

usec_t service_inactive_enter_realtime(const Service *service)
{
        return service->inactive_enter_realtime;
}

usec_t service_next_restart_realtime(const Service *service)
{
        admission_explain(service);
        return service->next_restart_realtime;
}

bool service_is_transient(const Service *service)
{
        return service->transient != NULL;
}

int service_kill(Service *service, bool all, int signal)
{
        if (all) {
                if (service_is_empty(service))
                        return -ESRCH;
                return group_kill(service->group, signal);
        }
        return service->main ? process_signal(service->main, signal) : -ESRCH;
}

void service_reset_failed(Service *service)
{
        service_feed_type(service, EVENT_RESET_FAILED);
}
