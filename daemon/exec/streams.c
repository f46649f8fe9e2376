/* SPDX-License-Identifier: MIT */

/* Opens stdin, stdout and stderr as the definition says, and puts them in their places. Files are opened as systemd
 * does: by the daemon's user, made where they don't exist, never becoming the controlling terminal; a path that is a
 * socket is connected to. This is where a process may hang (a FIFO that nobody opens, a mount that does not answer).
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "exec/exec.h"

typedef struct Stream {
        const char *key;
        ExecStep step;
        int fd; /* its place */
} Stream;

static const Stream streams[] = {
        {"stdin", EXEC_STEP_STDIN, STDIN_FILENO},
        {"stdout", EXEC_STEP_STDOUT, STDOUT_FILENO},
        {"stderr", EXEC_STEP_STDERR, STDERR_FILENO},
};

/* The part behind `prefix`, or NULL. */
static const char *after(const char *value, const char *prefix)
{
        size_t length = strlen(prefix);

        return value && strncmp(value, prefix, length) == 0 ? value + length : NULL;
}

static int connect_socket(const char *path)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd;

        if (strlen(path) >= sizeof(address.sun_path)) {
                errno = ENAMETOOLONG;
                return -1;
        }
        strcpy(address.sun_path, path);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd >= 0 && connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
                return fd_close(fd);
        return fd;
}

static mode_t requested_umask(const Request *request)
{
        const char *value = request_get(request, "umask");

        return value ? (mode_t) strtoul(value, NULL, 8) : 0022;
}

static int open_path(const Request *request, const char *path, int flags)
{
        mode_t saved = umask(requested_umask(request));
        int fd;

        if ((flags & O_ACCMODE) != O_RDONLY)
                flags |= O_CREAT;
        fd = open(path, flags | O_NOCTTY | O_CLOEXEC, 0666);
        if (fd < 0 && errno == ENXIO)
                fd = connect_socket(path);
        umask(saved);
        return fd;
}

/* The path of a stream that is a file, of whichever kind. */
static const char *path_of(const char *value)
{
        static const char *const kinds[] = {"file:", "append:", "truncate:"};

        for (size_t i = 0; i < ELEMENTSOF(kinds); i++)
                if (after(value, kinds[i]))
                        return after(value, kinds[i]);
        return NULL;
}

/* The one it shares its open file with: stderr follows stdout, and what names the same file shares one position. */
static int shared_with(const Request *request, const Stream *stream, const char *value)
{
        const char *input = request_get(request, "stdin"), *output = request_get(request, "stdout");

        if (stream->fd == STDERR_FILENO &&
            (strcmp(value, "inherit") == 0 || (path_of(value) && output && strcmp(value, output) == 0)))
                return STDOUT_FILENO;
        if (stream->fd != STDIN_FILENO && after(value, "file:") && after(input, "file:") && strcmp(value, input) == 0)
                return STDIN_FILENO;
        return -EBADF;
}

/* Input from a file that is also written to is one description for both. */
static int input_flags(const Request *request, const char *value)
{
        const char *output = request_get(request, "stdout"), *error = request_get(request, "stderr");

        return (output && strcmp(value, output) == 0) || (error && strcmp(value, error) == 0) ? O_RDWR : O_RDONLY;
}

static int open_stream(const Request *request, const Stream *stream, const char *value)
{
        bool is_input = stream->fd == STDIN_FILENO;
        const char *path;

        if (strcmp(value, "null") == 0)
                return open("/dev/null", (is_input ? O_RDONLY : O_WRONLY) | O_NOCTTY | O_CLOEXEC);
        if ((path = after(value, "file:")))
                return open_path(request, path, is_input ? input_flags(request, value) : O_WRONLY);
        if ((path = after(value, "append:")))
                return open_path(request, path, O_WRONLY | O_APPEND);
        if ((path = after(value, "truncate:")))
                return open_path(request, path, O_WRONLY | O_TRUNC);
        errno = EINVAL;
        return -1;
}

static void place(const Request *request, const Stream *stream, int fd, const char *detail)
{
        /* Where it stands there already, only the mark has to go. */
        if (fd == stream->fd ? fcntl(fd, F_SETFD, 0) < 0 : dup2(fd, stream->fd) < 0)
                fail(request, stream->step, errno, detail);
}

void open_streams(const Request *request)
{
        int given[ELEMENTSOF(streams)];

        /* What we were given is moved out of the places first. */
        for (size_t i = 0; i < ELEMENTSOF(streams); i++) {
                const char *number = after(request_get(request, streams[i].key), "fd:");

                given[i] = number ? atoi(number) : -EBADF;
                if (given[i] >= 0 && given[i] <= STDERR_FILENO) {
                        given[i] = fcntl(given[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
                        if (given[i] < 0)
                                fail(request, streams[i].step, errno, NULL);
                }
        }

        for (size_t i = 0; i < ELEMENTSOF(streams); i++) {
                const char *value = request_get(request, streams[i].key);
                int fd = given[i];

                if (!value)
                        value = "null";
                if (fd < 0)
                        fd = shared_with(request, &streams[i], value);
                if (fd < 0)
                        fd = open_stream(request, &streams[i], value);
                if (fd < 0)
                        fail(request, streams[i].step, errno, path_of(value));
                place(request, &streams[i], fd, path_of(value));
        }
}

void take_terminal(const Request *request)
{
        long long uid;

        if (!request_get(request, "terminal"))
                return;
        if (ioctl(STDIN_FILENO, TIOCSCTTY, 0) < 0)
                fail(request, EXEC_STEP_STDIN, errno, "terminal");
        /* So that the user can open it by its name. */
        if (request_get_number(request, "uid", &uid) && geteuid() == 0)
                (void) fchown(STDIN_FILENO, (uid_t) uid, (gid_t) -1);
}
