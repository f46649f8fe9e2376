/* SPDX-License-Identifier: MIT */

/* Writes the executor's command line (common/exec-protocol.h). Looks at nothing that a definition names: paths are
 * passed on as they are. */

#include "host/exec-call.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "common/environment.h"
#include "common/exec-protocol.h"
#include "common/fd.h"
#include "common/id128.h"
#include "common/strv.h"

/* Collects the words; the first error stays. Counts them, as a command may have very many. */
typedef struct Words {
        char **words;
        size_t n, room;
        int error;
} Words;

/* Takes `word`; NULL: there was no memory for it. */
static void add_word(Words *words, char *word)
{
        if (word && words->error >= 0 && words->n + 1 >= words->room) {
                size_t room = MAX(2 * words->room, 64U);
                char **grown = reallocarray(words->words, room, sizeof(char *));

                if (grown) {
                        words->words = grown;
                        words->room = room;
                } else
                        words->error = -ENOMEM;
        }
        if (!word)
                words->error = -ENOMEM;
        if (words->error < 0) {
                free(word);
                return;
        }
        words->words[words->n++] = word;
        words->words[words->n] = NULL;
}

static void add(Words *words, const char *format, ...) _printf_(2, 3);

static void add(Words *words, const char *format, ...)
{
        char *word = NULL;
        va_list args;
        int r;

        if (words->error < 0)
                return;
        va_start(args, format);
        r = vasprintf(&word, format, args);
        va_end(args);
        add_word(words, r < 0 ? NULL : word);
}

static void add_each(Words *words, const char *key, char *const *values)
{
        STRV_FOREACH (i, values)
                add(words, "%s=%s", key, *i);
}

/* The number that the descriptor has in the executor. */
static int keep(ExecCall *call, int fd)
{
        assert(call->n_keep < CLONE_KEEP_MAX);
        call->keep[call->n_keep] = fd;
        return cloner_slot(call->cloner, call->n_keep++);
}

static void add_stream(Words *words, ExecCall *call, const char *key, const StreamSetting *setting, int fd)
{
        static const char *const kinds[_STREAM_TARGET_N] = {
                [STREAM_FILE] = "file",
                [STREAM_APPEND] = "append",
                [STREAM_TRUNCATE] = "truncate",
        };

        if (fd >= 0) {
                add(words, "%s=fd:%d", key, keep(call, fd));
        } else if (kinds[setting->target] && setting->path)
                add(words, "%s=%s:%s", key, kinds[setting->target], setting->path);
        else
                add(words, "%s=%s", key, setting->target == STREAM_INHERIT ? "inherit" : "null");
}

