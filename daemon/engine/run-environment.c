/* SPDX-License-Identifier: MIT */

/* Builds environments in systemd's order of precedence (systemd.exec(5), "Environment"): the manager's own, then
 * PassEnvironment, then Environment; EnvironmentFile and UnsetEnvironment follow in the executor. A system daemon
 * starts from a clean one, a user's daemon from its own without what was meant for the daemon alone. */

#include "engine/run-environment.h"

#include <inttypes.h>
#include <unistd.h>

#include "common/environment.h"
#include "common/id128.h"
#include "common/parse.h"
#include "common/strv.h"
#include "engine/manager-private.h"
#include "host/ports.h"

#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* Said to the daemon by whoever started it, and a lie in a child's mouth. */
static char *const daemon_only[] = {
        (char[]){"NOTIFY_SOCKET"},
        (char[]){"WATCHDOG_PID"},
        (char[]){"WATCHDOG_USEC"},
        (char[]){"LISTEN_FDS"},
        (char[]){"LISTEN_PID"},
        (char[]){"LISTEN_FDNAMES"},
        (char[]){"JOURNAL_STREAM"},
        (char[]){"INVOCATION_ID"},
        (char[]){"CREDENTIALS_DIRECTORY"},
        (char[]){"MAINPID"},
        (char[]){"SYSTEMD_EXEC_PID"},
        (char[]){"TENDED_LIBEXEC"},
        NULL,
};

static int environment_base(bool system, char ***environment)
{
        if (system)
                return strv_extend(environment, DEFAULT_PATH);

        STRV_FOREACH (assignment, environ) {
                int r;

                if (!environment_assignment_is_valid(*assignment))
                        continue;
                r = environment_set(environment, *assignment);
                if (r < 0)
                        return r;
        }
        environment_unset(*environment, daemon_only);
        return environment_get(*environment, "PATH") ? 0 : strv_extend(environment, DEFAULT_PATH);
}

static int environment_setf(char ***environment, const char *name, const char *value)
{
        _cleanup_(strv_freep) char **one = NULL;
        int r;

        r = strv_extendf(&one, "%s=%s", name, value);
        return r < 0 ? r : environment_set(environment, *one);
}

static int environment_pass(char ***environment, char *const *names)
{
        STRV_FOREACH (name, names) {
                const char *value = getenv(*name);
                int r;

                if (!value)
                        continue;
                r = environment_setf(environment, *name, value);
                if (r < 0)
                        return r;
        }
        return 0;
}

int run_environment(const Service *service, char ***ret)
{
        const Manager *manager = service->manager;
        _cleanup_(strv_freep) char **environment = NULL;
        char id[ID128_STRING_MAX];
        int r;

        r = environment_base(manager->options.system, &environment);
        if (r >= 0)
                r = environment_merge(&environment, manager->config->daemon.default_environment);
        if (r >= 0)
                r = environment_setf(&environment, "INVOCATION_ID", id128_format(service->run.invocation_id, id));
        if (r >= 0)
                r = environment_setf(&environment, "TENDED_SERVICE", service->name);
        if (r >= 0)
                r = ports_add_variables(manager->ports, &environment);
        if (r >= 0)
                r = environment_pass(&environment, service->config->pass_environment);
        if (r >= 0)
                r = environment_merge(&environment, service->config->environment);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(environment);
        return 0;
}

/* systemd.exec(5): $EXIT_CODE and $EXIT_STATUS of the main process, or with `prefix` before them. */
static int add_main_exit(char ***environment, const char *prefix, const ProcessExit *exit)
{
        char name[SIGNAL_NAME_MAX];
        int r;

        switch (exit->end) {
        case PROCESS_EXITED:
                r = strv_extendf(environment, "%sEXIT_CODE=exited", prefix);
                return r < 0 ? r : strv_extendf(environment, "%sEXIT_STATUS=%d", prefix, exit->status);
        case PROCESS_KILLED:
        case PROCESS_DUMPED:
                r = strv_extendf(environment, "%sEXIT_CODE=%s", prefix,
                                 exit->end == PROCESS_KILLED ? "killed" : "dumped");
                if (r < 0)
                        return r;
                /* Without its SIG, as systemd writes it. */
                signal_format(name, exit->status);
                return strv_extendf(environment, "%sEXIT_STATUS=%s", prefix, name[0] == 'S' ? name + 3 : name);
        }
        assert_not_reached();
}

int run_environment_monitor(const Service *trigger, char ***ret)
{
        _cleanup_(strv_freep) char **environment = NULL;
        const Lifecycle *life = &trigger->life;
        char id[ID128_STRING_MAX];
        int r;

        r = strv_extendf(&environment, "MONITOR_UNIT=%s", trigger->name);
        if (r >= 0)
                r = strv_extendf(&environment, "MONITOR_SERVICE_RESULT=%s", service_result_to_string(life->result));
        if (r >= 0 && life->main_exit_known)
                r = add_main_exit(&environment, "MONITOR_", &life->main_exit);
        if (r >= 0 && trigger->run.known)
                r = strv_extendf(&environment, "MONITOR_INVOCATION_ID=%s",
                                 id128_format(trigger->run.invocation_id, id));
        if (r < 0)
                return r;

        *ret = TAKE_PTR(environment);
        return 0;
}

/* The commands that lead up to the service, and its own, learn by whom it was started. */
static bool is_told_of_trigger(CommandKind kind)
{
        return kind == COMMAND_START || kind == COMMAND_START_PRE || kind == COMMAND_CONDITION;
}

/* $NOTIFY_SOCKET, for who may notify; $WATCHDOG_USEC is the main process' alone ($WATCHDOG_PID is the process' own,
 * which nobody knows before it is made). */
static int add_notify(const Service *service, CommandKind kind, char ***environment)
{
        const char *path = notify_path_for(service, kind);
        int r = 0;

        if (path)
                r = strv_extendf(environment, "NOTIFY_SOCKET=%s", path);
        if (r >= 0 && run_has_watchdog(service, kind))
                r = strv_extendf(environment, "WATCHDOG_USEC=%" PRIu64, service->notify.watchdog_usec);
        return r;
}

bool run_has_watchdog(const Service *service, CommandKind kind)
{
        return kind == COMMAND_START && service->notify.socket && service->notify.watchdog_usec > 0;
}

int run_environment_late(const Service *service, CommandKind kind, bool is_main, char ***ret)
{
        _cleanup_(strv_freep) char **environment = NULL;
        const Lifecycle *life = &service->life;
        int r;

        r = add_notify(service, kind, &environment);
        if (r >= 0 && !is_main && service->run.main_pid > 0)
                r = strv_extendf(&environment, "MAINPID=%d", service->run.main_pid);
        STRV_FOREACH (assignment, is_told_of_trigger(kind) ? service->monitor : NULL)
                if (r >= 0)
                        r = strv_extend(&environment, *assignment);
        if (kind == COMMAND_STOP || kind == COMMAND_STOP_POST) {
                if (r >= 0)
                        r = strv_extendf(&environment, "SERVICE_RESULT=%s", service_result_to_string(life->result));
                if (r >= 0 && life->main_exit_known)
                        r = add_main_exit(&environment, "", &life->main_exit);
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(environment);
        return 0;
}
