/* SPDX-License-Identifier: MIT */

/* Finds the definition files. Without -c there are one file of settings and folders of falling weight: a file hides
 * its namesakes in the folders after its own. With -c there are the given files and folders, and nothing is hidden.
 * In each folder NAME.ini.d/ holds drop-ins, which are read when all other files have been. */

#include "host/config-search.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Search {
        ConfigSources main, drop_ins;
        bool hiding;
} Search;

static void source_done(ConfigSource *source)
{
        free(source->path);
        free(source->folder);
        free(source->name);
        free(source->own_name);
        *source = (ConfigSource){};
}

void config_sources_done(ConfigSources *sources)
{
        for (size_t i = 0; i < sources->n; i++)
                source_done(&sources->items[i]);
        free(sources->items);
        *sources = (ConfigSources){};
}

static void search_done(Search *search)
{
        config_sources_done(&search->main);
        config_sources_done(&search->drop_ins);
}

/* `folder`, made absolute without following links. */
static int make_absolute(const char *folder, char **ret)
{
        _cleanup_free_ char *here = NULL;
        char *path;

        if (folder[0] == '/') {
                path = strdup(folder);
        } else {
                here = get_current_dir_name();
                if (asprintf(&path, "%s/%s", here ?: "", folder) < 0)
                        path = NULL;
        }
        if (!path)
                return -ENOMEM;
        *ret = path;
        return 0;
}

static bool is_ini(const char *name)
{
        size_t n = strlen(name);

        return name[0] != '.' && n > 4 && strcmp(name + n - 4, ".ini") == 0;
}

static bool is_drop_in_folder(const char *name)
{
        size_t n = strlen(name);

        return name[0] != '.' && n > 6 && strcmp(name + n - 6, ".ini.d") == 0;
}

/* Takes what `source` owns. */
static int sources_add(ConfigSources *sources, ConfigSource *source)
{
        ConfigSource *items = reallocarray(sources->items, sources->n + 1, sizeof(*items));

        if (!items) {
                source_done(source);
                return -ENOMEM;
        }
        sources->items = items;
        items[sources->n++] = *source;
        *source = (ConfigSource){};
        return 0;
}

/* The file `own_name` in `folder`. `adds_to`: it is a drop-in of that file; NULL: it isn't one. */
static int make_source(const char *folder, const char *own_name, const char *adds_to, ConfigSource *ret)
{
        _cleanup_(source_done) ConfigSource source = {.drop_in = adds_to != NULL};
        int r;

        r = make_absolute(folder, &source.folder);
        if (r < 0)
                return r;
        source.own_name = strdup(own_name);
        source.name = strdup(adds_to ?: own_name);
        if (asprintf(&source.path, "%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/", own_name) < 0)
                source.path = NULL;
        if (!source.own_name || !source.name || !source.path)
                return -ENOMEM;
        *ret = source;
        source = (ConfigSource){};
        return 0;
}

static int add_error(ConfigSources *sources, const char *path, int error)
{
        _cleanup_(source_done) ConfigSource source = {.error = error};

        source.path = strdup(path);
        source.folder = strdup("/");
        source.name = strdup(path);
        source.own_name = strdup(path);
        if (!source.path || !source.folder || !source.name || !source.own_name)
                return -ENOMEM;
        return sources_add(sources, &source);
}

/* Is there a namesake before `index_end` already, in a folder of more weight? It is noted there then. */
static bool is_hidden(ConfigSources *sources, size_t index_end, const ConfigSource *source)
{
        for (size_t i = 0; i < index_end; i++)
                if (sources->items[i].error == 0 && strcmp(sources->items[i].own_name, source->own_name) == 0 &&
                    strcmp(sources->items[i].name, source->name) == 0) {
                        sources->items[i].hides = true;
                        return true;
                }
        return false;
}

static int compare_sources(const void *a, const void *b)
{
        const ConfigSource *x = a, *y = b;

        return strcmp(x->own_name, y->own_name) ?: strcmp(x->name, y->name);
}

/* All x.ini of one folder. */
static int add_folder(Search *search, const char *folder, const char *adds_to, bool may_be_missing);

static int add_entry(Search *search, const char *folder, const char *name, const char *adds_to)
{
        ConfigSources *sources = adds_to ? &search->drop_ins : &search->main;
        _cleanup_(source_done) ConfigSource source = {};
        _cleanup_free_ char *path = NULL, *base = NULL;
        struct stat st;
        int r;

        if (is_ini(name)) {
                r = make_source(folder, name, adds_to, &source);
                if (r < 0)
                        return r;
                return sources_add(sources, &source);
        }
        if (adds_to || !is_drop_in_folder(name))
                return 0;
        if (asprintf(&path, "%s/%s", folder, name) < 0)
                return -ENOMEM;
        if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
                return 0;
        base = strndup(name, strlen(name) - 2);
        return base ? add_folder(search, path, base, true) : -ENOMEM;
}

