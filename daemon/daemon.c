/* SPDX-License-Identifier: MIT */

/* The daemon, put together: lock, socket, loop, manager, server, in the order in which each needs the one before, and
 * taken apart in the reverse. Signals and the service manager above us are translated here into what the engine
 * knows; what the engine tells is handed to the clients and to that manager. */

#include "daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/strv.h"
#include "control/access.h"
#include "control/listener.h"
#include "control/server.h"
#include "engine/cause.h"
#include "engine/manager.h"
#include "engine/reload.h"
#include "engine/service.h"
#include "notifier.h"
#include "places.h"

/* The service manager is told how many run and fail no more often than this. */
#define STATUS_EVERY_USEC USEC_PER_SEC

#define EXIT_SECOND       3

typedef struct Daemon {
        const DaemonCompanion *companion; /* NULL: none */
        Places places;
        SocketLock lock;
        Listener listener;
        Loop *loop;
        Notifier *notifier;
        Manager *manager;
        Server *server;
        char **config_paths; /* absolute */
        ManagerOptions manager_options;
        Timer status;
        usec_t status_told;
        unsigned n_interrupts;
        bool is_ready;  /* and has said so */
        bool is_second; /* another daemon has the socket */
} Daemon;

static void daemon_done(Daemon *daemon)
{
        if (daemon->companion)
                daemon->companion->on_end(daemon->companion->userdata);
        server_free(daemon->server);
        timer_done(&daemon->status);
        manager_free(daemon->manager);
        notifier_free(daemon->notifier);
        loop_free(daemon->loop);
        listener_done(&daemon->listener);
        if (daemon->lock.fd >= 0)
                places_remove_run_folder(&daemon->places);
        socket_lock_done(&daemon->lock);
        strv_free(daemon->config_paths);
        places_done(&daemon->places);
}

/* `error` is a sentence where there is one. */
static int say(int r, const char *error, const char *doing)
{
        if (error)
                fprintf(stderr, "tended: %s\n", error);
        else
                fprintf(stderr, "tended: %s: %s\n", doing, strerror(-r));
        return r;
}

static void on_status(void *userdata, usec_t now)
{
        Daemon *daemon = userdata;
        size_t n = manager_n_services(daemon->manager), active = 0, failed = 0;
        char message[128];

        for (size_t i = 0; i < n; i++) {
                Service *service = manager_service(daemon->manager, i);
                ActiveState state = lifecycle_active_state(service_lifecycle(service));

                active += state == ACTIVE_ACTIVE || state == ACTIVE_RELOADING;
                failed += state == ACTIVE_FAILED;
        }
        snprintf(message, sizeof(message), "STATUS=%zu services: %zu active, %zu failed%s", n, active, failed,
                 manager_is_shutting_down(daemon->manager) ? "; shutting down" : "");
        notifier_send(daemon->notifier, message);
        daemon->status_told = now;
}

static void daemon_schedule_status(Daemon *daemon)
{
        if (notifier_is_enabled(daemon->notifier))
                (void) timer_set(&daemon->status, usec_add(daemon->status_told, STATUS_EVERY_USEC));
}

static void on_change(void *userdata, Service *service)
{
        Daemon *daemon = userdata;

        server_service_changed(daemon->server, service);
        if (daemon->companion)
                daemon->companion->on_change(daemon->companion->userdata, service);
        daemon_schedule_status(daemon);
}

static void on_service(void *userdata, Service *service, bool is_new)
{
        Daemon *daemon = userdata;

        server_tell_service(daemon->server, service, is_new);
}

static void on_services(void *userdata)
{
        daemon_schedule_status(userdata);
}

static void on_shutdown_done(void *userdata)
{
        Daemon *daemon = userdata;

        server_shutdown_done(daemon->server);
        if (daemon->companion)
                daemon->companion->on_shutdown_done(daemon->companion->userdata);
}

