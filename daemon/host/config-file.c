/* SPDX-License-Identifier: MIT */

/* Reads a definition file, or says why it isn't one: a folder or a FIFO with its name, a file that anybody could have
 * written to, one that is too large. It looks before it opens, as opening a device can have an effect, and again
 * after, as the name may mean something else by then. */

#include "host/config-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "common/fd.h"

/* Why it is no file that we would read; NULL: nothing is wrong. */
static const char *judge(const struct stat *st)
{
        if (S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3))
                return NULL;
        if (S_ISDIR(st->st_mode))
                return "is a directory, not a file";
        if (S_ISFIFO(st->st_mode))
                return "is a FIFO, not a file";
        if (S_ISSOCK(st->st_mode))
                return "is a socket, not a file";
        if (!S_ISREG(st->st_mode))
                return "is a device, not a file";
        if (st->st_mode & S_IWOTH)
                return "is refused, as anybody may write to it (chmod o-w)";
        if ((uint64_t) st->st_size > CONFIG_FILE_MAX)
                return "is larger than 4M";
        return NULL;
}

static int refuse(const char *problem, char **ret_problem)
{
        char *copy = strdup(problem);

        if (!copy)
                return -ENOMEM;
        *ret_problem = copy;
        return -EBADMSG;
}

static int refuse_errno(int error, char **ret_problem)
{
        char *text;

        if (asprintf(&text, "can't be read: %s", strerror(error)) < 0)
                return -ENOMEM;
        *ret_problem = text;
        return -error;
}

/* All there is, which may be more or less than fstat said. */
static int read_all(int fd, ConfigFile *file, char **ret_problem)
{
        size_t allocated = 0;

        for (;;) {
                ssize_t n;

                if (file->size == allocated) {
                        char *contents;

                        if (allocated > CONFIG_FILE_MAX)
                                return refuse("is larger than 4M", ret_problem);
                        allocated = allocated ? MIN(allocated * 4, CONFIG_FILE_MAX + 1) : 4096;
                        contents = realloc(file->contents, allocated);
                        if (!contents)
                                return -ENOMEM;
                        file->contents = contents;
                }
                n = read(fd, file->contents + file->size, allocated - file->size);
                if (n == 0)
                        return 0;
                if (n < 0 && errno != EINTR)
                        return refuse_errno(errno, ret_problem);
                if (n > 0)
                        file->size += n;
        }
}

int config_file_read(const char *path, ConfigFile *ret, char **ret_problem)
{
        _cleanup_close_ int fd = -EBADF;
        ConfigFile file = {};
        const char *problem;
        struct stat st;
        int r;

        if (stat(path, &st) < 0)
                return refuse_errno(errno, ret_problem);
        problem = judge(&st);
        if (problem)
                return refuse(problem, ret_problem);

        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0 || fstat(fd, &st) < 0)
                return refuse_errno(errno, ret_problem);
        problem = judge(&st);
        if (problem)
                return refuse(problem, ret_problem);

        file.masks = S_ISCHR(st.st_mode);
        r = read_all(fd, &file, ret_problem);
        if (r < 0) {
                free(file.contents);
                return r;
        }
        *ret = file;
        return 0;
}