/* Takes away what was added from `begin` on and is hidden by what was there before; sorts the rest. */
static void settle_folder(Search *search, ConfigSources *sources, size_t begin)
{
        size_t kept = begin;

        for (size_t i = begin; i < sources->n; i++) {
                if (search->hiding && is_hidden(sources, begin, &sources->items[i]))
                        source_done(&sources->items[i]);
                else
                        sources->items[kept++] = sources->items[i];
        }
        sources->n = kept;
        if (kept > begin)
                qsort(sources->items + begin, kept - begin, sizeof(*sources->items), compare_sources);
}

static int add_folder(Search *search, const char *folder, const char *adds_to, bool may_be_missing)
{
        ConfigSources *sources = adds_to ? &search->drop_ins : &search->main;
        size_t begin = sources->n;
        struct dirent *entry;
        DIR *dir = opendir(folder);
        int r = 0;

        if (!dir && may_be_missing && errno == ENOENT)
                return 0;
        if (!dir)
                return add_error(sources, folder, errno);
        while (r >= 0) {
                errno = 0;
                entry = readdir(dir);
                if (!entry)
                        break;
                r = add_entry(search, folder, entry->d_name, adds_to);
        }
        if (r >= 0 && errno != 0)
                r = add_error(sources, folder, errno);
        closedir(dir);
        settle_folder(search, sources, begin);
        return r;
}

/* The one file of settings, where there is one. */
static int add_settings(Search *search, const char *folder)
{
        _cleanup_(source_done) ConfigSource source = {};
        struct stat st;
        int r = make_source(folder, "tended.ini", NULL, &source);

        if (r < 0)
                return r;
        if (stat(source.path, &st) < 0 && (errno == ENOENT || errno == ENOTDIR))
                return 0;
        /* It is no namesake of what is in conf.d. */
        free(source.own_name);
        source.own_name = strdup("");
        return source.own_name ? sources_add(&search->main, &source) : -ENOMEM;
}

static int search_system(Search *search, const char *root)
{
        static const char *const folders[] = {"/etc/tended/conf.d", "/usr/lib/tended/conf.d"};
        _cleanup_free_ char *settings = NULL;
        int r;

        if (asprintf(&settings, "%s/etc/tended", root) < 0)
                return -ENOMEM;
        r = add_settings(search, settings);
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(folders); i++) {
                _cleanup_free_ char *folder = NULL;

                if (asprintf(&folder, "%s%s", root, folders[i]) < 0)
                        return -ENOMEM;
                r = add_folder(search, folder, NULL, true);
        }
        return r;
}

static int search_user(Search *search)
{
        const char *config = secure_getenv("XDG_CONFIG_HOME"), *home = secure_getenv("HOME");
        _cleanup_free_ char *settings = NULL, *folder = NULL;
        int r;

        if (config && config[0] == '/')
                r = asprintf(&settings, "%s/tended", config);
        else if (home && home[0] == '/')
                r = asprintf(&settings, "%s/.config/tended", home);
        else
                return 0;
        if (r < 0 || asprintf(&folder, "%s/conf.d", settings) < 0)
                return -ENOMEM;
        r = add_settings(search, settings);
        return r < 0 ? r : add_folder(search, folder, NULL, true);
}

/* A path of -c. */
static int search_path(Search *search, const char *path)
{
        _cleanup_(source_done) ConfigSource source = {};
        _cleanup_free_ char *folder = NULL;
        const char *slash = strrchr(path, '/');
        struct stat st;
        int r;

        if (stat(path, &st) < 0)
                return add_error(&search->main, path, errno);
        if (S_ISDIR(st.st_mode))
                return add_folder(search, path, NULL, false);

        folder = slash ? strndup(path, MAX(slash - path, 1)) : strdup(".");
        if (!folder)
                return -ENOMEM;
        r = make_source(folder, slash ? slash + 1 : path, NULL, &source);
        if (r < 0)
                return r;
        free(source.path);
        source.path = strdup(path);
        return source.path ? sources_add(&search->main, &source) : -ENOMEM;
}

int config_search(const ConfigLoadOptions *options, ConfigSources *ret)
{
        _cleanup_(search_done) Search search = {.hiding = !options->paths};
        int r = 0;

        if (!options->paths)
                r = options->system ? search_system(&search, options->root ?: "") : search_user(&search);
        for (char *const *path = options->paths; r >= 0 && path && *path; path++)
                r = search_path(&search, *path);
        if (r < 0)
                return r;

        /* Drop-ins in the order of their names, whichever folder they are in: as systemd's. */
        if (search.drop_ins.n > 0)
                qsort(search.drop_ins.items, search.drop_ins.n, sizeof(ConfigSource), compare_sources);
        for (size_t i = 0; r >= 0 && i < search.drop_ins.n; i++)
                r = sources_add(&search.main, &search.drop_ins.items[i]);
        if (r < 0)
                return r;
        *ret = search.main;
        search.main = (ConfigSources){};
        return 0;
}
