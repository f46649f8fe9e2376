/* SPDX-License-Identifier: MIT */

/* The conditions of one START, as bits of what is missing. Each has a source of its own (the output, a timer, the
 * notify socket), which clears its bit; the last one feeds EVENT_READY. What a START began with is what it ends with:
 * a definition that changes in its midst is taken over afterwards. Before the START and after it nothing is listened
 * to, and nothing costs anything. */

#include "engine/readiness.h"

#include "engine/manager-private.h"

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
        return timer_init(&service->readiness.after, service->manager->loop, on_after, service, "service readiness");
}

void readiness_done(Readiness *readiness)
{
        timer_done(&readiness->after);
        readiness->line = ready_line_free(readiness->line);
}

void readiness_set_config(Service *service)
{
        if (service->readiness.is_open)
                service->readiness.is_old = true;
        else
                (void) take_over(service);
}

void readiness_begin(Service *service)
{
        const ServiceConfig *config = service->config;
        Readiness *readiness = &service->readiness;

        readiness->is_open = true;
        readiness->missing = 0;
        if (readiness->line) {
                ready_line_reset(readiness->line);
                readiness->missing |= 1u << READY_LINE;
        }
        capture_set_listening(service->capture, readiness->line != NULL);
        if (config->ready_after_usec > 0) {
                readiness->missing |= 1u << READY_AFTER;
                (void) timer_set(&readiness->after,
                                 usec_add(loop_now(service->manager->loop), config->ready_after_usec));
        }
}

void readiness_end(Service *service)
{
        Readiness *readiness = &service->readiness;

        readiness->is_open = false;
        capture_set_listening(service->capture, false);
        (void) timer_set(&readiness->after, USEC_INFINITY);
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
}

void readiness_note_notified(Service *service)
{
        note(service, READY_NOTIFIED);
}
