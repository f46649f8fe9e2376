/* SPDX-License-Identifier: MIT */
#pragma once

/* What a probe asks (ReadyTCP, HealthHTTP, …), taken apart, and when it is asked again. Who asks is host and engine.
 */

#include "core/config.h"

/* An IP address in network order. */
typedef struct ProbeAddress {
        bool is_v6;
        uint8_t bytes[16]; /* of IPv4 the first four */
} ProbeAddress;

typedef enum ProbeHost {
        PROBE_HOST_ADDRESS,
        PROBE_HOST_LOCAL, /* localhost: 127.0.0.1 and ::1, one of which has to answer */
        PROBE_HOST_NAME,  /* to be looked up */
} ProbeHost;

typedef struct ProbeTarget {
        ProbeKind kind;

        /* of TCP and HTTP */
        ProbeHost host_kind;
        ProbeAddress address; /* of PROBE_HOST_ADDRESS */
        char *host;           /* as it was written, without brackets */
        uint16_t port;

        char *authority; /* of HTTP: HOST[:PORT] as it was written */
        char *path; /* of HTTP: what is asked for; of UNIX, where an abstract one has its '@', and PATH: the path */
        unsigned status_min, status_max; /* of HTTP: what counts as an answer */
} ProbeTarget;

#define PROBE_TARGET_NULL ((ProbeTarget){})

/* -EINVAL: `*ret_error` says what it should have been, in words that stand behind `KEY=VALUE: `; static. A command
 * (PROBE_EXEC) is no target. */
int probe_target_parse(ProbeKind kind, const char *text, ProbeTarget *ret, const char **ret_error);
/* Leaves PROBE_TARGET_NULL. */
void probe_target_done(ProbeTarget *target);
/* More of a host's are not tried. */
#define PROBE_ADDRESSES_MAX   8
/* 127.0.0.1 and ::1. */
#define PROBE_LOCAL_ADDRESSES 2
void probe_local_addresses(ProbeAddress ret[PROBE_LOCAL_ADDRESSES]);
int probe_address_parse(const char *text, ProbeAddress *ret);

/* "TCP", "Unix", …: `Ready` or `Health` before it is the directive's name. */
const char *probe_kind_to_string(ProbeKind kind);

/* How long to wait after a try that failed, `elapsed` after the first one: a share of that, so that what comes up is
 * seen soon after, and a long wait costs few tries. `n`: probes of this kind that are asked at the same time, itself
 * included; all of them together ask so often and no more. */
usec_t probe_retry_delay(ProbeKind kind, usec_t elapsed, unsigned n);
