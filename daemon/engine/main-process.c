/* SPDX-License-Identifier: MIT */

/* A main process that is found rather than made. PIDFile is a path of the definition's, so a helper reads it, as long
 * as it takes until it names a process of the service; nobody else's pid is believed, whoever owns the file. Without
 * PIDFile it is the one orphan that the start command left us. Where there are several, the group as a whole stands
 * for it: the service runs as long as one of them does, which the kernel tells. */

#include "engine/main-process.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/parse.h"
#include "engine/manager-private.h"

void main_search_done(MainSearch *search)
{
        search->reader = helper_lines_free(search->reader);
        free(search->path);
        free(search->problem);
        search->path = search->problem = NULL;
}

/* Makes `pid` the main process, without a step of the life. */
static int take_main(Service *service, pid_t pid)
{
        ProcessHandler handler = service_process_handler(service);
        char path[PATH_MAX];
        Process *process;
        int r;

        r = process_adopt(service->manager->processes, service->group, pid, &handler, &process);
        if (r < 0)
                return r;
        if (service->main)
                process_release(service->main);
        service->main = process;
        service->search.is_group = false;
        service->run.main_pid = service->run.last_main_pid = pid;
        service->run.main_start_realtime = process_start_realtime(process);
        service->run.main_exit_realtime = 0;
        capture_set_main_pid(service->capture, pid);
        service_state_path(service, path, sizeof(path));
        (void) group_note_main(service->group, path, pid, service->run.invocation_id);
        return 0;
}

static const char *problem_text(int error)
{
        switch (error) {
        case -ESRCH:
                return "there is no such process";
        case -EPERM:
                return "that is no process of this service";
        case -EEXIST:
                return "that is a command of its own";
        default:
                return strerror(-error);
        }
}

static void _printf_(2, 3) set_problem(Service *service, const char *format, ...)
{
        char *problem = NULL;
        va_list args;
        int r;

        va_start(args, format);
        r = vasprintf(&problem, format, args);
        va_end(args);
        if (r < 0)
                return;
        free(service->search.problem);
        service->search.problem = problem;
}

static void on_pid(void *userdata, const char *line)
{
        Service *service = userdata;
        uint64_t pid;
        int r;

        if (unsigned_parse(line, INT32_MAX, &pid) < 0 || pid <= 1)
                return;
        r = take_main(service, (pid_t) pid);
        if (r < 0) {
                set_problem(service, "PIDFile=%s names process %d: %s", service->search.path, (int) pid,
                            problem_text(r));
                return;
        }
        main_process_stop_search(service);
        free(TAKE_PTR(service->search.problem));
        service_feed_type(service, EVENT_MAIN_PID);
}

static void on_helper_end(void *userdata)
{
        Service *service = userdata;

        main_process_stop_search(service);
        set_problem(service, "PIDFile=%s could not be read", service->search.path);
        service_feed(service, (LifecycleEvent){.type = EVENT_NO_MAIN, .result = RESULT_RESOURCES});
}

static int read_pid_file(Service *service)
{
        const Manager *manager = service->manager;
        MainSearch *search = &service->search;
        char *argv[] = {(char *) manager->options.helper, (char *) "pid-file", search->path, NULL};
        const HelperLinesHandler handler = {.on_line = on_pid, .on_end = on_helper_end, .userdata = service};

        return helper_lines_new(manager->loop, manager->processes, argv, &handler, &search->reader);
}

int main_process_begin_run(Service *service)
{
        MainSearch *search = &service->search;

        main_search_done(search);
        search->is_group = false;
        if (!service->policy.has_pid_file)
                return 0;
        search->path = strdup(service->config->pid_file);
        return search->path ? 0 : -ENOMEM;
}

bool main_process_find(Service *service, LifecycleEvent *ret_event)
{
        pid_t pid;
        int r;

        if (service->search.path) {
                r = read_pid_file(service);
                set_problem(service, r < 0 ? "PIDFile=%s could not be read" : "PIDFile=%s was not written",
                            service->search.path);
                if (r < 0)
                        *ret_event = (LifecycleEvent){.type = EVENT_NO_MAIN, .result = RESULT_RESOURCES};
                return r < 0;
        }

        if (group_find_main(service->group, &pid) != 1 || take_main(service, pid) < 0)
                service->search.is_group = true;
        *ret_event = (LifecycleEvent){.type = EVENT_MAIN_PID};
        return true;
}

void main_process_set(Service *service, pid_t pid)
{
        const ServiceStateInfo *info = service_state_info(service->life.state);
        int r = -EPERM;

        if (pid == service->run.main_pid)
                return;
        if (info->may_have_main && service->policy.type != SERVICE_ONESHOT)
                r = take_main(service, pid);
        if (r < 0) {
                if (!notify_may_tell(service))
                        return;
                service_event(service, EVENT_ID_NOTIFY_IGNORED, 4, NULL, "%s: MAINPID=%d was passed over: %s",
                              service->name, pid, problem_text(r));
                return;
        }
        service_feed_type(service, EVENT_MAIN_PID);
}

void main_process_stop_search(Service *service)
{
        service->search.reader = helper_lines_free(service->search.reader);
}

void main_process_end_run(Service *service)
{
        const char *helper = service->manager->options.helper;
        char pid[16];
        char *argv[] = {(char *) helper, (char *) "pid-file-remove", service->search.path, pid, NULL};
        Process *process;

        main_process_stop_search(service);
        /* Those who were renounced still stand for it: the next start waits until they are gone. */
        service->search.is_group = service->search.is_group && service->life.renounced && service->life.main_alive;
        if (!service->search.path || service->run.last_main_pid <= 0)
                return;
        /* Only what names the process that has ended: the next one may have written it anew by then. */
        (void) snprintf(pid, sizeof(pid), "%d", service->run.last_main_pid);
        (void) process_spawn_helper(service->manager->processes, argv, (int[3]){-EBADF, -EBADF, -EBADF},
                                    &(ProcessHandler){0}, &process);
}

bool main_process_is_gone(Service *service)
{
        bool is_end = service->search.is_group && service->life.main_alive;

        service->search.is_group = false;
        return is_end;
}
