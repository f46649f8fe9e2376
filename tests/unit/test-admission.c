/* SPDX-License-Identifier: MIT */

/* Who may start now: slots of pools, places for starts, and the budget of automatic restarts, by stories and by a
 * random crowd that is watched. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/admission.h"

#define MSEC  USEC_PER_MSEC
#define BEGIN (1000 * USEC_PER_SEC)

typedef struct Bounds {
        unsigned starts, budget, slots_a, slots_b; /* of the pools "a" and "b"; 0: not defined */
} Bounds;

static int configure(Admission *admission, Bounds bounds)
{
        PoolConfig a = {.name = (char *) "a", .slots = bounds.slots_a};
        PoolConfig b = {.name = (char *) "b", .slots = bounds.slots_b};
        PoolConfig *pools[2];
        Config config = {.pools = pools};

        config.daemon.max_parallel_starts = bounds.starts;
        config.daemon.restart_budget = bounds.budget;
        if (bounds.slots_a > 0)
                pools[config.n_pools++] = &a;
        if (bounds.slots_b > 0)
                pools[config.n_pools++] = &b;
        return admission_configure(admission, &config);
}

typedef struct Fixture {
        Admission admission;
        AdmissionTicket tickets[64];
        usec_t now;
} Fixture;

static Fixture *fixture_new(Bounds bounds)
{
        Fixture *this = calloc(1, sizeof(Fixture));

        admission_init(&this->admission);
        cr_assert_eq(configure(&this->admission, bounds), 0);
        this->now = BEGIN;
        return this;
}

static void fixture_free(Fixture **this)
{
        for (size_t i = 0; i < ELEMENTSOF((*this)->tickets); i++)
                admission_leave(&(*this)->admission, &(*this)->tickets[i]);
        admission_done(&(*this)->admission);
        free(*this);
}
#define _cleanup_fixture_ _cleanup_(fixture_free)

static void ask(Fixture *this, unsigned i, const char *pool, bool automatic)
{
        admission_ask(&this->admission, &this->tickets[i], pool, automatic);
}

static void leave(Fixture *this, unsigned i)
{
        admission_leave(&this->admission, &this->tickets[i]);
}

/* Who is let go now, as letters. */
static const char *admitted(Fixture *this)
{
        static char text[sizeof(this->tickets) / sizeof(this->tickets[0]) + 1];
        AdmissionTicket *ticket;
        size_t n = 0;
        List list;

        list_init(&list);
        admission_admit(&this->admission, this->now, &list);
        while ((ticket = LIST_FIRST(&list, AdmissionTicket, link))) {
                list_remove(&ticket->link);
                text[n++] = (char) ('A' + (ticket - this->tickets));
        }
        text[n] = '\0';
        return text;
}

Test(admission, without_bounds_nobody_has_to_ask)
{
        _cleanup_fixture_ Fixture *this = fixture_new((Bounds){0});

        cr_assert_not(admission_is_bounded(&this->admission, NULL, true));
        cr_assert_not(admission_is_bounded(&this->admission, "a", true), "nobody defined that pool");
        cr_assert_eq(configure(&this->admission, (Bounds){.budget = 1, .slots_b = 1}), 0);
        cr_assert(admission_is_bounded(&this->admission, NULL, true));
        cr_assert_not(admission_is_bounded(&this->admission, NULL, false));
        cr_assert(admission_is_bounded(&this->admission, "b", false));
        cr_assert_eq(configure(&this->admission, (Bounds){.starts = 1}), 0);
        cr_assert(admission_is_bounded(&this->admission, NULL, false));
}

Test(admission, slots_go_to_those_who_came_first)
{
        _cleanup_fixture_ Fixture *this = fixture_new((Bounds){.slots_a = 2, .slots_b = 1});

        for (unsigned i = 0; i < 4; i++)
                ask(this, i, "a", false);
        ask(this, 4, "b", false);
        cr_assert_str_eq(admitted(this), "ABE", "who needs another pool passes");
        cr_assert_str_eq(admitted(this), "");
        leave(this, 1);
        cr_assert_str_eq(admitted(this), "C");
        leave(this, 0);
        ask(this, 0, "a", false);
        cr_assert_str_eq(admitted(this), "D", "who asks again stands behind");
        cr_assert_eq(admission_next(&this->admission, this->now), USEC_INFINITY, "time doesn't help");
        leave(this, 0);
        leave(this, 2);
        cr_assert_str_eq(admitted(this), "", "who has left is not let go");
}

Test(admission, places_are_for_those_that_are_starting)
{
        _cleanup_fixture_ Fixture *this = fixture_new((Bounds){.starts = 2});

        for (unsigned i = 0; i < 5; i++)
                ask(this, i, NULL, i % 2);
        cr_assert_str_eq(admitted(this), "AB");
        admission_end_start(&this->admission, &this->tickets[0]);
        admission_end_start(&this->admission, &this->tickets[0]);
        cr_assert_str_eq(admitted(this), "C", "once ready is one place");
        leave(this, 1);
        cr_assert_str_eq(admitted(this), "D");
}

