/* SPDX-License-Identifier: MIT */

/* A probe from its first try to its last. What may hang is asked elsewhere: names, paths and sockets in the file
 * system by a helper (helper/resolve.c, helper/await.c), which waits by itself where it is to wait; addresses by
 * connections of the loop; a command by a process of the service.
 *
 * Every answer ends in settle(), which tells the owner as its last act: the probe may be gone then. */

#include "engine/probe.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/strv.h"
#include "common/timespan.h"
#include "engine/manager-private.h"
#include "host/proc.h"

/* A process that is not wanted any more is gone in a moment. */
#define BUSY_USEC (20 * USEC_PER_MSEC)

static void try(Probe *probe);

static Loop *probe_loop(const Probe *probe)
{
        return probe->service->manager->loop;
}

static void set_timer(Probe *probe, usec_t span)
{
        (void) timer_set(&probe->timer, usec_add(loop_now(probe_loop(probe)), span));
}

/* Ends the try that goes on. */
static void drop_try(Probe *probe)
{
        net_probe_done(&probe->net);
        probe->helper = helper_lines_free(probe->helper);
        service_kill_probe(probe->service, probe);
        (void) timer_set(&probe->timer, USEC_INFINITY);
}

/* Those that are asked again and again share a bound. */
static void count_asked(Probe *probe, bool asked)
{
        if (probe->is_counted == asked)
                return;
        probe->is_counted = asked;
        probe->service->manager->n_asked[probe->target.kind] += asked ? 1 : -1u;
}

static bool note_error(Probe *probe, const char *error)
{
        if (strcmp(probe->error, error) == 0)
                return false;
        (void) snprintf(probe->error, sizeof(probe->error), "%s", error);
        return true;
}

/* What came of a try; `error` NULL: it holds. The last act on the probe, which may be gone afterwards. */
static void settle(Probe *probe, const char *error)
{
        usec_t elapsed = usec_sub(loop_now(probe_loop(probe)), probe->begun);
        /* A look-up costs a process, too. */
        ProbeKind kind = probe->phase == PROBE_RESOLVES ? PROBE_EXEC : probe->target.kind;
        unsigned n_asked = probe->service->manager->n_asked[probe->target.kind];
        bool news;

        drop_try(probe);
        news = note_error(probe, error ?: "");
        if (!error) {
                probe->phase = PROBE_HOLDS;
                count_asked(probe, false);
        } else if (probe->mode == PROBE_ONCE) {
                probe->phase = PROBE_FAILED;
                /* Its host may have moved. */
                probe->n_addresses = 0;
        } else {
                probe->phase = PROBE_PAUSES;
                set_timer(probe, probe_retry_delay(kind, elapsed, n_asked));
                if (!news)
                        return;
        }
        probe->on_change(probe->userdata, probe);
}

static void on_net_answer(void *userdata, const char *error)
{
        settle(userdata, error);
}

static void try_net(Probe *probe)
{
        NetProbeRequest request = {
                .target = &probe->target,
                .addresses = probe->addresses,
                .n_addresses = probe->n_addresses,
                .timeout = probe->timeout,
                .before = &probe->before,
                .fn = on_net_answer,
                .userdata = probe,
        };
        int r;

        probe->phase = PROBE_TRIES;
        r = net_probe_begin(&probe->net, probe_loop(probe), &request);
        if (r < 0)
                settle(probe, strerror(-r));
}

static void on_address_line(void *userdata, const char *line)
{
        Probe *probe = userdata;

        if (strncmp(line, "error ", 6) == 0) {
                char text[NET_PROBE_ERROR_MAX];

                (void) snprintf(text, sizeof(text), "%s has no address: %s", probe->target.host, line + 6);
                settle(probe, text);
                return;
        }
        if (strncmp(line, "address ", 8) == 0 && probe->n_addresses < PROBE_ADDRESSES_MAX &&
            probe_address_parse(line + 8, &probe->addresses[probe->n_addresses]) >= 0)
                probe->n_addresses++;
}

static void on_addresses_end(void *userdata)
{
        Probe *probe = userdata;

        if (probe->n_addresses == 0) {
                settle(probe, "the look-up of its host failed");
                return;
        }
        drop_try(probe);
        try_net(probe);
}

