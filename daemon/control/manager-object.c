/* SPDX-License-Identifier: MIT */

/* /io/tended, io.tended.Manager: the daemon on the bus. Each method reads its arguments, checks who asks, hands over
 * to the engine, and answers what the engine says; nothing is decided here. Verbs that take their time are in
 * manager-verbs.c. */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/protocol.h"
#include "control/errors.h"
#include "control/manager-methods.h"
#include "control/objects.h"
#include "control/wire.h"
#include "engine/manager.h"
#include "engine/service.h"

static const char *log_target_name(LogTarget target)
{
        switch (target) {
        case LOG_TARGET_AUTO:
                return "auto";
        case LOG_TARGET_JOURNAL:
                return "journal";
        case LOG_TARGET_CONSOLE:
                return "console";
        case LOG_TARGET_FILE:
                return "file";
        case LOG_TARGET_NULL:
                return "null";
        case _LOG_TARGET_N:
                break;
        }
        assert_not_reached();
}

static unsigned count_in(Manager *manager, ActiveState state)
{
        unsigned n = 0;

        for (size_t i = 0; i < manager_n_services(manager); i++)
                n += lifecycle_active_state(service_lifecycle(manager_service(manager, i))) == state;
        return n;
}

static int get_text(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
                    void *userdata, sd_bus_error *error)
{
        Manager *manager = ((Connection *) userdata)->manager;
        const char *text;

        if (strcmp(property, "Version") == 0)
                text = TENDED_VERSION;
        else if (strcmp(property, "ProcessTracking") == 0)
                text = tracker_mode(manager_tracker(manager)) == TRACKING_CGROUP ? "cgroup" : "session";
        else if (strcmp(property, "LogTarget") == 0)
                text = log_target_name(delivery_target(manager_delivery(manager)));
        else if (strcmp(property, "LogState") == 0)
                text = delivery_state(manager_delivery(manager));
        else
                text = manager_options(manager)->socket_path;
        return wire_append_string(reply, text);
}

static int get_count(sd_bus *bus, const char *path, const char *interface, const char *property,
                     sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
        Manager *manager = ((Connection *) userdata)->manager;
        uint32_t number;

        if (strcmp(property, "NServices") == 0)
                number = (uint32_t) manager_n_services(manager);
        else if (strcmp(property, "NActive") == 0)
                number = count_in(manager, ACTIVE_ACTIVE) + count_in(manager, ACTIVE_RELOADING);
        else if (strcmp(property, "NFailed") == 0)
                number = count_in(manager, ACTIVE_FAILED);
        else
                number = (uint32_t) getpid();
        return sd_bus_message_append_basic(reply, 'u', &number);
}

static int get_start_timestamp(sd_bus *bus, const char *path, const char *interface, const char *property,
                               sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
        uint64_t time = manager_start_realtime(((Connection *) userdata)->manager);

        return sd_bus_message_append_basic(reply, 't', &time);
}

/* Looks through all processes where there are no cgroups: only for who asks for it by name. */
static int get_unattributed(sd_bus *bus, const char *path, const char *interface, const char *property,
                            sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
        Manager *manager = ((Connection *) userdata)->manager;
        _cleanup_free_ pid_t *pids = NULL;
        size_t n = 0;
        int r;

        r = tracker_unattributed(manager_tracker(manager), &pids, &n);
        if (r < 0)
                return control_error_errno(error, r, "Can't look through the processes");
        /* A pid is as wide as the bus's u, and never negative. */
        return sd_bus_message_append_array(reply, 'u', pids, n * sizeof(pid_t));
}

#define FREE_FOR_ALL SD_BUS_VTABLE_UNPRIVILEGED