static void on_started(void *userdata, const OperationResult *results, size_t n)
{
        Daemon *daemon = userdata;

        if (manager_is_shutting_down(daemon->manager))
                return;
        daemon->is_ready = true;
        notifier_set_busy(daemon->notifier, false);
        notifier_send(daemon->notifier, "READY=1");
}

/* Who sent a signal. The kernel itself (a terminal's Ctrl-C) is nobody. */
static Caller sender(const struct signalfd_siginfo *info, const char *verb)
{
        Peer peer = PEER_NULL;
        Caller caller = {.uid = info->ssi_uid, .pid = (pid_t) info->ssi_pid, .verb = verb};

        peer.pid = caller.pid;
        peer_command(&peer, caller.command, sizeof(caller.command));
        return caller;
}

static void daemon_stop(Daemon *daemon, const Caller *caller, bool now)
{
        if (!manager_is_shutting_down(daemon->manager)) {
                notifier_send(daemon->notifier, "STOPPING=1");
                notifier_set_busy(daemon->notifier, true);
        }
        manager_tell_caller(daemon->manager, NULL, caller);
        manager_begin_order(daemon->manager, caller);
        manager_shutdown(daemon->manager, now);
        manager_end_order(daemon->manager);
        daemon_schedule_status(daemon);
}

static void on_terminate(void *userdata, const struct signalfd_siginfo *info)
{
        Caller caller = sender(info, "shutdown (SIGTERM)");

        daemon_stop(userdata, &caller, false);
}

static void on_interrupt(void *userdata, const struct signalfd_siginfo *info)
{
        Caller caller = sender(info, "shutdown (SIGINT)");
        Daemon *daemon = userdata;

        daemon->n_interrupts++;
        daemon_stop(daemon, info->ssi_code == SI_KERNEL ? NULL : &caller, daemon->n_interrupts > 1);
}

static void on_reloaded(void *userdata, const ReloadOutcome *outcome)
{
        Daemon *daemon = userdata;

        /* What the reading found is in the log; there is nobody else to be told. */
        if (daemon->is_ready)
                notifier_send(daemon->notifier, "READY=1");
}

static void on_hangup(void *userdata, const struct signalfd_siginfo *info)
{
        Caller caller = sender(info, "apply (SIGHUP)");
        Daemon *daemon = userdata;
        struct timespec now;
        char message[64];
        Reload *reload;

        (void) clock_gettime(CLOCK_MONOTONIC, &now);
        snprintf(message, sizeof(message), "RELOADING=1\nMONOTONIC_USEC=%llu",
                 (unsigned long long) now.tv_sec * 1000000ULL + (unsigned long long) now.tv_nsec / 1000);
        /* Before its services are up (ReadyWhen=started) that would be taken for the end of its start. */
        if (daemon->is_ready)
                notifier_send(daemon->notifier, message);

        if (reload_new(daemon->manager, &caller, on_reloaded, daemon, &reload) < 0) {
                on_reloaded(daemon, NULL);
                return;
        }
        /* The service manager waits for the definitions to be in force, not for the services. */
        reload_set_options(reload, &(ReloadOptions){.mode = RELOAD_APPLY, .no_block = true});
}

static void on_user_signal(void *userdata, const struct signalfd_siginfo *info)
{
        Daemon *daemon = userdata;

        delivery_event(manager_delivery(daemon->manager),
                       &(EventRecord){.id = EVENT_ID_RELOADED,
                                      .priority = 4,
                                      .text = "SIGUSR2: replacing the daemon in place is not yet built"});
}

static int daemon_watch_signals(Daemon *daemon)
{
        static const struct {
                int signo;
                signal_fn fn;
        } signals[] = {
                {SIGTERM, on_terminate},
                {SIGINT, on_interrupt},
                {SIGHUP, on_hangup},
                {SIGUSR2, on_user_signal},
        };
        int r;

        for (size_t i = 0; i < ELEMENTSOF(signals); i++) {
                r = loop_on_signal(daemon->loop, signals[i].signo, PRIORITY_NORMAL, signals[i].fn, daemon);
                if (r < 0)
                        return say(r, NULL, "can't watch for signals");
        }
        return 0;
}