Test(admission, a_place_is_given_up_five_seconds_after_the_exec)
{
        _cleanup_fixture_ Fixture *this = fixture_new((Bounds){.starts = 1});

        ask(this, 0, NULL, false);
        ask(this, 1, NULL, false);
        cr_assert_str_eq(admitted(this), "A");
        this->now += 2 * USEC_PER_SEC;
        admission_note_executed(&this->tickets[0], this->now);
        cr_assert_eq(admission_next(&this->admission, this->now), this->now + ADMISSION_START_USEC);
        this->now += USEC_PER_SEC;
        admission_note_executed(&this->tickets[0], this->now);
        this->now += ADMISSION_START_USEC - USEC_PER_SEC - 1;
        cr_assert_str_eq(admitted(this), "");
        this->now += 1;
        cr_assert_str_eq(admitted(this), "B");
        /* Without a main process the place isn't held for ever either. */
        ask(this, 2, NULL, false);
        this->now += ADMISSION_START_USEC;
        cr_assert_str_eq(admitted(this), "C");
}

Test(admission, the_budget_is_for_any_second_and_for_what_nobody_asked_for)
{
        _cleanup_fixture_ Fixture *this = fixture_new((Bounds){.budget = 2});

        for (unsigned i = 0; i < 6; i++)
                ask(this, i, NULL, i != 3);
        cr_assert_str_eq(admitted(this), "ABD");
        this->now += 100 * MSEC;
        cr_assert_str_eq(admitted(this), "");
        cr_assert_eq(admission_next(&this->admission, this->now), BEGIN + ADMISSION_WINDOW_USEC);
        this->now = BEGIN + ADMISSION_WINDOW_USEC - 1;
        cr_assert_str_eq(admitted(this), "");
        this->now++;
        cr_assert_str_eq(admitted(this), "CE");
        /* What isn't used is not saved up. */
        this->now += 3600 * USEC_PER_SEC;
        for (unsigned i = 10; i < 13; i++)
                ask(this, i, NULL, true);
        cr_assert_str_eq(admitted(this), "FK");
}

Test(admission, each_is_told_what_it_waits_for_and_when_it_is_due)
{
        _cleanup_fixture_ Fixture *this = fixture_new((Bounds){.starts = 3, .budget = 2, .slots_a = 1});
        static const struct {
                const char *pool;
                bool automatic;
                AdmissionWait wait;
                unsigned place;
                usec_t due;
        } cases[] = {
                {NULL, true, ADMISSION_NOTHING, 0, 0},
                {NULL, true, ADMISSION_NOTHING, 0, 0},
                {"a", false, ADMISSION_NOTHING, 0, 0},
                {NULL, true, ADMISSION_BUDGET, 1, BEGIN + ADMISSION_WINDOW_USEC},
                {NULL, false, ADMISSION_START, 1, 0},
                {"a", true, ADMISSION_POOL, 1, 0},
                {NULL, true, ADMISSION_BUDGET, 2, BEGIN + ADMISSION_WINDOW_USEC},
                {"a", false, ADMISSION_POOL, 2, 0},
                {NULL, true, ADMISSION_BUDGET, 3, BEGIN + 2 * ADMISSION_WINDOW_USEC},
                {NULL, false, ADMISSION_START, 2, 0},
        };

        for (unsigned i = 0; i < ELEMENTSOF(cases); i++)
                ask(this, i, cases[i].pool, cases[i].automatic);
        cr_assert_str_eq(admitted(this), "ABC");
        admission_describe(&this->admission, this->now);
        for (unsigned i = 3; i < ELEMENTSOF(cases); i++) {
                const AdmissionTicket *ticket = &this->tickets[i];

                cr_expect_eq(ticket->waits_for, cases[i].wait, "%u", i);
                cr_expect_eq(ticket->place, cases[i].place, "%u", i);
                cr_expect_eq(ticket->due, cases[i].due, "%u", i);
        }
}

Test(admission, new_bounds_are_in_force_at_once_and_what_is_held_stays_held)
{
        _cleanup_fixture_ Fixture *this = fixture_new((Bounds){.slots_a = 1, .budget = 3});

        for (unsigned i = 0; i < 4; i++)
                ask(this, i, "a", false);
        for (unsigned i = 10; i < 16; i++)
                ask(this, i, NULL, true);
        cr_assert_str_eq(admitted(this), "AKLM");
        this->now += 10 * MSEC;

        /* More slots; a smaller budget remembers what was used of the greater one. */
        cr_assert_eq(configure(&this->admission, (Bounds){.slots_a = 2, .budget = 2}), 0);
        cr_assert_str_eq(admitted(this), "B");
        cr_assert_eq(admission_next(&this->admission, this->now), BEGIN + ADMISSION_WINDOW_USEC);

        /* The pool is gone: nobody is held by it, and those who have a slot give it back to nobody. */
        cr_assert_eq(configure(&this->admission, (Bounds){.budget = 4}), 0);
        cr_assert_str_eq(admitted(this), "CDNO");
        leave(this, 0);
        cr_assert_eq(configure(&this->admission, (Bounds){.slots_a = 1}), 0);
        ask(this, 0, "a", false);
        cr_assert_str_eq(admitted(this), "PA", "it is another pool of that name");
}

