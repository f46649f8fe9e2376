/* SPDX-License-Identifier: MIT */
#include "common/size.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <inttypes.h>
#include <sys/resource.h>

#include "cases.h"

Test(size, limits_are_read_as_systemd_does)
{
        CaseFile file = cases_open("values.txt");
        char question[2][256], answer[256], ours[64];
        unsigned n = 0;

        while (cases_next_value(&file, " LimitNOFILE LimitAS LimitCPU LimitRTTIME LimitNICE ", question, answer)) {
                uint64_t soft = 1, hard = 2;
                int resource = limit_from_string(question[0] + strlen("Limit"));
                int r = limit_parse(resource, question[1], &soft, &hard);

                snprintf(ours, sizeof(ours), "%" PRIu64 " %" PRIu64, soft, hard);
                if (!*answer) {
                        cr_assert_lt(r, 0, "%s=%s", question[0], question[1]);
                        cr_assert_str_eq(ours, "1 2");
                } else {
                        cr_assert_eq(r, 0, "%s=%s", question[0], question[1]);
                        cr_assert_str_eq(ours, answer, "%s=%s", question[0], question[1]);
                }
                n++;
        }
        cases_close(&file);
        cr_assert_gt(n, 80);
}

Test(size, sizes_are_sums_of_falling_suffixes)
{
        static const struct {
                const char *s;
                int r;
                uint64_t size;
        } cases[] = {
                {"0", 0, 0},
                {"128K", 0, 131072},
                {"1.5K", 0, 1536},
                {"1G 1M 1K 1", 0, (1u << 30) + (1u << 20) + (1u << 10) + 1},
                {"18446744073709551615", 0, UINT64_MAX},
                {"18446744073709551616", -ERANGE, 0},
                {"16E", -ERANGE, 0},
                {"15E 1E", -EINVAL, 0},
                {"15E 1024P", -ERANGE, 0},
                {"-1", -ERANGE, 0},
                {"-x", -EINVAL, 0},
                {"", -EINVAL, 0},
                {"K", -EINVAL, 0},
                {"1KiB", -EINVAL, 0},
                {"infinity", -EINVAL, 0},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                uint64_t size = 0;

                cr_assert_eq(size_parse(cases[i].s, &size), cases[i].r, "'%s'", cases[i].s);
                cr_assert_eq(size, cases[i].size, "'%s'", cases[i].s);
        }
}

Test(size, a_soft_limit_above_the_hard_one_has_an_error_of_its_own)
{
        uint64_t soft, hard;

        cr_assert_eq(limit_parse(RLIMIT_NOFILE, "2:1", &soft, &hard), -EILSEQ);
}

Test(size, every_limit_has_a_name_that_leads_back_to_it)
{
        for (int i = 0; i < RLIM_NLIMITS; i++)
                cr_assert_eq(limit_from_string(limit_to_string(i)), i);
        cr_assert_eq(limit_from_string("FILES"), -EINVAL);
        cr_assert_null(limit_to_string(-1));
        cr_assert_null(limit_to_string(RLIM_NLIMITS));
}
