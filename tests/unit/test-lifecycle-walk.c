/* SPDX-License-Identifier: MIT */

/* Every history of a service's life, of any length, for a set of definitions: from the first state on, each event
 * that can happen is tried in each state that can be reached, until nothing new comes. What "can happen" is told by a
 * small world (which processes live); time passes only by deadlines, and is kept relative, so the set is finite.
 * After each step the promises are checked: P3 (at rest nothing lives), P4 (never two), the states are what their
 * table says, what was asked for is what comes, each run ends once, each stop is bounded. A violation prints its
 * history. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "lifecycle-world.h"

#define NODES_MAX 300000
#define SLOTS     (1 << 20)

typedef struct Walk {
        LifecyclePolicy policy;
        Node *nodes;
        uint32_t n_nodes;
        uint32_t *slots; /* node + 1; 0: free */
        uint64_t n_steps;
        /* the step being looked at */
        uint32_t at;
        const Happening *happening;
} Walk;

/* Prints how it came to this, and fails. */
static void violated(const Walk *walk, const char *what)
{
        uint32_t path[64];
        size_t n = 0;

        for (uint32_t i = walk->at; walk->nodes[i].parent != UINT32_MAX && n < 64; i = walk->nodes[i].parent)
                path[n++] = i;
        fprintf(stderr, "VIOLATED: %s\n  type %u, kill mode %u, send-sigkill %u, restart %u, stop-post %u\n", what,
                walk->policy.type, walk->policy.kill_mode, walk->policy.send_sigkill, walk->policy.restart,
                walk->policy.n_commands[COMMAND_STOP_POST]);
        while (n-- > 0)
                fprintf(stderr, "  %s -> %s\n", happenings[walk->nodes[path[n]].event].name,
                        service_state_info(walk->nodes[path[n]].life.state)->name);
        fprintf(stderr, "  then: %s\n", walk->happening ? walk->happening->name : "(a stop)");
        cr_assert(false, "%s", what);
}

