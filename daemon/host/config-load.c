/* SPDX-License-Identifier: MIT */

/* Reads all definition files into one Config: finds them (config-search), gets them off the disk (config-file), cuts
 * them into lines (ini-lines), and lets core/definition say what they mean. A file that can't be read is a mistake
 * like any other: the rest is read all the same. */

#include "host/config-load.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/definition.h"
#include "host/config-file.h"
#include "host/config-search.h"
#include "host/cpus.h"
#include "host/ini-lines.h"
#include "host/ports.h"

/* The daemon's own user, from the file alone: a name service may hang. */
static int read_own_user(char **ret_name, char **ret_home)
{
        _cleanup_free_ char *name = NULL, *home = NULL;
        char buffer[4096];
        struct passwd entry, *found = NULL;
        FILE *f = fopen("/etc/passwd", "re");

        while (f && fgetpwent_r(f, &entry, buffer, sizeof(buffer), &found) == 0)
                if (found->pw_uid == getuid()) {
                        name = strdup(found->pw_name);
                        home = strdup(found->pw_dir);
                        break;
                }
        if (f)
                fclose(f);
        if (!name && asprintf(&name, "%u", (unsigned) getuid()) < 0)
                return -ENOMEM;
        *ret_name = TAKE_PTR(name);
        *ret_home = TAKE_PTR(home);
        return 0;
}

static const char *find_tmp(void)
{
        static const char *const variables[] = {"TMPDIR", "TEMP", "TMP"};

        for (size_t i = 0; i < ELEMENTSOF(variables); i++) {
                const char *value = secure_getenv(variables[i]);

                if (value && value[0] == '/')
                        return value;
        }
        return "/tmp";
}

/* The reading of one file. */
static int on_header(void *userdata, const DefinitionLine *line)
{
        Definition *definition = userdata;

        return definition_has_enough(definition) ? -ECANCELED : definition_section(definition, line);
}

static int on_line(void *userdata, const DefinitionLine *line)
{
        Definition *definition = userdata;

        return definition_has_enough(definition) ? -ECANCELED : definition_assign(definition, line);
}

static int on_bad_line(void *userdata, unsigned number, bool header, const char *why)
{
        Definition *definition = userdata;

        if (header)
                definition_skip_section(definition);
        definition_complain(definition, number, "%s", why);
        return definition_has_enough(definition) ? -ECANCELED : 0;
}

static int read_contents(Definition *definition, const ConfigSource *source, const ConfigFile *file)
{
        IniHandler handler = {
                .on_header = on_header,
                .on_line = on_line,
                .on_bad_line = on_bad_line,
                .userdata = definition,
        };
        int r;

        /* What a full disk or a crash leaves of a file that was being written. */
        if (file->size == 0 && !file->masks && !source->hides) {
                definition_complain(definition, 1, "the file is empty (to hide a namesake, link it to /dev/null)");
                return 0;
        }
        r = ini_read(file->contents, file->size, &handler);
        if (r != -ECANCELED)
                return r;
        definition_complain(definition, 1, "the file has more than %d mistakes; the rest of it is not read",
                            DEFINITION_MISTAKES_MAX);
        return 0;
}

static int read_source(Definition *definition, const ConfigSource *source)
{
        DefinitionFile file = {
                .path = source->path,
                .folder = source->folder,
                .name = source->name,
                .drop_in = source->drop_in,
        };
        _cleanup_free_ char *contents = NULL, *problem = NULL;
        ConfigFile read = {};
        int r;

        r = definition_begin_file(definition, &file);
        if (r < 0)
                return r;
        if (source->error != 0) {
                definition_complain(definition, 1, "can't be read: %s", strerror(source->error));
                return 0;
        }
        r = config_file_read(source->path, &read, &problem);
        if (r < 0 && !problem)
                return -ENOMEM;
        if (r < 0) {
                definition_complain(definition, 1, "%s", problem);
                return 0;
        }
        contents = read.contents;
        return read_contents(definition, source, &read);
}

/* Lines that are no file's: each stands for itself. */
static int read_lines(Definition *definition, char *const *lines, const char *folder)
{
        unsigned number = 0;
        int r;

        r = definition_begin_file(definition, &(DefinitionFile){.path = "run", .folder = folder, .name = "run"});
        for (char *const *line = lines; r >= 0 && *line; line++) {
                _cleanup_free_ char *text = strdup(*line), *source = NULL;
                DefinitionLine whole = {.text = text, .number = ++number};

                if (!text || asprintf(&source, "%s\n", *line) < 0)
                        return -ENOMEM;
                whole.source = source;
                whole.source_size = strlen(source);
                r = text[0] == '[' ? definition_section(definition, &whole) : definition_assign(definition, &whole);
        }
        return r;
}

static int read_sources(Definition *definition, const ConfigLoadOptions *options)
{
        _cleanup_(config_sources_done) ConfigSources sources = {};
        int r;

        if (options->lines)
                return read_lines(definition, options->lines, options->lines_folder);
        r = config_search(options, &sources);
        for (size_t i = 0; r >= 0 && i < sources.n; i++)
                r = read_source(definition, &sources.items[i]);
        return r;
}

/* Returns 1 where ports were asked for that are not reserved. */
static int load_once(const ConfigLoadOptions *options, const SpecifierValues *values, Config **ret)
{
        _cleanup_(definition_freep) Definition *definition = NULL;
        int r;

        r = definition_new(values, &definition);
        if (r < 0)
                return r;
        if (options->keep_places)
                definition_keep_places(definition);
        definition_refer_to(definition, options->others);
        r = read_sources(definition, options);
        if (r >= 0)
                r = definition_finish(definition, ret);
        return r < 0 ? r : definition_wants_ports(definition);
}

static unsigned find_port(void *userdata, const char *service, const char *name)
{
        return ports_find(userdata, service, name);
}

/* A port may be named before the definition that it belongs to is read: where one isn't known, what was read tells
 * which there are, and all is read again. */
static int load(const ConfigLoadOptions *options, SpecifierValues *values, Config **ret)
{
        _cleanup_(config_unrefp) Config *first = NULL;
        int r;

        if (!options->ports)
                return load_once(options, values, ret);

        values->find_port = find_port;
        values->find_port_userdata = options->ports;
        values->ports_may_come = true;
        r = load_once(options, values, &first);
        if (r < 0)
                return r;
        if (r == 0) {
                *ret = TAKE_PTR(first);
                return 0;
        }
        r = ports_reserve(options->ports, first);
        if (r < 0)
                return r;
        values->ports_may_come = false;
        return load_once(options, values, ret);
}

int config_load(const ConfigLoadOptions *options, Config **ret)
{
        _cleanup_free_ char *name = NULL, *home = NULL;
        const char *home_variable = options->system ? NULL : secure_getenv("HOME");
        char host[256] = "", uid[16];
        int r;

        r = read_own_user(&name, &home);
        if (r < 0)
                return r;
        (void) gethostname(host, sizeof(host) - 1);
        snprintf(uid, sizeof(uid), "%u", (unsigned) getuid());
        return load(options,
                    &(SpecifierValues){
                            .user_name = name,
                            .user_id = uid,
                            .home = home_variable && home_variable[0] == '/' ? home_variable : home,
                            .runtime_root = options->runtime_root,
                            .host_name = host[0] ? host : NULL,
                            .tmp = find_tmp(),
                            .n_cpus = cpus_count(),
                    },
                    ret);
}
