/* SPDX-License-Identifier: MIT */

/* Where everything is. The system daemon's places are fixed; a user's follow the XDG variables; with a socket of
 * one's own the run folder lies beside it. Folders are believed only where they are ours: everybody may make folders
 * in /tmp. */

#include "places.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/socket-path.h"
#include "common/strv.h"

void places_done(Places *places)
{
        free(places->socket_path);
        free(places->run_folder);
        free(places->socket_folder);
        free(places->default_folder);
        free(places->runtime_root);
        free(places->state_root);
        free(places->logs_root);
        free(places->executor);
        free(places->helper);
        *places = PLACES_NULL;
}

/* The value of an environment variable that holds an absolute path; NULL where it doesn't. */
static const char *path_variable(const char *name)
{
        const char *value = getenv(name);

        return value && value[0] == '/' ? value : NULL;
}

/* `base`, with `below` behind it. */
static int join(char **ret, const char *base, const char *below)
{
        char *path;

        if (asprintf(&path, "%s%s%s", base, *below ? "/" : "", below) < 0)
                return -ENOMEM;
        free(*ret);
        *ret = path;
        return 0;
}

static int set_system_roots(Places *places)
{
        int r;

        r = join(&places->default_folder, "/", "");
        if (r >= 0)
                r = join(&places->runtime_root, "/run", "");
        if (r >= 0)
                r = join(&places->state_root, "/var/lib", "");
        if (r >= 0)
                r = join(&places->logs_root, "/var/log", "");
        return r;
}

/* $XDG_STATE_HOME and what is below it are systemd's places for a user's services. */
static int set_user_roots(Places *places, const char *user_folder)
{
        const char *home = path_variable("HOME"), *runtime = path_variable("XDG_RUNTIME_DIR");
        const char *state = path_variable("XDG_STATE_HOME");
        int r;

        r = join(&places->default_folder, home ? home : "/", "");
        if (r >= 0)
                r = join(&places->runtime_root, runtime ? runtime : user_folder, "");
        if (r >= 0)
                r = state ? join(&places->state_root, state, "")
                          : join(&places->state_root, home ? home : "", ".local/state");
        if (r >= 0)
                r = join(&places->logs_root, places->state_root, "log");
        return r;
}

static int set_socket(Places *places, const Options *options, const char *user_folder)
{
        _cleanup_free_ char *standard = NULL;
        const char *environment = getenv(SOCKET_ENVIRONMENT);
        const char *given = options->socket ? options->socket : environment && *environment ? environment : NULL;
        const char *folder = places->system ? SYSTEM_RUN_FOLDER : user_folder;
        int r;

        if (asprintf(&standard, "%s/control", folder) < 0)
                return -ENOMEM;
        r = socket_path_absolute(given ? given : standard, &places->socket_path);
        if (r < 0)
                return r;

        if (strcmp(places->socket_path, standard) == 0) {
                r = join(&places->socket_folder, folder, "");
                return r < 0 ? r : join(&places->run_folder, folder, "");
        }
        places->own_run_folder = true;
        return asprintf(&places->run_folder, "%s.d", places->socket_path) < 0 ? -ENOMEM : 0;
}

