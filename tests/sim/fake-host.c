/* SPDX-License-Identifier: MIT */

/* Stands in for the small files of the host: random numbers, folders, users and groups, and the reading of the
 * definitions, which come from the world instead of a disk. */

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "core/definition.h"
#include "fake-host.h"
#include "host/config-load.h"
#include "host/packet-pair.h"
#include "host/random.h"
#include "host/runtime-folder.h"
#include "promises.h"
#include "world.h"

int random_id128(Id128 *ret)
{
        uint64_t halves[2] = {random_next(&the_world->random), random_next(&the_world->random)};

        memcpy(ret->bytes, halves, sizeof(ret->bytes));
        return 0;
}

uint32_t random_u32(void)
{
        return (uint32_t) random_next(&the_world->random) | 1;
}

int runtime_folders_remove(ProcessTable *processes, const char *helper, const char *root, char *const *names)
{
        return 0;
}

int packet_pair(int *ret_ours, int *ret_theirs)
{
        return -EMFILE;
}

int packet_send(int fd, const void *data, size_t size)
{
        return -EPIPE;
}

/* Nothing of the world stands on the disk. */
int __wrap_unlink(const char *path);
DIR *__wrap_opendir(const char *path);

int __wrap_unlink(const char *path)
{
        errno = ENOENT;
        return -1;
}

DIR *__wrap_opendir(const char *path)
{
        errno = ENOENT;
        return NULL;
}

/* One user has a name that has to be looked up. */
struct Names {
        World *world;
        void (*on_change)(void *userdata);
        void *userdata;
        bool is_pending, is_answered, is_unknown;
        Identity identity;
};

int names_new(Loop *loop, ProcessTable *processes, const char *helper, void (*on_change)(void *userdata),
              void *userdata, Names **ret)
{
        Names *names = calloc(1, sizeof(Names));

        assert(names);
        *names = (Names){.world = the_world, .on_change = on_change, .userdata = userdata};
        names->identity = (Identity){.uid = 1000, .gid = 1000};
        the_world->names = names;
        *ret = names;
        return 0;
}

Names *names_free(Names *names)
{
        if (names)
                names->world->names = NULL;
        free(names);
        return NULL;
}

int names_request(Names *names, const Config *config, const ServiceConfig *const *others, size_t n_others)
{
        names->is_pending = names->world->names_slow;
        if (!names->is_pending) {
                names->is_answered = true;
                names->is_unknown = names->world->names_unknown;
        }
        return 0;
}

bool names_is_pending(const Names *names)
{
        return names->is_pending;
}

void fake_names_answer(Names *names)
{
        if (!names->is_pending)
                return;
        names->is_pending = false;
        names->is_answered = true;
        names->is_unknown = names->world->names_unknown;
        names->on_change(names->userdata);
}

NamesState names_lookup(Names *names, const ServiceConfig *config, const Identity **ret, const char **ret_error)
{
        *ret = NULL;
        if (!config->user)
                return NAMES_KNOWN;
        if (!names->is_answered)
                return NAMES_PENDING;
        if (names->is_unknown) {
                *ret_error = "there is no such user";
                promises_note_spawn_failed(names->world, sim_name_index(config->name));
                return NAMES_FAILED;
        }
        *ret = &names->identity;
        return NAMES_KNOWN;
}

/* `text` has a line each, and is left as it is. */
static int read_lines(Definition *definition, const char *header, const char *text, unsigned *number)
{
        char line[512];
        int r;

        snprintf(line, sizeof(line), "[%s]", header);
        r = definition_section(definition, &(DefinitionLine){.text = line, .number = ++*number, .source = line});
        while (r >= 0 && *text) {
                size_t n = strcspn(text, "\n");

                DefinitionLine given = {.text = line, .number = ++*number, .source = line};

                snprintf(line, sizeof(line), "%.*s", (int) n, text);
                text += n + (text[n] == '\n');
                /* Pools stand behind the settings of the daemon. */
                r = line[0] == '[' ? definition_section(definition, &given) : definition_assign(definition, &given);
        }
        return r;
}

static int read_definitions(World *world, Definition *definition)
{
        Definitions *definitions = &world->definitions;
        unsigned number = 0;
        char header[128];
        int r = 0;

        if (definitions->daemon)
                r = read_lines(definition, "daemon", definitions->daemon, &number);
        for (uint32_t i = 0; r >= 0 && i < NAMES_MAX; i++) {
                if (!definitions->sections[i])
                        continue;
                if (sim_name_is_target(i))
                        snprintf(header, sizeof(header), "target %.*s", (int) strcspn(sim_names[i], "."),
                                 sim_names[i]);
                else
                        snprintf(header, sizeof(header), "service %s", sim_names[i]);
                r = read_lines(definition, header, definitions->sections[i], &number);
        }
        return r;
}

int config_load(const ConfigLoadOptions *options, Config **ret)
{
        static const SpecifierValues values = {
                .user_name = "me", .user_id = "1000", .home = "/home/me", .runtime_root = "/run", .tmp = "/tmp"};
        _cleanup_(definition_freep) Definition *definition = NULL;
        int r;

        r = definition_new(&values, &definition);
        if (r >= 0)
                r = definition_begin_file(definition,
                                          &(DefinitionFile){.path = "x.ini", .folder = "/conf", .name = "x.ini"});
        if (r >= 0)
                r = read_definitions(the_world, definition);
        if (r < 0)
                return r;
        return definition_finish(definition, ret);
}
