/* SPDX-License-Identifier: MIT */

/* The keepers' book: what was asked for and what has happened is written down here, as it comes; the files
 * promise-*.c compare. What follows from the table of relations is an obligation of a service (must_go, may_run)
 * until it is met. */

#include "promises.h"

#include <signal.h>
#include <string.h>

#include "core/policy.h"
#include "ledger.h"

struct Ledger *ledger_new(void)
{
        Ledger *ledger = calloc(1, sizeof(Ledger));

        assert(ledger);
        return ledger;
}

struct Ledger *ledger_free(struct Ledger *ledger)
{
        free(ledger);
        return NULL;
}

bool service_lives(const Service *service)
{
        return service && !service_state_info(service->life.state)->resting;
}

bool service_goes_down(const Service *service)
{
        return service && lifecycle_active_state(&service->life) == ACTIVE_DEACTIVATING;
}

static bool is_ready(const Service *service)
{
        return service_is_ready(service) || service_order_node(service).ready;
}

static Page *page_of(World *world, uint32_t index)
{
        return &world->ledger->pages[index];
}

void promises_note_run(World *world, Cell *cell)
{
        Page *page = page_of(world, cell->index);
        const Service *service = world_service(world, cell->index);
        Task *task;

        happenings_look(world);
        order_check_start(world, cell->index);
        admission_check_start(world, cell->index);
        life_check_run(world, cell);
        LIST_FOREACH (task, &cell->tasks, Task, link)
                task->is_renounced = true;
        page->must_go = page->is_going = page->has_own_end = false;
        page->main_exit_known = false;
        page->may_leave = service->config->kill_mode == KILL_PROCESS || !service->config->send_sigkill;
}

/* The daemon begins to end a run. */
static void note_going(World *world, uint32_t index)
{
        Page *page = page_of(world, index);

        if (page->is_going)
                return;
        page->is_going = true;
        happenings_look(world);
        order_check_stop(world, index);
}

void promises_note_spawn(World *world, const Task *task, const SpawnRequest *request)
{
        world_tell(world, "%s: process %d is made: %s", sim_names[task->cell->index], task->pid,
                   task->role == TASK_MAIN ? "main" : request->command->argv[0]);
        life_check_spawn(world, task);
        if (task->role == TASK_CONTROL && task->kind == COMMAND_STOP)
                note_going(world, task->cell->index);
}

void promises_note_own_end(World *world, uint32_t index)
{
        page_of(world, index)->has_own_end = true;
}

void promises_note_executed(World *world, const Task *task)
{
        Page *page = page_of(world, task->cell->index);

        if (task->role != TASK_MAIN || task->run != task->cell->run || page->is_executed)
                return;
        page->is_executed = true;
        admission_note_executed_main(world, task->cell->index);
}

void promises_note_spawn_failed(World *world, uint32_t index)
{
        page_of(world, index)->has_own_end = true;
        page_of(world, index)->main_exit_known = false;
}

void promises_note_signal(World *world, Cell *cell, const Task *task, int signal)
{
        static const int asking[] = {SIGTERM, SIGINT, SIGQUIT, SIGKILL, SIGABRT};
        bool asks = false;

        world_tell(world, "%s: signal %d for %s", sim_names[cell->index], signal,
                   task ? task_role_to_string(task->role) : "all");
        for (size_t i = 0; i < ELEMENTSOF(asking); i++)
                asks = asks || signal == asking[i];
        if (!asks || world->ledger->kills_by_hand ||
            (task && (task->role == TASK_PROBE || (task->kind == COMMAND_RELOAD && task->role != TASK_MAIN))))
                return;
        note_going(world, cell->index);
}

void promises_note_end(World *world, const Task *task)
{
        Page *page = page_of(world, task->cell->index);

        world_tell(world, "%s: process %d (%s) ends", sim_names[task->cell->index], task->pid,
                   task_role_to_string(task->role));
        if (task->is_renounced || task->run != task->cell->run)
                return;
        if (!page->is_going)
                page->has_own_end = true;
        if (task->role == TASK_MAIN) {
                page->main_exit = task->exit;
                page->main_exit_known = true;
        }
}

