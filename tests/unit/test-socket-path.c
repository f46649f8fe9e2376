/* SPDX-License-Identifier: MIT */

#include "common/socket-path.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

/* A new folder of the test's own. */
static void scratch(char *folder)
{
        strcpy(folder, "/tmp/test-socket-path-XXXXXX");
        cr_assert_not_null(mkdtemp(folder));
}

Test(socket_path, a_users_folder_is_below_the_runtime_directory)
{
        static const struct {
                const char *runtime_directory, *folder;
        } cases[] = {
                {"/run/user/1000", "/run/user/1000/tended"},
                {NULL, "/tmp/tended-1000"},
                {"", "/tmp/tended-1000"},
                {"relative", "/tmp/tended-1000"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *folder = NULL;

                cr_assert_eq(socket_user_folder(cases[i].runtime_directory, 1000, &folder), 0);
                cr_assert_str_eq(folder, cases[i].folder);
        }
}

Test(socket_path, paths_become_absolute_and_plain)
{
        static const struct {
                const char *path, *absolute;
        } cases[] = {
                {"/run/x", "/run/x"}, {"//run///x/", "/run/x"},   {"/./run/./x/.", "/run/x"},
                {"/", "/"},           {"/run/../x", "/run/../x"}, {"/run/.x/..y", "/run/.x/..y"},
                {"x", "/tmp/x"},      {"./a//b", "/tmp/a/b"},
        };

        cr_assert_eq(chdir("/tmp"), 0);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *absolute = NULL;

                cr_assert_eq(socket_path_absolute(cases[i].path, &absolute), 0);
                cr_assert_str_eq(absolute, cases[i].absolute, "%s became %s", cases[i].path, absolute);
        }

        _cleanup_free_ char *none = NULL;
        cr_assert_eq(socket_path_absolute("", &none), -EINVAL);
        cr_assert_null(none);
}

Test(socket_path, the_option_comes_before_the_environment_and_that_before_the_scope)
{
        _cleanup_free_ char *a = NULL, *b = NULL, *c = NULL, *d = NULL;

        setenv("TENDED_SOCKET", "/env", 1);
        setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
        cr_assert_eq(socket_path_find("/option", SOCKET_SCOPE_USER, &a), 0);
        cr_assert_str_eq(a, "/option");
        cr_assert_eq(socket_path_find(NULL, SOCKET_SCOPE_SYSTEM, &b), 0);
        cr_assert_str_eq(b, "/env");
        setenv("TENDED_SOCKET", "", 1);
        cr_assert_eq(socket_path_find(NULL, SOCKET_SCOPE_USER, &c), 0);
        cr_assert_str_eq(c, "/run/user/7/tended/control");
        unsetenv("TENDED_SOCKET");
        cr_assert_eq(socket_path_find(NULL, SOCKET_SCOPE_SYSTEM, &d), 0);
        cr_assert_str_eq(d, SYSTEM_SOCKET);
}

Test(socket_path, without_a_word_it_is_the_systems_for_root_and_the_users_where_it_exists)
{
        _cleanup_free_ char *absent = NULL, *present = NULL;
        char folder[128], path[160];

        unsetenv("TENDED_SOCKET");
        scratch(folder);
        setenv("XDG_RUNTIME_DIR", folder, 1);
        cr_assert_eq(socket_path_find(NULL, SOCKET_SCOPE_AUTO, &absent), 0);
        cr_assert_str_eq(absent, SYSTEM_SOCKET);

        snprintf(path, sizeof(path), "%s/tended", folder);
        cr_assert_eq(mkdir(path, 0755), 0);
        snprintf(path, sizeof(path), "%s/tended/control", folder);
        int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        cr_assert_geq(fd, 0);
        fd_close(fd);
        chmod(folder, 0755);
        bool is_root = geteuid() == 0;
        if (is_root)
                cr_assert_eq(seteuid(65534), 0);
        cr_assert_eq(socket_path_find(NULL, SOCKET_SCOPE_AUTO, &present), 0);
        /* The leak sanitizer looks into this process, which the kernel allows only where its user has not changed. */
        if (is_root)
                cr_assert(seteuid(0) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0);
        cr_assert_str_eq(present, path);
}

