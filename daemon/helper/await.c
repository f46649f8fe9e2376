/* SPDX-License-Identifier: MIT */

/* Waits until something is there: a path of any kind, or a Unix socket that takes connections. A path may lead
 * through a file system that hangs, so the daemon never walks it; this does, in a process that it can lose.
 *
 *     await once|until unix|path PATH TICKS
 *
 * says `ok` when it is there, and ends; before that `error TEXT`, whenever the text is another. With `once` it looks
 * once. The nearest folder that exists is watched by inotify; as that tells nothing of other machines' doings on a
 * network's file system, it looks by itself, too, ever more seldom. A socket does not count at which a process
 * listens that was started before TICKS (of the machine's start; 0: any counts): it belongs to somebody else. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/parse.h"
#include "common/socket-path.h"
#include "helper/helper.h"

#define WAIT_MIN_MSEC 1
#define WAIT_MAX_MSEC 250
#define TEXT_MAX      200

typedef struct Wait {
        bool is_unix;
        const char *path;
        uint64_t ticks;
        char text[TEXT_MAX]; /* the error that was told last */
        int inotify_fd, wd;
} Wait;

static void tell_error(Wait *wait, const char *text)
{
        if (strcmp(wait->text, text) == 0)
                return;
        (void) snprintf(wait->text, sizeof(wait->text), "%s", text);
        printf("error %s\n", wait->text);
        fflush(stdout);
}

/* When the process was started, in ticks since the machine's start; 0: nobody knows. */
static uint64_t start_of(pid_t pid)
{
        char path[64], text[1024], *field;
        _cleanup_close_ int fd = -EBADF;
        uint64_t ticks = 0;
        ssize_t n;

        (void) snprintf(path, sizeof(path), "/proc/%d/stat", pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
        if (n <= 0)
                return 0;
        text[n] = '\0';
        /* Behind the name, which may hold anything, it is the 20th field. */
        field = strrchr(text, ')');
        for (unsigned i = 0; field && i < 20; i++)
                field = strchr(field + 1, ' ');
        return field && sscanf(field, " %" SCNu64, &ticks) == 1 ? ticks : 0;
}

static bool is_strangers(const Wait *wait, int fd)
{
        struct ucred peer = {0};
        socklen_t size = sizeof(peer);
        uint64_t start;

        if (wait->ticks == 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 || peer.pid <= 0)
                return false;
        start = start_of(peer.pid);
        return start > 0 && start < wait->ticks;
}

static int make_address(const char *path, SocketAddress *ret)
{
        size_t n = strlen(path);

        if (path[0] != '@')
                return socket_address_init(ret, path);
        if (n >= sizeof(ret->address.sun_path))
                return -ENAMETOOLONG;
        *ret = SOCKET_ADDRESS_NULL;
        ret->address.sun_family = AF_UNIX;
        memcpy(ret->address.sun_path + 1, path + 1, n - 1);
        ret->length = (socklen_t) (offsetof(struct sockaddr_un, sun_path) + n);
        return 0;
}

/* Of whichever kind it is. */
static int connect_unix(const Wait *wait, int *ret)
{
        static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
        _cleanup_(socket_address_done) SocketAddress to = SOCKET_ADDRESS_NULL;
        int r;

        r = make_address(wait->path, &to);
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(types); i++) {
                _cleanup_close_ int fd = socket(AF_UNIX, types[i] | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

                if (fd < 0)
                        return -errno;
                if (connect(fd, (struct sockaddr *) &to.address, to.length) >= 0) {
                        *ret = TAKE_FD(fd);
                        return 0;
                }
                if (errno != EPROTOTYPE)
                        return -errno;
        }
        return r < 0 ? r : -EPROTOTYPE;
}

static const char *describe(int error)
{
        switch (error) {
        case ENOENT:
        case ENOTDIR:
                return "it is not there";
        case ECONNREFUSED:
                return "connection refused";
        case EAGAIN:
                return "its queue of connections is full";
        default:
                return strerror(error);
        }
}

/* NULL: it is there. */
static const char *look(const Wait *wait)
{
        _cleanup_close_ int fd = -EBADF;
        struct stat status;
        int r;

        if (!wait->is_unix)
                return stat(wait->path, &status) < 0 ? describe(errno) : NULL;

        r = connect_unix(wait, &fd);
        if (r < 0)
                return describe(-r);
        return is_strangers(wait, fd) ? "another process listens there, from before the start" : NULL;
}

/* On the nearest folder above the path that exists. */
static void watch_folder(Wait *wait)
{
        _cleanup_free_ char *part = wait->path[0] == '/' ? strdup(wait->path) : NULL;
        int wd = -1;

        for (char *slash = part ? strrchr(part, '/') : NULL; slash && wd < 0; slash = strrchr(part, '/')) {
                *slash = '\0';
                wd = inotify_add_watch(wait->inotify_fd, slash == part ? "/" : part,
                                       IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF |
                                               IN_ONLYDIR);
        }
        if (wd != wait->wd && wait->wd >= 0)
                (void) inotify_rm_watch(wait->inotify_fd, wait->wd);
        wait->wd = wd;
}

/* Until something happens, or it is time to look. False where nobody listens to us any more. True with `*ret_moved`
 * where something happened. */
static bool sleep_a_while(Wait *wait, int msec, bool *ret_moved)
{
        struct pollfd fds[] = {{.fd = STDOUT_FILENO}, {.fd = wait->inotify_fd, .events = POLLIN}};
        char events[4096];

        *ret_moved = false;
        if (poll(fds, ELEMENTSOF(fds), msec) <= 0)
                return true;
        if (fds[0].revents != 0)
                return false;
        while (read(wait->inotify_fd, events, sizeof(events)) > 0)
                *ret_moved = true;
        return true;
}

static void wait_until_there(Wait *wait)
{
        int64_t waited = 0, msec;
        const char *error;
        bool moved = false;

        wait->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        for (;;) {
                /* The watch first: what comes after it is seen, what came before is there already. */
                watch_folder(wait);
                error = look(wait);
                if (!error)
                        return;
                tell_error(wait, error);
                if (moved)
                        waited = 0;
                msec = MIN(MAX(waited / 8, (int64_t) WAIT_MIN_MSEC), (int64_t) WAIT_MAX_MSEC);
                if (!sleep_a_while(wait, (int) msec, &moved))
                        _exit(EXIT_SUCCESS);
                waited += msec;
        }
}

int helper_await(int argc, char **argv)
{
        Wait wait = {.inotify_fd = -EBADF, .wd = -1};
        const char *error;

        if (argc != 5 || unsigned_parse(argv[4], UINT64_MAX, &wait.ticks) < 0)
                return EXIT_FAILURE;
        wait.is_unix = strcmp(argv[2], "unix") == 0;
        wait.path = argv[3];
        if (strcmp(argv[1], "once") == 0) {
                error = look(&wait);
                if (error) {
                        tell_error(&wait, error);
                        return EXIT_SUCCESS;
                }
        } else
                wait_until_there(&wait);
        printf("ok\n");
        return EXIT_SUCCESS;
}
