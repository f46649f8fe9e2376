/* SPDX-License-Identifier: MIT */

/* The daemon of a trial, from the inside: the ordinary daemon, with definitions, places and log of its own, and a
 * supervisor that goes along with it. That one counts who is ready, tells the guard when all are, or why they never
 * will be, notes what fails while the command runs, and has everything stopped in order when the guard says so. Where
 * the guard is gone, nobody is waited for: everything is killed, and the folder removed. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/socket-path.h"
#include "common/strv.h"
#include "common/text.h"
#include "common/timespan.h"
#include "daemon.h"
#include "engine/manager.h"
#include "run-cgroup.h"
#include "run-link.h"
#include "run-log.h"
#include "run-watched.h"
#include "run.h"

#define PROGRESS_USEC (200 * USEC_PER_MSEC)
/* What services have said is in the log by then, or the log is slow. */
#define LINES_USEC    (50 * USEC_PER_MSEC)
#define LINES_TURNS   2

typedef enum SupervisorStage {
        SUPERVISOR_STARTING,
        SUPERVISOR_RUNNING, /* the command runs */
        SUPERVISOR_STOPPING,
} SupervisorStage;

typedef struct Supervisor {
        const Trial *trial;
        int guard_fd;
        Loop *loop;       /* weak, like the manager: the daemon's */
        Manager *manager; /* NULL until it is made */
        Watch guard;
        Timer timeout, progress;
        Deferred lines;   /* until what was said is in the log */
        unsigned n_turns; /* of that */
        usec_t started_at, lines_until;
        SupervisorStage stage;
        bool shows_progress, is_orphan;
        WatchedList watched;
        char *how; /* the command ended */
        TrialMessage *message;
} Supervisor;

static void say(const Supervisor *supervisor, const char *format, ...) _printf_(2, 3);

static void say(const Supervisor *supervisor, const char *format, ...)
{
        _cleanup_free_ char *text = NULL;
        va_list args;
        int n;

        va_start(args, format);
        n = vasprintf(&text, format, args);
        va_end(args);
        if (n < 0)
                text = NULL;
        else
                (void) trial_send(supervisor->guard_fd, &(TrialHead){.word = WORD_SAY}, text);
}

/* The log knows when the command ran: by these two events the lines of its time are found again. */
static void log_command(Supervisor *supervisor, EventId id, const char *what, const char *more)
{
        char text[512];

        snprintf(text, sizeof(text), "%s: %.400s", what, more);
        delivery_event(manager_delivery(supervisor->manager), &(EventRecord){.id = id, .priority = 6, .text = text});
}

static void refuse(Supervisor *supervisor, int status, const char *blamed)
{
        supervisor->stage = SUPERVISOR_STOPPING;
        (void) timer_set(&supervisor->timeout, USEC_INFINITY);
        (void) timer_set(&supervisor->progress, USEC_INFINITY);
        (void) trial_send(supervisor->guard_fd, &(TrialHead){.word = WORD_REFUSED, .number = status}, blamed);
}

static void begin_command(Supervisor *supervisor)
{
        _cleanup_free_ char *command = strv_join(supervisor->trial->options->command, " ");
        _cleanup_free_ char *variables = NULL;

        if (manager_port_variables(supervisor->manager, &variables) < 0) {
                say(supervisor, "out of memory");
                refuse(supervisor, TRIAL_EXIT_FAILED, "");
                return;
        }
        supervisor->stage = SUPERVISOR_RUNNING;
        (void) timer_set(&supervisor->timeout, USEC_INFINITY);
        (void) timer_set(&supervisor->progress, USEC_INFINITY);
        log_command(supervisor, EVENT_ID_COMMAND_BEGINS, TRIAL_LOG_BEGIN, command ? command : "");
        (void) trial_send(supervisor->guard_fd, &(TrialHead){.word = WORD_READY}, variables);
}

static void end_command(Supervisor *supervisor)
{
        if (!manager_is_shutting_down(supervisor->manager))
                log_command(supervisor, EVENT_ID_COMMAND_ENDED, TRIAL_LOG_END,
                            supervisor->how ? supervisor->how : "");
        manager_shutdown(supervisor->manager, false);
}

/* What services have said until now is to come before what is said next in the log; see on_lines(). */
static void settle_lines(Supervisor *supervisor)
{
        supervisor->n_turns = 0;
        supervisor->lines_until = usec_add(loop_now(supervisor->loop), LINES_USEC);
        (void) deferred_schedule(&supervisor->lines);
}

