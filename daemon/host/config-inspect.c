/* SPDX-License-Identifier: MIT */

/* Looks, for --check, whether the things exist that a good definition names. What a start would fail of is an error;
 * what a service may still make for itself before it is needed (a folder, a file) is a warning. */

#include "host/config-inspect.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/environment.h"
#include "common/strv.h"
#include "core/directives.h"
#include "core/instances.h"
#include "host/name-check.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static const char *const command_directives[_COMMAND_KIND_N] = {
        [COMMAND_CONDITION] = "ExecCondition",  [COMMAND_START_PRE] = "ExecStartPre", [COMMAND_START] = "ExecStart",
        [COMMAND_START_POST] = "ExecStartPost", [COMMAND_RELOAD] = "ExecReload",      [COMMAND_STOP] = "ExecStop",
        [COMMAND_STOP_POST] = "ExecStopPost",
};

/* One service under inspection. */
typedef struct Inspection {
        Config *config;
        ServiceConfig *service;
        const ConfigInspectOptions *options;
} Inspection;

static void complain_at(const Inspection *inspection, Severity severity, Where where, const char *directive,
                        const char *text)
{
        ServiceConfig *service = inspection->service;

        diagnostics_add(&inspection->config->diagnostics, severity, where, service->name, "%s: %s", directive, text);
        if (severity == SEVERITY_ERROR)
                service->bad = true;
}

static void complain(const Inspection *inspection, Severity severity, const char *directive, const char *name,
                     const char *why)
{
        _cleanup_free_ char *text = NULL;

        if (asprintf(&text, "%s %s", name, why) < 0)
                text = NULL;
        complain_at(inspection, severity, service_config_place(inspection->service, directive), directive,
                    text ? text : why);
}

/* Why it can't be executed; NULL: it can. */
static const char *judge_program(const char *path)
{
        struct stat st;

        if (stat(path, &st) < 0)
                return errno == ENOENT || errno == ENOTDIR ? "does not exist" : strerror(errno);
        if (S_ISDIR(st.st_mode))
                return "is a directory";
        if (!S_ISREG(st.st_mode))
                return "is not a file";
        return st.st_mode & 0111 ? NULL : "is not executable";
}

static const char *search_path(const Inspection *inspection)
{
        const char *own = environment_get(inspection->service->environment, "PATH");

        if (!own)
                own = environment_get(inspection->config->daemon.default_environment, "PATH");
        if (!own && !inspection->options->system)
                own = getenv("PATH");
        return own ?: DEFAULT_PATH;
}

/* A name without a slash, in the folders of PATH. */
static const char *judge_name(const Inspection *inspection, const char *name)
{
        for (const char *folder = search_path(inspection); folder;) {
                const char *end = strchrnul(folder, ':');
                _cleanup_free_ char *path = NULL;

                if (asprintf(&path, "%.*s/%s", (int) (end - folder), folder, name) < 0)
                        return NULL;
                if (!judge_program(path))
                        return NULL;
                folder = *end ? end + 1 : NULL;
        }
        return "is in no folder of PATH";
}

static void complain_command(const Inspection *inspection, CommandKind kind, const Command *command, const char *why)
{
        _cleanup_free_ char *text = NULL;

        if (asprintf(&text, "%s %s", command->path, why) < 0)
                text = NULL;
        complain_at(inspection, command->ignore_failure ? SEVERITY_WARNING : SEVERITY_ERROR,
                    (Where){.file = command->file, .line = command->line}, command_directives[kind],
                    text ? text : why);
}

static void inspect_commands(const Inspection *inspection)
{
        for (CommandKind kind = 0; kind < _COMMAND_KIND_N; kind++) {
                const CommandList *list = &inspection->service->commands[kind];

                for (size_t i = 0; i < list->n; i++) {
                        const Command *command = &list->items[i];
                        const char *why = strchr(command->path, '/') ? judge_program(command->path)
                                                                     : judge_name(inspection, command->path);

                        if (why)
                                complain_command(inspection, kind, command, why);
                }
        }
}