#define PROMISE(walk, condition)                      \
        do {                                          \
                if (!(condition))                     \
                        violated((walk), #condition); \
        } while (0)

/* P4, and the beginning of a run. */
static void check_begin(Walk *walk, const World *world, ServiceState before, const LifecycleEffects *effects)
{
        const LifecyclePolicy *policy = &walk->policy;
        bool renounces = !policy->send_sigkill || policy->kill_mode == KILL_PROCESS;

        PROMISE(walk, !(effects->spawn_main && effects->spawn_control));
        if (effects->spawn_main) {
                PROMISE(walk, !world->main);
                PROMISE(walk, effects->kind == COMMAND_START && policy->type != SERVICE_FORKING);
        }
        if (effects->find_main)
                PROMISE(walk, policy->type == SERVICE_FORKING && world->run_open && !world->main && !world->control);
        if (effects->spawn_control)
                PROMISE(walk, !world->control);
        if (effects->spawn_main || effects->spawn_control)
                PROMISE(walk, effects->index < policy->n_commands[effects->kind]);
        if (!effects->begin_run) {
                PROMISE(walk, !effects->spawn_main || world->run_open);
                return;
        }
        PROMISE(walk, before == STATE_WAITING && walk->happening->event.type == EVENT_RELEASE);
        PROMISE(walk, !world->main && !world->control);
        PROMISE(walk, !world->others || (renounces && !world->foreign));
        PROMISE(walk, !world->run_open);
        PROMISE(walk, !world->stopped);
}

static void check_commands(Walk *walk, const World *world, const LifecycleEffects *effects)
{
        bool renounces = !walk->policy.send_sigkill || walk->policy.kill_mode == KILL_PROCESS;

        if (!effects->spawn_control)
                return;
        PROMISE(walk, effects->kind != COMMAND_START || walk->policy.type == SERVICE_FORKING);
        /* Whether it is to run at all is asked before anything of it runs. */
        if (effects->kind == COMMAND_CONDITION)
                PROMISE(walk, !world->was_up && !world->main);
        /* ExecStop is for what had been up; ExecStopPost comes when all is over, and once. */
        if (effects->kind == COMMAND_STOP)
                PROMISE(walk, world->was_up);
        if (effects->kind == COMMAND_STOP_POST) {
                PROMISE(walk, world->run_open);
                PROMISE(walk, !world->main || !walk->policy.send_sigkill);
                PROMISE(walk, effects->index > 0 || !world->others || renounces);
                PROMISE(walk, effects->index > 0 || !world->stop_post_ran);
        }
}

static void check_kill(Walk *walk, const World *world, const LifecycleEffects *effects)
{
        switch (effects->kill) {
        case TARGET_NONE:
                PROMISE(walk, effects->signal == 0);
                return;
        case TARGET_CONTROL:
                PROMISE(walk, world->control);
                break;
        case TARGET_MAIN:
                PROMISE(walk, world->main || world->control);
                break;
        case TARGET_GROUP:
                PROMISE(walk, world->main || world->control || world->others);
                PROMISE(walk, walk->policy.kill_mode != KILL_PROCESS || world->foreign);
                break;
        }
        PROMISE(walk, effects->signal > 0);
        if (effects->signal == walk->policy.watchdog_signal)
                PROMISE(walk, walk->happening->event.type == EVENT_WATCHDOG);
        PROMISE(walk, effects->signal != SIGKILL || walk->policy.send_sigkill || effects->kill == TARGET_CONTROL);
}

static void check_run_end(Walk *walk, const World *world, const Lifecycle *life, const LifecycleEffects *effects)
{
        if (effects->end_run) {
                PROMISE(walk, world->run_open);
                PROMISE(walk, is_resting(life->state));
                PROMISE(walk,
                        world->stop_post_ran || walk->policy.n_commands[COMMAND_STOP_POST] == 0 || world->control);
        }
        if (effects->reload_done)
                PROMISE(walk, world->reloading || walk->happening->event.type == EVENT_RELOAD);
        if (effects->stop_stuck)
                PROMISE(walk, life->state == STATE_FINAL_SIGKILL && life->stuck);
}

/* What the state is, by the table, and by the promises. */
static void check_state(Walk *walk, const Node *node, usec_t now)
{
        const Lifecycle *life = &node->life;
        const World *world = &node->world;
        const ServiceStateInfo *info = service_state_info(life->state);
        bool renounced = !walk->policy.send_sigkill;

        PROMISE(walk, life->main_alive == world->main && life->control_alive == world->control);
        PROMISE(walk, life->empty == (!world->main && !world->control && !world->others));
        PROMISE(walk, life->leftover == world->foreign);
        PROMISE(walk, life->run_open == world->run_open);
        PROMISE(walk, !world->main || info->may_have_main || renounced);
        PROMISE(walk, !world->control || info->may_have_control || renounced);
        PROMISE(walk, life->deadline == USEC_INFINITY || info->has_deadline);
        PROMISE(walk, life->deadline == USEC_INFINITY || life->deadline >= now || life->state == STATE_RUNNING);
        if (info->has_deadline && life->deadline == USEC_INFINITY)
                PROMISE(walk, (life->state == STATE_FINAL_SIGKILL && life->stuck) ||
                                      (life->state == STATE_RELOAD && life->reload_result == RESULT_TIMEOUT));
        if (info->resting) {
                PROMISE(walk, life->wanted == (life->state == STATE_WAITING || life->state == STATE_AUTO_RESTART));
                PROMISE(walk, !world->run_open && !life->stuck && !world->reloading);
        }
        if (life->state == STATE_RUNNING)
                PROMISE(walk, world->main && life->result == RESULT_SUCCESS);
        if (life->state == STATE_FAILED)
                PROMISE(walk, life->result != RESULT_SUCCESS && life->result != RESULT_DEPENDENCY &&
                                      life->result != RESULT_EXEC_CONDITION);
        PROMISE(walk, !life->says_reloading || life->state == STATE_RELOAD);
        PROMISE(walk, !life->by_itself || is_deactivating(life->state));
        PROMISE(walk, !(world->stopped && life->wanted));
        PROMISE(walk, !(life->again && !life->wanted));
}

static bool is_clean(ServiceResult result)
{
        return result == RESULT_SUCCESS || result == RESULT_DEPENDENCY || result == RESULT_EXEC_CONDITION;
}

/* Where it came to rest, out of life. */
static void check_arrival(Walk *walk, const World *world, const Lifecycle *life, const LifecycleEffects *effects,
                          ServiceState before)
{
        const LifecyclePolicy *policy = &walk->policy;

        if (life->state == before)
                return;
        if (is_deactivating(life->state) || life->state == STATE_FAILED || life->state == STATE_AUTO_RESTART ||
            (life->state == STATE_DEAD && before != STATE_DEAD))
                PROMISE(walk, effects->reason != REASON_NONE);
        if (!is_resting(life->state) || is_resting(before))
                return;

        /* P3 */
        PROMISE(walk, !world->main || !policy->send_sigkill);
        PROMISE(walk, !world->control || !policy->send_sigkill);
        PROMISE(walk,
                !world->others || !policy->send_sigkill || (policy->kill_mode == KILL_PROCESS && !world->foreign));
        PROMISE(walk, life->state != STATE_DEAD || is_clean(life->result));
        PROMISE(walk, !life->timed_out_kill || life->state != STATE_DEAD);
        PROMISE(walk, !(world->stopped && life->wanted));
        if (world->again && effects->end_run)
                PROMISE(walk, life->state == STATE_WAITING);
        else if (life->result == RESULT_EXEC_CONDITION && effects->end_run)
                PROMISE(walk, life->state == STATE_DEAD);
}

/* From here, whatever the children do (that is: nothing), a stop comes to its end, and in time. */
static void check_bounded_stop(Walk *walk, const Node *node)
{
        Lifecycle life = node->life;
        LifecycleEvent event = {.type = EVENT_STOP, .now = BASE};
        usec_t bound = BASE + 4 * TIMEOUT;

        walk->happening = NULL;
        (void) lifecycle_step(&life, &walk->policy, &event);
        for (int i = 0; i < 8 && !is_resting(life.state) && !life.stuck; i++) {
                PROMISE(walk, life.deadline != USEC_INFINITY && life.deadline <= bound);
                event = (LifecycleEvent){.type = EVENT_DEADLINE, .now = MAX(BASE, life.deadline)};
                (void) lifecycle_step(&life, &walk->policy, &event);
        }
        PROMISE(walk, is_resting(life.state) || life.stuck);
        PROMISE(walk, !is_resting(life.state) || life.state == STATE_DEAD || life.state == STATE_FAILED);
}

/* From here, when all that lives goes as soon as it is asked to, a stop needs no deadline. */
static void check_prompt_stop(Walk *walk, const Node *node)
{
        Lifecycle life = node->life;
        World world = node->world;
        LifecycleEvent event = {.type = EVENT_STOP, .now = BASE};
        ServiceState before = life.state;

        walk->happening = NULL;
        for (int i = 0; i < 12; i++) {
                LifecycleEffects effects = lifecycle_step(&life, &walk->policy, &event);

                carry_out(&world, &life, before, &effects);
                if (is_resting(life.state))
                        return;
                before = life.state;
                event = (LifecycleEvent){.now = BASE};
                event.type = world.control ? EVENT_CONTROL_EXITED : world.main ? EVENT_MAIN_EXITED : EVENT_EMPTY;
                if (world.control)
                        world.control = false;
                else if (world.main)
                        world.main = false;
                else
                        world.others = false;
                event.empty = !world.control && !world.main && !world.others;
        }
        violated(walk, "a stop of what obeys comes to its end");
}

static uint64_t hash(const Node *node)
{
        const unsigned char *bytes = (const unsigned char *) node;
        uint64_t h = 14695981039346656037u;

        for (size_t i = 0; i < offsetof(Node, parent); i++)
                h = (h ^ bytes[i]) * 1099511628211u;
        return h ^ h >> 29;
}

static void remember(Walk *walk, const Node *node)
{
        uint32_t slot = (uint32_t) hash(node) & (SLOTS - 1);

        for (; walk->slots[slot] != 0; slot = (slot + 1) & (SLOTS - 1))
                if (memcmp(&walk->nodes[walk->slots[slot] - 1], node, offsetof(Node, parent)) == 0)
                        return;
        cr_assert(walk->n_nodes < NODES_MAX, "the set of states does not end");
        walk->nodes[walk->n_nodes] = *node;
        walk->slots[slot] = ++walk->n_nodes;
}

static void try_happening(Walk *walk, uint32_t at, uint8_t number)
{
        const Happening *happening = &happenings[number];
        ServiceState before = walk->nodes[at].life.state;
        unsigned n_restarts = walk->nodes[at].life.history.n_restarts;
        LifecycleEffects effects;
        LifecycleEvent event;
        Node next;

        if (!can_happen(&walk->nodes[at], &walk->policy, happening))
                return;

        memcpy(&next, &walk->nodes[at], sizeof(next));
        next.parent = at;
        next.event = number;
        walk->happening = happening;
        event = happen(&next.world, &next.life, happening);
        effects = lifecycle_step(&next.life, &walk->policy, &event);
        walk->n_steps++;

        /* A oneshot, or something quick, is up when its last main process has ended well. */
        if (event.type != EVENT_STOP && (before == STATE_START || before == STATE_START_POST) &&
            next.life.result == RESULT_SUCCESS)
                next.world.was_up = true;
        if (before == STATE_WAITING && walk->policy.n_commands[COMMAND_START] == 0)
                next.world.was_up = true;
        check_begin(walk, &next.world, before, &effects);
        check_commands(walk, &next.world, &effects);
        check_kill(walk, &next.world, &effects);
        if (effects.begin_run)
                next.world.run_open = true;
        if (effects.spawn_control && effects.kind == COMMAND_STOP_POST)
                next.world.stop_post_ran = true;
        check_run_end(walk, &next.world, &next.life, &effects);
        carry_out(&next.world, &next.life, before, &effects);
        check_arrival(walk, &next.world, &next.life, &effects, before);
        PROMISE(walk,
                event.by_hand || event.type == EVENT_RESET_FAILED || next.life.history.n_restarts >= n_restarts);

        check_state(walk, &next, event.now);
        normalise(&next, event.now);
        remember(walk, &next);
}

static void walk_all(Walk *walk)
{
        Node first;

        memset(&first, 0, sizeof(first));
        first.life.deadline = first.life.stop_deadline = USEC_INFINITY;
        first.life.empty = true;
        first.world.fresh = true;
        first.parent = UINT32_MAX;

        memset(walk->slots, 0, SLOTS * sizeof(uint32_t));
        walk->n_nodes = 0;
        remember(walk, &first);
        for (uint32_t at = 0; at < walk->n_nodes; at++) {
                walk->at = at;
                for (uint8_t i = 0; i < ELEMENTSOF(happenings); i++)
                        try_happening(walk, at, i);
                check_bounded_stop(walk, &walk->nodes[at]);
                check_prompt_stop(walk, &walk->nodes[at]);
        }
}

/* Which Exec*= commands a definition has: how many of each kind. */
static const unsigned command_sets[][_COMMAND_KIND_N] = {
        {[COMMAND_START] = 1},
        {[COMMAND_START] = 1, [COMMAND_STOP_POST] = 1},
        {[COMMAND_CONDITION] = 1,
         [COMMAND_START_PRE] = 1,
         [COMMAND_START] = 1,
         [COMMAND_START_POST] = 1,
         [COMMAND_RELOAD] = 1,
         [COMMAND_STOP] = 1,
         [COMMAND_STOP_POST] = 1},
        {[COMMAND_CONDITION] = 2,
         [COMMAND_START_PRE] = 2,
         [COMMAND_START] = 2,
         [COMMAND_START_POST] = 2,
         [COMMAND_RELOAD] = 2,
         [COMMAND_STOP] = 2,
         [COMMAND_STOP_POST] = 2},
        {[COMMAND_STOP] = 1}, /* of a oneshot alone */
};

static const struct {
        RestartPolicy restart;
        usec_t delay;
} restarts[] = {{RESTART_NO, 0}, {RESTART_ALWAYS, 0}, {RESTART_ON_FAILURE, TIMEOUT}};

static LifecyclePolicy make_policy(ServiceType type, bool ready)
{
        return (LifecyclePolicy){
                .type = type,
                .has_ready_conditions = ready,
                .has_pid_file = ready,
                .restart_max_delay_usec = USEC_INFINITY,
                .restart_reset_usec = TIMEOUT,
                .start_limit_interval_usec = USEC_INFINITY,
                .start_limit_burst = 2,
                .kill_signal = SIGTERM,
                .restart_kill_signal = SIGINT,
                .final_kill_signal = SIGKILL,
                .watchdog_signal = SIGABRT,
                .timeout_abort_usec = TIMEOUT,
                .reload_signal = SIGHUP,
                .timeout_start_usec = TIMEOUT,
                .timeout_stop_usec = TIMEOUT,
                .runtime_max_usec = TIMEOUT,
                .kill_patience_usec = TIMEOUT,
        };
}

/* All definitions of a type; prints how much there was to see. */
static void walk_type(ServiceType type, bool ready)
{
        Walk walk = {.policy = make_policy(type, ready)};
        uint64_t n_states = 0;
        unsigned n_policies = 0;

        walk.nodes = malloc(NODES_MAX * sizeof(Node));
        walk.slots = malloc(SLOTS * sizeof(uint32_t));
        cr_assert(walk.nodes && walk.slots);

        for (size_t commands = 0; commands < ELEMENTSOF(command_sets); commands++)
                for (unsigned bits = 0; bits < 4; bits++)
                        for (KillMode mode = 0; mode < _KILL_MODE_N; mode++)
                                for (size_t restart = 0; restart < ELEMENTSOF(restarts); restart++) {
                                        if (command_sets[commands][COMMAND_START] == 0 && type != SERVICE_ONESHOT)
                                                continue;
                                        memcpy(walk.policy.n_commands, command_sets[commands],
                                               sizeof(walk.policy.n_commands));
                                        walk.policy.remain_after_exit = bits & 1;
                                        walk.policy.send_sigkill = bits & 2;
                                        walk.policy.kill_mode = mode;
                                        walk.policy.restart = restarts[restart].restart;
                                        walk.policy.restart_usec = restarts[restart].delay;
                                        walk_all(&walk);
                                        n_states += walk.n_nodes;
                                        n_policies++;
                                }

        printf("# %u definitions, %lu states, %lu steps\n", n_policies, (unsigned long) n_states,
               (unsigned long) walk.n_steps);
        free(walk.nodes);
        free(walk.slots);
}

Test(lifecycle_walk, every_life_of_a_simple_service_keeps_the_promises)
{
        walk_type(SERVICE_SIMPLE, false);
}

Test(lifecycle_walk, every_life_of_a_simple_service_with_readiness_keeps_the_promises)
{
        walk_type(SERVICE_SIMPLE, true);
}

Test(lifecycle_walk, every_life_of_an_exec_service_keeps_the_promises)
{
        walk_type(SERVICE_EXEC, false);
}

Test(lifecycle_walk, every_life_of_an_exec_service_with_readiness_keeps_the_promises)
{
        walk_type(SERVICE_EXEC, true);
}

Test(lifecycle_walk, every_life_of_a_oneshot_keeps_the_promises)
{
        walk_type(SERVICE_ONESHOT, false);
}

Test(lifecycle_walk, every_life_of_a_service_that_forks_keeps_the_promises)
{
        walk_type(SERVICE_FORKING, false);
}

Test(lifecycle_walk, every_life_of_a_service_that_forks_with_readiness_and_a_pid_file_keeps_the_promises)
{
        walk_type(SERVICE_FORKING, true);
}
