/* SPDX-License-Identifier: MIT */

/* The end of a reading: defaults that depend on other settings, and checks that need the whole of a service or of all
 * services. What it finds is said at the line that is to be changed. */

#include <errno.h>
#include <string.h>

#include "common/suggest.h"
#include "core/definition-private.h"
#include "core/instances.h"
#include "core/kinds.h"
#include "core/order.h"
#include "core/ring.h"
#include "core/start-set.h"

/* Notes an error of `draft`, at the line of `directive` (NULL, or not given: at its section). */
static void complain(Definition *definition, const Draft *draft, const char *directive, const char *text)
{
        const Where *where = directive ? draft_given(draft, directive) : NULL;

        diagnostics_add(&definition->config->diagnostics, SEVERITY_ERROR, where ? *where : draft->where,
                        draft_owner(draft), "%s%s%s", directive && where ? directive : "",
                        directive && where ? ": " : "", text);
}

/* The service runs, but not as somebody meant it to. */
static void warn(Definition *definition, const Draft *draft, const char *directive, const char *text)
{
        diagnostics_add(&definition->config->diagnostics, SEVERITY_WARNING, *draft_given(draft, directive),
                        draft_owner(draft), "%s: %s", directive, text);
}

static bool given(const Draft *draft, const char *directive)
{
        return draft_given(draft, directive) != NULL;
}

static bool has_watchdog(const ServiceConfig *service)
{
        return service->watchdog_usec > 0 && service->watchdog_usec != USEC_INFINITY;
}

/* A span that has to be finite, and was taken back by an empty assignment. */
static void settle_span(usec_t *span, usec_t initial)
{
        if (*span == USEC_INFINITY)
                *span = initial;
}

/* Defaults that the table can't know. */
static void settle_timeouts(const DaemonConfig *daemon, const Draft *draft)
{
        ServiceConfig *service = draft->service;
        bool both = given(draft, "TimeoutSec");

        if (!both && !given(draft, "TimeoutStartSec"))
                service->timeout_start_usec =
                        service->type == SERVICE_ONESHOT ? USEC_INFINITY : daemon->default_timeout_start_usec;
        if (!both && !given(draft, "TimeoutStopSec"))
                service->timeout_stop_usec = daemon->default_timeout_stop_usec;
        if (!given(draft, "TimeoutAbortSec"))
                service->timeout_abort_usec = service->timeout_stop_usec;
        /* Who is to speak has to be heard, whatever NotifyAccess says: as systemd does. */
        if (service->notify_access == NOTIFY_NONE && (service->type == SERVICE_NOTIFY || has_watchdog(service)))
                service->notify_access = NOTIFY_MAIN;
        if (!given(draft, "RestartSec"))
                service->restart_usec = daemon->default_restart_usec;
        settle_span(&service->ready_after_usec, 0);
        settle_span(&service->health_interval_usec, 30 * USEC_PER_SEC);
        settle_span(&service->health_timeout_usec, 30 * USEC_PER_SEC);
        settle_span(&service->health_start_period_usec, 0);
        if (service->restart_kill_signal == 0)
                service->restart_kill_signal = service->kill_signal;
        if (!given(draft, "StandardInput") && service->input_text)
                service->input.target = STREAM_DATA;
}

static int settle_defaults(const DaemonConfig *daemon, Draft *draft)
{
        ServiceConfig *service = draft->service;

        if (draft->section == SECTION_SERVICE) {
                settle_timeouts(daemon, draft);
        } else {
                service->timeout_start_usec = USEC_INFINITY;
                service->timeout_stop_usec = service->timeout_abort_usec = daemon->default_timeout_stop_usec;
                service->restart_kill_signal = service->kill_signal;
        }
        service->where = draft->where;
        service->folder = TAKE_PTR(draft->folder);
        service->sources = TAKE_PTR(draft->sources);
        if (!service->description)
                service->description = strdup(service->name);
        return service->description ? 0 : -ENOMEM;
}

static void check_commands(Definition *definition, const Draft *draft)
{
        const ServiceConfig *service = draft->service;
        size_t n = service->commands[COMMAND_START].n;

        if (service->type != SERVICE_ONESHOT) {
                if (n == 0)
                        complain(definition, draft, NULL,
                                 "the service has no ExecStart, which only Type=oneshot can do without");
                else if (n > 1)
                        complain(definition, draft, "ExecStart",
                                 "more than one command is possible with Type=oneshot alone");
                return;
        }
        if (n == 0 && service->commands[COMMAND_STOP].n == 0)
                complain(definition, draft, NULL, "the service has neither ExecStart nor ExecStop");
        else if (n == 0 && !service->remain_after_exit)
                complain(definition, draft, NULL, "without ExecStart the service needs RemainAfterExit=yes");
}

