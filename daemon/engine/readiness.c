/* SPDX-License-Identifier: MIT */

/* The conditions of one START, as bits of what is missing. Each has a source of its own (the output, a timer, the
 * notify socket, probes), which clears its bit; the last one feeds EVENT_READY. What a START began with is what it
 * ends with: a definition that changes in its midst is taken over afterwards. Before the START and after it nothing
 * is listened to and nobody asked, and nothing costs anything.
 *
 * Probes are asked from the exec on; what answers already before the process is made is noted then, as it is not the
 * service. Commands are asked one after the other, everything else at the same time. While it waits, the service's
 * reason says what for. */

#include "engine/readiness.h"

#include <stdio.h>
#include <string.h>

#include "common/timespan.h"
#include "engine/manager-private.h"

#define TRY_USEC (30 * USEC_PER_SEC)

static void note(Service *service, ReadyCondition condition)
{
        Readiness *readiness = &service->readiness;

        if (!readiness->is_open || !(readiness->missing & 1u << condition))
                return;
        readiness->missing &= ~(1u << condition);
        if (readiness->missing == 0)
                service_feed_type(service, EVENT_READY);
}

static void on_after(void *userdata, usec_t now)
{
        note(userdata, READY_AFTER);
}

/* A pattern that doesn't compile was refused when it was read; what fails here is memory. */
static int take_over(Service *service)
{
        Readiness *readiness = &service->readiness;
        char *error = NULL;
        int r = 0;

        readiness->is_old = false;
        readiness->line = ready_line_free(readiness->line);
        if (service->config->ready_line && service->load == LOAD_LOADED)
                r = ready_line_new(service->config->ready_line, &readiness->line, &error);
        free(error);
        return r;
}

int readiness_init(Service *service)
{
        int r;

        r = take_over(service);
        if (r < 0)
                return r;
        return timer_init(&service->readiness.after, service->manager->loop, on_after, service);
}

static void drop_probes(Readiness *readiness)
{
        readiness->probes = probes_free(readiness->probes, readiness->n_probes);
        readiness->n_probes = 0;
        readiness->config = NULL;
        readiness->snapshot = config_unref(readiness->snapshot);
}

void readiness_done(Readiness *readiness)
{
        drop_probes(readiness);
        timer_done(&readiness->after);
        readiness->line = ready_line_free(readiness->line);
        free(readiness->unmet);
}

void readiness_set_config(Service *service)
{
        if (service->readiness.is_open)
                service->readiness.is_old = true;
        else
                (void) take_over(service);
}

void readiness_forget(Service *service)
{
        free(service->readiness.unmet);
        service->readiness.unmet = NULL;
}

int readiness_begin(Service *service)
{
        const ServiceConfig *config = service->config;
        Readiness *readiness = &service->readiness;
        int r;

        if (readiness->is_open)
                return 0;
        r = probes_new(service, "Ready", &config->ready, &readiness->probes, &readiness->n_probes);
        if (r < 0)
                return r;
        readiness->snapshot = config_ref(service->snapshot);
        readiness->config = config;
        for (size_t i = 0; i < readiness->n_probes; i++)
                probe_note_before(&readiness->probes[i]);

        readiness->is_open = true;
        readiness->is_probing = false;
        readiness->missing = (readiness->line ? 1u << READY_LINE : 0) |
                             (config->ready_after_usec > 0 ? 1u << READY_AFTER : 0) |
                             (config->type == SERVICE_NOTIFY ? 1u << READY_NOTIFIED : 0) |
                             (readiness->n_probes > 0 ? 1u << READY_PROBES : 0);
        if (readiness->line)
                ready_line_reset(readiness->line);
        capture_set_listening(service->capture, readiness->line != NULL);
        if (config->ready_after_usec > 0)
                (void) timer_set(&readiness->after,
                                 usec_add(loop_now(service->manager->loop), config->ready_after_usec));
        return 0;
}

/* What it was asked for when START began. */
static void condition_text(const Readiness *readiness, ReadyCondition condition, char *buffer, size_t size)
{
        char span[TIMESPAN_MAX];

        switch (condition) {
        case READY_LINE:
                (void) snprintf(buffer, size, "ReadyLine=%.100s", readiness->config->ready_line);
                break;
        case READY_AFTER:
                (void) snprintf(
                        buffer, size, "ReadyAfterSec=%s",
                        timespan_format(span, sizeof(span), readiness->config->ready_after_usec, USEC_PER_MSEC));
                break;
        case READY_NOTIFIED:
                (void) snprintf(buffer, size, "READY=1 from it (Type=notify)");
                break;
        case READY_PROBES:
        case _READY_CONDITION_N:
                buffer[0] = '\0';
                break;
        }
}

