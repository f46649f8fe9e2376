/* SPDX-License-Identifier: MIT */
#pragma once

/* One try to reach something by TCP, and by HTTP on top of that; never waits. */

#include "core/http.h"
#include "core/probe.h"
#include "host/listeners.h"
#include "host/loop.h"

/* `error`: what went wrong, in words; NULL: it answered as it should. Called once for each try, before
 * net_probe_begin() has returned or from the loop; may end the probe. */
typedef void (*net_probe_fn)(void *userdata, const char *error);

typedef struct NetProbeRequest {
        const ProbeTarget *target; /* this and the other pointers outlive the try */
        const ProbeAddress *addresses;
        size_t n_addresses;      /* tried in turn until one answers */
        usec_t timeout;          /* of all together */
        const Listeners *before; /* who listened there before, and doesn't count; NULL: everybody counts */
        net_probe_fn fn;
        void *userdata;
} NetProbeRequest;

#define NET_PROBE_ERROR_MAX 160

/* Embedded in its owner. */
typedef struct NetProbe {
        Loop *loop; /* weak; NULL: no try goes on */
        NetProbeRequest request;
        size_t index; /* of the address that is tried */
        int fd;
        Watch watch;
        Timer timer;
        usec_t deadline;                 /* of the whole try */
        bool connected;                  /* to this address */
        bool settled;                    /* HTTP: the answer is known, the rest of it is read out of politeness */
        bool went_far;                   /* `error` is of an address that took the connection */
        size_t n_body;                   /* bytes of that rest */
        HttpResponse *response;          /* of HTTP */
        char error[NET_PROBE_ERROR_MAX]; /* "": none */
} NetProbe;

#define NET_PROBE_NULL ((NetProbe){.fd = -EBADF})

/* `probe` is NET_PROBE_NULL. Negative errno: no try was made, and `fn` is not called. */
int net_probe_begin(NetProbe *probe, Loop *loop, const NetProbeRequest *request);
/* Ends the try in silence; leaves NET_PROBE_NULL. */
void net_probe_done(NetProbe *probe);
