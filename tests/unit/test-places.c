/* SPDX-License-Identifier: MIT */

#include "places.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The programs of the daemon are looked for, too: a folder that holds both. */
static void make_programs(void)
{
        char folder[] = "/tmp/test-places-XXXXXX", path[64];

        cr_assert_not_null(mkdtemp(folder));
        for (int i = 0; i < 2; i++) {
                snprintf(path, sizeof(path), "%s/%s", folder, i == 0 ? "tended-exec" : "tended-helper");
                cr_assert_eq(symlink("/bin/true", path), 0);
        }
        setenv("TENDED_LIBEXEC", folder, 1);
        unsetenv("TENDED_SOCKET");
        unsetenv("XDG_RUNTIME_DIR");
        unsetenv("XDG_STATE_HOME");
        setenv("HOME", "/home/alice", 1);
}

Test(places, the_systems_are_fixed, .init = make_programs)
{
        _cleanup_(places_done) Places places = PLACES_NULL;
        char *error = NULL;

        setenv("XDG_RUNTIME_DIR", "/run/user/1", 1);
        cr_assert_eq(places_init(&places, &(Options){.mode = MODE_SYSTEM}, &error), 0);
        cr_assert(places.system);
        cr_assert_str_eq(places.socket_path, "/run/tended/control");
        cr_assert_str_eq(places.run_folder, "/run/tended");
        cr_assert_str_eq(places.socket_folder, "/run/tended");
        cr_assert_not(places.own_run_folder);
        cr_assert_str_eq(places.default_folder, "/");
        cr_assert_str_eq(places.runtime_root, "/run");
        cr_assert_str_eq(places.state_root, "/var/lib");
        cr_assert_str_eq(places.logs_root, "/var/log");
}

Test(places, a_users_follow_the_variables, .init = make_programs)
{
        _cleanup_(places_done) Places with = PLACES_NULL, without = PLACES_NULL;
        char *error = NULL, tmp[64];

        setenv("XDG_RUNTIME_DIR", "/run/user/1", 1);
        setenv("XDG_STATE_HOME", "/state", 1);
        cr_assert_eq(places_init(&with, &(Options){.mode = MODE_USER}, &error), 0);
        cr_assert_not(with.system);
        cr_assert_str_eq(with.socket_path, "/run/user/1/tended/control");
        cr_assert_str_eq(with.run_folder, "/run/user/1/tended");
        cr_assert_str_eq(with.default_folder, "/home/alice");
        cr_assert_str_eq(with.runtime_root, "/run/user/1");
        cr_assert_str_eq(with.state_root, "/state");
        cr_assert_str_eq(with.logs_root, "/state/log");

        unsetenv("XDG_RUNTIME_DIR");
        setenv("XDG_STATE_HOME", "relative", 1);
        cr_assert_eq(places_init(&without, &(Options){.mode = MODE_USER}, &error), 0);
        snprintf(tmp, sizeof(tmp), "/tmp/tended-%u", geteuid());
        cr_assert_str_eq(without.run_folder, tmp);
        cr_assert_str_eq(without.runtime_root, tmp);
        cr_assert_str_eq(without.state_root, "/home/alice/.local/state");
}

Test(places, without_a_mode_it_is_that_of_the_user, .init = make_programs)
{
        _cleanup_(places_done) Places places = PLACES_NULL;
        char *error = NULL;

        cr_assert_eq(places_init(&places, &(Options){.mode = MODE_AUTO}, &error), 0);
        cr_assert_eq(places.system, geteuid() == 0);
}