static void look_at_start(Supervisor *supervisor)
{
        size_t n, up = watched_count_up(&supervisor->watched, &n);

        if (supervisor->stage != SUPERVISOR_STARTING)
                return;
        if (up == n) {
                settle_lines(supervisor);
                return;
        }
        if (supervisor->shows_progress && supervisor->progress.at == USEC_INFINITY)
                (void) timer_set(&supervisor->progress, usec_add(loop_now(supervisor->loop), PROGRESS_USEC));
}

static void on_given_up(Supervisor *supervisor, const Watched *watched, const Service *service)
{
        switch (supervisor->stage) {
        case SUPERVISOR_STARTING:
                say(supervisor, "%s failed: %s", watched->name, watched->problem);
                if (watched->awaited)
                        refuse(supervisor, TRIAL_EXIT_FAILED, watched->name);
                return;
        case SUPERVISOR_RUNNING:
                say(supervisor, "%s failed while the command ran: %s", watched->name, watched->problem);
                if (supervisor->trial->options->strict)
                        (void) trial_send(supervisor->guard_fd, &(TrialHead){.word = WORD_STRICT}, NULL);
                return;
        case SUPERVISOR_STOPPING:
                if (service_lifecycle(service)->result == RESULT_TIMEOUT)
                        say(supervisor, "%s had to be killed: %s", watched->name, watched->problem);
                return;
        }
}

static void on_change(void *userdata, Service *service)
{
        Supervisor *supervisor = userdata;
        Watched *watched;

        /* What the command runs itself, it looks after itself. */
        if (service_is_transient(service))
                return;
        watched = watched_get(&supervisor->watched, service);
        if (!watched)
                return;
        switch (watched_look(watched, service, loop_now(supervisor->loop))) {
        case WATCHED_GIVEN_UP:
                on_given_up(supervisor, watched, service);
                break;
        case WATCHED_TRIED:
                if (supervisor->stage == SUPERVISOR_RUNNING)
                        say(supervisor, "%s failed while the command ran, and is started again: %s", watched->name,
                            watched->problem);
                break;
        case WATCHED_UP:
        case WATCHED_NOTHING:
                break;
        }
        look_at_start(supervisor);
}

/* What it is that keeps a service from being ready, as well as is known. */
static void describe(Supervisor *supervisor, const Watched *watched, char *buffer, size_t size)
{
        Service *service = manager_find(supervisor->manager, watched->name);
        const char *reason = service ? service_reason(service) : "";
        const char *unmet = (service ? service_ready_error(service) : NULL) ?: "";

        snprintf(buffer, size, "%s%s%s%s%s",
                 service ? service_state_info(service_lifecycle(service)->state)->name : "gone", *reason ? ", " : "",
                 reason, *unmet ? ", " : "", unmet);
}

static void on_timeout(void *userdata, usec_t now)
{
        Supervisor *supervisor = userdata;
        _cleanup_(text_done) Text blamed = TEXT_NULL;
        _cleanup_free_ char *names = NULL;
        char span[TIMESPAN_MAX], state[512];

        timespan_format(span, sizeof(span), supervisor->trial->options->timeout, 1);
        for (size_t i = 0; i < supervisor->watched.n; i++) {
                const Watched *watched = &supervisor->watched.items[i];

                if (!watched->awaited || watched->up)
                        continue;
                describe(supervisor, watched, state, sizeof(state));
                say(supervisor, "%s is not ready after %s (%s)%s%s", watched->name, span, state,
                    watched->problem ? "; it failed before: " : "", watched->problem ? watched->problem : "");
                text_add_string(&blamed, watched->name);
                text_add_char(&blamed, '\n');
        }
        (void) text_take(&blamed, &names);
        refuse(supervisor, TRIAL_EXIT_TIMED_OUT, names ? names : "");
}

static void on_progress(void *userdata, usec_t now)
{
        Supervisor *supervisor = userdata;
        size_t n, up = watched_count_up(&supervisor->watched, &n), used;
        char text[256];

        if (supervisor->stage != SUPERVISOR_STARTING)
                return;
        used = (size_t) snprintf(text, sizeof(text), "%" PRIu64 "s, %zu of %zu ready; waiting for",
                                 (now - supervisor->started_at) / USEC_PER_SEC, up, n);
        for (size_t i = 0; i < supervisor->watched.n && used < 76; i++) {
                const Watched *watched = &supervisor->watched.items[i];

                if (watched->awaited && !watched->up)
                        used += (size_t) snprintf(text + used, sizeof(text) - used, " %.100s", watched->name);
        }
        text[MIN(used, (size_t) 79)] = '\0';
        (void) trial_send(supervisor->guard_fd, &(TrialHead){.word = WORD_PROGRESS}, text);
        (void) timer_set(&supervisor->progress, usec_add(now, USEC_PER_SEC));
}

