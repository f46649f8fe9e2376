/* SPDX-License-Identifier: MIT */

/* The end of a reading: defaults that depend on other settings, and checks that need the whole of a service or of all
 * services. What it finds is said at the line that is to be changed. */

#include <errno.h>
#include <string.h>

#include "common/suggest.h"
#include "core/definition-private.h"
#include "core/order.h"
#include "core/ring.h"

/* Notes an error of `draft`, at the line of `directive` (NULL, or not given: at its section). */
static void complain(Definition *definition, const Draft *draft, const char *directive, const char *text)
{
        const Where *where = directive ? draft_given(draft, directive) : NULL;

        diagnostics_add(&definition->config->diagnostics, SEVERITY_ERROR, where ? *where : draft->where,
                        draft_service_name(draft), "%s%s%s", directive && where ? directive : "",
                        directive && where ? ": " : "", text);
}

/* The service runs, but not as somebody meant it to. */
static void warn(Definition *definition, const Draft *draft, const char *directive, const char *text)
{
        diagnostics_add(&definition->config->diagnostics, SEVERITY_WARNING, *draft_given(draft, directive),
                        draft_service_name(draft), "%s: %s", directive, text);
}

static bool given(const Draft *draft, const char *directive)
{
        return draft_given(draft, directive) != NULL;
}

static bool has_watchdog(const ServiceConfig *service)
{
        return service->watchdog_usec > 0 && service->watchdog_usec != USEC_INFINITY;
}

/* Defaults that the table can't know. */
static int settle_defaults(const DaemonConfig *daemon, Draft *draft)
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
        if (service->restart_kill_signal == 0)
                service->restart_kill_signal = service->kill_signal;
        if (!given(draft, "StandardInput") && service->input_text)
                service->input.target = STREAM_DATA;
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

static void check_service(Definition *definition, const Draft *draft)
{
        const ServiceConfig *service = draft->service;

        /* What could not be read would be complained of twice. */
        if (!draft->mistaken)
                check_commands(definition, draft);
        check_delays(definition, draft);
        check_life(definition, draft);
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

/* So many wrong names get a suggestion: looking for one costs time that grows with the number of services. */
#define SUGGESTIONS_MAX 100

static void complain_of_reference(Config *config, const ServiceConfig *service, Relation relation,
                                  const Reference *reference, unsigned n_before)
{
        static const char *const directives[_RELATION_N] = {
                [RELATION_REQUIRES] = "Requires",    [RELATION_WANTS] = "Wants",
                [RELATION_BEFORE] = "Before",        [RELATION_AFTER] = "After",
                [RELATION_REQUISITE] = "Requisite",  [RELATION_BINDS_TO] = "BindsTo",
                [RELATION_PART_OF] = "PartOf",       [RELATION_CONFLICTS] = "Conflicts",
                [RELATION_ON_FAILURE] = "OnFailure", [RELATION_ON_SUCCESS] = "OnSuccess",
        };
        bool essential =
                relation == RELATION_REQUIRES || relation == RELATION_REQUISITE || relation == RELATION_BINDS_TO;
        Suggestion suggestion = SUGGESTION(reference->name);

        for (size_t i = 0; i < config->n_services && n_before < SUGGESTIONS_MAX; i++)
                if (config->services[i] != service)
                        suggestion_consider(&suggestion, config->services[i]->name);
        diagnostics_add(&config->diagnostics, essential ? SEVERITY_ERROR : SEVERITY_WARNING, reference->where,
                        service->name, "%s=%s: there is no service %s%s%s%s", directives[relation], reference->name,
                        reference->name, suggestion.best ? "; did you mean " : "", suggestion.best ?: "",
                        suggestion.best ? "?" : "");
}

static void check_references(Config *config)
{
        unsigned n = 0;

        for (size_t i = 0; i < config->n_services; i++)
                for (Relation relation = 0; relation < _RELATION_N; relation++) {
                        const ReferenceList *list = &config->services[i]->relations[relation];

                        for (size_t j = 0; j < list->n; j++)
                                if (!config_find(config, list->items[j].name))
                                        complain_of_reference(config, config->services[i], relation, &list->items[j],
                                                              n++);
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

static int keep_places(Draft *draft)
{
        draft->service->places = malloc(sizeof(draft->given));
        if (!draft->service->places)
                return -ENOMEM;
        memcpy(draft->service->places, draft->given, sizeof(draft->given));
        return 0;
}

/* Gives the drafts' services to the config. */
static int hand_over(Definition *definition)
{
        Config *config = definition->config;
        size_t n = definition->n_drafts;

        config->services = calloc(n ?: 1, sizeof(*config->services));
        if (!config->services)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                Draft *draft = definition->drafts[i];
                int r = text_take(&draft->source, &draft->service->source);

                if (r < 0)
                        return r;
                if (definition->keep_places) {
                        r = keep_places(draft);
                        if (r < 0)
                                return r;
                }
                config->services[config->n_services++] = TAKE_PTR(draft->service);
        }
        return 0;
}

/* An error hurts the service that it is of. */
static void mark_bad(Config *config)
{
        for (size_t i = 0; i < config->diagnostics.n; i++) {
                const Diagnostic *diagnostic = &config->diagnostics.items[i];

                if (diagnostic->severity != SEVERITY_ERROR || !diagnostic->service)
                        continue;
                for (size_t low = 0, high = config->n_services; low < high;) {
                        size_t middle = low + (high - low) / 2;
                        int r = strcmp(diagnostic->service, config->services[middle]->name);

                        if (r == 0) {
                                config->services[middle]->bad = true;
                                break;
                        }
                        if (r < 0)
                                high = middle;
                        else
                                low = middle + 1;
                }
        }
}

int definition_finish(Definition *definition, Config **ret)
{
        Config *config = definition->config;
        int r;

        check_daemon(definition);
        for (size_t i = 0; i < definition->n_drafts; i++) {
                r = settle_defaults(&config->daemon, definition->drafts[i]);
                if (r < 0)
                        return r;
                check_service(definition, definition->drafts[i]);
        }
        r = hand_over(definition);
        if (r < 0)
                return r;
        check_references(config);
        r = check_cycles(config);
        if (r < 0)
                return r;
        mark_bad(config);
        diagnostics_sort(&config->diagnostics);
        if (config->diagnostics.out_of_memory)
                return -ENOMEM;
        *ret = TAKE_PTR(definition->config);
        return 0;
}
