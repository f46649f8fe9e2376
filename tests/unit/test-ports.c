/* SPDX-License-Identifier: MIT */

#include "host/ports.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/environment.h"
#include "common/fd.h"
#include "common/strv.h"
#include "host/config-load.h"

static Config *read_config(Ports *ports, const char *ports_line)
{
        char *lines[] = {(char *) "[service web]", (char *) "ExecStart=/bin/true", (char *) ports_line, NULL};
        Config *config = NULL;

        cr_assert_eq(config_load(&(ConfigLoadOptions){.lines = lines, .lines_folder = "/", .ports = ports}, &config),
                     0);
        return config;
}

/* Binds the number on 127.0.0.1; negative errno. */
static int bind_number(unsigned number, bool reuse)
{
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons((uint16_t) number),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        _cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int on = reuse;

        cr_assert_geq(fd, 0);
        cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
        if (bind(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;
        return listen(fd, 1) < 0 ? -errno : 0;
}

Test(ports, a_port_is_reserved_once_and_known_to_all)
{
        _cleanup_(ports_freep) Ports *ports = NULL;
        _cleanup_(config_unrefp) Config *config = NULL, *again = NULL;
        _cleanup_(strv_freep) char **environment = NULL;
        char number[16];

        cr_assert_eq(ports_new(&ports), 0);
        config = read_config(ports, "Ports=http admin-2");
        cr_assert_eq(config->diagnostics.n_errors, 0);
        cr_assert_eq(config->services[0]->ports.n, 2);
        cr_assert_neq(config->services[0]->ports.items[0].number, 0);
        cr_assert_neq(config->services[0]->ports.items[0].number, config->services[0]->ports.items[1].number);
        cr_assert_eq(ports_find(ports, "web", "http"), config->services[0]->ports.items[0].number);
        cr_assert_eq(ports_find(ports, "web", "nothing"), 0);
        cr_assert_eq(ports_find(ports, "other", "http"), 0);

        again = read_config(ports, "Ports=admin-2");
        cr_assert_eq(again->services[0]->ports.items[0].number, config->services[0]->ports.items[1].number);

        cr_assert_eq(ports_add_variables(ports, &environment), 0);
        snprintf(number, sizeof(number), "%u", ports_find(ports, "web", "admin-2"));
        cr_assert_str_eq(environment_get(environment, "TENDED_PORT_WEB_ADMIN_2"), number);

        ports_forget_others(ports, again);
        cr_assert_eq(ports_find(ports, "web", "http"), 0);
        cr_assert_neq(ports_find(ports, "web", "admin-2"), 0);
}

Test(ports, a_held_port_is_for_who_shares_it)
{
        _cleanup_(ports_freep) Ports *ports = NULL;
        _cleanup_(config_unrefp) Config *config = NULL;
        unsigned number;

        cr_assert_eq(ports_new(&ports), 0);
        config = read_config(ports, "Ports=p");
        number = ports_find(ports, "web", "p");
        cr_assert_eq(bind_number(number, false), -EADDRINUSE);
        cr_assert_eq(bind_number(number, true), 0);

        ports_let_go(ports, "web");
        cr_assert_eq(bind_number(number, false), 0);
        cr_assert_eq(ports_find(ports, "web", "p"), number);
        ports_take_back(ports, "web");
        cr_assert_eq(bind_number(number, false), -EADDRINUSE);
}

Test(ports, who_asks_for_any_port_gets_none_that_is_held)
{
        _cleanup_(ports_freep) Ports *ports = NULL;
        _cleanup_(config_unrefp) Config *config = NULL;
        bool held[65536] = {false};

        cr_assert_eq(ports_new(&ports), 0);
        config = read_config(ports, "Ports=a b c d e f g h i j k l m n o p q r s t u v w x y z");
        for (size_t i = 0; i < config->services[0]->ports.n; i++)
                held[config->services[0]->ports.items[i].number] = true;
        for (unsigned i = 0; i < 3000; i++) {
                struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
                socklen_t size = sizeof(address);
                _cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
                int on = i % 2;

                (void) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
                cr_assert_eq(bind(fd, (struct sockaddr *) &address, size), 0);
                cr_assert_eq(getsockname(fd, (struct sockaddr *) &address, &size), 0);
                cr_assert_not(held[ntohs(address.sin_port)]);
        }
}