static void start_helper(Probe *probe, char *const *argv, const HelperLinesHandler *handler)
{
        int r;

        r = helper_lines_new(probe_loop(probe), probe->service->manager->processes, argv, handler, &probe->helper);
        if (r < 0)
                settle(probe, strerror(-r));
}

static void resolve(Probe *probe)
{
        char *argv[] = {(char *) probe->service->manager->options.helper, (char *) "resolve", probe->target.host,
                        NULL};

        probe->phase = PROBE_RESOLVES;
        set_timer(probe, probe->timeout);
        start_helper(
                probe, argv,
                &(HelperLinesHandler){.on_line = on_address_line, .on_end = on_addresses_end, .userdata = probe});
}

static void try_address(Probe *probe)
{
        if (probe->n_addresses == 0) {
                switch (probe->target.host_kind) {
                case PROBE_HOST_ADDRESS:
                        probe->addresses[0] = probe->target.address;
                        probe->n_addresses = 1;
                        break;
                case PROBE_HOST_LOCAL:
                        probe_local_addresses(probe->addresses);
                        probe->n_addresses = PROBE_LOCAL_ADDRESSES;
                        break;
                case PROBE_HOST_NAME:
                        resolve(probe);
                        return;
                }
        }
        try_net(probe);
}

static void on_await_line(void *userdata, const char *line)
{
        Probe *probe = userdata;

        if (strcmp(line, "ok") == 0)
                settle(probe, NULL);
        else if (strncmp(line, "error ", 6) != 0)
                return;
        else if (probe->mode == PROBE_ONCE)
                settle(probe, line + 6);
        /* The helper goes on looking. */
        else if (note_error(probe, line + 6))
                probe->on_change(probe->userdata, probe);
}

static void on_await_end(void *userdata)
{
        settle(userdata, "the helper that looks for it has ended");
}

static void try_await(Probe *probe)
{
        bool once = probe->mode == PROBE_ONCE;
        char ticks[24];
        char *argv[] = {(char *) probe->service->manager->options.helper,
                        (char *) "await",
                        (char *) (once ? "once" : "until"),
                        (char *) (probe->target.kind == PROBE_UNIX ? "unix" : "path"),
                        probe->target.path,
                        ticks,
                        NULL};

        (void) snprintf(ticks, sizeof(ticks), "%" PRIu64, probe->before_ticks);
        probe->phase = PROBE_TRIES;
        if (once)
                set_timer(probe, probe->timeout);
        start_helper(probe, argv,
                     &(HelperLinesHandler){.on_line = on_await_line, .on_end = on_await_end, .userdata = probe});
}

void probe_on_exit(Probe *probe, const char *error)
{
        settle(probe, error);
}

static void try_exec(Probe *probe)
{
        int r;

        probe->phase = PROBE_TRIES;
        r = service_spawn_probe(probe->service, probe);
        if (r == -EBUSY) {
                probe->phase = PROBE_PAUSES;
                set_timer(probe, BUSY_USEC);
        } else if (r < 0)
                settle(probe, strerror(-r));
        else
                set_timer(probe, probe->timeout);
}

static void try(Probe *probe)
{
        switch (probe->target.kind) {
        case PROBE_TCP:
        case PROBE_HTTP:
                try_address(probe);
                break;
        case PROBE_UNIX:
        case PROBE_PATH:
                try_await(probe);
                break;
        case PROBE_EXEC:
                try_exec(probe);
                break;
        case _PROBE_KIND_N:
                break;
        }
}

static void on_timer(void *userdata, usec_t now)
{
        Probe *probe = userdata;
        char text[NET_PROBE_ERROR_MAX], span[TIMESPAN_MAX];

        if (probe->phase == PROBE_PAUSES) {
                try(probe);
                return;
        }
        (void) snprintf(text, sizeof(text), "%s within %s",
                        probe->phase == PROBE_RESOLVES     ? "no address of its host"
                        : probe->target.kind == PROBE_EXEC ? "did not end"
                                                           : "no answer",
                        timespan_format(span, sizeof(span), probe->timeout, USEC_PER_MSEC));
        settle(probe, text);
}