/* The lock, then the socket: from here on clients wait in its queue. */
static int daemon_take_socket(Daemon *daemon)
{
        const char *path = daemon->places.socket_path;
        _cleanup_free_ char *error = NULL;
        pid_t holder = 0;
        int r;

        r = places_make_socket_folder(&daemon->places, &error);
        if (r < 0)
                return say(r, error, "can't make the socket's folder");

        r = socket_lock_take(&daemon->lock, path, &holder);
        if (r == -EWOULDBLOCK) {
                daemon->is_second = true;
                if (holder > 0)
                        fprintf(stderr, "tended: another daemon, process %d, has the socket %s\n", holder, path);
                else
                        fprintf(stderr, "tended: another daemon has the socket %s\n", path);
                return r;
        }
        if (r < 0) {
                fprintf(stderr, "tended: %s.lock: %s\n", path, strerror(-r));
                return r;
        }

        r = places_make_run_folder(&daemon->places, &error);
        if (r < 0)
                return say(r, error, "can't make the run folder");
        r = listener_init(&daemon->listener, path, daemon->places.system ? 0666 : 0600);
        if (r < 0) {
                fprintf(stderr, "tended: %s: %s\n", path,
                        r == -ENOTSOCK ? "there is a file that is no socket: remove it, or name another one"
                                       : strerror(-r));
        }
        return r;
}

/* Mistakes are events in the log; who started us by hand looks here. */
static void tell_diagnostics(const Manager *manager)
{
        const Diagnostics *diagnostics = &manager_config(manager)->diagnostics;

        if (!isatty(STDERR_FILENO))
                return;
        for (size_t i = 0; i < diagnostics->n; i++) {
                _cleanup_free_ char *text = diagnostic_format(&diagnostics->items[i]);

                fprintf(stderr, "tended: %s\n", text ? text : diagnostics->items[i].text);
        }
}

static int daemon_make_manager(Daemon *daemon, const Options *options, const struct rlimit *nofile)
{
        const Places *places = &daemon->places;
        int r;

        /* Who asks a service where it is defined may be anywhere. */
        r = places_absolute(options->config_paths, &daemon->config_paths);
        if (r < 0)
                return say(r, NULL, "can't make the paths of the definitions absolute");
        daemon->manager_options =
                (ManagerOptions){.system = places->system,
                                 .is_trial = daemon->companion != NULL,
                                 .logs_to_console = daemon->companion && daemon->companion->logs_to_console,
                                 .config_paths = daemon->config_paths,
                                 .socket_path = places->socket_path,
                                 .run_folder = places->run_folder,
                                 .executor = places->executor,
                                 .helper = places->helper,
                                 .log_target = options->log_target,
                                 .log_directory = options->log_directory,
                                 .log_target_given = options->log_target_given,
                                 .default_folder = places->default_folder,
                                 .runtime_root = places->runtime_root,
                                 .state_root = places->state_root,
                                 .logs_root = places->logs_root,
                                 .nofile = *nofile};

        r = manager_new(daemon->loop, &daemon->manager_options, &daemon->manager);
        if (r < 0)
                return say(r, NULL, "can't start");
        tell_diagnostics(daemon->manager);

        manager_set_observer(daemon->manager, &(ManagerObserver){.on_change = on_change,
                                                                 .on_services = on_services,
                                                                 .on_service = on_service,
                                                                 .on_shutdown_done = on_shutdown_done,
                                                                 .userdata = daemon});
        return 0;
}

static int daemon_make_server(Daemon *daemon, uint64_t n_descriptors)
{
        ServerOptions options = {.listen_fd = daemon->listener.fd,
                                 .own_uid = geteuid(),
                                 .group = (gid_t) -1,
                                 .n_descriptors = n_descriptors};
        int r;

        r = access_read_group("/etc/group", ACCESS_GROUP, &options.group);
        if (r < 0 && r != -ENOENT)
                (void) say(r, NULL, "can't read /etc/group, so that nobody is in the group " ACCESS_GROUP);

        r = server_new(daemon->loop, daemon->manager, &options, &daemon->server);
        return r < 0 ? say(r, NULL, "can't serve the control socket") : 0;
}