/* Twice at least: what is in a pipe is read in the next turn. */
static void on_lines(void *userdata)
{
        Supervisor *supervisor = userdata;
        Delivery *delivery = manager_delivery(supervisor->manager);
        size_t n;

        if ((supervisor->n_turns++ < LINES_TURNS || !delivery_is_idle(delivery)) &&
            loop_now(supervisor->loop) < supervisor->lines_until) {
                (void) deferred_schedule(&supervisor->lines);
                return;
        }
        if (supervisor->stage == SUPERVISOR_STARTING && watched_count_up(&supervisor->watched, &n) == n)
                begin_command(supervisor);
        if (supervisor->stage == SUPERVISOR_STOPPING)
                end_command(supervisor);
}

static void stop(Supervisor *supervisor, const char *how)
{
        supervisor->stage = SUPERVISOR_STOPPING;
        (void) timer_set(&supervisor->timeout, USEC_INFINITY);
        (void) timer_set(&supervisor->progress, USEC_INFINITY);
        free(supervisor->how);
        supervisor->how = strdup(how);
        settle_lines(supervisor);
}

static void on_guard(void *userdata, int fd, uint32_t events)
{
        Supervisor *supervisor = userdata;
        int r;

        while ((r = trial_receive(fd, supervisor->message)) > 0) {
                if (supervisor->message->word == WORD_STOP)
                        stop(supervisor, supervisor->message->text);
                else if (supervisor->message->word == WORD_KILL)
                        manager_shutdown(supervisor->manager, true);
        }
        if (r == -EAGAIN)
                return;
        (void) watch_set_enabled(&supervisor->guard, false);
        supervisor->is_orphan = true;
        supervisor->stage = SUPERVISOR_STOPPING;
        manager_shutdown(supervisor->manager, true);
}

static void on_shutdown_done(void *userdata)
{
        Supervisor *supervisor = userdata;

        for (size_t i = 0; i < supervisor->watched.n; i++) {
                const Watched *watched = &supervisor->watched.items[i];
                _cleanup_free_ char *text = NULL;

                if (!watched->awaited && !watched->was_up && !watched->problem)
                        continue;
                if (asprintf(&text, "%s\n%s", watched->name,
                             watched->problem   ? watched->problem
                             : !watched->was_up ? "it was not ready"
                                                : "") < 0) {
                        text = NULL;
                        return;
                }
                (void) trial_send(
                        supervisor->guard_fd,
                        &(TrialHead){.word = WORD_CASE,
                                     .usec = watched->was_up ? usec_sub(watched->up_at, supervisor->started_at) : 0},
                        text);
        }
}

/* Mistakes keep the trial from beginning, all of them. */
static int check_definitions(Supervisor *supervisor)
{
        const Diagnostics *diagnostics = &manager_config(supervisor->manager)->diagnostics;

        if (diagnostics->n_errors == 0 && !diagnostics->out_of_memory)
                return 0;
        for (size_t i = 0; i < diagnostics->n; i++) {
                _cleanup_free_ char *text = diagnostic_format(&diagnostics->items[i]);

                say(supervisor, "%s", text ? text : diagnostics->items[i].text);
        }
        refuse(supervisor, TRIAL_EXIT_FAILED, "");
        return -EBADMSG;
}

/* A service of another user has to get through to its own folders; more than passing nobody may. */
static void open_for_others(const Supervisor *supervisor)
{
        const Config *config = manager_config(supervisor->manager);
        _cleanup_free_ char *run_folder = NULL;

        for (size_t i = 0; geteuid() == 0 && i < config->n_services; i++) {
                if (!config->services[i]->user && !config->services[i]->group)
                        continue;
                (void) chmod(supervisor->trial->folder.path, 0711);
                if (asprintf(&run_folder, "%s.d", supervisor->trial->folder.socket) < 0)
                        run_folder = NULL;
                else
                        (void) chmod(run_folder, 0711);
                return;
        }
}