static void append(char *buffer, size_t size, const char *text)
{
        size_t used = strlen(buffer);

        (void) snprintf(buffer + used, size - used, "%s%s", used > 0 ? "; " : "", text);
}

/* All that is missing. */
static const char *readiness_text(const Service *service, char *buffer, size_t size)
{
        const Readiness *readiness = &service->readiness;
        char text[384];

        buffer[0] = '\0';
        if (!readiness->is_open)
                return buffer;
        for (ReadyCondition i = 0; i < READY_PROBES; i++)
                if (readiness->missing & 1u << i) {
                        condition_text(readiness, i, text, sizeof(text));
                        append(buffer, size, text);
                }
        for (size_t i = 0; i < readiness->n_probes; i++)
                if (!probe_holds(&readiness->probes[i]))
                        append(buffer, size, probe_text(&readiness->probes[i], text, sizeof(text)));
        return buffer;
}

static void note_unmet(Service *service)
{
        char text[512];

        readiness_forget(service);
        if (service->readiness.missing != 0)
                service->readiness.unmet = strdup(readiness_text(service, text, sizeof(text)));
}

static void tell_wait(Service *service)
{
        if (service->life.state != STATE_START || service->readiness.missing == 0)
                return;
        note_unmet(service);
        service_set_reason(service, "waits for %s", service->readiness.unmet ?: "readiness");
        manager_mark_dirty(service->manager, service);
}

static void on_probe(void *userdata, Probe *probe);

/* Commands are asked one by one. */
static void begin_next_command(Service *service)
{
        Readiness *readiness = &service->readiness;

        for (size_t i = 0; i < readiness->n_probes; i++) {
                Probe *probe = &readiness->probes[i];

                if (probe->target.kind != PROBE_EXEC || probe_holds(probe))
                        continue;
                probe_begin(probe, &(ProbeBegin){PROBE_UNTIL_IT_HOLDS, TRY_USEC, on_probe, service});
                return;
        }
}

static bool all_hold(const Readiness *readiness)
{
        for (size_t i = 0; i < readiness->n_probes; i++)
                if (!probe_holds(&readiness->probes[i]))
                        return false;
        return true;
}

static void on_probe(void *userdata, Probe *probe)
{
        Service *service = userdata;

        if (all_hold(&service->readiness))
                note(service, READY_PROBES); /* the probe may be gone */
        else if (probe_holds(probe) && probe->target.kind == PROBE_EXEC)
                begin_next_command(service);
        tell_wait(service);
}

void readiness_note_executed(Service *service)
{
        Readiness *readiness = &service->readiness;

        if (!readiness->is_open || readiness->is_probing)
                return;
        readiness->is_probing = true;
        for (size_t i = 0; i < readiness->n_probes; i++)
                if (readiness->probes[i].target.kind != PROBE_EXEC)
                        probe_begin(&readiness->probes[i],
                                    &(ProbeBegin){PROBE_UNTIL_IT_HOLDS, TRY_USEC, on_probe, service});
        begin_next_command(service);
        tell_wait(service);
}

void readiness_end(Service *service)
{
        Readiness *readiness = &service->readiness;

        if (!readiness->is_open)
                return;
        note_unmet(service);
        readiness->is_open = false;
        capture_set_listening(service->capture, false);
        (void) timer_set(&readiness->after, USEC_INFINITY);
        drop_probes(readiness);
        if (readiness->is_old)
                (void) take_over(service);
}

void readiness_note_output(Service *service, unsigned stream, const char *data, size_t size)
{
        Readiness *readiness = &service->readiness;

        if (!readiness->line || !(readiness->missing & 1u << READY_LINE) ||
            !ready_line_feed(readiness->line, stream, data, size))
                return;
        capture_set_listening(service->capture, false);
        note(service, READY_LINE);
        tell_wait(service);
}

void readiness_note_notified(Service *service)
{
        note(service, READY_NOTIFIED);
        tell_wait(service);
}

const char *service_ready_error(const Service *service)
{
        return service->readiness.unmet;
}