#define NO_READINESS "is not possible with Type=oneshot, which is ready when its commands have ended"
#define NO_HEALTH    "is not possible with Type=oneshot, of which nothing runs that could be checked"

/* As systemd refuses them, and what has no meaning. */
static void check_oneshot(Definition *definition, const Draft *draft)
{
        const ServiceConfig *service = draft->service;
        const struct {
                const char *name, *why;
                bool is_given;
        } conditions[] = {
                {"ReadyLine", NO_READINESS, service->ready_line},
                {"ReadyAfterSec", NO_READINESS, service->ready_after_usec > 0},
                {"ReadyTCP", NO_READINESS, service->ready.targets[PROBE_TCP]},
                {"ReadyUnix", NO_READINESS, service->ready.targets[PROBE_UNIX]},
                {"ReadyHTTP", NO_READINESS, service->ready.targets[PROBE_HTTP]},
                {"ReadyPath", NO_READINESS, service->ready.targets[PROBE_PATH]},
                {"ReadyExec", NO_READINESS, service->ready.commands.n > 0},
                {"HealthTCP", NO_HEALTH, service->health.targets[PROBE_TCP]},
                {"HealthUnix", NO_HEALTH, service->health.targets[PROBE_UNIX]},
                {"HealthHTTP", NO_HEALTH, service->health.targets[PROBE_HTTP]},
                {"HealthExec", NO_HEALTH, service->health.commands.n > 0},
        };

        if (service->restart == RESTART_ALWAYS || service->restart == RESTART_ON_SUCCESS)
                complain(definition, draft, "Restart",
                         "always and on-success are not possible with Type=oneshot, which ends with success when all "
                         "is well");
        if (memcmp(&service->restart_force, &(ExitStatusSet){}, sizeof(ExitStatusSet)) != 0)
                complain(definition, draft, "RestartForceExitStatus", "is not possible with Type=oneshot");
        for (size_t i = 0; i < ELEMENTSOF(conditions); i++)
                if (conditions[i].is_given)
                        complain(definition, draft, conditions[i].name, conditions[i].why);
        if (service->runtime_max_usec != USEC_INFINITY)
                warn(definition, draft, "RuntimeMaxSec", "does nothing with Type=oneshot; see TimeoutStartSec");
}

/* What is for another type of service. */
static void check_life(Definition *definition, const Draft *draft)
{
        const ServiceConfig *service = draft->service;

        if (service->pid_file && service->type != SERVICE_FORKING)
                warn(definition, draft, "PIDFile", "does nothing without Type=forking");
        if (has_watchdog(service) && service->type == SERVICE_ONESHOT)
                warn(definition, draft, "WatchdogSec", "does nothing with Type=oneshot; see TimeoutStartSec");
}

static void check_delays(Definition *definition, const Draft *draft)
{
        const ServiceConfig *service = draft->service;
        bool steps = service->restart_steps > 0, limit = service->restart_max_delay_usec != USEC_INFINITY;

        if (steps && !limit)
                warn(definition, draft, "RestartSteps", "does nothing without RestartMaxDelaySec");
        else if (limit && !steps)
                warn(definition, draft, "RestartMaxDelaySec", "does nothing without RestartSteps");
        else if (limit && service->restart_max_delay_usec < service->restart_usec)
                warn(definition, draft, "RestartMaxDelaySec",
                     "is shorter than RestartSec, so the delay doesn't grow");
}

/* Does the daemon see any of the service's output? */
static bool sees_output(const ServiceConfig *service)
{
        return service->output.target == STREAM_JOURNAL || service->error.target == STREAM_JOURNAL;
}

/* Words for a stdin that nobody holds. */
static void check_input(Definition *definition, const Draft *draft)
{
        const ServiceConfig *service = draft->service;
        bool talks = service->input.target == STREAM_PIPE || service->input.target == STREAM_PTY;

        if (service->stop_input && !talks)
                warn(definition, draft, "StopInput", "does nothing without StandardInput=pipe or pty");
        else if (!service->stop_input && given(draft, "StopInputSec"))
                warn(definition, draft, "StopInputSec", "does nothing without StopInput");
        if (service->log_input && !talks)
                warn(definition, draft, "LogInput", "does nothing without StandardInput=pipe or pty");
}

/* Health* without a check, and a check that would never end. */
static void check_health(Definition *definition, const Draft *draft)
{
        static const char *const settings[] = {"HealthIntervalSec", "HealthTimeoutSec", "HealthRetries",
                                               "HealthStartPeriodSec"};
        const ServiceConfig *service = draft->service;

        for (size_t i = 0; i < ELEMENTSOF(settings) && !probe_settings_any(&service->health); i++)
                if (given(draft, settings[i]))
                        warn(definition, draft, settings[i],
                             "does nothing without HealthTCP, HealthUnix, HealthHTTP or HealthExec");
        if (service->health_interval_usec == 0)
                complain(definition, draft, "HealthIntervalSec", "has to be more than 0");
        if (service->health_timeout_usec == 0)
                complain(definition, draft, "HealthTimeoutSec", "has to be more than 0");
}

