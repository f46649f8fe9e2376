/* SPDX-License-Identifier: MIT */

/* RuntimeDirectory=, StateDirectory= and LogsDirectory=: made below their roots with mode 0755 and given to the
 * service's user. A service may own a folder in which we make another one as root, so every step goes by descriptor
 * and follows no link that anybody but root (or the daemon's own user) has set. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "exec/exec.h"

#define DEPTH_MAX 64

typedef struct Owner {
        uid_t uid;
        gid_t gid;
} Owner;

/* Opens the folder `name` in `parent_fd`, which is made where it isn't there. */
static int open_folder(int parent_fd, const char *name)
{
        struct stat link;
        int fd;

        if (mkdirat(parent_fd, name, 0755) < 0 && errno != EEXIST)
                return -errno;
        fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd >= 0)
                return fd;
        if (errno != ELOOP && errno != ENOTDIR)
                return -errno;

        /* A link that the administrator has set, to a bigger disk for instance, is followed. */
        if (fstatat(parent_fd, name, &link, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        if (!S_ISLNK(link.st_mode))
                return -ENOTDIR;
        if (link.st_uid != 0 && link.st_uid != geteuid())
                return -ELOOP;
        fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

/* Opens `path`, each part of which is made where it isn't there. */
static int open_path(int root_fd, const char *path)
{
        _cleanup_close_ int fd = fcntl(root_fd, F_DUPFD_CLOEXEC, 3);
        _cleanup_free_ char *copy = strdup(path);
        char *rest = copy, *part;

        if (fd < 0)
                return -errno;
        if (!copy)
                return -ENOMEM;
        while ((part = strsep(&rest, "/"))) {
                int next;

                if (*part == '\0')
                        continue;
                next = open_folder(fd, part);
                fd_close(TAKE_FD(fd));
                if (next < 0)
                        return next;
                fd = next;
        }
        return TAKE_FD(fd);
}

/* Gives what is in the folder to `owner`. Takes the descriptor. */
static int give_contents(int folder_fd, Owner owner, unsigned depth)
{
        DIR *folder = fdopendir(folder_fd);
        struct dirent *entry;
        int r = 0;

        if (!folder) {
                fd_close(folder_fd);
                return -errno;
        }
        while (r >= 0 && (errno = 0, entry = readdir(folder))) {
                int fd;

                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                        continue;
                fd = openat(dirfd(folder), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                if (fd >= 0 && depth >= DEPTH_MAX) {
                        fd_close(fd);
                        r = -ELOOP;
                        break;
                }
                if (fd >= 0)
                        r = give_contents(fd, owner, depth + 1);
                if (r >= 0 && fchownat(dirfd(folder), entry->d_name, owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW) < 0)
                        r = errno == ENOENT ? 0 : -errno;
        }
        if (r >= 0 && errno != 0)
                r = -errno;
        closedir(folder);
        return r;
}

static int give_folder(int fd, Owner owner)
{
        struct stat status;
        int contents_fd, r;

        if (fstat(fd, &status) < 0)
                return -errno;
        if ((status.st_mode & 07777) != 0755 && fchmod(fd, 0755) < 0)
                return -errno;
        if ((owner.uid == (uid_t) -1 || status.st_uid == owner.uid) &&
            (owner.gid == (gid_t) -1 || status.st_gid == owner.gid))
                return 0;

        /* Whose it is decides next time whether there is anything to do, so it changes hands last. */
        contents_fd = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (contents_fd < 0)
                return -errno;
        r = give_contents(contents_fd, owner, 0);
        if (r < 0)
                return r;
        return fchown(fd, owner.uid, owner.gid) < 0 ? -errno : 0;
}

/* `place` is ROOT:NAME. */
static int make_folder(const char *place, Owner owner)
{
        _cleanup_free_ char *root = strdup(place);
        _cleanup_close_ int root_fd = -EBADF, slash_fd = -EBADF, fd = -EBADF;
        char *name = root ? strchr(root, ':') : NULL;

        if (!name)
                return root ? -EINVAL : -ENOMEM;
        *name++ = '\0';

        slash_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (slash_fd < 0)
                return -errno;
        root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (root_fd < 0)
                root_fd = open_path(slash_fd, root);
        if (root_fd < 0)
                return root_fd;
        fd = open_path(root_fd, name);
        return fd < 0 ? fd : give_folder(fd, owner);
}

void make_folders(const Request *request)
{
        static const struct {
                const char *key;
                ExecStep step;
        } kinds[] = {
                {"runtime", EXEC_STEP_RUNTIME},
                {"state-folder", EXEC_STEP_STATE_FOLDER},
                {"logs", EXEC_STEP_LOGS},
        };
        /* Folders on the way are for everybody to pass, whatever UMask the service has. */
        mode_t mask = umask(0022);
        long long uid = -1, gid = -1;
        Owner owner;

        (void) request_get_number(request, "uid", &uid);
        (void) request_get_number(request, "gid", &gid);
        owner = (Owner){.uid = (uid_t) uid, .gid = (gid_t) gid};

        for (size_t i = 0; i < ELEMENTSOF(kinds); i++) {
                const char *place;
                int index = 0, r;

                while ((place = request_next(request, kinds[i].key, &index))) {
                        r = make_folder(place, owner);
                        if (r < 0)
                                fail(request, kinds[i].step, -r, place);
                }
        }
        umask(mask);
}
