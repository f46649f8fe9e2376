/* SPDX-License-Identifier: MIT */
#include "ctl/failure.h"

#include <criterion/criterion.h>
#include <errno.h>

#include "common/protocol.h"

Test(failure, the_worst_of_several_wins_in_the_order_6_5_4_1_3)
{
        static const int order[] = {6, 5, 4, 1, 3, 0};

        for (size_t i = 0; i < ELEMENTSOF(order); i++)
                for (size_t j = 0; j < ELEMENTSOF(order); j++)
                        cr_assert_eq(status_worse(order[i], order[j]), order[MIN(i, j)], "%d %d", order[i], order[j]);
        cr_assert_eq(status_worse(STATUS_USAGE, STATUS_NOT_PERMITTED), STATUS_USAGE);
        cr_assert_eq(status_worse(STATUS_TIMED_OUT, STATUS_FAILED), STATUS_TIMED_OUT);
}

Test(failure, every_error_has_its_exit_status)
{
        static const struct {
                const char *name;
                int status;
        } cases[] = {
                {TENDED_ERROR_NO_SUCH_SERVICE, 4},
                {TENDED_ERROR_BAD_SETTING, 1},
                {TENDED_ERROR_FAILED, 1},
                {TENDED_ERROR_DEPENDENCY_FAILED, 1},
                {TENDED_ERROR_NOT_PERMITTED, 6},
                {SD_BUS_ERROR_ACCESS_DENIED, 6},
                {TENDED_ERROR_TIMED_OUT, 124},
                {TENDED_ERROR_NOT_ACTIVE, 3},
                {TENDED_ERROR_NOT_SUPPORTED, 1},
                {TENDED_ERROR_BUSY, 1},
                {FAILURE_NO_DAEMON, 5},
                {FAILURE_USAGE, 2},
                {"org.example.Whatever", 1},
                {NULL, 1},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                cr_assert_eq(failure_status(cases[i].name), cases[i].status, "%s", cases[i].name);
}

Test(failure, the_first_error_stays)
{
        sd_bus_error error = SD_BUS_ERROR_NULL;

        cr_assert_eq(failure_set(&error, -ENOENT, FAILURE_NO_DAEMON, "no %s", "socket"), -ENOENT);
        cr_assert_eq(failure_set(&error, -EIO, TENDED_ERROR_FAILED, "later"), -EIO);
        cr_assert_str_eq(error.name, FAILURE_NO_DAEMON);
        cr_assert_str_eq(error.message, "no socket");
        cr_assert_eq(failure_set(NULL, -EIO, TENDED_ERROR_FAILED, "nobody listens"), -EIO);
        sd_bus_error_free(&error);
}
