/* SPDX-License-Identifier: MIT */
#pragma once

/* One condition that is asked for from outside: a port, a socket, a URL, a path, a command's success. It is asked
 * once (health), or again and again until it holds (readiness). Never waits; whatever it uses is gone when it ends.
 */

#include "core/probe.h"
#include "engine/service.h"
#include "host/helper-lines.h"
#include "host/loop.h"
#include "host/net-probe.h"

typedef enum ProbeMode {
        PROBE_ONCE,
        PROBE_UNTIL_IT_HOLDS,
} ProbeMode;

typedef enum ProbePhase {
        PROBE_RESTS,    /* not begun, or ended */
        PROBE_PAUSES,   /* the next try comes with the timer */
        PROBE_RESOLVES, /* the host's addresses are looked up */
        PROBE_TRIES,
        PROBE_HOLDS,
        PROBE_FAILED, /* PROBE_ONCE */
} ProbePhase;

typedef struct Probe Probe;

/* It holds, has failed, or has another error. Called from the loop alone; may end the probe, and free it. */
typedef void (*probe_fn)(void *userdata, Probe *probe);

struct Probe {
        Service *service; /* weak */
        ProbeTarget target;
        const Command *command; /* of PROBE_EXEC; weak: the owner holds the snapshot */
        char *name;             /* "ReadyTCP=127.0.0.1:6390" */
        ProbeMode mode;
        ProbePhase phase;
        bool is_counted; /* in the manager's n_asked */
        usec_t timeout;  /* of one try */
        usec_t begun;
        probe_fn on_change;
        void *userdata;

        Timer timer; /* the next try, or the end of this one */
        NetProbe net;
        HelperLines *helper;
        ProbeAddress addresses[PROBE_ADDRESSES_MAX];
        size_t n_addresses;
        Listeners before;      /* of TCP and HTTP */
        uint64_t before_ticks; /* of UNIX */
        char error[NET_PROBE_ERROR_MAX];
};

/* `prefix`: "Ready" or "Health". Of PROBE_EXEC `command` counts, else `text`. */
typedef struct ProbeOptions {
        const char *prefix, *text;
        ProbeKind kind;
        const Command *command;
} ProbeOptions;

/* All probes of `settings`, in a fixed order, commands last; the caller frees them by probes_free(). */
int probes_new(Service *service, const char *prefix, const ProbeSettings *settings, Probe **ret, size_t *ret_n);
Probe *probes_free(Probe *probes, size_t n);

/* What answers already doesn't count: called before what it waits for is started. */
void probe_note_before(Probe *probe);
/* The first try comes in the next turn. */
typedef struct ProbeBegin {
        ProbeMode mode;
        usec_t timeout; /* of one try */
        probe_fn on_change;
        void *userdata;
} ProbeBegin;

void probe_begin(Probe *probe, const ProbeBegin *begin);
/* In silence. */
void probe_end(Probe *probe);
static inline bool probe_holds(const Probe *probe)
{
        return probe->phase == PROBE_HOLDS;
}
/* "ReadyTCP=127.0.0.1:6390: connection refused", or its name where there is no error yet; `buffer`. */
const char *probe_text(const Probe *probe, char *buffer, size_t size);

/* service-probe.c: its process. One of a service lives at a time: -EBUSY. */
int service_spawn_probe(Service *service, Probe *probe);
/* Ends the process of `probe`, where one lives; its end is not told. */
void service_kill_probe(Service *service, const Probe *probe);
/* probe.c: what came of it; NULL: success. */
void probe_on_exit(Probe *probe, const char *error);