/* A description of its own for each process, as it holds the position. */
static int open_input_text(const char *text, int *ret)
{
        _cleanup_close_ int fd = memfd_create("tended-input", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        size_t size = strlen(text), done = 0;

        if (fd < 0)
                return -errno;
        while (done < size) {
                ssize_t n = pwrite(fd, text + done, size - done, (off_t) done);

                if (n < 0 && errno != EINTR)
                        return -errno;
                done += n > 0 ? (size_t) n : 0;
        }
        (void) fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
        *ret = TAKE_FD(fd);
        return 0;
}

static int add_streams(Words *words, ExecCall *call, const SpawnRequest *request)
{
        static const StreamSetting none = {.target = STREAM_NULL};
        const ServiceConfig *config = request->config;
        int r;

        if (request->is_main && config->input.target == STREAM_DATA) {
                r = open_input_text(config->input_text ? config->input_text : "", &call->input_fd);
                if (r < 0)
                        return r;
        }
        add_stream(words, call, "stdin", request->is_main ? &config->input : &none,
                   request->input_fd >= 0 ? request->input_fd : call->input_fd);
        add_stream(words, call, "stdout", &config->output, request->output_fd);
        add_stream(words, call, "stderr", &config->error, request->error_fd);
        if (request->is_main && config->input.target == STREAM_PTY)
                add(words, "terminal=yes");
        return 0;
}

static int add_place(Words *words, ExecCall *call, const SpawnRequest *request, const ExecCallOptions *options)
{
        int group_fd = request->group ? group_cgroup_fd(request->group) : -EBADF;
        char run[ID128_STRING_MAX];

        if (options->join_cgroup && group_fd >= 0) {
                call->procs_fd = openat(group_fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);
                if (call->procs_fd < 0)
                        return -errno;
                add(words, "cgroup=%d", keep(call, call->procs_fd));
        }
        if (request->group)
                add(words, "group=%s", group_cgroup_path(request->group));
        if (request->is_main && request->state_path) {
                add(words, "state=%s", request->state_path);
                add(words, "run=%s", id128_format(request->invocation_id, run));
                add(words, "boot=%s", options->boot_id);
        }
        return 0;
}

static void add_limits(Words *words, const SpawnRequest *request)
{
        const ServiceConfig *config = request->config;

        add(words, "umask=%04o", config->umask);
        if (config->nice_set)
                add(words, "nice=%d", config->nice);
        if (config->oom_score_adjust_set)
                add(words, "oom=%d", config->oom_score_adjust);
        for (int i = 0; i < (int) RLIM_NLIMITS; i++)
                if (config->limits[i].set)
                        add(words, "limit=%d:%" PRIu64 ":%" PRIu64, i, config->limits[i].soft,
                            config->limits[i].hard);
        if (request->nofile && !config->limits[RLIMIT_NOFILE].set)
                add(words, "limit=%d:%" PRIu64 ":%" PRIu64, RLIMIT_NOFILE, (uint64_t) request->nofile->rlim_cur,
                    (uint64_t) request->nofile->rlim_max);
}

static void add_identity(Words *words, const Identity *identity)
{
        _cleanup_free_ char *list = NULL;
        size_t used = 0;

        if (!identity)
                return;
        if (identity->uid != (uid_t) -1)
                add(words, "uid=%u", identity->uid);
        if (identity->gid != (gid_t) -1)
                add(words, "gid=%u", identity->gid);
        if (!identity->groups)
                return;

        list = malloc(identity->n_groups * 11 + 1);
        if (!list) {
                words->error = -ENOMEM;
                return;
        }
        list[0] = '\0';
        for (size_t i = 0; i < identity->n_groups; i++)
                used += (size_t) sprintf(list + used, "%s%u", i > 0 ? "," : "", identity->groups[i]);
        add(words, "groups=%s", list);
}

static void add_folder(Words *words, const SpawnRequest *request)
{
        const ServiceConfig *config = request->config;
        const char *folder = config->working_directory, *home;

        if (!folder) {
                /* What nobody asked for may be missing. */
                if (request->default_folder)
                        add(words, "folder=-%s", request->default_folder);
                return;
        }
        if (strcmp(folder, "~") == 0) {
                home = request->identity && request->identity->user ? request->identity->home
                                                                    : environment_get(request->environment, "HOME");
                folder = home ? home : "~";
        }
        add(words, "folder=%s%s", config->working_directory_optional ? "-" : "", folder);
}

static void add_folders(Words *words, const char *key, const char *root, char *const *names)
{
        STRV_FOREACH (i, names)
                add(words, "%s=%s:%s", key, root, *i);
}

static int build_words(Words *words, ExecCall *call, const SpawnRequest *request, const ExecCallOptions *options)
{
        const ServiceConfig *config = request->config;
        int r;

        add(words, "tended-exec");
        add(words, "service=%s", config->name);
        add(words, "report=%d", keep(call, options->report_fd));
        r = add_place(words, call, request, options);
        if (r >= 0)
                r = add_streams(words, call, request);
        if (r < 0)
                return r;
        add_limits(words, request);
        add_identity(words, request->identity);
        add_folder(words, request);
        add_folders(words, "runtime", request->runtime_root, config->runtime_directory);
        add_folders(words, "state-folder", request->state_root, config->state_directory);
        add_folders(words, "logs", request->logs_root, config->logs_directory);
        add_each(words, "environment-file", config->environment_files);
        add_each(words, "set", request->environment_late);
        if (request->pid_variable)
                add(words, "set-pid=%s", request->pid_variable);
        add_each(words, "unset", config->unset_environment);
        if (request->command->no_variables)
                add(words, "literal=yes");
        add(words, "--");
        add_word(words, strdup(request->command->path));
        STRV_FOREACH (i, request->command->argv)
                add_word(words, strdup(*i));
        return words->error;
}

typedef struct Environment {
        char **assignments;
        int error;
} Environment;

/* Sets NAME=value, unless the definition says otherwise. */
static void set_default(Environment *environment, const ServiceConfig *config, const char *name, const char *value)
{
        _cleanup_free_ char *assignment = NULL;

        if (environment->error < 0 || !value || environment_get(config->environment, name) ||
            strv_contains(config->pass_environment, name))
                return;
        if (asprintf(&assignment, "%s=%s", name, value) < 0) {
                assignment = NULL;
                environment->error = -ENOMEM;
                return;
        }
        environment->error = environment_set(&environment->assignments, assignment);
}

/* RUNTIME_DIRECTORY and its kind: absolute, with colons between them. */
static void set_folders(Environment *environment, const ServiceConfig *config, const char *name, const char *root,
                        char *const *names)
{
        _cleanup_(strv_freep) char **paths = NULL;
        _cleanup_free_ char *joined = NULL;

        if (!names || !*names)
                return;
        STRV_FOREACH (i, names)
                if (environment->error >= 0)
                        environment->error = strv_extendf(&paths, "%s/%s", root, *i);
        joined = environment->error < 0 ? NULL : strv_join(paths, ":");
        if (!joined)
                environment->error = -ENOMEM;
        set_default(environment, config, name, joined);
}

static int build_environment(ExecCall *call, const SpawnRequest *request)
{
        const ServiceConfig *config = request->config;
        const Identity *identity = request->identity;
        Environment environment = {0};
        int r;

        call->environment = request->environment;
        if (!identity && !config->runtime_directory && !config->state_directory && !config->logs_directory)
                return 0;

        r = strv_copy(request->environment, &environment.assignments);
        if (r < 0)
                return r;
        if (identity) {
                set_default(&environment, config, "HOME", identity->home);
                set_default(&environment, config, "LOGNAME", identity->user);
                set_default(&environment, config, "USER", identity->user);
                set_default(&environment, config, "SHELL", identity->shell);
        }
        set_folders(&environment, config, "RUNTIME_DIRECTORY", request->runtime_root, config->runtime_directory);
        set_folders(&environment, config, "STATE_DIRECTORY", request->state_root, config->state_directory);
        set_folders(&environment, config, "LOGS_DIRECTORY", request->logs_root, config->logs_directory);
        call->own_environment = environment.assignments;
        call->environment = environment.assignments;
        return environment.error;
}

int exec_call_init(ExecCall *call, const SpawnRequest *request, const ExecCallOptions *options)
{
        static char *const empty[] = {NULL};
        Words words = {0};
        int r;

        *call = EXEC_CALL_NULL;
        call->cloner = options->cloner;
        r = build_words(&words, call, request, options);
        call->argv = words.words;
        if (r >= 0)
                r = build_environment(call, request);
        if (r < 0) {
                exec_call_done(call);
                return r;
        }
        if (!call->environment)
                call->environment = empty;
        return 0;
}

void exec_call_done(ExecCall *call)
{
        strv_free(call->argv);
        strv_free(call->own_environment);
        fd_close(call->input_fd);
        fd_close(call->procs_fd);
        *call = EXEC_CALL_NULL;
}
