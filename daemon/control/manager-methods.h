/* SPDX-License-Identifier: MIT */
#pragma once

/* The methods of io.tended.Manager, for its vtable. `userdata` is the Connection. */

#include <systemd/sd-bus.h>

/* manager-verbs.c: what is done with services */
int method_start(sd_bus_message *call, void *userdata, sd_bus_error *error);
int method_stop(sd_bus_message *call, void *userdata, sd_bus_error *error);
int method_restart(sd_bus_message *call, void *userdata, sd_bus_error *error);
int method_try_restart(sd_bus_message *call, void *userdata, sd_bus_error *error);
int method_reload(sd_bus_message *call, void *userdata, sd_bus_error *error);
int method_wait(sd_bus_message *call, void *userdata, sd_bus_error *error);
int method_kill(sd_bus_message *call, void *userdata, sd_bus_error *error);
int method_reset_failed(sd_bus_message *call, void *userdata, sd_bus_error *error);

/* manager-reads.c: what is told of services */
int method_list(sd_bus_message *call, void *userdata, sd_bus_error *error);
int method_cat(sd_bus_message *call, void *userdata, sd_bus_error *error);
int method_logs(sd_bus_message *call, void *userdata, sd_bus_error *error);
int method_follow(sd_bus_message *call, void *userdata, sd_bus_error *error);
int method_events(sd_bus_message *call, void *userdata, sd_bus_error *error);
int method_subscribe(sd_bus_message *call, void *userdata, sd_bus_error *error);
int method_unsubscribe(sd_bus_message *call, void *userdata, sd_bus_error *error);

/* manager-apply.c: new definitions */
int method_daemon_reload(sd_bus_message *call, void *userdata, sd_bus_error *error);
int method_apply(sd_bus_message *call, void *userdata, sd_bus_error *error);

/* manager-daemon.c: what is done with the daemon */
int method_shutdown(sd_bus_message *call, void *userdata, sd_bus_error *error);

/* manager-run.c: transient services */
int method_run(sd_bus_message *call, void *userdata, sd_bus_error *error);
int method_detach_runs(sd_bus_message *call, void *userdata, sd_bus_error *error);

/* manager-talk.c: talking with a service */
int method_attach(sd_bus_message *call, void *userdata, sd_bus_error *error);
