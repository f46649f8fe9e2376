/* SPDX-License-Identifier: MIT */

/* When memory is short new bounds are not taken, and the old ones are in force as they were: each allocation fails
 * once. The program is linked so that malloc and calloc of the code under test come here first. */

#include <criterion/criterion.h>
#include <errno.h>

#include "core/admission.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);

static unsigned countdown; /* 0: none fails; 1: the next one */

static bool fails(void)
{
        return countdown > 0 && --countdown == 0;
}

void *__wrap_malloc(size_t size)
{
        return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
        return fails() ? NULL : __real_calloc(n, size);
}

static int configure(Admission *admission, const char *first, const char *second, unsigned slots)
{
        PoolConfig a = {.name = (char *) first, .slots = slots}, b = {.name = (char *) second, .slots = slots};
        PoolConfig *pools[] = {&a, &b};
        Config config = {.pools = pools, .n_pools = 2};

        config.daemon.restart_budget = slots;
        return admission_configure(admission, &config);
}

Test(admission_memory, new_bounds_are_taken_as_a_whole_or_not_at_all)
{
        Admission admission;

        admission_init(&admission);
        cr_assert_eq(configure(&admission, "a", "b", 2), 0);
        for (unsigned n = 1;; n++) {
                int r;

                countdown = n;
                r = configure(&admission, "b", "c", 3);
                countdown = 0;
                if (r == 0) {
                        cr_assert_eq(n, 4u);
                        cr_assert_eq(admission.budget, 3u);
                        cr_assert_not(admission_is_bounded(&admission, "a", false));
                        break;
                }
                cr_assert_eq(r, -ENOMEM);
                cr_assert_eq(admission.budget, 2u);
                cr_assert(admission_is_bounded(&admission, "a", false));
                cr_assert_not(admission_is_bounded(&admission, "c", false));
                cr_assert_eq(admission_pool_slots(admission.pools[0]), 2u);
        }
        admission_done(&admission);
}
