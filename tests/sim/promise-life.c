/* SPDX-License-Identifier: MIT */

/* P3 and P4: nothing is left behind, never two; and of P5 that every stop has its bound, and no deadline is
 * forgotten. */

#include "fake-loop.h"
#include "ledger.h"

/* The clock may jump over a deadline by so much, and over several in one stop. */
#define SLACK_USEC (20 * USEC_PER_SEC)

static Page *page_of(World *world, uint32_t index)
{
        return &world->ledger->pages[index];
}

/* KillMode=process renounces all but the main process and the command; SendSIGKILL=no whoever doesn't go. */
static bool may_stay(const Page *page, const Task *task, const Service *service)
{
        /* By the definition that it had when its stop began, which may be newer than the run. */
        return task->is_renounced || page->may_leave || service->config->kill_mode == KILL_PROCESS ||
               !service->config->send_sigkill;
}

/* A new run begins: nothing of the old one may live but what was renounced, and no main process. */
void life_check_run(World *world, const Cell *cell)
{
        const Page *page = page_of(world, cell->index);
        const Service *service = world_service(world, cell->index);
        Task *task;

        LIST_FOREACH (task, &cell->tasks, Task, link) {
                if (!task->is_alive)
                        continue;
                if (task->role == TASK_MAIN)
                        world_break(world, "P4", "%s is started, and its last main process %d lives",
                                    sim_names[cell->index], task->pid);
                else if (!may_stay(page, task, service))
                        world_break(world, "P4", "%s is started, and process %d of its last run lives",
                                    sim_names[cell->index], task->pid);
        }
}

void life_check_spawn(World *world, const Task *task)
{
        Task *other;

        LIST_FOREACH (other, &task->cell->tasks, Task, link)
                if (other != task && other->is_alive && other->role == task->role && task->role != TASK_PROBE)
                        world_break(world, "P4", "%s has two %s processes: %d and %d", sim_names[task->cell->index],
                                    task_role_to_string(task->role), other->pid, task->pid);
}

static void check_rest(World *world, uint32_t index, const Service *service)
{
        const Cell *cell = &world->kernel.cells[index];
        const Page *page = page_of(world, index);
        Task *task;

        if (service_lives(service) || cell->n_live == 0)
                return;
        LIST_FOREACH (task, &cell->tasks, Task, link)
                if (task->is_alive && !may_stay(page, task, service))
                        world_break(world, "P3", "%s is %s, and process %d (%s) of it lives", service->name,
                                    service_state_info(service->life.state)->name, task->pid,
                                    task_role_to_string(task->role));
}

/* May this state go on for ever, by the definition? */
static bool may_be_endless(World *world, const Service *service)
{
        const LifecyclePolicy *policy = &service->policy;
        const Lifecycle *life = &service->life;

        switch (life->state) {
        case STATE_CONDITION:
        case STATE_START_PRE:
        case STATE_START:
        case STATE_START_POST:
                return policy->timeout_start_usec == USEC_INFINITY;
        case STATE_RELOAD:
                return policy->timeout_start_usec == USEC_INFINITY || life->reload_result != RESULT_SUCCESS;
        case STATE_STOP:
        case STATE_STOP_SIGTERM:
        case STATE_STOP_POST:
        case STATE_FINAL_SIGTERM:
                return policy->timeout_stop_usec == USEC_INFINITY;
        case STATE_STOP_WATCHDOG:
        case STATE_FINAL_WATCHDOG:
                return policy->timeout_abort_usec == USEC_INFINITY;
        case STATE_STOP_SIGKILL:
                return false;
        case STATE_FINAL_SIGKILL:
                return life->stuck;
        case STATE_AUTO_RESTART:
                return policy->restart_usec == USEC_INFINITY;
        case STATE_DEAD:
        case STATE_WAITING:
        case STATE_RUNNING:
        case STATE_EXITED:
        case STATE_FAILED:
        case _SERVICE_STATE_N:
                return true;
        }
        assert_not_reached();
}

static void check_deadline(World *world, const Page *page, const Service *service)
{
        usec_t deadline = service->life.deadline;
        const char *state = service_state_info(service->life.state)->name;

        if (!fake_timer_is_armed(&service->timer, deadline))
                world_break(world, "P5", "%s is %s, and its deadline is not the timer's", service->name, state);
        if (deadline == USEC_INFINITY && !page->config_changed && !may_be_endless(world, service))
                world_break(world, "P5", "%s is %s, and has no deadline", service->name, state);
        if (deadline != USEC_INFINITY && deadline <= loop_now(world->loop))
                world_break(world, "P5", "%s is %s beyond its deadline", service->name, state);
}

/* How long a stop may take: ExecStop and KillSignal share one span, ExecStopPost and what it leaves another; after
 * each the last signal has its patience. */
static usec_t stop_bound(const LifecyclePolicy *policy)
{
        usec_t stage =
                usec_add(policy->timeout_stop_usec, usec_add(policy->kill_patience_usec, policy->kill_patience_usec));

        return usec_add(usec_add(stage, stage), SLACK_USEC);
}

static void check_bound(World *world, Page *page, const Service *service)
{
        usec_t now = loop_now(world->loop);
        unsigned tries = service->n_runs + service->n_ends + service->life.history.n_restarts;

        if (!service_goes_down(service) || service->life.stuck || tries != page->down_tries)
                page->down_since = 0;
        /* What had been left over is stopped anew with each try. */
        if (!service->life.run_open && service->life.stop_deadline != page->down_deadline)
                page->down_since = 0;
        page->down_deadline = service->life.stop_deadline;
        page->down_tries = tries;
        if (!service_goes_down(service) || service->life.stuck)
                return;
        if (page->down_since == 0) {
                page->down_since = now;
                page->down_bound = 0;
        }
        page->down_bound = MAX(page->down_bound, stop_bound(&service->policy));
        /* What was given by another definition is given. */
        if (page->config_changed)
                page->down_bound = MAX(page->down_bound, usec_add(usec_sub(service->life.deadline, page->down_since),
                                                                  stop_bound(&service->policy)));
        if (service->life.deadline == USEC_INFINITY)
                page->down_bound = USEC_INFINITY;
        if (now - page->down_since > page->down_bound)
                world_break(world, "P5", "%s has been going down for %llu s", service->name,
                            (unsigned long long) ((now - page->down_since) / USEC_PER_SEC));
}

void life_check(World *world, uint32_t index, const Service *service)
{
        Page *page = page_of(world, index);

        check_rest(world, index, service);
        check_deadline(world, page, service);
        check_bound(world, page, service);
}