static NameSet set_of(World *world, const unsigned *services, size_t n)
{
        NameSet set = 0;

        for (size_t i = 0; i < n; i++)
                set |= NAME_BIT(services[i]);
        return set;
}

void promises_note_verb(World *world, OperationVerb verb, const unsigned *services, size_t n)
{
        NameSet set = set_of(world, services, n), running = 0, loaded = 0;
        uint32_t index;

        /* As far as the daemon knows. */
        NAMES_FOREACH (index, set) {
                const Service *service = world_service(world, index);

                if (is_ready(service))
                        page_of(world, index)->ready_move = world->n_moves;
                if (!service_lives(service))
                        page_of(world, index)->rest_move = world->n_moves;
                /* What has no definition, or a bad one, is not started. */
                if (service->load == LOAD_LOADED)
                        loaded |= NAME_BIT(index);
        }
        switch (verb) {
        case VERB_START:
                fates_note_start(world, loaded);
                break;
        case VERB_STOP:
                fates_note_stop(world, set);
                break;
        case VERB_RESTART:
                fates_note_restart(world, loaded);
                break;
        case VERB_TRY_RESTART:
                NAMES_FOREACH (index, loaded)
                        if (service_lives(world_service(world, index)))
                                running |= NAME_BIT(index);
                fates_note_restart(world, running);
                break;
        case VERB_RELOAD:
        case VERB_WAIT_READY:
        case VERB_WAIT_ACTIVE:
        case VERB_WAIT_INACTIVE:
        case VERB_WAIT_FAILED:
        case _OPERATION_VERB_N:
                break;
        }
}

void promises_note_boot(World *world)
{
        const Relations *relations = relations_now(world);
        NameSet by_themselves = 0, target = 0;
        uint32_t index;

        NAMES_FOREACH (index, relations->known) {
                const ServiceConfig *config = world_service(world, index)->config;

                /* What an earlier daemon left is stopped first, for a reason of its own. */
                page_of(world, index)->has_own_end = world->kernel.cells[index].n_live > 0;
                page_of(world, index)->may_leave = page_of(world, index)->has_own_end;
                if (strcmp(config->name, "default.target") == 0)
                        target = NAME_BIT(index) | relations->needs[index] | relations->named[RELATION_WANTS][index];
                else if (config->auto_start && config->kind == UNIT_SERVICE)
                        by_themselves |= NAME_BIT(index);
        }
        fates_note_start(world, target ? target : by_themselves);
}

/* Which services, is a matter of the definitions: it is left to other tests. */
void promises_note_apply(World *world)
{
        world->ledger->applies = true;
}

void promises_note_kill(World *world, uint32_t index, bool begins)
{
        world->ledger->kills_by_hand = begins;
        if (begins)
                page_of(world, index)->has_own_end = true;
}

void promises_note_move(World *world)
{
        world->ledger->resets = false;
}

void promises_note_reset(World *world, uint32_t index)
{
        /* Where nothing else is on its way. */
        world->ledger->resets = !world->is_unsettled;
        page_of(world, index)->was_forgotten = true;
}

/* Whoever is gone begins anew when its name comes again, but for those whom it has left running. */
static void forget(World *world, uint32_t index)
{
        Task *task;

        *page_of(world, index) = (Page){0};
        LIST_FOREACH (task, &world->kernel.cells[index].tasks, Task, link)
                task->is_renounced = true;
}

void promises_note_definitions(World *world)
{
        world->ledger->relations.is_known = false;
        for (uint32_t index = 0; index < NAMES_MAX; index++) {
                page_of(world, index)->is_defined_anew = true;
                if (!world_service(world, index))
                        forget(world, index);
        }
}

