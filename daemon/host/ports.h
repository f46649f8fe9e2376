/* SPDX-License-Identifier: MIT */
#pragma once

/* Ports=: free TCP ports, each held by a socket that is bound, so that nobody else gets it by chance, and doesn't
 * listen, so that the service (with SO_REUSEADDR, as servers have it) can. A port keeps its number as long as it is
 * defined, whatever the service does. */

#include "core/config.h"

typedef struct Ports Ports;

int ports_new(Ports **ret);
Ports *ports_free(Ports *ports);
DEFINE_CLEANUP(Ports *, ports_free);

/* Reserves what the services of `config` name and has no number yet. -EMFILE, -EADDRINUSE (there is none left), … */
int ports_reserve(Ports *ports, const Config *config);
/* Gives up those that `config` doesn't name. */
void ports_forget_others(Ports *ports, const Config *config);
/* The number, 0: there is no such port. `name` is that of the port. */
unsigned ports_find(const Ports *ports, const char *service, const char *name);
/* PortsHold=no: lets go of a service's ports, for who can't bind beside our sockets; takes them back, where nobody
 * else has them. */
void ports_let_go(Ports *ports, const char *service);
void ports_take_back(Ports *ports, const char *service);
/* Sets TENDED_PORT_SERVICE_NAME for each. */
int ports_add_variables(const Ports *ports, char ***environment);