static int make_name(const ProbeOptions *options, char **ret)
{
        _cleanup_free_ char *line = options->command ? strv_join(options->command->argv, " ") : strdup(options->text);
        char *name;

        if (!line)
                return -ENOMEM;
        if (asprintf(&name, "%s%s=%.100s", options->prefix, probe_kind_to_string(options->kind), line) < 0)
                return -ENOMEM;
        *ret = name;
        return 0;
}

static void probe_done(Probe *probe)
{
        if (!probe->service)
                return;
        drop_try(probe);
        count_asked(probe, false);
        timer_done(&probe->timer);
        listeners_done(&probe->before);
        probe_target_done(&probe->target);
        free(probe->name);
}

static int probe_init(Probe *probe, Service *service, const ProbeOptions *options)
{
        const char *error;
        int r;

        *probe = (Probe){.target.kind = options->kind, .command = options->command, .net = NET_PROBE_NULL};
        r = timer_init(&probe->timer, service->manager->loop, on_timer, probe);
        if (r < 0)
                return r;
        /* From here on it is somebody's to end. */
        probe->service = service;
        r = make_name(options, &probe->name);
        if (r < 0)
                return r;
        /* What is wrong with it was said when it was read. */
        return options->command ? 0 : probe_target_parse(options->kind, options->text, &probe->target, &error);
}

Probe *probes_free(Probe *probes, size_t n)
{
        for (size_t i = 0; i < n; i++)
                probe_done(&probes[i]);
        free(probes);
        return NULL;
}

static size_t count(const ProbeSettings *settings)
{
        size_t n = settings->commands.n;

        for (unsigned kind = 0; kind < PROBE_EXEC; kind++)
                n += strv_length(settings->targets[kind]);
        return n;
}

static int init_all(Service *service, const char *prefix, const ProbeSettings *settings, Probe *probes)
{
        Probe *next = probes;
        int r = 0;

        for (unsigned kind = 0; kind < PROBE_EXEC; kind++)
                STRV_FOREACH (text, settings->targets[kind])
                        if (r >= 0)
                                r = probe_init(next++, service,
                                               &(ProbeOptions){.prefix = prefix, .kind = kind, .text = *text});
        for (size_t i = 0; r >= 0 && i < settings->commands.n; i++)
                r = probe_init(next++, service,
                               &(ProbeOptions){.prefix = prefix,
                                               .kind = PROBE_EXEC,
                                               .command = &settings->commands.items[i]});
        return r;
}

int probes_new(Service *service, const char *prefix, const ProbeSettings *settings, Probe **ret, size_t *ret_n)
{
        size_t n = count(settings);
        Probe *probes;
        int r;

        if (n == 0) {
                *ret = NULL;
                *ret_n = 0;
                return 0;
        }
        probes = calloc(n, sizeof(Probe));
        if (!probes)
                return -ENOMEM;
        r = init_all(service, prefix, settings, probes);
        if (r < 0) {
                probes_free(probes, n);
                return r;
        }
        *ret = probes;
        *ret_n = n;
        return 0;
}

void probe_note_before(Probe *probe)
{
        switch (probe->target.kind) {
        case PROBE_TCP:
        case PROBE_HTTP:
                if (probe->target.host_kind != PROBE_HOST_NAME)
                        listeners_look(probe->target.port, &probe->before);
                break;
        case PROBE_UNIX:
                probe->before_ticks = proc_ticks_now();
                break;
        case PROBE_PATH:
        case PROBE_EXEC:
        case _PROBE_KIND_N:
                break;
        }
}

void probe_begin(Probe *probe, const ProbeBegin *begin)
{
        drop_try(probe);
        probe->mode = begin->mode;
        probe->timeout = begin->timeout;
        probe->on_change = begin->on_change;
        probe->userdata = begin->userdata;
        probe->begun = loop_now(probe_loop(probe));
        probe->phase = PROBE_PAUSES;
        count_asked(probe, begin->mode == PROBE_UNTIL_IT_HOLDS);
        set_timer(probe, 0);
}

void probe_end(Probe *probe)
{
        drop_try(probe);
        count_asked(probe, false);
        probe->phase = PROBE_RESTS;
}

const char *probe_text(const Probe *probe, char *buffer, size_t size)
{
        (void) snprintf(buffer, size, "%s%s%s", probe->name, probe->error[0] ? ": " : "", probe->error);
        return buffer;
}
