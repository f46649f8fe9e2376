/* SPDX-License-Identifier: MIT */
#include "host/cpus.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <sched.h>

Test(cpus, time_is_worth_so_many_processors)
{
        static const struct {
                const char *text;
                unsigned n;
        } cases[] = {
                {"max 100000\n", UINT_MAX},
                {"200000 100000\n", 2},
                {"150000 100000\n", 2},
                {"100000 100000\n", 1},
                {"1000 100000\n", 1},
                {"100001 100000\n", 2},
                {"0 100000\n", 1},
                {"6400000 100000\n", 64},
                {"100000 0\n", UINT_MAX},
                {"", UINT_MAX},
                {"100000\n", UINT_MAX},
                {"nonsense\n", UINT_MAX},
                {"18446744073709551615 1", UINT_MAX},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                cr_expect_eq(cpus_of_quota(cases[i].text), cases[i].n, "%s: %u", cases[i].text,
                             cpus_of_quota(cases[i].text));
}

Test(cpus, there_is_one_at_least_and_no_more_than_our_affinity)
{
        cpu_set_t set, one;
        int first = 0;

        cr_assert_eq(sched_getaffinity(0, sizeof(set), &set), 0);
        cr_expect_geq(cpus_count(), 1);
        cr_expect_leq((int) cpus_count(), CPU_COUNT(&set));

        while (!CPU_ISSET(first, &set))
                first++;
        CPU_ZERO(&one);
        CPU_SET(first, &one);
        cr_assert_eq(sched_setaffinity(0, sizeof(one), &one), 0);
        cr_expect_eq(cpus_count(), 1);
}