/* A service whose pool can't be told of is one that can't be arranged. */
static void check_pool(Definition *definition, const Draft *draft)
{
        const ServiceConfig *service = draft->service;
        ssize_t index = service->pool ? draft_list_find(&definition->pools, service->pool) : 0;
        Suggestion suggestion = SUGGESTION(service->pool);
        const Where *where = draft_given(draft, "Pool");

        if (!service->pool || (index >= 0 && definition->pools.items[index]->pool->slots > 0))
                return;
        if (index >= 0) {
                definition_complain_of(definition, draft, *where, "Pool=%s: [pool %s] in %s:%u has a mistake",
                                       service->pool, service->pool, definition->pools.items[index]->where.file,
                                       definition->pools.items[index]->where.line);
                return;
        }
        for (size_t i = 0; i < definition->pools.n; i++)
                suggestion_consider(&suggestion, definition->pools.items[i]->name);
        definition_complain_of(definition, draft, *where, "Pool=%s: there is no pool %s%s%s%s", service->pool,
                               service->pool, suggestion.best ? "; did you mean " : "", suggestion.best ?: "",
                               suggestion.best ? "?" : "");
}

static void check_service(Definition *definition, const Draft *draft)
{
        const ServiceConfig *service = draft->service;

        if (draft->section != SECTION_SERVICE)
                return;
        check_pool(definition, draft);
        /* What could not be read would be complained of twice. */
        if (!draft->mistaken)
                check_commands(definition, draft);
        check_delays(definition, draft);
        check_life(definition, draft);
        check_input(definition, draft);
        check_health(definition, draft);
        if (service->type == SERVICE_ONESHOT)
                check_oneshot(definition, draft);
        else if (service->ready_line && !sees_output(service))
                complain(definition, draft, "ReadyLine",
                         "neither StandardOutput nor StandardError goes to the log, so the daemon sees no line");
}

static void check_daemon(Definition *definition)
{
        DaemonConfig *daemon = &definition->config->daemon;

        if (daemon->ring_size >= RING_SIZE_MIN)
                return;
        diagnostics_add(&definition->config->diagnostics, SEVERITY_WARNING,
                        *draft_given(&definition->daemon, "RingSize"), NULL,
                        "RingSize: a ring is never smaller than %dK; that is what it is now",
                        (int) (RING_SIZE_MIN / 1024));
        daemon->ring_size = RING_SIZE_MIN;
}

static void check_pools(Definition *definition)
{
        for (size_t i = 0; i < definition->pools.n; i++) {
                Draft *draft = definition->pools.items[i];
                PoolConfig *pool = draft->pool;

                pool->where = draft->where;
                if (pool->slots == POOL_SLOTS_CPUS)
                        pool->slots = MAX(definition->values->n_cpus, 1u);
                if (pool->slots == 0 && !draft->mistaken)
                        definition_complain_of(definition, draft, draft->where,
                                               "[pool %s] needs Slots: how many of its services may be up at once",
                                               pool->name);
        }
}

static int check_cycles(Config *config)
{
        _cleanup_(graph_freep) Graph *graph = NULL;
        int r = graph_new(config, &graph);

        if (r < 0)
                return r;
        return graph_check_cycles(graph, config, &config->diagnostics);
}

int definition_finish(Definition *definition, Config **ret)
{
        Config *config = definition->config;
        size_t first;
        int r;

        check_daemon(definition);
        check_pools(definition);
        r = definition_make_instances(definition);
        if (r >= 0)
                r = definition_place_misnamed(definition);
        first = config->diagnostics.n;
        for (size_t i = 0; i < definition->units.n && r >= 0; i++) {
                r = settle_defaults(&config->daemon, definition->units.items[i]);
                if (r >= 0)
                        check_service(definition, definition->units.items[i]);
        }
        if (r >= 0)
                r = definition_hand_over_units(definition);
        if (r >= 0)
                r = definition_hand_over_pools(definition);
        if (r >= 0)
                r = definition_check_relations(config, definition->others);
        if (r >= 0)
                r = check_cycles(config);
        if (r >= 0)
                r = instances_merge(config, first);
        if (r < 0)
                return r;
        definition_mark_bad(config);
        r = start_check_conflicts(config);
        if (r < 0)
                return r;
        diagnostics_sort(&config->diagnostics);
        if (config->diagnostics.out_of_memory)
                return -ENOMEM;
        *ret = TAKE_PTR(definition->config);
        return 0;
}