Test(socket_path, a_folder_is_believed_only_where_it_is_ours_and_no_link)
{
        char folder[128], path[160];

        scratch(folder);
        cr_assert_eq(socket_folder_check(folder), 0);
        cr_assert_eq(chmod(folder, 0770), 0);
        cr_assert_eq(socket_folder_check(folder), -EPERM);
        cr_assert_eq(chmod(folder, 0755), 0);
        cr_assert_eq(socket_folder_check(folder), 0);

        snprintf(path, sizeof(path), "%s/link", folder);
        cr_assert_eq(symlink(folder, path), 0);
        cr_assert_eq(socket_folder_check(path), -ELOOP);
        snprintf(path, sizeof(path), "%s/nothing", folder);
        cr_assert_eq(socket_folder_check(path), -ENOENT);
        fd_close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
        cr_assert_eq(socket_folder_check(path), -ENOTDIR);

        if (geteuid() == 0) {
                cr_assert_eq(chown(folder, 65534, 65534), 0);
                cr_assert_eq(socket_folder_check(folder), -EPERM);
        }
}

/* A path of `length` bytes in a scratch folder of its own, whose folders exist. */
static void long_path(char *path, size_t length)
{
        size_t n;

        scratch(path);
        n = strlen(path);
        while (n + 120 < length) {
                path[n++] = '/';
                memset(path + n, 'd', 100);
                n += 100;
                path[n] = '\0';
                cr_assert_eq(mkdir(path, 0700), 0);
        }
        path[n++] = '/';
        memset(path + n, 's', length - n);
        path[length] = '\0';
}

Test(socket_path, a_path_of_any_length_can_be_bound_and_connected)
{
        static const size_t lengths[] = {106, 107, 108, 300, 1000};

        for (size_t i = 0; i < ELEMENTSOF(lengths); i++) {
                _cleanup_(socket_address_done) SocketAddress address = SOCKET_ADDRESS_NULL;
                _cleanup_close_ int listener = -EBADF, client = -EBADF;
                char path[2000];

                long_path(path, lengths[i]);
                cr_assert_eq(strlen(path), lengths[i]);

                cr_assert_eq(socket_address_init(&address, path), 0);
                cr_assert_eq(address.folder_fd >= 0, lengths[i] > 107);
                listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
                cr_assert_eq(bind(listener, (struct sockaddr *) &address.address, address.length), 0);
                cr_assert_eq(socket_path_connect(path, USEC_PER_SEC, &client), -ECONNREFUSED);
                cr_assert_eq(listen(listener, 1), 0);
                cr_assert_eq(socket_path_connect(path, USEC_PER_SEC, &client), 0);
                cr_assert_geq(client, 0);
        }
}

Test(socket_path, a_name_that_no_address_can_hold_is_told)
{
        _cleanup_(socket_address_done) SocketAddress address = SOCKET_ADDRESS_NULL;
        char path[256] = "/tmp/";

        memset(path + 5, 's', 200);
        path[205] = '\0';
        cr_assert_eq(socket_address_init(&address, path), -ENAMETOOLONG);
        cr_assert_lt(address.folder_fd, 0);
}

Test(socket_path, a_full_queue_is_waited_for_no_longer_than_asked, .timeout = 10)
{
        _cleanup_(socket_address_done) SocketAddress address = SOCKET_ADDRESS_NULL;
        _cleanup_close_ int listener = -EBADF;
        char path[128];
        int fd, r = 0;

        scratch(path);
        strcat(path, "/control");
        cr_assert_eq(socket_address_init(&address, path), 0);
        listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        cr_assert_eq(bind(listener, (struct sockaddr *) &address.address, address.length), 0);
        cr_assert_eq(listen(listener, 0), 0);
        for (int i = 0; i < 8 && r == 0; i++)
                r = socket_path_connect(path, 50 * USEC_PER_MSEC, &fd);
        cr_assert_eq(r, -EAGAIN);
}
