/* SPDX-License-Identifier: MIT */

#include "host/loop.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define N_TIMERS 40

typedef struct Clock {
        Loop *loop;
        Timer timers[N_TIMERS];
        usec_t set_for[N_TIMERS]; /* USEC_INFINITY: it is off */
        unsigned n_fired;
        usec_t last;
} Clock;

typedef struct Hand {
        Clock *clock;
        unsigned i;
} Hand;

static Hand hands[N_TIMERS];

static bool is_over(const Clock *clock)
{
        for (unsigned i = 0; i < N_TIMERS; i++)
                if (clock->set_for[i] != USEC_INFINITY)
                        return false;
        return true;
}

static void on_time(void *userdata, usec_t now)
{
        Hand *hand = userdata;
        Clock *clock = hand->clock;
        unsigned other = (hand->i * 7 + 3) % N_TIMERS;

        cr_assert_neq(clock->set_for[hand->i], USEC_INFINITY, "it was off");
        cr_assert_leq(clock->set_for[hand->i], now, "too early");
        cr_assert_leq(clock->last, clock->set_for[hand->i], "out of order");
        clock->last = clock->set_for[hand->i];
        clock->set_for[hand->i] = USEC_INFINITY;

        /* One that is called may change others, and itself. */
        if (clock->n_fired++ % 3 == 0 && clock->set_for[other] != USEC_INFINITY) {
                clock->set_for[other] = clock->n_fired % 2 == 0 ? USEC_INFINITY : usec_add(now, 1000 + other);
                cr_assert_geq(timer_set(&clock->timers[other], clock->set_for[other]), 0);
        }
        if (clock->n_fired == 10) {
                clock->set_for[hand->i] = usec_add(now, 500);
                cr_assert_geq(timer_set(&clock->timers[hand->i], clock->set_for[hand->i]), 0);
        }
        if (is_over(clock))
                loop_exit(clock->loop, 0);
}

Test(timers, each_fires_once_in_the_order_of_their_times)
{
        Clock clock = {0};

        cr_assert_eq(loop_new(&clock.loop), 0);
        srand(1);
        for (unsigned round = 0; round < 20; round++) {
                clock.last = 0;
                for (unsigned i = 0; i < N_TIMERS; i++) {
                        hands[i] = (Hand){&clock, i};
                        if (!clock.timers[i].entry)
                                cr_assert_eq(timer_init(&clock.timers[i], clock.loop, on_time, &hands[i]), 0);
                        for (unsigned k = 0; k < 3; k++) {
                                clock.set_for[i] = usec_add(loop_now(clock.loop), (usec_t) (rand() % 5000));
                                cr_assert_geq(timer_set(&clock.timers[i], clock.set_for[i]), 0);
                        }
                        if (i % 5 == 4) {
                                clock.set_for[i] = USEC_INFINITY;
                                cr_assert_geq(timer_set(&clock.timers[i], USEC_INFINITY), 0);
                        }
                }
                /* Those that are gone are forgotten wherever they stand. */
                for (unsigned i = round % 7; i < N_TIMERS; i += 7) {
                        timer_done(&clock.timers[i]);
                        clock.set_for[i] = USEC_INFINITY;
                        cr_assert_eq(timer_init(&clock.timers[i], clock.loop, on_time, &hands[i]), 0);
                }
                cr_assert_eq(loop_run(clock.loop), 0);
                for (unsigned i = 0; i < N_TIMERS; i++)
                        timer_done(&clock.timers[i]);
                loop_free(clock.loop);
                cr_assert_eq(loop_new(&clock.loop), 0);
        }
        loop_free(clock.loop);
}

static void on_again(void *userdata, usec_t now)
{
        Clock *clock = userdata;

        if (++clock->n_fired == 5)
                loop_exit(clock->loop, 0);
        else
                cr_assert_geq(timer_set(&clock->timers[0], now), 0);
}

static void on_itself(void *userdata, usec_t now)
{
        Clock *clock = userdata;

        timer_done(&clock->timers[1]);
}

Test(timers, one_that_is_due_at_once_fires_again_and_one_may_end_itself)
{
        Clock clock = {0};

        cr_assert_eq(loop_new(&clock.loop), 0);
        cr_assert_eq(timer_init(&clock.timers[0], clock.loop, on_again, &clock), 0);
        cr_assert_eq(timer_init(&clock.timers[1], clock.loop, on_itself, &clock), 0);
        cr_assert_geq(timer_set(&clock.timers[0], loop_now(clock.loop)), 0);
        cr_assert_geq(timer_set(&clock.timers[1], loop_now(clock.loop)), 0);
        cr_assert_eq(loop_run(clock.loop), 0);
        cr_assert_eq(clock.n_fired, 5);
        cr_assert_null(clock.timers[1].entry);
        timer_done(&clock.timers[0]);
        timer_done(&clock.timers[0]);
        loop_free(clock.loop);
}