/* "Unprivileged" to sd-bus, which knows root alone: who may call what is checked by the methods. */
static const sd_bus_vtable manager_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("Start", SD_BUS_ARGS("as", names, "a{sv}", options), SD_BUS_RESULT("a(ssss)", results),
                                method_start, FREE_FOR_ALL),
        SD_BUS_METHOD_WITH_ARGS("Stop", SD_BUS_ARGS("as", names, "a{sv}", options), SD_BUS_RESULT("a(ssss)", results),
                                method_stop, FREE_FOR_ALL),
        SD_BUS_METHOD_WITH_ARGS("Restart", SD_BUS_ARGS("as", names, "a{sv}", options),
                                SD_BUS_RESULT("a(ssss)", results), method_restart, FREE_FOR_ALL),
        SD_BUS_METHOD_WITH_ARGS("TryRestart", SD_BUS_ARGS("as", names, "a{sv}", options),
                                SD_BUS_RESULT("a(ssss)", results), method_try_restart, FREE_FOR_ALL),
        SD_BUS_METHOD_WITH_ARGS("Reload", SD_BUS_ARGS("as", names, "a{sv}", options),
                                SD_BUS_RESULT("a(ssss)", results), method_reload, FREE_FOR_ALL),
        SD_BUS_METHOD_WITH_ARGS("Wait", SD_BUS_ARGS("as", names, "s", for, "a{sv}", options),
                                SD_BUS_RESULT("a(ssss)", results), method_wait, FREE_FOR_ALL),
        SD_BUS_METHOD_WITH_ARGS("Kill", SD_BUS_ARGS("as", names, "s", whom, "i", signal), SD_BUS_NO_RESULT,
                                method_kill, FREE_FOR_ALL),
        SD_BUS_METHOD_WITH_ARGS("ResetFailed", SD_BUS_ARGS("as", names), SD_BUS_NO_RESULT, method_reset_failed,
                                FREE_FOR_ALL),
        SD_BUS_METHOD_WITH_ARGS("List", SD_BUS_ARGS("as", patterns, "as", properties),
                                SD_BUS_RESULT("aa{sv}", services), method_list, FREE_FOR_ALL),
        SD_BUS_METHOD_WITH_ARGS("Cat", SD_BUS_ARGS("s", name), SD_BUS_RESULT("s", definition), method_cat,
                                FREE_FOR_ALL),
        SD_BUS_METHOD_WITH_ARGS("DaemonReload", SD_BUS_NO_ARGS, SD_BUS_RESULT("a(sss)", changes, "as", warnings),
                                method_daemon_reload, FREE_FOR_ALL),
        SD_BUS_METHOD_WITH_ARGS("Apply", SD_BUS_ARGS("a{sv}", options),
                                SD_BUS_RESULT("a(ssssa(ssss))", changes, "a(sssss)", results, "as", warnings),
                                method_apply, FREE_FOR_ALL),
        SD_BUS_METHOD_WITH_ARGS("Events", SD_BUS_ARGS("as", names, "a{sv}", options), SD_BUS_RESULT("h", events),
                                method_events, FREE_FOR_ALL),
        SD_BUS_METHOD_WITH_ARGS("Logs", SD_BUS_ARGS("as", names, "a{sv}", options), SD_BUS_RESULT("h", entries),
                                method_logs, FREE_FOR_ALL),
        SD_BUS_METHOD_WITH_ARGS("Follow", SD_BUS_ARGS("as", names, "a{sv}", options), SD_BUS_RESULT("h", entries),
                                method_follow, FREE_FOR_ALL),
        SD_BUS_METHOD_WITH_ARGS("Attach", SD_BUS_ARGS("s", name, "a{sv}", options), SD_BUS_RESULT("h", talk),
                                method_attach, FREE_FOR_ALL),
        SD_BUS_METHOD_WITH_ARGS("Run",
                                SD_BUS_ARGS("s", name, "s", folder, "aay", command, "as", directives, "ah", streams,
                                            "a{sv}", options),
                                SD_BUS_RESULT("s", name, "s", state, "u", pid, "i", status, "s", result, "s", reason),
                                method_run, FREE_FOR_ALL),
        SD_BUS_METHOD_WITH_ARGS("DetachRuns", SD_BUS_NO_ARGS, SD_BUS_RESULT("as", names), method_detach_runs,
                                FREE_FOR_ALL),
        SD_BUS_METHOD_WITH_ARGS("Shutdown", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT, method_shutdown,
                                FREE_FOR_ALL),
        SD_BUS_METHOD_WITH_ARGS("Subscribe", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_subscribe, FREE_FOR_ALL),
        SD_BUS_METHOD_WITH_ARGS("Unsubscribe", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_unsubscribe, FREE_FOR_ALL),
        SD_BUS_SIGNAL_WITH_ARGS("ServiceNew", SD_BUS_ARGS("s", name, "o", service), 0),
        SD_BUS_SIGNAL_WITH_ARGS("ServiceRemoved", SD_BUS_ARGS("s", name, "o", service), 0),
        SD_BUS_PROPERTY("Version", "s", get_text, 0, 0),
        SD_BUS_PROPERTY("NServices", "u", get_count, 0, 0),
        SD_BUS_PROPERTY("NActive", "u", get_count, 0, 0),
        SD_BUS_PROPERTY("NFailed", "u", get_count, 0, 0),
        SD_BUS_PROPERTY("ProcessTracking", "s", get_text, 0, 0),
        SD_BUS_PROPERTY("LogTarget", "s", get_text, 0, 0),
        SD_BUS_PROPERTY("LogState", "s", get_text, 0, 0),
        SD_BUS_PROPERTY("StartTimestamp", "t", get_start_timestamp, 0, 0),
        SD_BUS_PROPERTY("ControlSocket", "s", get_text, 0, 0),
        SD_BUS_PROPERTY("Pid", "u", get_count, 0, 0),
        SD_BUS_PROPERTY("Unattributed", "au", get_unattributed, 0, SD_BUS_VTABLE_PROPERTY_EXPLICIT),
        SD_BUS_VTABLE_END,
};

/* Methods of the design that are still to come: said so, whatever the arguments. */
static int on_call(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        static const char *const later[] = {"Reexec"};

        for (size_t i = 0; i < ELEMENTSOF(later); i++)
                if (sd_bus_message_is_method_call(m, TENDED_MANAGER_INTERFACE, later[i]))
                        return control_error(error, TENDED_ERROR_NOT_SUPPORTED, "%s is not yet built", later[i]);
        return 0;
}

int manager_object_add(Connection *connection)
{
        int r;

        r = sd_bus_add_object(connection->bus, NULL, TENDED_OBJECT_PATH, on_call, connection);
        if (r < 0)
                return r;
        return sd_bus_add_object_vtable(connection->bus, NULL, TENDED_OBJECT_PATH, TENDED_MANAGER_INTERFACE,
                                        manager_vtable, connection);
}
