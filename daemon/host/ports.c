/* SPDX-License-Identifier: MIT */

/* Why a reserved port stays free for its service: a bind to port 0 never gets a port that any socket is bound to, and
 * a connect takes none as its own end either; a bind by number beside a bound socket succeeds where both have
 * SO_REUSEADDR and none listens. The socket is of IPv6 and takes IPv4 along where the machine has both, so that the
 * number is free on either. */

#include "host/ports.h"

#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/environment.h"
#include "common/fd.h"
#include "common/strv.h"

typedef struct Reservation {
        char *service, *name;
        uint16_t number;
        int fd; /* -EBADF: let go */
} Reservation;

struct Ports {
        Reservation *items;
        size_t n;
};

int ports_new(Ports **ret)
{
        Ports *ports = calloc(1, sizeof(Ports));

        if (!ports)
                return -ENOMEM;
        *ret = ports;
        return 0;
}

static void reservation_done(Reservation *reservation)
{
        free(reservation->service);
        free(reservation->name);
        fd_close(reservation->fd);
}

Ports *ports_free(Ports *ports)
{
        if (!ports)
                return NULL;
        for (size_t i = 0; i < ports->n; i++)
                reservation_done(&ports->items[i]);
        free(ports->items);
        free(ports);
        return NULL;
}

static Reservation *find(const Ports *ports, const char *service, const char *name)
{
        for (size_t i = 0; i < ports->n; i++)
                if (strcmp(ports->items[i].service, service) == 0 && strcmp(ports->items[i].name, name) == 0)
                        return &ports->items[i];
        return NULL;
}

unsigned ports_find(const Ports *ports, const char *service, const char *name)
{
        const Reservation *reservation = find(ports, service, name);

        return reservation ? reservation->number : 0;
}

static int open_socket(int family)
{
        static const int on = 1, off = 0;
        _cleanup_close_ int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (fd < 0)
                return -errno;
        if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
                return -errno;
        if (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0)
                return -errno;
        return TAKE_FD(fd);
}

/* Binds `number`, or, where that is 0, one that is free. */
static int bind_family(int family, uint16_t number, int *ret_fd, uint16_t *ret_number)
{
        struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(number), .sin6_addr = in6addr_any};
        struct sockaddr_in four = {
                .sin_family = AF_INET, .sin_port = htons(number), .sin_addr.s_addr = htonl(INADDR_ANY)};
        struct sockaddr *address = family == AF_INET6 ? (struct sockaddr *) &six : (struct sockaddr *) &four;
        socklen_t size = family == AF_INET6 ? sizeof(six) : sizeof(four);
        _cleanup_close_ int fd = open_socket(family);

        if (fd < 0)
                return fd;
        if (bind(fd, address, size) < 0 || getsockname(fd, address, &size) < 0)
                return -errno;
        *ret_number = ntohs(family == AF_INET6 ? six.sin6_port : four.sin_port);
        *ret_fd = TAKE_FD(fd);
        return 0;
}

static int bind_port(uint16_t number, int *ret_fd, uint16_t *ret_number)
{
        int r = bind_family(AF_INET6, number, ret_fd, ret_number);

        /* A machine without IPv6, or one that keeps it to itself. */
        return r == -EAFNOSUPPORT || r == -EADDRNOTAVAIL || r == -EPERM || r == -EACCES
                       ? bind_family(AF_INET, number, ret_fd, ret_number)
                       : r;
}

static int reserve_one(Ports *ports, const char *service, const char *name)
{
        Reservation *items = reallocarray(ports->items, ports->n + 1, sizeof(Reservation)), *fresh;
        int r;

        if (!items)
                return -ENOMEM;
        ports->items = items;
        fresh = &items[ports->n];
        *fresh = (Reservation){.service = strdup(service), .name = strdup(name), .fd = -EBADF};
        r = fresh->service && fresh->name ? bind_port(0, &fresh->fd, &fresh->number) : -ENOMEM;
        if (r < 0) {
                reservation_done(fresh);
                return r;
        }
        ports->n++;
        return 0;
}

int ports_reserve(Ports *ports, const Config *config)
{
        for (size_t i = 0; i < config->n_services; i++) {
                const ServiceConfig *service = config->services[i];

                for (size_t j = 0; j < service->ports.n; j++) {
                        const char *name = service->ports.items[j].name;
                        int r = find(ports, service->name, name) ? 0 : reserve_one(ports, service->name, name);

                        if (r < 0)
                                return r;
                }
        }
        return 0;
}

static bool is_named(const Config *config, const Reservation *reservation)
{
        const ServiceConfig *service = config_find(config, reservation->service);

        for (size_t i = 0; service && i < service->ports.n; i++)
                if (strcmp(service->ports.items[i].name, reservation->name) == 0)
                        return true;
        return false;
}

void ports_forget_others(Ports *ports, const Config *config)
{
        size_t kept = 0;

        for (size_t i = 0; i < ports->n; i++) {
                if (is_named(config, &ports->items[i]))
                        ports->items[kept++] = ports->items[i];
                else
                        reservation_done(&ports->items[i]);
        }
        ports->n = kept;
}

void ports_let_go(Ports *ports, const char *service)
{
        for (size_t i = 0; i < ports->n; i++)
                if (strcmp(ports->items[i].service, service) == 0)
                        ports->items[i].fd = fd_close(ports->items[i].fd);
}

void ports_take_back(Ports *ports, const char *service)
{
        for (size_t i = 0; i < ports->n; i++) {
                Reservation *reservation = &ports->items[i];
                uint16_t number;

                if (strcmp(reservation->service, service) == 0 && reservation->fd < 0)
                        (void) bind_port(reservation->number, &reservation->fd, &number);
        }
}

/* As names of variables are: capital letters, digits, and `_` for all else. */
static void add_capitals(char *to, size_t size, const char *from)
{
        size_t i;

        for (i = 0; from[i] && i + 1 < size; i++)
                to[i] = isalnum((unsigned char) from[i]) ? (char) toupper((unsigned char) from[i]) : '_';
        to[i] = '\0';
}

int ports_add_variables(const Ports *ports, char ***environment)
{
        for (size_t i = 0; i < ports->n; i++) {
                char service[128], name[64], assignment[sizeof(service) + sizeof(name) + 32];
                int r;

                add_capitals(service, sizeof(service), ports->items[i].service);
                add_capitals(name, sizeof(name), ports->items[i].name);
                snprintf(assignment, sizeof(assignment), "TENDED_PORT_%s_%s=%u", service, name,
                         ports->items[i].number);
                r = environment_set(environment, assignment);
                if (r < 0)
                        return r;
        }
        return 0;
}
