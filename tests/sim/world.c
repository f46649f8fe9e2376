/* SPDX-License-Identifier: MIT */

/* One world, from its beginning to its end: what stands in for the host, and the real manager on top of it. */

#include "world.h"

#include <limits.h>
#include <stdarg.h>

#include "fake-loop.h"
#include "pipes.h"
#include "promises.h"

World *the_world;

int world_new(World **ret)
{
        World *world = calloc(1, sizeof(World));

        assert(world && !the_world);
        the_world = world;
        world->random.state = 1;
        world->ledger = ledger_new();
        kernel_init(&world->kernel);
        (void) loop_new(&world->loop);
        for (size_t i = 0; i < CLIENTS_MAX; i++)
                world->clients[i].world = world;
        *ret = world;
        return 0;
}

World *world_free(World *world)
{
        if (!world)
                return NULL;
        /* A broken world is left as it lies: nothing in it can be trusted to end well. */
        if (!world_is_broken(world)) {
                manager_free(world->manager);
                kernel_done(&world->kernel);
                loop_free(world->loop);
        }
        ledger_free(world->ledger);
        free(world->definitions.daemon);
        for (size_t i = 0; i < NAMES_MAX; i++)
                free(world->definitions.sections[i]);
        free(world);
        the_world = NULL;
        return NULL;
}

bool world_is_broken(const World *world)
{
        return world->broken[0] != '\0';
}

void world_break(World *world, const char *promise, const char *format, ...)
{
        char what[BROKEN_MAX - 50];
        va_list args;

        if (world_is_broken(world))
                return;
        va_start(args, format);
        vsnprintf(what, sizeof(what), format, args);
        va_end(args);
        world->broken_kind = format;
        snprintf(world->broken, sizeof(world->broken), "%s: %s", promise, what);
        world_tell(world, "BROKEN %s", world->broken);
}

void world_tell(World *world, const char *format, ...)
{
        va_list args;

        if (!world->story)
                return;
        fprintf(world->story, "#   ");
        va_start(args, format);
        vfprintf(world->story, format, args);
        va_end(args);
        fputc('\n', world->story);
}

Service *world_service(World *world, unsigned index)
{
        return world->manager && sim_names[index] ? manager_find(world->manager, sim_names[index]) : NULL;
}

static void on_change(void *userdata, Service *service)
{
        promises_note_change(userdata, service);
}

static void on_services(void *userdata)
{
        promises_note_definitions(userdata);
}

static void on_shutdown_done(void *userdata)
{
        World *world = userdata;

        world->is_over = true;
}

void world_boot(World *world)
{
        static const ManagerOptions options = {
                .system = true,
                .socket_path = "/run/sim/control",
                .run_folder = "/run/sim/control.d",
                .executor = "/nowhere/tended-exec",
                .helper = "/nowhere/tended-helper",
                .log_target = LOG_TARGET_JOURNAL,
                .log_target_given = true,
                .default_folder = "/",
                .runtime_root = "/run",
                .state_root = "/var/lib",
                .logs_root = "/var/log",
                .nofile = {1024, 4096},
        };

        if (manager_new(world->loop, &options, &world->manager) < 0) {
                world_break(world, "P7", "the daemon does not start");
                return;
        }
        manager_set_observer(world->manager, &(ManagerObserver){.on_change = on_change,
                                                                .on_services = on_services,
                                                                .on_shutdown_done = on_shutdown_done,
                                                                .userdata = world});
        world->booted = true;
        promises_note_boot(world);
        (void) manager_start(world->manager);
}

void world_settle(World *world)
{
        unsigned live;

        if (!world->manager)
                return;
        do {
                unsigned n = fake_loop_settle(world->loop);

                if (n == UINT_MAX) {
                        world_break(world, "P2", "the daemon does not come to rest");
                        return;
                }
                world->n_events += n;
                live = world->kernel.n_live;
                kernel_kill_the_killed(&world->kernel, false);
        } while (live != world->kernel.n_live && !world->is_over && !world_is_broken(world));
}

void world_advance(World *world, usec_t to)
{
        unsigned live;

        do {
                world_settle(world);
                live = world->kernel.n_live;
                kernel_kill_the_killed(&world->kernel, true);
        } while (live != world->kernel.n_live && !world->is_over && !world_is_broken(world));
        fake_loop_advance(world->loop, to);
}
