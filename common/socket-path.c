/* SPDX-License-Identifier: MIT */

/* Where the control socket lies. The rules stand here once, so that daemon and client cannot differ. A path may be as
 * long as a path may be: what doesn't fit into a socket's address goes through /proc/self/fd. The one place that
 * anybody could prepare for us, /tmp/tended-UID, is believed only after a look at who made it. */

#include "common/socket-path.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>

#define TMP_FOLDER_PREFIX "/tmp/tended-"

int socket_user_folder(const char *runtime_directory, uid_t uid, char **ret)
{
        char *folder;
        int n;

        if (runtime_directory && runtime_directory[0] == '/')
                n = asprintf(&folder, "%s/tended", runtime_directory);
        else
                n = asprintf(&folder, TMP_FOLDER_PREFIX "%u", (unsigned) uid);
        if (n < 0)
                return -ENOMEM;

        *ret = folder;
        return 0;
}

/* In place: one slash for many, and no "." as a component. */
static void path_simplify(char *path)
{
        char *out = path;

        for (const char *in = path; *in;) {
                size_t length;

                in += strspn(in, "/");
                length = strcspn(in, "/");
                if (length == 0)
                        break;
                if (length > 1 || *in != '.') {
                        *out++ = '/';
                        memmove(out, in, length);
                        out += length;
                }
                in += length;
        }
        if (out == path)
                *out++ = '/';
        *out = '\0';
}

int socket_path_absolute(const char *path, char **ret)
{
        _cleanup_free_ char *absolute = NULL, *folder = NULL;

        if (!*path)
                return -EINVAL;

        if (path[0] == '/') {
                absolute = strdup(path);
        } else {
                folder = getcwd(NULL, 0);
                if (!folder)
                        return -errno;
                if (asprintf(&absolute, "%s/%s", folder, path) < 0)
                        absolute = NULL;
        }
        if (!absolute)
                return -ENOMEM;

        path_simplify(absolute);
        *ret = TAKE_PTR(absolute);
        return 0;
}

static int user_socket(char **ret)
{
        _cleanup_free_ char *folder = NULL;
        int r;

        r = socket_user_folder(getenv("XDG_RUNTIME_DIR"), getuid(), &folder);
        if (r < 0)
                return r;

        return asprintf(ret, "%s/control", folder) < 0 ? -ENOMEM : 0;
}

static int copy_path(const char *path, char **ret)
{
        char *copy = strdup(path);

        if (!copy)
                return -ENOMEM;
        *ret = copy;
        return 0;
}

int socket_path_find(const char *option, SocketScope scope, char **ret)
{
        _cleanup_free_ char *user = NULL;
        const char *environment = getenv(SOCKET_ENVIRONMENT);
        int r;

        if (option)
                return socket_path_absolute(option, ret);
        if (environment && *environment)
                return socket_path_absolute(environment, ret);
        if (scope == SOCKET_SCOPE_SYSTEM || (scope == SOCKET_SCOPE_AUTO && geteuid() == 0))
                return copy_path(SYSTEM_SOCKET, ret);

        r = user_socket(&user);
        if (r < 0)
                return r;
        if (scope == SOCKET_SCOPE_AUTO && access(user, F_OK) < 0)
                return copy_path(SYSTEM_SOCKET, ret);

        *ret = TAKE_PTR(user);
        return 0;
}

int socket_folder_check(const char *folder)
{
        struct stat st;

        if (lstat(folder, &st) < 0)
                return -errno;
        if (S_ISLNK(st.st_mode))
                return -ELOOP;
        if (!S_ISDIR(st.st_mode))
                return -ENOTDIR;
        if (st.st_uid != geteuid() || (st.st_mode & 0022))
                return -EPERM;
        return 0;
}

bool socket_path_is_in_tmp(const char *path)
{
        return strncmp(path, TMP_FOLDER_PREFIX, strlen(TMP_FOLDER_PREFIX)) == 0;
}

/* The folder part of an absolute or relative path; "." where there is none. */
static int path_folder(const char *path, char **ret)
{
        const char *slash = strrchr(path, '/');
        char *folder;

        if (!slash)
                folder = strdup(".");
        else if (slash == path)
                folder = strdup("/");
        else
                folder = strndup(path, (size_t) (slash - path));
        if (!folder)
                return -ENOMEM;

        *ret = folder;
        return 0;
}

int socket_address_init(SocketAddress *address, const char *path)
{
        SocketAddress a = SOCKET_ADDRESS_NULL;
        _cleanup_free_ char *folder = NULL;
        const char *slash = strrchr(path, '/');
        int n, r;

        a.address.sun_family = AF_UNIX;
        a.length = sizeof(a.address);

        if (strlen(path) < sizeof(a.address.sun_path)) {
                memcpy(a.address.sun_path, path, strlen(path) + 1);
                *address = a;
                return 0;
        }

        r = path_folder(path, &folder);
        if (r < 0)
                return r;
        a.folder_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (a.folder_fd < 0)
                return -errno;

        n = snprintf(a.address.sun_path, sizeof(a.address.sun_path), "/proc/self/fd/%d/%s", a.folder_fd,
                     slash ? slash + 1 : path);
        if (n < 0 || (size_t) n >= sizeof(a.address.sun_path)) {
                socket_address_done(&a);
                return -ENAMETOOLONG;
        }

        *address = a;
        return 0;
}

void socket_address_done(SocketAddress *address)
{
        address->folder_fd = fd_close(address->folder_fd);
}

static int check_tmp_folder(const char *path)
{
        _cleanup_free_ char *folder = NULL;
        int r;

        if (!socket_path_is_in_tmp(path))
                return 0;

        r = path_folder(path, &folder);
        if (r < 0)
                return r;
        return socket_folder_check(folder);
}

int socket_path_connect(const char *path, usec_t timeout, int *ret_fd)
{
        _cleanup_(socket_address_done) SocketAddress address = SOCKET_ADDRESS_NULL;
        struct timeval limit = {.tv_sec = (time_t) (timeout / USEC_PER_SEC),
                                .tv_usec = (suseconds_t) (timeout % USEC_PER_SEC)};
        static const struct timeval none = {0};
        _cleanup_close_ int fd = -EBADF;
        int r;

        r = check_tmp_folder(path);
        if (r < 0)
                return r;
        r = socket_address_init(&address, path);
        if (r < 0)
                return r;

        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        /* On a Unix socket it is the send timeout that bounds connect(). */
        if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0)
                return -errno;
        if (connect(fd, (struct sockaddr *) &address.address, address.length) < 0)
                return -errno;
        if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof(none)) < 0)
                return -errno;

        *ret_fd = TAKE_FD(fd);
        return 0;
}