void promises_note_shutdown(World *world, bool now)
{
        for (uint32_t index = 0; index < NAMES_MAX; index++) {
                page_of(world, index)->may_run = page_of(world, index)->may_come_back = false;
                fates_oblige(world, NAME_BIT(index), true);
                /* At once is in no order. */
                page_of(world, index)->has_own_end |= now;
        }
        world->shutting_down = true;
}

void promises_note_change(World *world, Service *service)
{
        uint32_t index = sim_name_index(service->name);
        Page *page = page_of(world, index);
        ServiceState state = service->life.state;

        happenings_look(world);
        /* A target has no group that would tell. */
        if (service->config->kind == UNIT_TARGET && page->runs != service->n_runs)
                page->must_go = page->is_going = page->has_own_end = false;
        page->runs = service->n_runs;
        if (is_ready(service) || service_order_node(service).succeeded)
                page->ready_move = world->n_moves;
        if (!service_lives(service))
                page->rest_move = world->n_moves;
        if (state == STATE_AUTO_RESTART || state == STATE_FAILED)
                page->tried = true;
}

void promises_note_answer(World *world, const Client *client, const OperationResult *results, size_t n)
{
        for (size_t i = 0; i < MIN(n, (size_t) client->n); i++) {
                const Service *service = results[i].service;
                const char *result = results[i].result;
                bool done = result && strcmp(result, "done") == 0;
                uint32_t index;

                if (!results[i].settled || !result)
                        world_break(world, "P6", "an answer says nothing about one of its services");
                if (!service || !done)
                        continue;
                index = sim_name_index(service->name);
                world_tell(world, "%s: answer: %s", service->name, result);
                if ((client->verb == VERB_START || client->verb == VERB_WAIT_READY) && !is_ready(service) &&
                    !service_order_node(service).succeeded && page_of(world, index)->ready_move < client->begun)
                        world_break(world, "P6", "%s is said to be started, and was never ready since",
                                    service->name);
                if ((client->verb == VERB_STOP || client->verb == VERB_WAIT_INACTIVE) && service_lives(service) &&
                    page_of(world, index)->rest_move < client->begun && service->n_runs == client->runs[i] &&
                    service->n_ends == client->ends[i])
                        world_break(world, "P3", "%s is said to be stopped, and its run goes on", service->name);
        }
}

static void look_at_state(World *world, uint32_t index, const Service *service)
{
        Page *page = page_of(world, index);
        usec_t now = loop_now(world->loop);

        if (page->state != service->life.state) {
                world_tell(world, "%s: is %s (%s)", service->name, service_state_info(service->life.state)->name,
                           service_reason(service));
                page->state = service->life.state;
                page->since = now;
                /* The stages of a stop share what the first was given. */
                page->config_changed = page->config_changed && service_goes_down(service);
        }
        page->may_come_back = page->may_come_back || service->stopped_by_dependency;
        /* Wanted again with another: that stands, whatever becomes of the other. */
        if (service->life.wanted && !page->may_run && order_started_by_others(world) & NAME_BIT(index))
                page->may_run = true;
        page->config_changed = page->config_changed || page->is_defined_anew;
        page->is_defined_anew = false;
        if (!service_lives(service)) {
                page->must_go = page->may_go = page->is_going = false;
                /* Whom it has renounced, it stops before its next start. */
                page->has_own_end = world->kernel.cells[index].n_live > 0 || service->life.main_alive;
        }
        page->may_leave =
                page->may_leave || service->config->kill_mode == KILL_PROCESS || !service->config->send_sigkill;
}

void promises_check(World *world)
{
        Manager *manager = world->manager;

        if (!manager || world->is_over || world_is_broken(world))
                return;
        if (!list_is_empty(&manager->dirty))
                world_break(world, "liveness", "something has changed, and nobody looks at it");
        for (size_t i = 0; i < manager->n_services; i++) {
                const Service *service = manager->services[i];
                uint32_t index = sim_name_index(service->name);

                look_at_state(world, index, service);
                life_check(world, index, service);
                truth_check(world, index, service);
                order_check_waiting(world, index, service);
                admission_check_waiting(world, index, service);
        }
        answers_check(world);
}