/* One of our own programs in the folders where they may be, first found first taken. */
static int find_program(const char *name, const char *build_folder, const char *own_folder, char **ret)
{
        const char *override = secure_getenv("TENDED_LIBEXEC");
        _cleanup_free_ char *path = NULL;
        int r;

        if (override && *override) {
                r = join(ret, override, name);
                return r < 0 ? r : access(*ret, X_OK) < 0 ? -errno : 0;
        }

        /* In the build tree the programs lie beside the daemon, each in its folder. */
        if (asprintf(&path, "%s/%s/%s", own_folder, build_folder, name) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        if (access(path, X_OK) >= 0) {
                free(*ret);
                *ret = TAKE_PTR(path);
                return 0;
        }
        r = join(ret, TENDED_LIBEXECDIR, name);
        return r < 0 ? r : access(*ret, X_OK) < 0 ? -errno : 0;
}

static int find_own_folder(char **ret)
{
        char path[4096];
        ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
        char *slash;

        if (n < 0)
                return -errno;
        path[n] = '\0';
        slash = strrchr(path, '/');
        if (!slash)
                return -ENOENT;
        *slash = '\0';
        *ret = strdup(path);
        return *ret ? 0 : -ENOMEM;
}

static int find_programs(Places *places, char **ret_error)
{
        _cleanup_free_ char *own_folder = NULL;
        const char *missing = NULL;
        int r;

        r = find_own_folder(&own_folder);
        if (r == -ENOMEM)
                return r;
        r = find_program("tended-exec", "exec", own_folder ? own_folder : "", &places->executor);
        if (r < 0)
                missing = places->executor;
        if (r >= 0) {
                r = find_program("tended-helper", "helper", own_folder ? own_folder : "", &places->helper);
                if (r < 0)
                        missing = places->helper;
        }
        if (r < 0 && missing &&
            asprintf(ret_error, "%s: %s; it is a part of tended (TENDED_LIBEXEC can name its folder)", missing,
                     strerror(-r)) < 0)
                return -ENOMEM;
        return r;
}

int places_init(Places *places, const Options *options, char **ret_error)
{
        _cleanup_(places_done) Places new = PLACES_NULL;
        _cleanup_free_ char *user_folder = NULL;
        int r;

        new.system = options->mode == MODE_SYSTEM || (options->mode == MODE_AUTO && geteuid() == 0);
        r = socket_user_folder(getenv("XDG_RUNTIME_DIR"), geteuid(), &user_folder);
        if (r < 0)
                return r;
        r = set_socket(&new, options, user_folder);
        if (r < 0)
                return r;
        r = new.system ? set_system_roots(&new) : set_user_roots(&new, user_folder);
        if (r < 0)
                return r;
        r = find_programs(&new, ret_error);
        if (r < 0)
                return r;

        *places = new;
        new = PLACES_NULL;
        return 0;
}

int places_absolute(char *const *paths, char ***ret)
{
        _cleanup_(strv_freep) char **absolute = NULL;

        STRV_FOREACH (path, paths) {
                char *one;
                int r = socket_path_absolute(*path, &one);

                if (r >= 0)
                        r = strv_consume(&absolute, one);
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(absolute);
        return 0;
}

/* The roots are made, as `%t` may be used without a RuntimeDirectory. */
static int set_roots_below(Places *places, const char *folder)
{
        int r;

        r = join(&places->runtime_root, folder, "run");
        if (r >= 0)
                r = join(&places->state_root, folder, "state");
        if (r >= 0)
                r = join(&places->logs_root, folder, "log");
        if (r < 0)
                return r;
        if (mkdir(places->runtime_root, 0755) < 0 || mkdir(places->state_root, 0755) < 0 ||
            mkdir(places->logs_root, 0755) < 0)
                return -errno;
        return 0;
}

int places_init_below(Places *places, const char *folder, char **ret_error)
{
        _cleanup_(places_done) Places new = PLACES_NULL;
        int r;

        new.own_run_folder = true;
        r = join(&new.socket_path, folder, "control");
        if (r >= 0)
                r = join(&new.run_folder, folder, "control.d");
        if (r >= 0)
                r = set_roots_below(&new, folder);
        if (r >= 0)
                r = find_programs(&new, ret_error);
        if (r < 0)
                return r;

        *places = new;
        new = PLACES_NULL;
        return 0;
}

static int fail(char **ret_error, int r, const char *path, const char *why)
{
        return asprintf(ret_error, "%s: %s", path, why) < 0 ? -ENOMEM : r;
}

/* A folder of ours: made, or found to be ours. One of a user's own is closed to others, as state may be secret. */
static int make_folder(const char *path, mode_t mode, char **ret_error)
{
        int r;

        if (mkdir(path, mode) >= 0)
                return 0;
        if (errno != EEXIST)
                return fail(ret_error, -errno, path, strerror(errno));

        r = socket_folder_check(path);
        if (r == -EPERM)
                return fail(ret_error, r, path,
                            "it belongs to somebody else, or others may write into it: remove it, or name another "
                            "socket by --socket");
        if (r == -ELOOP)
                return fail(ret_error, r, path, "it is a symbolic link, which anybody could have made");
        if (r < 0)
                return fail(ret_error, r, path, strerror(-r));
        if (mode != 0755 && chmod(path, mode) < 0)
                return fail(ret_error, -errno, path, strerror(errno));
        return 0;
}

int places_make_socket_folder(const Places *places, char **ret_error)
{
        if (!places->socket_folder)
                return 0;
        return make_folder(places->socket_folder, places->system ? 0755 : 0700, ret_error);
}

int places_make_run_folder(const Places *places, char **ret_error)
{
        _cleanup_free_ char *state = NULL, *notify = NULL;
        /* Services of root's that run as others have to get through to notify/, and nobody to a user's socket. */
        bool passable = places->own_run_folder && geteuid() == 0;
        int r;

        r = make_folder(places->run_folder, places->system ? 0755 : passable ? 0711 : 0700, ret_error);
        if (r < 0)
                return r;
        r = join(&state, places->run_folder, "state");
        if (r < 0)
                return r;
        r = make_folder(state, 0700, ret_error);
        if (r < 0)
                return r;
        /* Services run as other users, and have to find their sockets. */
        r = join(&notify, places->run_folder, "notify");
        if (r < 0)
                return r;
        return make_folder(notify, 0755, ret_error);
}

void places_remove_run_folder(const Places *places)
{
        _cleanup_free_ char *state = NULL, *notify = NULL;

        if (join(&state, places->run_folder, "state") >= 0)
                (void) rmdir(state);
        if (join(&notify, places->run_folder, "notify") >= 0)
                (void) rmdir(notify);
        if (places->own_run_folder)
                (void) rmdir(places->run_folder);
}
