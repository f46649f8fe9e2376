/* SPDX-License-Identifier: MIT */

/* The command: its environment with the files that the definition names, its words with their variables, the program
 * that a name without a slash means, and the exec. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/command-line.h"
#include "common/env-file.h"
#include "common/environment.h"
#include "common/strv.h"
#include "exec/exec.h"

#define ENVIRONMENT_FILE_MAX ((size_t) 4 << 20)
#define DEFAULT_PATH         "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static int read_file(const char *path, char **ret, size_t *ret_size)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
        _cleanup_free_ char *contents = NULL;
        size_t size = 0, room = 0;

        if (fd < 0)
                return -errno;
        for (;;) {
                ssize_t n;

                if (room - size < 4096) {
                        char *grown = realloc(contents, room + 65536);

                        if (!grown)
                                return -ENOMEM;
                        contents = grown;
                        room += 65536;
                }
                n = read(fd, contents + size, room - size);
                if (n < 0 && errno != EINTR)
                        return -errno;
                if (n == 0)
                        break;
                size += n > 0 ? (size_t) n : 0;
                if (size > ENVIRONMENT_FILE_MAX)
                        return -EFBIG;
        }
        *ret = TAKE_PTR(contents);
        *ret_size = size;
        return 0;
}

static void read_environment_file(const Request *request, const char *path, char ***environment)
{
        bool optional = path[0] == '-';
        _cleanup_free_ char *contents = NULL;
        size_t size = 0;
        int r;

        if (optional)
                path++;
        r = read_file(path, &contents, &size);
        /* As in systemd the minus pardons whatever is wrong with the file, not only that it is missing. */
        if (r >= 0)
                r = env_file_parse(contents, size, environment, NULL);
        if (r == -ENOMEM || (r < 0 && !optional))
                fail(request, EXEC_STEP_ENVIRONMENT, -r, path);
}

static int set_pid(char ***environment, const char *name)
{
        _cleanup_free_ char *assignment = NULL;

        if (asprintf(&assignment, "%s=%d", name, (int) getpid()) < 0) {
                assignment = NULL; /* undefined after a failure */
                return -ENOMEM;
        }
        return environment_set(environment, assignment);
}

char **build_environment(const Request *request)
{
        char **environment = NULL, **unset = NULL;
        const char *value;
        int index = 0, r;

        /* Most services have nothing of all this: the environment stays where it is. */
        if (!request_get(request, "environment-file") && !request_get(request, "set") &&
            !request_get(request, "set-pid") && !request_get(request, "unset"))
                return environ;

        r = strv_copy(environ, &environment);
        if (r < 0)
                fail(request, EXEC_STEP_MEMORY, -r, NULL);
        while ((value = request_next(request, "environment-file", &index)))
                read_environment_file(request, value, &environment);
        for (index = 0; r >= 0 && (value = request_next(request, "set", &index));)
                r = environment_set(&environment, value);
        for (index = 0; r >= 0 && (value = request_next(request, "set-pid", &index));)
                r = set_pid(&environment, value);
        for (index = 0; r >= 0 && (value = request_next(request, "unset", &index));)
                r = strv_extend(&unset, value);
        if (r < 0)
                fail(request, EXEC_STEP_MEMORY, -r, NULL);
        environment_unset(environment, unset);
        strv_free(unset);
        return environment;
}

static char **expand_words(const Request *request, char **environment)
{
        bool has_variable = false;
        char **words;
        int r;

        STRV_FOREACH (i, request->argv)
                has_variable = has_variable || strchr(*i, '$');
        if (!has_variable || request_get(request, "literal"))
                return request->argv;

        r = command_expand_variables(request->argv, environment, &words, NULL);
        if (r < 0)
                fail(request, EXEC_STEP_COMMAND_LINE, -r, request->path);
        return words;
}

/* Returns only where it fails. */
static int try_execute(const Request *request, const char *path, char **argv, char **environment)
{
        int error;

        execve(path, argv, environment);
        error = errno;

        /* "No such file" of a file that is there means the program in its first line. */
        if (error == ENOENT && access(path, F_OK) == 0)
                fail(request, EXEC_STEP_INTERPRETER, error, path);
        return error;
}

/* A name without a slash: the first folder of PATH that has a program of that name, as execvp(3) does it. */
static int execute_from_path(const Request *request, char **argv, char **environment)
{
        const char *search = environment_get(environment, "PATH");
        int result = ENOENT;

        for (const char *folder = search ? search : DEFAULT_PATH; folder;) {
                const char *end = strchr(folder, ':');
                int length = (int) (end ? end - folder : (ptrdiff_t) strlen(folder)), n, error;
                char path[4096];

                n = snprintf(path, sizeof(path), "%.*s/%s", length, folder, request->path);
                folder = end ? end + 1 : NULL;
                /* A relative folder would be the service's own; that is no place for a search. */
                if (path[0] != '/' || length == 0 || n < 0 || (size_t) n >= sizeof(path) || access(path, F_OK) < 0)
                        continue;
                error = try_execute(request, path, argv, environment);
                if (error != EACCES && error != ENOENT && error != ENOTDIR)
                        return error;
                result = error == EACCES ? EACCES : result;
        }
        return result;
}

void execute(const Request *request, char **environment)
{
        char **argv = expand_words(request, environment);
        int error;

        /* A program that was replaced by nothing but unset variables has no name for itself. */
        if (!argv || !argv[0])
                fail(request, EXEC_STEP_COMMAND_LINE, EINVAL, request->path);
        report_ready(request);
        if (strchr(request->path, '/'))
                error = try_execute(request, request->path, argv, environment);
        else
                error = execute_from_path(request, argv, environment);
        fail(request, EXEC_STEP_EXEC, error, request->path);
}