/* Starts the services, and says that we are ready: now, or when they are. */
static int daemon_start(Daemon *daemon)
{
        int r;

        r = manager_start(daemon->manager);
        if (r < 0)
                return say(r, NULL, "can't start the services");
        if (daemon->companion)
                daemon->companion->on_started(daemon->companion->userdata);
        if (!manager_config(daemon->manager)->daemon.ready_when_started) {
                on_started(daemon, NULL, 0);
                return 0;
        }

        notifier_set_busy(daemon->notifier, true);
        r = manager_when_started(daemon->manager, on_started, daemon);
        return r < 0 ? say(r, NULL, "can't wait for the services") : 0;
}

static int daemon_make(Daemon *daemon, const Options *options, const struct rlimit *nofile)
{
        _cleanup_free_ char *error = NULL;
        struct rlimit now;
        int r;

        if (daemon->companion)
                r = places_init_below(&daemon->places, daemon->companion->folder, &error);
        else
                r = places_init(&daemon->places, options, &error);
        if (r < 0)
                return say(r, error, "can't tell where things are");
        r = daemon_take_socket(daemon);
        if (r < 0)
                return r;

        r = loop_new(&daemon->loop);
        if (r >= 0)
                r = notifier_new(daemon->loop, &daemon->notifier);
        if (r >= 0)
                r = timer_init(&daemon->status, daemon->loop, on_status, daemon);
        if (r < 0)
                return say(r, NULL, "can't make the event loop");
        r = daemon_watch_signals(daemon);
        if (r < 0)
                return r;

        r = daemon_make_manager(daemon, options, nofile);
        if (r < 0)
                return r;
        if (getrlimit(RLIMIT_NOFILE, &now) < 0)
                return say(-errno, NULL, "can't read the limit of descriptors");
        r = daemon_make_server(daemon, now.rlim_cur);
        if (r < 0)
                return r;
        if (daemon->companion) {
                r = daemon->companion->on_made(daemon->companion->userdata, daemon->loop, daemon->manager);
                if (r < 0)
                        return r;
        }
        return daemon_start(daemon);
}

/* All descriptors that the hard limit allows; services get back what we were started with. */
static int raise_descriptors(struct rlimit *ret_before)
{
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, ret_before) < 0)
                return -errno;
        limit = (struct rlimit){.rlim_cur = ret_before->rlim_max, .rlim_max = ret_before->rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
                return -errno;
        return 0;
}

/* A typing mistake on the command line is told at once, unlike one in a definition. */
static int check_paths(char *const *paths)
{
        struct stat st;
        int r = 0;

        for (char *const *path = paths; path && *path; path++)
                if (stat(*path, &st) < 0) {
                        r = -errno;
                        fprintf(stderr, "tended: --config %s: %s\n", *path, strerror(-r));
                }
        return r;
}

int daemon_run(const Options *options, const DaemonCompanion *companion)
{
        _cleanup_(daemon_done)
                Daemon daemon = {.companion = companion, .lock = SOCKET_LOCK_NULL, .listener = LISTENER_NULL};
        struct rlimit nofile;
        int r;

        if (check_paths(options->config_paths) < 0)
                return EXIT_FAILURE;
        r = raise_descriptors(&nofile);
        if (r < 0) {
                (void) say(r, NULL, "can't raise the limit of descriptors");
                return EXIT_FAILURE;
        }

        r = daemon_make(&daemon, options, &nofile);
        if (r < 0)
                return daemon.is_second ? EXIT_SECOND : EXIT_FAILURE;

        r = loop_run(daemon.loop);
        if (r < 0) {
                (void) say(r, NULL, "the event loop ended");
                return EXIT_FAILURE;
        }
        return r;
}