/* May it come to be before the main process needs it? */
static bool prepares(const ServiceConfig *service)
{
        return service->commands[COMMAND_START_PRE].n > 0 || service->runtime_directory || service->state_directory ||
               service->logs_directory;
}

static void inspect_folder(const Inspection *inspection)
{
        const ServiceConfig *service = inspection->service;
        const char *folder = service->working_directory, *why = NULL;
        struct stat st;

        if (!folder || service->working_directory_optional || folder[0] != '/')
                return;
        if (stat(folder, &st) < 0)
                why = errno == ENOENT || errno == ENOTDIR ? "does not exist" : strerror(errno);
        else if (!S_ISDIR(st.st_mode))
                why = "is not a folder";
        else if (!service->user && access(folder, X_OK) < 0)
                why = "may not be entered";
        if (why)
                complain(inspection, prepares(service) ? SEVERITY_WARNING : SEVERITY_ERROR, "WorkingDirectory",
                         folder, why);
}

static void inspect_file(const Inspection *inspection, const char *directive, const char *path)
{
        struct stat st;

        if (stat(path, &st) < 0)
                complain(inspection, SEVERITY_WARNING, directive, path,
                         errno == ENOENT || errno == ENOTDIR ? "does not exist" : strerror(errno));
        else if (S_ISDIR(st.st_mode))
                complain(inspection, SEVERITY_WARNING, directive, path, "is a directory");
}

static void inspect_files(const Inspection *inspection)
{
        const ServiceConfig *service = inspection->service;

        STRV_FOREACH (file, service->environment_files)
                if ((*file)[0] != '-' && !strpbrk(*file, "*?["))
                        inspect_file(inspection, "EnvironmentFile", *file);
        if (service->input.target == STREAM_FILE)
                inspect_file(inspection, "StandardInput", service->input.path);
}

static void judge_names(const Inspection *inspection, const NameCheck *names)
{
        const ServiceConfig *service = inspection->service;

        if (service->user && name_check_is_missing(names, NAME_USER, service->user))
                complain(inspection, SEVERITY_ERROR, "User", service->user, "does not exist");
        if (service->group && name_check_is_missing(names, NAME_GROUP, service->group))
                complain(inspection, SEVERITY_ERROR, "Group", service->group, "does not exist");
        STRV_FOREACH (group, service->supplementary_groups)
                if (name_check_is_missing(names, NAME_GROUP, *group))
                        complain(inspection, SEVERITY_ERROR, "SupplementaryGroups", *group, "does not exist");
}

static int ask_names(const Config *config, NameCheck *names)
{
        int r = 0;

        for (size_t i = 0; i < config->n_services && r >= 0; i++) {
                const ServiceConfig *service = config->services[i];

                if (service->user)
                        r = name_check_add(names, NAME_USER, service->user);
                if (r >= 0 && service->group)
                        r = name_check_add(names, NAME_GROUP, service->group);
                STRV_FOREACH (group, service->supplementary_groups)
                        if (r >= 0)
                                r = name_check_add(names, NAME_GROUP, *group);
        }
        return r;
}

int config_inspect(Config *config, const ConfigInspectOptions *options)
{
        _cleanup_(name_check_done) NameCheck names = {};
        Inspection inspection = {.config = config, .options = options};
        size_t first = config->diagnostics.n;
        int r;

        r = ask_names(config, &names);
        if (r < 0)
                return r;
        if (options->helper) {
                r = name_check_run(&names, options->helper);
                if (r < 0)
                        diagnostics_add(&config->diagnostics, SEVERITY_WARNING, (Where){}, NULL,
                                        "not all users and groups could be looked up: %s",
                                        r == -ETIMEDOUT ? "the name service does not answer" : strerror(-r));
        }
        for (size_t i = 0; i < config->n_services; i++) {
                inspection.service = config->services[i];
                inspect_commands(&inspection);
                inspect_folder(&inspection);
                inspect_files(&inspection);
                judge_names(&inspection, &names);
        }
        r = instances_merge(config, first);
        if (r < 0)
                return r;
        diagnostics_sort(&config->diagnostics);
        return config->diagnostics.out_of_memory ? -ENOMEM : 0;
}