Test(places, with_a_socket_of_ones_own_the_run_folder_lies_beside_it, .init = make_programs)
{
        static const struct {
                const char *option, *environment, *socket, *run_folder;
        } cases[] = {
                {"/tmp/x", NULL, "/tmp/x", "/tmp/x.d"},
                {"/tmp/x", "/tmp/y", "/tmp/x", "/tmp/x.d"},
                {NULL, "/tmp/y", "/tmp/y", "/tmp/y.d"},
                {"x", NULL, "/tmp/x", "/tmp/x.d"},
                {NULL, "", "/run/tended/control", "/run/tended"},
                {"/run//tended/control", NULL, "/run/tended/control", "/run/tended"},
        };

        cr_assert_eq(chdir("/tmp"), 0);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(places_done) Places places = PLACES_NULL;
                char *error = NULL;

                if (cases[i].environment)
                        setenv("TENDED_SOCKET", cases[i].environment, 1);
                else
                        unsetenv("TENDED_SOCKET");
                cr_assert_eq(places_init(&places, &(Options){.mode = MODE_SYSTEM, .socket = (char *) cases[i].option},
                                         &error),
                             0);
                cr_assert_str_eq(places.socket_path, cases[i].socket, "case %zu", i);
                cr_assert_str_eq(places.run_folder, cases[i].run_folder, "case %zu", i);
                cr_assert_eq(places.own_run_folder, i < 4, "case %zu", i);
        }
}

Test(places, a_missing_program_is_named, .init = make_programs)
{
        Places places = PLACES_NULL;
        _cleanup_free_ char *error = NULL;

        setenv("TENDED_LIBEXEC", "/nonexistent", 1);
        cr_assert_eq(places_init(&places, &(Options){.mode = MODE_SYSTEM}, &error), -ENOENT);
        cr_assert_not_null(strstr(error, "/nonexistent/tended-exec"));
}

/* Places whose run folder is in a folder of the test's own. */
static void scratch(Places *places)
{
        char folder[] = "/tmp/test-places-XXXXXX", socket[64];
        char *error = NULL;

        cr_assert_not_null(mkdtemp(folder));
        snprintf(socket, sizeof(socket), "%s/control", folder);
        cr_assert_eq(places_init(places, &(Options){.mode = MODE_USER, .socket = socket}, &error), 0);
}

static mode_t mode_of(const char *folder, const char *name)
{
        char path[128];
        struct stat st;

        snprintf(path, sizeof(path), "%s%s", folder, name);
        cr_assert_eq(lstat(path, &st), 0, "%s", path);
        return st.st_mode & 07777;
}

Test(places, the_run_folder_is_made_found_again_and_removed, .init = make_programs)
{
        _cleanup_(places_done) Places places = PLACES_NULL;
        char *error = NULL;

        scratch(&places);
        for (int i = 0; i < 2; i++) {
                cr_assert_eq(places_make_run_folder(&places, &error), 0);
                /* Services of root's that run as others get through to notify/. */
                cr_assert_eq(mode_of(places.run_folder, ""), geteuid() == 0 ? 0711 : 0700);
                cr_assert_eq(mode_of(places.run_folder, "/state"), 0700);
                cr_assert_eq(mode_of(places.run_folder, "/notify"), 0755);
                cr_assert_eq(chmod(places.run_folder, 0755), 0);
        }
        places_remove_run_folder(&places);
        cr_assert_lt(access(places.run_folder, F_OK), 0);
}

Test(places, a_folder_that_somebody_prepared_is_refused_and_told_why, .init = make_programs)
{
        _cleanup_(places_done) Places link = PLACES_NULL, open = PLACES_NULL, file = PLACES_NULL;
        char *error = NULL;

        scratch(&link);
        cr_assert_eq(symlink("/tmp", link.run_folder), 0);
        cr_assert_eq(places_make_run_folder(&link, &error), -ELOOP);
        cr_assert_not_null(strstr(error, "symbolic link"));
        free(error);

        error = NULL;
        scratch(&open);
        cr_assert_eq(mkdir(open.run_folder, 0700), 0);
        cr_assert_eq(chmod(open.run_folder, 0777), 0);
        cr_assert_eq(places_make_run_folder(&open, &error), -EPERM);
        cr_assert_not_null(strstr(error, "others may write"));
        free(error);

        error = NULL;
        scratch(&file);
        cr_assert_eq(mknod(file.run_folder, S_IFREG | 0600, 0), 0);
        cr_assert_eq(places_make_run_folder(&file, &error), -ENOTDIR);
        cr_assert_not_null(strstr(error, file.run_folder));
        free(error);
}