Test(admission, who_is_moved_to_another_pool_stands_in_its_line)
{
        _cleanup_fixture_ Fixture *this = fixture_new((Bounds){.slots_a = 1, .slots_b = 1});

        ask(this, 0, "a", false);
        ask(this, 1, "a", false);
        cr_assert_str_eq(admitted(this), "A");
        ask(this, 1, "b", false);
        cr_assert_str_eq(admitted(this), "B");
}

/* A crowd that comes and goes, with all three bounds. */
typedef struct Crowd {
        Fixture *fixture;
        Bounds bounds;
        bool in_pool[64], starting[64];
        usec_t since[64], restarts[100000];
        unsigned n_restarts, random;
} Crowd;

static unsigned draw(Crowd *crowd, unsigned n)
{
        crowd->random = crowd->random * 1103515245u + 12345u;
        return (crowd->random >> 16) % n;
}

static void check_crowd(const Crowd *crowd)
{
        unsigned n_pool = 0, n_starting = 0, n_late = 0;

        for (unsigned i = 0; i < 64; i++) {
                n_pool += crowd->in_pool[i];
                n_starting += crowd->starting[i] && crowd->fixture->now < crowd->since[i] + ADMISSION_START_USEC;
        }
        for (unsigned i = crowd->n_restarts; i > 0 && crowd->restarts[i - 1] + USEC_PER_SEC > crowd->fixture->now;
             i--)
                n_late++;
        cr_assert_leq(n_pool, crowd->bounds.slots_a);
        cr_assert_leq(n_starting, crowd->bounds.starts);
        cr_assert_leq(n_late, crowd->bounds.budget);
}

static void let_in(Crowd *crowd)
{
        for (const char *p = admitted(crowd->fixture); *p; p++) {
                unsigned i = (unsigned) (*p - 'A');
                const AdmissionTicket *ticket = &crowd->fixture->tickets[i];

                crowd->in_pool[i] = ticket->pool != NULL;
                crowd->starting[i] = true;
                crowd->since[i] = crowd->fixture->now;
                if (ticket->automatic)
                        crowd->restarts[crowd->n_restarts++] = crowd->fixture->now;
        }
        check_crowd(crowd);
}

static void take_turn(Crowd *crowd, unsigned i)
{
        AdmissionTicket *ticket = &crowd->fixture->tickets[i];
        bool idle = !crowd->starting[i] && !crowd->in_pool[i] && !admission_is_waiting(ticket);

        if (idle) {
                ask(crowd->fixture, i, i % 3 == 0 ? "a" : NULL, draw(crowd, 2));
        } else if (crowd->starting[i] && draw(crowd, 2)) {
                admission_end_start(&crowd->fixture->admission, ticket);
                crowd->starting[i] = false;
        } else if (draw(crowd, 2)) {
                leave(crowd->fixture, i);
                crowd->starting[i] = crowd->in_pool[i] = false;
        }
}

Test(admission, no_bound_is_ever_passed)
{
        static Crowd crowd;

        for (unsigned seed = 0; seed < 20; seed++) {
                _cleanup_fixture_ Fixture *this = NULL;

                memset(&crowd, 0, sizeof(crowd));
                crowd.random = seed;
                crowd.bounds = (Bounds){
                        .starts = 1 + draw(&crowd, 6), .budget = 1 + draw(&crowd, 9), .slots_a = 1 + draw(&crowd, 4)};
                crowd.fixture = this = fixture_new(crowd.bounds);
                for (unsigned step = 0; step < 5000; step++) {
                        take_turn(&crowd, draw(&crowd, 58));
                        this->now += draw(&crowd, 20) * MSEC;
                        let_in(&crowd);
                }
                cr_assert_gt(crowd.n_restarts, 10u);
                /* Nobody is forgotten: time and leaving bring each one's turn. */
                for (unsigned round = 0; round < 1000 && !list_is_empty(&this->admission.line); round++) {
                        for (unsigned i = 0; i < 58; i++)
                                if (!admission_is_waiting(&this->tickets[i])) {
                                        leave(this, i);
                                        crowd.starting[i] = crowd.in_pool[i] = false;
                                }
                        let_in(&crowd);
                        this->now += USEC_PER_SEC;
                }
                cr_assert(list_is_empty(&this->admission.line));
        }
}
