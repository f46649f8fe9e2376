/* SPDX-License-Identifier: MIT */

/* P6: what is said is the case: of processes, of how they ended, of what comes next and when; and who asked is
 * answered. */

#include <string.h>

#include "ledger.h"

static Page *page_of(World *world, uint32_t index)
{
        return &world->ledger->pages[index];
}

static const Task *living(const Cell *cell, TaskRole role)
{
        Task *task;

        LIST_FOREACH (task, &cell->tasks, Task, link)
                if (task->is_alive && task->role == role)
                        return task;
        return NULL;
}

static void check_pids(World *world, uint32_t index, const Service *service)
{
        const Task *main = living(&world->kernel.cells[index], TASK_MAIN);
        const Task *control = living(&world->kernel.cells[index], TASK_CONTROL);
        const char *state = service_state_info(service->life.state)->name;
        /* Several that a start command has left stand for the main process. */
        bool is_group = service->search.is_group;

        /* Of an earlier daemon's processes none is known as the main one. */
        if (main && !main->handle)
                main = NULL;
        if (service->run.main_pid != (main ? main->pid : 0))
                world_break(world, "P6", "%s (%s): its main process is %d, and said to be %d", service->name, state,
                            main ? main->pid : 0, service->run.main_pid);
        if (service->run.control_pid != (control ? control->pid : 0))
                world_break(world, "P6", "%s (%s): its command is process %d, and said to be %d", service->name,
                            state, control ? control->pid : 0, service->run.control_pid);
        if ((service->life.main_alive != (main != NULL) && !is_group) ||
            service->life.control_alive != (control != NULL))
                world_break(world, "P6", "%s (%s): its life does not know who lives", service->name, state);
        if (service->life.state == STATE_RUNNING && !main && !is_group)
                world_break(world, "P6", "%s is running, without a process", service->name);
        if (service->life.state == STATE_RUNNING && service->policy.type == SERVICE_EXEC &&
            !page_of(world, index)->config_changed && !main->is_executed)
                world_break(world, "P6", "%s is running, and was not executed yet", service->name);
}

static void check_exit(World *world, const Page *page, const Service *service)
{
        const Lifecycle *life = &service->life;

        if (!life->main_exit_known || !page->main_exit_known)
                return;
        if (life->main_exit.end != page->main_exit.end || life->main_exit.status != page->main_exit.status)
                world_break(world, "P6", "%s ended with %d/%d, and is said to have ended with %d/%d", service->name,
                            page->main_exit.end, page->main_exit.status, life->main_exit.end, life->main_exit.status);
}

static void check_restarts(World *world, Page *page, const Service *service)
{
        unsigned n = service->life.history.n_restarts;
        usec_t next = service->next_restart_realtime;
        bool planned = service->life.state == STATE_AUTO_RESTART && service->life.deadline != USEC_INFINITY;

        page->was_forgotten = page->was_forgotten || service->wish != WISH_NONE || world->ledger->applies;
        if (n < page->n_restarts && !page->was_forgotten)
                world_break(world, "P6", "%s: its restarts were %u, and are %u", service->name, page->n_restarts, n);
        /* Somebody's word takes effect when nothing stands in its way any more. */
        if (n < page->n_restarts)
                page->was_forgotten = false;
        page->n_restarts = n;

        /* Who waits for the budget is told when it will have its share. */
        if (planned ? next == 0 : next != 0 && !admission_is_waiting(&service->ticket))
                world_break(world, "P6", "%s (%s): the time of its next start is %s", service->name,
                            service_state_info(service->life.state)->name, next ? "told" : "not told");
        if (planned && next - loop_realtime(world->loop) != service->life.deadline - loop_now(world->loop))
                world_break(world, "P6", "%s: the time of its next start is not that of its timer", service->name);
}

static void check_rest(World *world, const Service *service)
{
        const Lifecycle *life = &service->life;
        bool is_down = life->state == STATE_DEAD || life->state == STATE_FAILED;

        if (is_down && life->wanted)
                world_break(world, "liveness", "%s is %s, and wanted", service->name,
                            service_state_info(life->state)->name);
        if (life->state == STATE_FAILED && life->result == RESULT_SUCCESS)
                world_break(world, "P6", "%s has failed with success", service->name);
}

void truth_check(World *world, uint32_t index, const Service *service)
{
        Page *page = page_of(world, index);

        check_pids(world, index, service);
        check_exit(world, page, service);
        check_restarts(world, page, service);
        check_rest(world, service);
}

static bool is_at_rest(const Service *service)
{
        return (service->life.state == STATE_DEAD || service->life.state == STATE_FAILED) &&
               service->wish == WISH_NONE;
}

static bool is_up(const Service *service)
{
        return service_is_ready(service) && service->wish == WISH_NONE;
}

/* Nothing more will come of it for who waits. */
static bool is_final(const Client *client, size_t i, const Service *service)
{
        if (!service)
                return true;
        switch (client->verb) {
        case VERB_START:
        case VERB_WAIT_READY:
                return is_up(service) || is_at_rest(service);
        case VERB_RESTART:
        case VERB_TRY_RESTART:
                return (is_up(service) && service->n_runs > client->runs[i]) || is_at_rest(service);
        case VERB_STOP:
                return is_at_rest(service);
        case VERB_RELOAD:
                return service->life.state != STATE_RELOAD;
        case VERB_WAIT_ACTIVE:
                return lifecycle_active_state(&service->life) == ACTIVE_ACTIVE || is_at_rest(service);
        case VERB_WAIT_INACTIVE:
        case VERB_WAIT_FAILED:
                return is_at_rest(service);
        case _OPERATION_VERB_N:
                break;
        }
        assert_not_reached();
}

void answers_check(World *world)
{
        for (size_t c = 0; c < CLIENTS_MAX; c++) {
                const Client *client = &world->clients[c];
                bool final = true;

                if (!client->operation)
                        continue;
                for (size_t i = 0; i < client->n; i++)
                        final = final && is_final(client, i, world_service(world, client->services[i]));
                if (final)
                        world_break(world, "liveness", "a client waits for an answer about %s that is known",
                                    sim_names[client->services[0]]);
        }
}