static int on_made(void *userdata, Loop *loop, Manager *manager)
{
        Supervisor *supervisor = userdata;
        int r;

        supervisor->loop = loop;
        supervisor->manager = manager;
        supervisor->started_at = loop_now(loop);
        r = check_definitions(supervisor);
        if (r < 0)
                return r;
        open_for_others(supervisor);
        r = watch_init(&supervisor->guard, loop, supervisor->guard_fd, EPOLLIN, PRIORITY_NORMAL, on_guard,
                       supervisor);
        if (r >= 0)
                r = timer_init(&supervisor->timeout, loop, on_timeout, supervisor);
        if (r >= 0)
                r = timer_init(&supervisor->progress, loop, on_progress, supervisor);
        if (r >= 0)
                r = deferred_init(&supervisor->lines, loop, PRIORITY_STREAM, on_lines, supervisor, "lines");
        return r;
}

static void on_started(void *userdata)
{
        Supervisor *supervisor = userdata;

        for (size_t i = 0; i < manager_n_services(supervisor->manager); i++) {
                Service *service = manager_service(supervisor->manager, i);
                Watched *watched = watched_get(&supervisor->watched, service);

                if (!watched)
                        continue;
                watched->awaited = service_lifecycle(service)->wanted;
                (void) watched_look(watched, service, supervisor->started_at);
        }
        (void) timer_set(&supervisor->timeout, usec_add(supervisor->started_at, supervisor->trial->options->timeout));
        look_at_start(supervisor);
}

static void on_end(void *userdata)
{
        Supervisor *supervisor = userdata;

        watch_done(&supervisor->guard);
        timer_done(&supervisor->timeout);
        timer_done(&supervisor->progress);
        deferred_done(&supervisor->lines);
}

/* The caller's input and output are the command's alone; lines that are shown go the way of complaints. */
static int settle_descriptors(const TrialOptions *options)
{
        _cleanup_close_ int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

        if (null_fd < 0 || dup2(null_fd, STDIN_FILENO) < 0)
                return -errno;
        if (dup2(options->logs == TRIAL_LOGS_ALWAYS ? STDERR_FILENO : null_fd, STDOUT_FILENO) < 0)
                return -errno;
        return 0;
}

static int settle_process(const Trial *trial)
{
        static const char *const not_ours[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"};
        sigset_t none;

        sigemptyset(&none);
        if (setsid() < 0 || sigprocmask(SIG_SETMASK, &none, NULL) < 0)
                return -errno;
        for (size_t i = 0; i < ELEMENTSOF(not_ours); i++)
                if (unsetenv(not_ours[i]) < 0)
                        return -errno;
        /* For services that talk to the daemon, too. */
        if (setenv(SOCKET_ENVIRONMENT, trial->folder.socket, 1) < 0)
                return -errno;
        return settle_descriptors(trial->options);
}

static int run_daemon(Supervisor *supervisor)
{
        const Trial *trial = supervisor->trial;
        const Options options = {
                .config_paths = trial->options->config_paths,
                .log_target_given = true,
                .log_target = LOG_TARGET_FILE,
                .log_directory = trial->folder.logs,
        };
        const DaemonCompanion companion = {
                .folder = trial->folder.path,
                .logs_to_console = trial->options->logs == TRIAL_LOGS_ALWAYS,
                .on_made = on_made,
                .on_started = on_started,
                .on_change = on_change,
                .on_shutdown_done = on_shutdown_done,
                .on_end = on_end,
                .userdata = supervisor,
        };

        return daemon_run(&options, &companion);
}

int trial_supervise(const Trial *trial, int guard_fd)
{
        Supervisor supervisor = {.trial = trial, .guard_fd = guard_fd};
        int r;

        supervisor.message = malloc(sizeof(TrialMessage));
        r = supervisor.message ? settle_process(trial) : -ENOMEM;
        if (r < 0) {
                say(&supervisor, "can't start the daemon: %s", strerror(-r));
                return EXIT_FAILURE;
        }
        supervisor.shows_progress = isatty(STDERR_FILENO) && trial->options->logs != TRIAL_LOGS_ALWAYS;
        r = run_daemon(&supervisor);
        if (supervisor.is_orphan) {
                trial_cgroup_end(trial->folder.socket);
                trial_folder_remove(&trial->folder);
        }
        watched_done(&supervisor.watched);
        free(supervisor.how);
        free(supervisor.message);
        return r;
}
